(* delegate refines rule 2. *)
From Argus.axioms Require Import Go.
From Argus.extracted Require Import Kernel.
From Argus.spec Require Words ChildID Theory State Input Event Step Delegate.
From Argus.refinement Require Import Abstract Read Depth Refines.
From Coq Require Import Lia.
Local Open Scope N_scope.

(* The parent's record with one more birth and fewer bits, then the child's. *)
Lemma child_set s g r ks n : SMap.get (State_Agents s) g = Some r ->
  let r' := Agent_set_Bits (Agent_set_Born r (Agent_Born r + 1)) (Agent_Bits r - n) in
  let c := ChildID.child_id g (State.born (stateOf s) g + 1) in
  State.same
    (stateOf (State_set_Agents s (SMap.set (SMap.set (State_Agents s) g r') c (mkAgent g ks (Agent_Exposure r) n 0 NMap.empty SMap.empty))))
    (State.with_child (stateOf s) g c (setOf ks) n).
Proof.
  intros G r' c. clearbody c. unfold State.same, stateOf, State.with_child, State.at_, record. cbn. rewrite G.
  repeat apply conj; try reflexivity; intros a; intros; rewrite !get_set;
    destruct (String.eqb_spec a c), (String.eqb_spec a g); subst; rewrite ?G; cbn; try tauto.
  all: rewrite ?NMap.get_empty; auto.
Qed.

Theorem refines_delegate t s i : sound t s -> refines t s (Input_Delegate i) (Theory_delegate t s i).
Proof.
  intros I. unfold Theory_delegate. destruct (SMap.get (State_Agents s) (Delegate_By i)) as [g|] eqn:G.
  2: refused; not_acting.
  assert (Bi : State.bits (stateOf s) (Delegate_By i) = Agent_Bits g) by apply (record_some s _ g G).
  assert (Bo : State.born (stateOf s) (Delegate_By i) = Agent_Born g) by apply (record_some s _ g G).
  destruct (State_Acts s (Delegate_By i)) eqn:A; cbn [negb].
  2: refused; not_acting.
  apply (acts_iff t s I) in A.
  assert (K : SSet.subsetOf (Delegate_Caps i) (Theory_caps t (Delegate_By i) g) = true <->
    forall k, setOf (Delegate_Caps i) k -> State.holds (theoryOf t) (stateOf s) (Delegate_By i) k).
  { rewrite SSet.subset_spec. now setoid_rewrite (caps_spec t s _ g _ G). }
  destruct (SSet.subsetOf _ _); cbn [negb].
  2: refused; by_guard K.
  destruct (N.ltb_spec (Agent_Bits g) (Delegate_Bits i)) as [L|L].
  { refused; lia. }
  destruct (N.leb_spec lastChild (Agent_Born g)) as [E|E].
  { unfold lastChild in E. refused; unfold Words.last_child in *; lia. }
  rewrite succ_exact, sub_exact by (cbn; lia || exact E).
  cbv zeta. cbn [Agent_Bits Agent_set_Born Agent_Born Agent_set_Bits Agent_Exposure].
  replace (childID (Delegate_By i) (Agent_Born g + 1)) with (ChildID.child_id (Delegate_By i) (State.born (stateOf s) (Delegate_By i) + 1))
    by now rewrite Bo.
  refine (Step.delegate _ _ _ _ _ _ _ (Delegate.Delegates (theoryOf t) (stateOf s) _ _ _ _ A (proj1 K eq_refl) _ _ _)).
  - now rewrite Bi.
  - now rewrite Bo.
  - apply (child_set s _ g _ _ G).
Qed.
