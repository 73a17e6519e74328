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
  2: refused; not_acting.
  destruct (State_Acts s (GrantCapability_Parent i)) eqn:A; cbn [negb].
  2: refused; not_acting.
  apply (acts_iff t s I) in A. destruct (SMap.get (State_Agents s) (GrantCapability_Child i)) as [c|] eqn:G.
  2: refused; not_active.
  pose proof (child_iff t s I _ _ c G (present_named t s I _ p P)) as C.
  destruct (String.eqb_spec (Agent_Parent c) (GrantCapability_Parent i)) as [E|E]; cbn [negb].
  2: refused; by_guard C.
  destruct (SSet.has (Theory_catalogue t) (GrantCapability_Capability i)) eqn:K; cbn [negb].
  2: refused; cbn in *; unfold setOf in *; congruence.
  destruct (SSet.has (Theory_caps t (GrantCapability_Parent i) p) (GrantCapability_Capability i)) eqn:Hd; cbn [negb].
  2: refused; by_guard (caps_spec t s _ p (GrantCapability_Capability i) P).
  apply (caps_spec t s _ p _ P) in Hd.
  refine (Step.grant_capability (theoryOf t) (stateOf s) _ _ _ _ _ _).
  refine (Grant.Grants (theoryOf t) (stateOf s) _ _ _ _ A _ K Hd _); [now apply C|]. now apply caps_set.
Qed.
