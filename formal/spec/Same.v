(* What is asked of a state is asked of its fields point by point, so states that are the same give the same answers. *)
From Coq Require Import NArith String.
From Argus.spec Require Import Words Theory State WellFormed.

(* Only the tree decides an agent's depth. *)
Lemma depth_tree s z a n : (forall b, active s b <-> active z b) -> (forall b, parent s b = parent z b) ->
  depth s a n -> depth z a n.
Proof.
  intros A P. induction 1 as [R|c n N B D IH].
  - now apply depth_root, A.
  - apply depth_child; [auto|now apply A|]. now rewrite <- P.
Qed.
Lemma acts_tree s z a : (forall b, active s b <-> active z b) -> (forall b, parent s b = parent z b) ->
  acts s a <-> acts z a.
Proof.
  intros A P. split; intros (n & D); exists n; revert D; apply depth_tree; intros b; auto; symmetry; auto.
Qed.

Section Same.
  Variables s z : State.
  Hypothesis H : same s z.

  Lemma active_same a : active s a <-> active z a. Proof. apply H. Qed.
  Lemma parent_same a : parent s a = parent z a. Proof. apply H. Qed.
  Lemma caps_same a k : caps s a k <-> caps z a k. Proof. apply H. Qed.
  Lemma exposure_same a : exposure s a = exposure z a. Proof. apply H. Qed.
  Lemma bits_same a : bits s a = bits z a. Proof. apply H. Qed.
  Lemma born_same a : born s a = born z a. Proof. apply H. Qed.
  Lemma flight_same a i : flight s a i = flight z a i. Proof. apply H. Qed.
  Lemma override_same a t d : override s a t d = override z a t d. Proof. apply H. Qed.
  Lemma registered_same t : registered s t <-> registered z t. Proof. apply H. Qed.
  Lemma next_same : next s = next z. Proof. apply H. Qed.
  Lemma settling_same i : settling s i = settling z i. Proof. apply H. Qed.
  Lemma held_same st : held s st = held z st. Proof. apply H. Qed.

  Lemma child_same c p : child s c p <-> child z c p.
  Proof. unfold child. now rewrite active_same, parent_same. Qed.
  Lemma cap_same a k : cap s a k <-> cap z a k.
  Proof. unfold cap. now rewrite caps_same. Qed.
  Lemma speculative_same a x : speculative s a x <-> speculative z a x.
  Proof. unfold speculative. rewrite exposure_same. now setoid_rewrite flight_same. Qed.
  Lemma stays_open_same a x : stays_open s a x <-> stays_open z a x.
  Proof. unfold stays_open. now setoid_rewrite flight_same. Qed.
  Lemma stores_within_same T : stores_within T s <-> stores_within T z.
  Proof. unfold stores_within. setoid_rewrite held_same. now setoid_rewrite flight_same. Qed.
End Same.

Lemma same_refl s : same s s. Proof. unfold same. intuition. Qed.
Lemma same_sym s z : same s z -> same z s. Proof. intros H. unfold same. repeat apply conj; intros; solve [symmetry; apply H | split; apply H]. Qed.
Lemma same_trans s y z : same s y -> same y z -> same s z.
Proof.
  intros A B. unfold same. repeat apply conj; intros;
    solve [etransitivity; [apply A|apply B] | split; intros; (apply B, A || apply A, B); assumption].
Qed.
Lemma same_with_held s z h : same s z -> same (with_held s h) (with_held z h).
Proof. intros H. unfold same. cbn. repeat apply conj; intros; try reflexivity; apply H. Qed.
Lemma same_with_exposure s z a x : same s z -> same (with_exposure s a x) (with_exposure z a x).
Proof.
  intros H. unfold same. cbn. repeat apply conj; intros; try reflexivity; try apply H.
  unfold at_. destruct (String.eqb a0 a); [reflexivity|apply H].
Qed.
