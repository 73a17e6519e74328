(* grantOverride refines rule 12. *)
From Argus.axioms Require Import Go.
From Argus.extracted Require Import Kernel.
From Argus.spec Require Words Theory State Input Event Step Override.
From Argus.refinement Require Import Abstract Read Depth Refines Stores.
Local Open Scope N_scope.

Lemma armed_set r t m t' : Agent_armed (Agent_set_Overrides r (SMap.set (Agent_Overrides r) t m)) t' = if String.eqb t' t then m else Agent_armed r t'.
Proof.
  unfold Agent_armed at 1. cbn [Agent_Overrides Agent_set_Overrides]. rewrite get_set.
  now destruct (String.eqb t' t).
Qed.

Lemma override_set s a r t d x : SMap.get (State_Agents s) a = Some r ->
  State.same (stateOf (State_set_Agents s (SMap.set (State_Agents s) a (Agent_set_Overrides r
      (SMap.set (Agent_Overrides r) t (SMap.set (Agent_armed r t) d x))))))
    (State.with_override (stateOf s) a t d (Some (exposureOf x))).
Proof.
  intros G. fields G; rewrite armed_set;
    repeat match goal with |- context [String.eqb ?b ?a] => destruct (String.eqb_spec b a); subst end; try congruence;
    rewrite SMapFacts.get_set; match goal with |- context [if ?e then _ else _] => destruct e end; cbn; congruence.
Qed.

Theorem refines_grant_override t s i : sound t s -> refines t s (Input_GrantOverride i) (Theory_grantOverride t s i).
Proof.
  intros I. unfold Theory_grantOverride.
  destruct (Exposure_known (GrantOverride_Upto i)) eqn:K; cbn [negb].
  2: refused; by_guard known_spec.
  apply known_spec in K. destruct (String.eqb_spec (GrantOverride_Arguments i) "") as [E|E].
  { refused; contradiction. }
  destruct (String.eqb_spec (GrantOverride_Agent i) Root) as [R|R].
  { refused; contradiction. }
  destruct (SMap.get (State_Agents s) (GrantOverride_Agent i)) as [r|] eqn:G.
  2: refused; not_acting.
  destruct (State_Acts s (GrantOverride_Agent i)) eqn:A; cbn [negb].
  2: refused; not_acting.
  apply (acts_iff t s I) in A. destruct (SMap.get (Theory_tools t) (GrantOverride_Tool i)) as [d|] eqn:D.
  2: refused; no_tool.
  assert (D' : Theory.tool (theoryOf t) (GrantOverride_Tool i) = Some (toolOf d)) by (cbn; now rewrite D).
  destruct (SSet.has (State_Tools s) (GrantOverride_Tool i)) eqn:Re; cbn [negb].
  2: refused; cbn in *; unfold setOf in *; congruence.
  destruct (N.ltb_spec (Exposure_Level (GrantOverride_Upto i)) Sensitive) as [L|L].
  { apply N.lt_nge in L. refused; contradiction. }
  pose proof (firstExceeded_spec t d (GrantOverride_Upto i)) as X. destruct (Theory_firstExceeded t d (GrantOverride_Upto i)).
  { refused; same_tool; by_guard X. }
  cbv zeta. set (s1 := State_set_Agents s _).
  refine (Step.grant_override (theoryOf t) (stateOf s) _ _ _ _ _ _ _).
  refine (Override.Overrides (theoryOf t) (stateOf s) _ _ _ _ (toolOf d) (State.held (stateOf (State_letIn s1 d (GrantOverride_Upto i)))) _
    K E R A D' Re L _ _ _); [now apply X|exact (letIn_held s1 d (GrantOverride_Upto i))|].
  cbn [Accepted_State]. eapply Same.same_trans; [apply letIn_same|]. apply Same.same_with_held, override_set, G.
Qed.
