(* grantCapability refines rule 10. *)
From Argus.axioms Require Import Go.
From Argus.extracted Require Import Kernel.
From Argus.spec Require Words Theory State Input Event Step Grant.
From Argus.refinement Require Import Abstract Read Depth Refines.
Local Open Scope N_scope.

Lemma caps_set s a r k : SMap.get (State_Agents s) a = Some r ->
  State.same (stateOf (State_set_Agents s (SMap.set (State_Agents s) a (Agent_set_Caps r (SSet.add (Agent_Caps r) k)))))
    (State.with_caps (stateOf s) (fun b k' => State.caps (stateOf s) b k' \/ b = a /\ k' = k)).
Proof. intros G. fields G. unfold setOf. rewrite SSet.has_add. intuition. Qed.

Theorem refines_grant_capability t s i : sound t s -> refines t s (Input_GrantCapability i) (Theory_grantCapability t s i).
Proof.
  intros I. unfold Theory_grantCapability.
  destruct (SMap.get (State_Agents s) (GrantCapability_Parent i)) as [p|] eqn:P.
  2: { intros ev z H. apply Step.grant_rule in H. destruct H as [? A]. apply acts_record in A as (p & A). congruence. }
  destruct (State_Acts s (GrantCapability_Parent i)) eqn:A; cbn [negb].
  2: { intros ev z H. apply Step.grant_rule in H. destruct H as [? B]. apply (acts_iff t s I) in B. congruence. }
  apply (acts_iff t s I) in A. destruct (SMap.get (State_Agents s) (GrantCapability_Child i)) as [c|] eqn:G.
  2: { intros ev z H. apply Step.grant_rule in H. destruct H as [? _ (_ & C & _)]. apply active_iff in C as (c & C). congruence. }
  pose proof (child_iff t s I _ _ c G (present_named t s I _ p P)) as C.
  destruct (String.eqb_spec (Agent_Parent c) (GrantCapability_Parent i)) as [E|E]; cbn [negb].
  2: { intros ev z H. apply Step.grant_rule in H. destruct H as [? _ D]. now apply C in D. }
  destruct (SSet.has (Theory_catalogue t) (GrantCapability_Capability i)) eqn:K; cbn [negb].
  2: { intros ev z H. apply Step.grant_rule in H. destruct H as [? _ _ D]. cbn in D. unfold setOf in D. congruence. }
  destruct (SSet.has (Theory_caps t (GrantCapability_Parent i) p) (GrantCapability_Capability i)) eqn:Hd; cbn [negb].
  2: { intros ev z H. apply Step.grant_rule in H. destruct H as [? _ _ _ D]. apply (caps_spec t s _ p _ P) in D. congruence. }
  apply (caps_spec t s _ p _ P) in Hd.
  refine (Step.grant_capability (theoryOf t) (stateOf s) _ _ _ _ _ _).
  refine (Grant.Grants (theoryOf t) (stateOf s) _ _ _ _ A _ K Hd _); [now apply C|]. now apply caps_set.
Qed.
