(* egressCheck refines rule 9, and is exact. *)
From Argus.axioms Require Import Go.
From Argus.extracted Require Import Kernel.
From Argus.spec Require Words Theory State Input Event Binding Step Egress.
From Argus.refinement Require Import Abstract Read Depth Refines Binding.
Local Open Scope N_scope.

Theorem refines_egress_check t s i : sound t s -> refines t s (Input_EgressCheck i) (Theory_egressCheck t s i).
Proof.
  intros I. unfold Theory_egressCheck.
  destruct (N.leb_spec sinkCount (EgressCheck_Sink i)) as [L|L].
  { apply N.le_ngt in L. refused; contradiction. }
  destruct (Attributes_known _) eqn:K; cbn [negb].
  2: refused; by_guard attributes_known_spec.
  rewrite attributes_known_spec in K. destruct (String.eqb_spec (EgressCheck_Content i) "") as [E|E].
  { refused; contradiction. }
  destruct (SMap.get (State_Agents s) (EgressCheck_Agent i)) as [r|] eqn:G.
  2: refused; not_acting.
  destruct (State_Acts s (EgressCheck_Agent i)) eqn:A; cbn [negb].
  2: refused; not_acting.
  apply (acts_iff t s I) in A. pose proof (staleEgress_spec t s I i r G) as S. destruct (Theory_staleEgress t s r i).
  { refused; by_guard S. }
  assert (P : Mode_permits (Policy_Mode (Theory_policy t) (Agent_Exposure r) (EgressCheck_Sink i)) (EgressVerdicts_Vouched (EgressCheck_Verdicts i)) = true <->
    Words.permits (Theory.mode (theoryOf t) (State.exposure (stateOf s) (EgressCheck_Agent i)) (EgressCheck_Sink i)) (Input.g_vouched (egressOf i))).
  { rewrite permits_spec, (exposure_iff s _ r G). cbn. unfold modeOf. now rewrite ofExposure_of. }
  destruct (Mode_permits _ _); cbn [negb].
  2: refused; by_guard P.
  refine (Step.egress_check (theoryOf t) (stateOf s) (egressOf i) _ _ _).
  refine (Egress.Egresses (theoryOf t) (stateOf s) (egressOf i) _ L K E A _ _ (Same.same_refl _)); [now apply S|now apply P].
Qed.

(* Whatever may leave is let out, and nothing else: with a sink and attributes of their catalogues, content that has a
   digest and a verdict that holds, a flow is accepted exactly when its sink is open under the agent's exposure. The
   state stays as it was. *)
Theorem egress_check_exact t s i : sound t s ->
  (exists ev, Theory_egressCheck t s i = Outcome_Accepted (mkAccepted s ev)) <->
  EgressCheck_Sink i < Words.sink_count /\ Binding.readable (Input.e_reading (Input.g_binding (egressOf i))) /\
  EgressCheck_Content i <> ""%string /\ State.acts (stateOf s) (EgressCheck_Agent i) /\
  Binding.bound_to_flow (theoryOf t) (stateOf s) (egressOf i) /\
  Words.permits (Theory.mode (theoryOf t) (State.exposure (stateOf s) (EgressCheck_Agent i)) (EgressCheck_Sink i))
    (EgressVerdicts_Vouched (EgressCheck_Verdicts i)).
Proof.
  intros I. pose proof (refines_egress_check t s i I) as R. split.
  - intros (ev & E). rewrite E in R. apply Step.egress_rule in R. destruct R. do 5 (split; [assumption|]). assumption.
  - intros (L & K & E & A & B & P). destruct (Theory_egressCheck t s i) as [x|x] eqn:O.
    + assert (Accepted_State x = s) as <-; [|destruct x as [z ev]; eauto].
      unfold Theory_egressCheck in O. path O. now injection O as <-.
    + exfalso. eapply R, Step.egress_check. refine (Egress.Egresses (theoryOf t) (stateOf s) (egressOf i) _ L K E A B P (Same.same_refl _)).
Qed.
