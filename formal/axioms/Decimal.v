(* strconv.FormatUint(n, 10): the decimal digits of a number. The id of a child ends in one, so what matters is that no
   two numbers share their digits and that no digit is a dot. *)
From Coq Require Import NArith Ascii String Lia.
Local Open Scope N_scope.

Definition digit (n : N) : ascii := ascii_of_N (48 + n).

(* fuel bounds the number of digits: the size of n in bits does. *)
Fixpoint digits (fuel : nat) (n : N) (rest : string) : string :=
  match fuel with
  | O => rest
  | S fuel => if n <? 10 then String (digit n) rest else digits fuel (n / 10) (String (digit (n mod 10)) rest)
  end.

Definition formatUint (n : N) : string := digits (S (N.size_nat n)) n EmptyString.

Global Arguments formatUint : simpl never.

(* The way back: the number that a text of digits stands for, from the left. *)
Fixpoint value (acc : N) (s : string) : N :=
  match s with
  | EmptyString => acc
  | String c s => value (10 * acc + (N_of_ascii c - 48)) s
  end.

Lemma digit_value n : n < 10 -> N_of_ascii (digit n) - 48 = n.
Proof. intros H. unfold digit. rewrite N_ascii_embedding; lia. Qed.

(* Fuel of one more than the size is enough, since a digit is worth more than three bits. *)
Lemma size_nat_0 n : N.size_nat n = O -> n = 0.
Proof. destruct n as [|p]; auto. destruct p; discriminate. Qed.

Lemma below_size n : n < 2 ^ N.of_nat (N.size_nat n).
Proof.
  replace (N.of_nat (N.size_nat n)) with (N.size n).
  - apply N.size_gt.
  - destruct n as [|p]; auto. cbn. induction p as [p IH|p IH|]; auto; cbn [Pos.size Pos.size_nat]; rewrite Nnat.Nat2N.inj_succ, <- IH; reflexivity.
Qed.

Fixpoint pow10 (s : string) : N := match s with EmptyString => 1 | String _ s => 10 * pow10 s end.

Lemma value_digits fuel : forall n rest, n < 2 ^ N.of_nat fuel -> (0 < fuel)%nat ->
  value 0 (digits fuel n rest) = value n rest.
Proof.
  induction fuel as [|fuel IH]; intros n rest L P; [lia|]. cbn [digits]. destruct (N.ltb_spec n 10) as [S|G].
  - cbn [value]. now rewrite digit_value.
  - rewrite Nnat.Nat2N.inj_succ, N.pow_succ_r' in L.
    assert (D : n / 10 < 2 ^ N.of_nat fuel) by (apply N.div_lt_upper_bound; lia).
    rewrite IH; auto.
    + cbn [value]. rewrite digit_value by (apply N.mod_lt; lia). f_equal. symmetry. apply N.div_mod'.
    + destruct fuel; [|lia]. cbn in L. lia.
Qed.

Lemma formatUint_value n : value 0 (formatUint n) = n.
Proof.
  unfold formatUint. rewrite value_digits; [reflexivity| |lia].
  pose proof (below_size n). rewrite Nnat.Nat2N.inj_succ, N.pow_succ_r'. lia.
Qed.

Theorem formatUint_injective n m : formatUint n = formatUint m -> n = m.
Proof. intros H. now rewrite <- (formatUint_value n), H, formatUint_value. Qed.

(* The bytes of a text. *)
Fixpoint holds (c : ascii) (s : string) : Prop :=
  match s with
  | EmptyString => False
  | String c' s => c = c' \/ holds c s
  end.

Lemma digits_holds c fuel : forall n rest, holds c (digits fuel n rest) -> holds c rest \/ exists d, d < 10 /\ c = digit d.
Proof.
  induction fuel as [|fuel IH]; cbn; intros n rest H; auto. destruct (N.ltb_spec n 10).
  - destruct H as [->|H]; eauto.
  - apply IH in H as [[->|H]|H]; auto. right. exists (n mod 10). split; auto. apply N.mod_lt. lia.
Qed.

Lemma formatUint_no_dot n : ~ holds "."%char (formatUint n).
Proof.
  intros H. apply digits_holds in H as [[]|(d & L & E)].
  apply (f_equal N_of_ascii) in E. unfold digit in E. rewrite N_ascii_embedding in E by lia. change (N_of_ascii ".") with 46 in E. lia.
Qed.

Lemma holds_append c a s : holds c (a ++ String c s)%string.
Proof. induction a; cbn; auto. Qed.

(* Two texts that end in a dot and dotless tails are equal only piece by piece. *)
Lemma last_dot a b n m : ~ holds "." n -> ~ holds "." m ->
  (a ++ String "." n = b ++ String "." m)%string -> a = b /\ n = m.
Proof.
  intros N M. revert b. induction a as [|c a IH]; intros [|d b]; cbn; intros E; injection E.
  - auto.
  - intros -> _. exfalso. apply N, holds_append.
  - intros <- _. exfalso. apply M, holds_append.
  - intros E' <-. apply IH in E' as [-> ->]. auto.
Qed.
