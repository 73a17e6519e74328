(* registerTool refines rule 1. *)
From Argus.axioms Require Import Go.
From Argus.extracted Require Import Kernel.
From Argus.spec Require Words Theory State Input Event Step Register.
From Argus.refinement Require Import Abstract Read Depth Refines.
Local Open Scope N_scope.

Lemma registered_add s id : State.same (stateOf (State_set_Tools s (SSet.add (State_Tools s) id))) (State.with_registered (stateOf s) id).
Proof. unfold State.same. cbn. repeat apply conj; try reflexivity. intros id'. unfold setOf. rewrite SSet.has_add. intuition. Qed.

Theorem refines_register_tool t s i : refines t s (Input_RegisterTool i) (Theory_registerTool t s i).
Proof.
  unfold Theory_registerTool. destruct (SMap.get (Theory_tools t) (RegisterTool_Tool i)) as [d|] eqn:G.
  2: refused; no_tool.
  assert (D : Theory.tool (theoryOf t) (RegisterTool_Tool i) = Some (toolOf d)) by (cbn; now rewrite G).
  destruct (SSet.has (Theory_issuers t) (Tool_Issuer d)) eqn:Is; cbn [negb].
  2: refused; same_tool; cbn in *; unfold setOf in *; congruence.
  destruct (SSet.has (State_Tools s) (RegisterTool_Tool i)) eqn:R.
  { refused; contradiction. }
  refine (Step.register_tool _ _ _ _ _ (Register.Registers (theoryOf t) (stateOf s) _ (toolOf d) _ D Is _ _)).
  - cbn. unfold setOf. congruence.
  - apply registered_add.
Qed.
