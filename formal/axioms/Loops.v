(* What Go's loops become. A loop that only looks for something is a scan; one that only changes variables is the
   standard fold_left; one that does both is a loop, which ends early with inl or carries its variables on with inr. *)
From Coq Require Import NArith List Lia Permutation.
Import ListNotations.

Fixpoint scan {A R} (f : A -> option R) (l : list A) : option R :=
  match l with
  | [] => None
  | x :: l => match f x with Some r => Some r | None => scan f l end
  end.

Fixpoint loop {A S R} (f : S -> A -> R + S) (l : list A) (s : S) : R + S :=
  match l with
  | [] => inr s
  | x :: l => match f s x with inl r => inl r | inr s => loop f l s end
  end.

(* `range n` over a number. *)
Definition upto (n : N) : list N := map N.of_nat (seq 0 (N.to_nat n)).

Global Arguments upto : simpl never.

Lemma scan_none {A R} (f : A -> option R) l : scan f l = None <-> forall x, In x l -> f x = None.
Proof.
  induction l as [|a l IH]; cbn; [split; easy|]. destruct (f a) eqn:E; split; try easy.
  - intros H. specialize (H a (or_introl eq_refl)). congruence.
  - intros H x [<-|I]; auto. now apply IH.
  - intros H. apply IH. auto.
Qed.

Lemma scan_some {A R} (f : A -> option R) l r : scan f l = Some r -> exists x, In x l /\ f x = Some r.
Proof.
  induction l as [|a l IH]; cbn; [easy|]. destruct (f a) eqn:E; [intros [= <-]; eauto|].
  intros H. destruct (IH H) as (x & ? & ?). eauto.
Qed.

(* Whether a scan finds anything does not depend on the order of the list. *)
Lemma scan_found {A R} (f : A -> option R) l : (exists r, scan f l = Some r) <-> exists x r, In x l /\ f x = Some r.
Proof.
  split.
  - intros (r & H). apply scan_some in H as (x & ? & ?). eauto.
  - intros (x & r & I & H). destruct (scan f l) eqn:E; eauto. rewrite scan_none in E. rewrite E in H; auto. discriminate.
Qed.

Lemma scan_ext {A R} (f g : A -> option R) l : (forall x, In x l -> f x = g x) -> scan f l = scan g l.
Proof.
  induction l as [|a l IH]; cbn; auto. intros H. rewrite <- (H a) by auto. destruct (f a); auto.
Qed.

Lemma in_upto n x : In x (upto n) <-> (x < n)%N.
Proof.
  unfold upto. rewrite in_map_iff. split.
  - intros (k & <- & H). apply in_seq in H. lia.
  - intros H. exists (N.to_nat x). split; [apply N2Nat.id|]. apply in_seq. lia.
Qed.

Lemma length_upto n : length (upto n) = N.to_nat n.
Proof. unfold upto. now rewrite map_length, seq_length. Qed.

Lemma upto_0 : upto 0 = [].
Proof. reflexivity. Qed.

(* A fold whose steps commute does not depend on the order of the list. *)
Lemma fold_left_permutation {A S} (f : S -> A -> S) (C : forall s x y, f (f s x) y = f (f s y) x) l l' :
  Permutation l l' -> forall s, fold_left f l s = fold_left f l' s.
Proof. induction 1; intros s; cbn; [reflexivity|auto|now rewrite C|etransitivity; eauto]. Qed.

Lemma fold_left_ext {A S} (f g : S -> A -> S) l :
  (forall s x, In x l -> f s x = g s x) -> forall s, fold_left f l s = fold_left g l s.
Proof. induction l as [|a l IH]; cbn; intros H s; auto. rewrite H by auto. apply IH. auto. Qed.

(* What holds before a fold and is kept by each step holds after it. *)
Lemma fold_left_keeps {A S} (P : S -> Prop) (f : S -> A -> S) l :
  (forall s x, In x l -> P s -> P (f s x)) -> forall s, P s -> P (fold_left f l s).
Proof. induction l as [|a l IH]; cbn; auto. Qed.
