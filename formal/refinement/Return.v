(* returnEndorsed and returnUnendorsed refine rules 7 and 8. *)
From Argus.axioms Require Import Go.
From Argus.extracted Require Import Kernel.
From Argus.spec Require Words ChildID Theory State Input Event Step Return Determined.
From Argus.refinement Require Import Abstract Read Depth Refines.
From Coq Require Import Lia.
Local Open Scope N_scope.

Lemma child_other s c p : wellNamed s -> State.child (stateOf s) c p -> c <> p.
Proof.
  intros W (R & A & E) <-. destruct (W c A R) as (n & N). pose proof (child_longer (State.parent (stateOf s) c) n) as L.
  rewrite <- N, E in L. lia.
Qed.

(* The child's bits and the parent's exposure. *)
Lemma return_set s c rc p rp n x : SMap.get (State_Agents s) c = Some rc -> SMap.get (State_Agents s) p = Some rp -> c <> p ->
  State.same (stateOf (State_set_Agents s (SMap.set (SMap.set (State_Agents s) c (Agent_set_Bits rc n)) p (Agent_set_Exposure rp x))))
    (State.with_exposure (State.with_bits (stateOf s) c n) p (exposureOf x)).
Proof.
  intros C P N. set (s1 := State_set_Agents s (SMap.set (State_Agents s) c (Agent_set_Bits rc n))).
  assert (P1 : SMap.get (State_Agents s1) p = Some rp) by (cbn; now rewrite SMap.get_set_other).
  apply (Same.same_trans _ _ _ (exposure_set s1 p rp x P1)). now apply Same.same_with_exposure, bits_set.
Qed.

(* Bits are due by the rule too, since they are by Pa. *)
Ltac due Pa := match goal with Q : ?pays = true <-> ~ _, B : ?pays = true -> _ |- _ => specialize (B (proj2 Q (proj1 Pa eq_refl))) end.

