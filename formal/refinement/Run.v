(* The runs of the translated kernel, and that each is a run of the protocol. *)
From Argus.axioms Require Import Go.
From Argus.extracted Require Import Kernel.
From Argus.spec Require Words Theory State Input Event Step Safety.
From Argus.refinement Require Import Abstract Read Refines Judge.
From Argus.refinement Require Register Delegate Revoke Start Complete Return Egress Grant Elevate Override.
Local Open Scope N_scope.

(* From root with n bits, whatever is asked, under any sequence of theories that the kernel judges well formed and
   admissible. *)
Inductive run {G} (O : Step.Observer G) (n : N) : Theory -> State -> G -> Prop :=
| run_genesis t g : Theory_wellFormed t = true -> Step.begins O n g -> run O n t (Genesis n) g
| run_step t s g i r g' : run O n t s g -> Step t s i = Outcome_Accepted r ->
    Step.sees O (theoryOf t) (stateOf s) (inputOf i) (eventOf (Accepted_Event r)) (stateOf (Accepted_State r)) g g' ->
    run O n t (Accepted_State r) g'
| run_meanwhile t s g g' : run O n t s g -> Step.meanwhile O (stateOf s) g g' -> run O n t s g'
| run_theory t s g t' : run O n t s g -> Theory_wellFormed t' = true -> Theory_follows t' s = true -> run O n t' s g.

Definition reachable (t : Theory) (s : State) : Prop := exists n, run Step.nobody n t s tt.

Theorem refines_step t s i : Theory.well_formed (theoryOf t) -> sound t s -> refines t s i (Step t s i).
Proof.
  intros W I. destruct i as [i|i|i|i|i|i|i|i|i|i|i|i|i]; cbn [Step].
  - now apply Revoke.refines_cascade_revoke.
  - now apply Delegate.refines_delegate.
  - now apply Egress.refines_egress_check.
  - now apply Elevate.refines_elevate.
  - now apply Elevate.refines_follow_up.
  - now apply Grant.refines_grant_capability.
  - now apply Override.refines_grant_override.
  - now apply Complete.refines_invoke_complete.
  - now apply Start.refines_invoke_start.
  - apply Register.refines_register_tool.
  - now apply Return.refines_return_endorsed.
  - now apply Return.refines_return_unendorsed.
  - now apply Revoke.refines_revoke.
Qed.

Lemma genesis_same n : State.same (stateOf (Genesis n)) (State.genesis n).
Proof.
  assert (E : forall k, setOf SSet.empty k <-> False) by (intros k; unfold setOf; rewrite SSet.has_empty; easy).
  unfold State.same, stateOf, Genesis, record. cbn. repeat apply conj; try reflexivity; intros a; intros; rewrite ?get_set, ?SMap.get_empty;
    try (change Words.root with Root; destruct (String.eqb_spec a Root)); try (split; congruence || tauto); try reflexivity; apply E.
Qed.

(* What is asked of the kernel's runs is asked of runs of the protocol. *)
Theorem run_refines G (O : Step.Observer G) n t s g : run O n t s g -> Theory.well_formed (theoryOf t) /\ Step.run O n (theoryOf t) (stateOf s) g.
Proof.
  induction 1 as [t g W B|t s g i r g' _ [W R] E S|t s g g' _ [W R] M|t s g t' _ [_ R] W A];
    (split; [exact W || now apply well_formed_exact|]).
  - apply Step.run_genesis; auto; [now apply well_formed_exact|apply genesis_same].
  - pose proof (refines_step t s i W) as F. rewrite E in F. eapply Step.run_step; [exact R| |exact S].
    apply F. destruct (Safety.run_inv _ _ _ _ _ _ R) as (_ & J). exact J.
  - eapply Step.run_meanwhile; eauto.
  - apply well_formed_exact in W. apply admissible_exact in A. eapply Step.run_theory; eauto.
Qed.

Lemma run_sound G (O : Step.Observer G) n t s g : run O n t s g -> sound t s.
Proof. intros R. apply run_refines in R as [_ R]. apply (Safety.run_inv _ _ _ _ _ _ R). Qed.

(* Whoever can follow the protocol can follow the kernel to whatever it reaches: what is said of watched runs is said of
   every state. *)
Theorem reachable_watched G (O : Step.Observer G) t s : Step.attentive G O -> reachable t s -> exists n g, run O n t s g.
Proof.
  intros [B A] (n & R). exists n. induction R as [t [] W _|t s [] i r [] R (g & H) E _|t s [] [] _ _ []|t s [] t' _ (g & H) W F].
  - destruct (B n) as (g & K). exists g. now apply run_genesis.
  - pose proof (run_refines _ _ _ _ _ _ R) as [W Q]. pose proof (refines_step t s i W) as F. rewrite E in F.
    destruct (A _ _ _ _ _ g (F (proj2 (Safety.run_inv _ _ _ _ _ _ Q)))) as (g' & K). exists g'. eapply run_step; eauto.
  - exists g. eapply run_theory; eauto.
Qed.

Section Reachable.
  Variables (t : Theory) (s : State).
  Hypothesis R : reachable t s.

  Lemma reachable_refines : Step.reachable (theoryOf t) (stateOf s).
  Proof. destruct R as (n & H). exists n. now apply run_refines. Qed.

  Lemma reachable_well_formed : Theory.well_formed (theoryOf t).
  Proof. destruct R as (n & H). now apply run_refines in H. Qed.

  Lemma reachable_sound : sound t s.
  Proof. destruct R as (n & H). exact (run_sound _ _ _ _ _ _ H). Qed.

  Theorem reachable_step i : refines t s i (Step t s i).
  Proof. apply refines_step; [apply reachable_well_formed|apply reachable_sound]. Qed.

  (* A refusal is never too much: no rule of the protocol lets the input through. *)
  Theorem completeness i why : Step t s i = Outcome_Refused why -> forall ev z, ~ Step.step (theoryOf t) (stateOf s) (inputOf i) ev z.
  Proof. intros E. pose proof (reachable_step i) as F. now rewrite E in F. Qed.

  Theorem soundness i r : Step t s i = Outcome_Accepted r ->
    Step.step (theoryOf t) (stateOf s) (inputOf i) (eventOf (Accepted_Event r)) (stateOf (Accepted_State r)).
  Proof. intros E. pose proof (reachable_step i) as F. now rewrite E in F. Qed.
End Reachable.
