(* An input has at most one outcome. *)
From Coq Require Import Bool NArith String.
From Argus.spec Require Import Words Theory ChildID State Same WellFormed Input Binding Event.
From Argus.spec Require Import Register Delegate Revoke Cascade Start Complete Return Egress Grant Elevate Override Step.
From Argus.spec Require Import Invariant.
Local Open Scope N_scope.

Lemma same_both s s' z : same s z -> same s' z -> same s s'.
Proof. intros A B. eapply same_trans; eauto using same_sym. Qed.

Lemma same_held s h h' : (forall st, h st = h' st) -> same (with_held s h) (with_held s h').
Proof. intros E. unfold same. cbn. repeat apply conj; intros; try reflexivity. apply E. Qed.

Lemma told (b b' : bool) (P : Prop) : (b = true <-> P) -> (b' = true <-> P) -> b = b'.
Proof. intros A B. apply eq_true_iff_eq. now rewrite A, B. Qed.

Lemma told_of (o o' : option Exposure) (P : Exposure -> Prop) : (forall r, o = Some r <-> P r) -> (forall r, o' = Some r <-> P r) -> o = o'.
Proof.
  intros A B. destruct o as [r|].
  - symmetry. now apply B, A.
  - destruct o' as [r|]; auto. now apply A, B.
Qed.

Lemma let_in_determined s d x h h' : let_in s d x h -> let_in s d x h' -> forall st, h st = h' st.
Proof. intros A B st. destruct (A st) as [[W ->]|[W ->]], (B st) as [[W' ->]|[W' ->]]; auto; contradiction. Qed.

Lemma matching_determined T s d c o o' : matching T s d c o -> matching T s d c o' -> o = o'.
Proof.
  destruct o as [u|], o' as [v|]; cbn; auto.
  - intros [A _] [B _]. congruence.
  - intros [A B] H. now destruct (H u A).
  - intros H [A B]. now destruct (H v A).
Qed.

(* What two readings of one field agree on. *)
Ltac agree := repeat match goal with
  | A : tool ?T ?t = Some ?d, B : tool ?T ?t = Some ?e |- _ => rewrite A in B; injection B as <-
  | A : flight ?s ?a ?i = Some ?f, B : flight ?s ?a ?i = Some ?g |- _ => rewrite A in B; injection B as <-
  | A : speculative ?s ?a ?x, B : speculative ?s ?a ?y |- _ => pose proof (speculative_unique s a x y A B); subst y; clear B
  | A : matching ?T ?s ?d ?c ?o, B : matching ?T ?s ?d ?c ?p |- _ => pose proof (matching_determined T s d c o p A B); subst p; clear B
  | A : ?b = true <-> ?P, B : ?c = true <-> ?P |- _ => pose proof (told b c P A B); subst c; clear B
  | A : forall r, ?o = Some r <-> _, B : forall r, ?p = Some r <-> _ |- _ => pose proof (told_of o p _ A B); subst p; clear B
  end.

Theorem step_determined T s M i ev z ev' z' : Inv T s M -> step T s i ev z -> step T s i ev' z' -> ev = ev' /\ same z z'.
Proof.
  intros I H H'. destruct H as [t ev z H|g ks n ev z H|p c ev z H|c p ev z H|c ev z H|o ev z H|c p n slot ev z H|c p ev z H
    |g ev z H|p c k ev z H|a x ev z H|p c ev z H|a t d u ev z H].
  - apply register_rule in H'. destruct H, H'. eauto using same_both.
  - apply delegate_rule in H'. destruct H, H'. eauto using same_both.
  - apply revoke_rule in H'. destruct H, H'. eauto using same_both.
  - apply cascade_rule in H'. destruct H, H'. eauto using same_both.
  - apply start_rule in H'. destruct H, H'. agree. split; auto. eapply same_both; eauto. eapply same_trans; eauto.
    apply same_held. eauto using let_in_determined.
  - apply complete_rule in H'. destruct H as [f x raise dec en rel z a j spent Ke Kr A F X Ra De En Re S|z Ke Kr F S],
      H' as [f' x' raise' dec' en' rel' z' a' j' spent' Ke' Kr' A' F' X' Ra' De' En' Re' S'|z' Ke' Kr' F' S'].
    + subst a' j' a j. agree. subst spent spent'. eauto using same_both.
    + exfalso. now apply (settling_ended I) in F'.
    + exfalso. now apply (settling_ended I) in F.
    + eauto using same_both.
  - apply return_endorsed_rule in H'. destruct H, H'. agree. eauto using same_both.
  - apply return_unendorsed_rule in H'. destruct H, H'. eauto using same_both.
  - apply egress_rule in H'. destruct H, H'. eauto using same_both.
  - apply grant_rule in H'. destruct H, H'. eauto using same_both.
  - apply elevate_rule in H'. destruct H as [? ? _ []], H' as [? ? _ []]. eauto using same_both.
  - apply follow_up_rule in H'. destruct H as [? ? _ []], H' as [? ? _ []]. eauto using same_both.
  - apply override_rule in H'. destruct H, H'. agree. split; auto. eapply same_both; eauto. eapply same_trans; eauto.
    apply same_held. eauto using let_in_determined.
Qed.