Section Return.
  Variables (t : Theory) (s : State).
  Hypothesis I : sound t s.

  Theorem refines_return_endorsed i : refines t s (Input_ReturnEndorsed i) (Theory_returnEndorsed t s i).
  Proof.
    unfold Theory_returnEndorsed. destruct (String.eqb_spec (ReturnEndorsed_Parent i) Root) as [R|R].
    { refused; contradiction. }
    destruct (SMap.get (State_Agents s) (ReturnEndorsed_Child i)) as [c|] eqn:C.
    2: refused; not_acting.
    destruct (State_Acts s (ReturnEndorsed_Child i)) eqn:A; cbn [negb].
    2: refused; not_acting.
    apply (acts_iff t s I) in A. destruct (SMap.get (State_Agents s) (ReturnEndorsed_Parent i)) as [p|] eqn:P.
    2: refused; no_parent.
    pose proof (child_iff t s I _ _ c C (present_named t s I _ p P)) as D.
    destruct (String.eqb_spec (Agent_Parent c) (ReturnEndorsed_Parent i)) as [E|E]; cbn [negb].
    2: refused; by_guard D.
    apply D in E. clear D. pose proof (idle_iff s _ c C) as F. destruct (N.ltb_spec 0 (NMap.len (Agent_Flights c))) as [L|L].
    { refused; by_guard F. }
    assert (Id : State.idle (stateOf s) (ReturnEndorsed_Child i)) by (apply F; lia). clear F L.
    cbv zeta. set (pays := negb (Exposure_Leq (Agent_Exposure c) (Agent_Exposure p))).
    assert (Pa : pays = true <-> ~ Words.leq (State.exposure (stateOf s) (ReturnEndorsed_Child i)) (State.exposure (stateOf s) (ReturnEndorsed_Parent i))).
    { rewrite (exposure_iff s _ c C), (exposure_iff s _ p P), <- leq_spec. unfold pays. rewrite negb_true_iff. now destruct (Exposure_Leq _ _). }
    clearbody pays.
    assert (Bc : State.bits (stateOf s) (ReturnEndorsed_Child i) = Agent_Bits c) by (cbn; apply (record_some s _ c C)).
    destruct (pays && (ReturnEndorsed_Bits i =? 0)) eqn:B0.
    { apply andb_true_iff in B0 as [-> B0]. apply N.eqb_eq in B0. refused; due Pa; lia. }
    destruct (pays && (Agent_Bits c <? ReturnEndorsed_Bits i)) eqn:B1.
    { apply andb_true_iff in B1 as [-> B1]. apply N.ltb_lt in B1. refused; due Pa; lia. }
    assert (Bo : pays = true -> 1 <= ReturnEndorsed_Bits i <= State.bits (stateOf s) (ReturnEndorsed_Child i)).
    { intros ->. rewrite Bc. cbn [andb] in B0, B1. apply N.eqb_neq in B0. apply N.ltb_ge in B1. lia. }
    clear B0 B1. set (en := SSet.has (Theory_endorsing t) (ReturnEndorsed_Slot i)).
    assert (En : en = true <-> Theory.endorses (theoryOf t) (ReturnEndorsed_Slot i)) by reflexivity. clearbody en.
    match goal with |- context [Exposure_Join (Agent_Speculative p) ?x] => set (taken := x) end.
    assert (Ta : exposureOf taken = Return.taken_from (State.exposure (stateOf s) (ReturnEndorsed_Child i)) en).
    { rewrite (exposure_iff s _ c C). unfold taken. now destruct en. }
    clearbody taken. pose proof (stays_open_iff t s I _ p (Exposure_Join (Agent_Speculative p) taken) P) as O.
    rewrite join_spec, Ta in O. destruct (Agent_firstClosedFlight p _) as [at_|].
    - refused; Determined.agree; same_exposure (speculative_record s _ p P); by_guard O.
    - refine (Step.return_endorsed (theoryOf t) (stateOf s) _ _ _ _ _ _ _).
      refine (Return.ReturnsEndorsed (theoryOf t) (stateOf s) _ _ _ _ (exposureOf (Agent_Speculative p)) pays en _ R A E Id Pa Bo En _ _ _).
      + now apply (speculative_record s _ p P).
      + now apply O.
      + cbn [Accepted_State]. rewrite Bc, (exposure_iff s _ p P), <- Ta, <- join_spec. unfold ReturnEndorsed_spent.
        rewrite sub_exact by (destruct pays; [rewrite <- Bc; now apply Bo|lia]).
        apply return_set; auto. now apply (child_other s _ _ (sound_named t s I)).
  Qed.

  Theorem refines_return_unendorsed i : refines t s (Input_ReturnUnendorsed i) (Theory_returnUnendorsed t s i).
  Proof.
    unfold Theory_returnUnendorsed. destruct (String.eqb_spec (ReturnUnendorsed_Parent i) Root) as [R|R].
    { refused; contradiction. }
    destruct (SMap.get (State_Agents s) (ReturnUnendorsed_Child i)) as [c|] eqn:C.
    2: refused; not_acting.
    destruct (State_Acts s (ReturnUnendorsed_Child i)) eqn:A; cbn [negb].
    2: refused; not_acting.
    apply (acts_iff t s I) in A. destruct (SMap.get (State_Agents s) (ReturnUnendorsed_Parent i)) as [p|] eqn:P.
    2: refused; no_parent.
    pose proof (child_iff t s I _ _ c C (present_named t s I _ p P)) as D.
    destruct (String.eqb_spec (Agent_Parent c) (ReturnUnendorsed_Parent i)) as [E|E]; cbn [negb].
    2: refused; by_guard D.
    apply D in E. clear D. pose proof (idle_iff s _ c C) as F. destruct (N.ltb_spec 0 (NMap.len (Agent_Flights c))) as [L|L].
    { refused; by_guard F. }
    assert (Id : State.idle (stateOf s) (ReturnUnendorsed_Child i)) by (apply F; lia). clear F L.
    pose proof (stays_open_iff t s I _ p (Exposure_Join (Agent_Speculative p) (Agent_Exposure c)) P) as O.
    rewrite join_spec, <- (exposure_iff s _ c C) in O. destruct (Agent_firstClosedFlight p _) as [at_|].
    - refused; same_exposure (speculative_record s _ p P); by_guard O.
    - refine (Step.return_unendorsed (theoryOf t) (stateOf s) _ _ _ _ _).
      refine (Return.ReturnsUnendorsed (theoryOf t) (stateOf s) _ _ (exposureOf (Agent_Speculative p)) _ R A E Id _ _ _).
      + now apply (speculative_record s _ p P).
      + now apply O.
      + cbn [Accepted_State]. rewrite (exposure_iff s _ p P), (exposure_iff s _ c C), <- join_spec. now apply exposure_set.
  Qed.
End Return.
