(* revoke and cascadeRevoke refine rules 3 and 4. *)
From Argus.axioms Require Import Go.
From Argus.extracted Require Import Kernel.
From Argus.spec Require Words State Input Event Step Revoke Cascade.
From Argus.refinement Require Import Abstract Read Depth Refines.
Import ListNotations.
Local Open Scope N_scope.

(* The ids of a flight list, each now settling by the agent. *)
Definition settle (id : AgentID) (s : State) (f : InvocationID * Flight) : State :=
  State_set_Settling s (NMap.set (State_Settling s) (fst f) id).

Lemma settle_all id l : forall s, exists m, fold_left (settle id) l s = State_set_Settling s m /\
  forall i, (exists f, In (i, f) l) /\ NMap.get m i = Some id \/ (forall f, ~ In (i, f) l) /\ NMap.get m i = NMap.get (State_Settling s) i.
Proof.
  induction l as [|[j f] l IH]; cbn [fold_left]; intros s.
  - exists (State_Settling s). split; [now destruct s|]. intros i. right. split; auto.
  - destruct (IH (settle id s (j, f))) as (m & -> & M). exists m. split; [reflexivity|]. intros i.
    destruct (M i) as [[(g & J) E]|[N ->]]; [left; split; auto; exists g; now right|]. cbn. rewrite get_set_n.
    destruct (N.eqb_spec i j) as [->|D]; [left; eauto|]. right. split; auto. intros g [[= <- <-]|J]; [easy|now apply (N g)].
Qed.

Lemma without_same s c r : SMap.get (State_Agents s) c = Some r -> State.same (stateOf (State_without s c r)) (State.without (stateOf s) c).
Proof.
  intros G. unfold State_without.
  match goal with |- context [fold_left ?f ?l s] => replace (fold_left f l s) with (fold_left (settle c) l s) end.
  2: { apply fold_left_ext. now intros ? [? ?]. }
  destruct (settle_all c (NMap.all (Agent_Flights r)) s) as (m & -> & M).
  unfold State.same, stateOf, State.without, State.at_, record. cbn.
  repeat apply conj; try reflexivity; intros a; intros; rewrite ?get_delete;
    try (destruct (String.eqb_spec a c); subst; rewrite ?G; tauto).
  rewrite G. destruct (M a) as [[(f & J) ->]|[N ->]].
  - apply NMap.in_all in J. now rewrite J.
  - destruct (NMap.get (Agent_Flights r) a) as [f|] eqn:F; auto. apply NMap.in_all in F. now apply N in F.
Qed.

Section Revoke.
  Variables (t : Theory) (s : State).
  Hypothesis I : sound t s.

  Theorem refines_revoke i : refines t s (Input_Revoke i) (Theory_revoke t s i).
  Proof.
    unfold Theory_revoke. destruct (String.eqb_spec (Revoke_Child i) Root) as [R|R].
    { refused; now match goal with C : State.child _ _ _ |- _ => destruct C end. }
    destruct (State_Acts s (Revoke_Parent i)) eqn:A; cbn [negb].
    2: refused; not_acting.
    apply (acts_iff t s I) in A. destruct (SMap.get (State_Agents s) (Revoke_Child i)) as [c|] eqn:G.
    2: refused; not_active.
    assert (C : State.child (stateOf s) (Revoke_Child i) (Revoke_Parent i) <-> Agent_Parent c = Revoke_Parent i).
    { destruct (acts_record s _ A) as (p & P). exact (child_iff t s I _ _ c G (present_named t s I _ p P)). }
    destruct (String.eqb_spec (Agent_Parent c) (Revoke_Parent i)) as [E|E]; cbn [negb].
    2: refused; by_guard C.
    refine (Step.revoke _ _ _ _ _ _ (Revoke.Revokes (theoryOf t) (stateOf s) _ _ _ A (proj2 C E) _)). now apply without_same.
  Qed.

  Theorem refines_cascade_revoke i : refines t s (Input_CascadeRevoke i) (Theory_cascadeRevoke t s i).
  Proof.
    unfold Theory_cascadeRevoke. destruct (String.eqb_spec (CascadeRevoke_Child i) Root) as [R|R].
    { refused; now match goal with C : State.child _ _ _ |- _ => destruct C end. }
    destruct (SMap.get (State_Agents s) (CascadeRevoke_Child i)) as [c|] eqn:G.
    2: refused; not_active.
    assert (C : State.child (stateOf s) (CascadeRevoke_Child i) (CascadeRevoke_Parent i) <-> Agent_Parent c = CascadeRevoke_Parent i).
    { unfold State.child. rewrite active_iff. cbn. rewrite (record_some s _ c G). intuition. eauto. }
    destruct (String.eqb_spec (Agent_Parent c) (CascadeRevoke_Parent i)) as [E|E]; cbn [negb].
    2: refused; by_guard C.
    destruct (SMap.has (State_Agents s) (CascadeRevoke_Parent i)) eqn:P.
    { apply SMapFacts.has_true, active_iff in P. refused; contradiction. }
    refine (Step.cascade_revoke _ _ _ _ _ _ (Cascade.Cascades (theoryOf t) (stateOf s) _ _ _ (proj2 C E) _ _)).
    - intros D. apply active_iff, SMapFacts.has_true in D. congruence.
    - now apply without_same.
  Qed.
End Revoke.
