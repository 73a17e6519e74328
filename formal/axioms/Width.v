(* Unsigned integers of a fixed width, as Go has them: a number of type N, and every operation that can leave the
   width wraps as Go's does. A value of a Go type uintW is a number below 2 ^ W; what is at or above it stands for
   nothing in Go. Comparison, minimum, maximum and the bitwise operations that cannot leave the width are N's own. *)
From Coq Require Import Bool NArith Lia.
Local Open Scope N_scope.

(* n is a value of the Go type of this width. *)
Definition fits (w n : N) : Prop := n < 2 ^ w.

Definition add (w a b : N) : N := (a + b) mod 2 ^ w.
Definition sub (w a b : N) : N := if b <=? a then a - b else a + 2 ^ w - b.

(* A shift by the width or more leaves nothing. The test keeps a huge count from being computed. *)
Definition shl (w a b : N) : N := if b <? w then N.shiftl a b mod 2 ^ w else 0.

Global Arguments add : simpl never.
Global Arguments sub : simpl never.
Global Arguments shl : simpl never.

Lemma add_exact w a b : fits w (a + b) -> add w a b = a + b.
Proof. apply N.mod_small. Qed.

Lemma sub_exact w a b : b <= a -> sub w a b = a - b.
Proof. intros H. unfold sub. apply N.leb_le in H. now rewrite H. Qed.

Lemma pow2_pos w : 0 < 2 ^ w.
Proof. apply N.neq_0_lt_0, N.pow_nonzero. discriminate. Qed.

Lemma add_fits w a b : fits w (add w a b).
Proof. apply N.mod_lt, N.pow_nonzero. discriminate. Qed.

Lemma sub_fits w a b : fits w a -> fits w b -> fits w (sub w a b).
Proof. unfold fits, sub. intros A B. destruct (N.leb_spec b a); lia. Qed.

Lemma shl_fits w a b : fits w (shl w a b).
Proof.
  unfold fits, shl. destruct (b <? w); [apply N.mod_lt, N.pow_nonzero; discriminate|apply pow2_pos].
Qed.

(* Adding one below the last value is exact; what a guard `n >= last` leaves over is below it. *)
Lemma succ_exact w n : n < 2 ^ w - 1 -> add w n 1 = n + 1.
Proof. intros H. apply add_exact. unfold fits. pose proof (pow2_pos w). lia. Qed.

Lemma shl_1_bit w i j : i < w -> N.testbit (shl w 1 i) j = (i =? j).
Proof.
  intros H. unfold shl. apply N.ltb_lt in H as L. rewrite L.
  destruct (N.lt_ge_cases j w) as [B|B].
  - rewrite N.mod_pow2_bits_low, N.shiftl_1_l by auto. apply N.pow2_bits_eqb.
  - rewrite N.mod_pow2_bits_high by auto. symmetry. apply N.eqb_neq. lia.
Qed.

Lemma shl_1_over w i : w <= i -> shl w 1 i = 0.
Proof. intros H. unfold shl. apply N.ltb_ge in H. now rewrite H. Qed.

(* The two ways in which bit sets are asked. *)
Lemma land_shl_1 w es e : e < w -> negb (N.land es (shl w 1 e) =? 0) = N.testbit es e.
Proof.
  intros L. destruct (N.testbit es e) eqn:E; apply eq_true_iff_eq; rewrite negb_true_iff, N.eqb_neq; split; try easy.
  - intros _ Z. assert (B : N.testbit (N.land es (shl w 1 e)) e = true)
      by (rewrite N.land_spec, E, shl_1_bit, N.eqb_refl; auto).
    rewrite Z, N.bits_0 in B. discriminate.
  - intros Z. exfalso. apply Z, N.bits_inj. intros j. rewrite N.land_spec, shl_1_bit, N.bits_0 by auto.
    destruct (N.eqb_spec e j); subst; rewrite ?E, ?andb_false_r; auto.
Qed.

Lemma ldiff_subset a b : N.ldiff a b = 0 <-> forall i, N.testbit a i = true -> N.testbit b i = true.
Proof.
  rewrite <- N.bits_inj_iff. unfold N.eqf. split; intros H i.
  - intros A. specialize (H i). rewrite N.ldiff_spec, A, N.bits_0 in H. now destruct (N.testbit b i).
  - rewrite N.ldiff_spec, N.bits_0. specialize (H i).
    destruct (N.testbit a i); auto. now rewrite H.
Qed.

(* A set below 2 ^ n has no member at or above n. *)
Lemma testbit_below n es e : es < 2 ^ n -> N.testbit es e = true -> e < n.
Proof.
  intros L B. destruct (N.lt_ge_cases e n) as [|G]; auto. destruct (N.eq_dec es 0) as [->|NZ].
  - rewrite N.bits_0 in B. discriminate.
  - rewrite N.bits_above_log2 in B; [discriminate|]. apply N.log2_lt_pow2 in L; lia.
Qed.
