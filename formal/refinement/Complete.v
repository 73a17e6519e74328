(* invokeComplete refines rule 6. *)
From Argus.axioms Require Import Go.
From Argus.extracted Require Import Kernel.
From Argus.spec Require Words Theory State Input Event Step Complete Preserved.
From Argus.refinement Require Import Abstract Read Depth Refines.
From Coq Require Import Lia.
Local Open Scope N_scope.

(* What a completion makes of an agent's record. *)
Definition completed (r : Agent) (i : InvocationID) (n : N) (x : Exposure) : Agent :=
  Agent_set_Exposure (Agent_set_Bits (Agent_set_Flights r (NMap.delete (Agent_Flights r) i)) n) x.

Lemma complete_set s a r i n x : SMap.get (State_Agents s) a = Some r ->
  State.same (stateOf (State_set_Agents s (SMap.set (State_Agents s) a (completed r i n x))))
    (State.with_exposure (State.with_bits (State.with_flight (stateOf s) a i None) a n) a (exposureOf x)).
Proof.
  intros G. fields G.
  - rewrite get_delete_n. now destruct (_ =? i).
Qed.

(* A change of one record that keeps the parent leaves the tree as it was. *)
Lemma acts_set t s a r r' b : sound t s -> SMap.get (State_Agents s) a = Some r -> Agent_Parent r' = Agent_Parent r ->
  State_Acts (State_set_Agents s (SMap.set (State_Agents s) a r')) b = true <-> State.acts (stateOf s) b.
Proof.
  intros I G P. set (s' := State_set_Agents s _).
  assert (A : forall c, State.active (stateOf s') c <-> State.active (stateOf s) c).
  { intros c. cbn. unfold s'. rewrite set_record. destruct (String.eqb_spec c a) as [->|]; [|reflexivity]. now rewrite (record_some s a r G). }
  assert (E : forall c, State.parent (stateOf s') c = State.parent (stateOf s) c).
  { intros c. cbn. unfold s'. rewrite set_record. destruct (String.eqb_spec c a) as [->|]; [|reflexivity]. now rewrite (record_some s a r G). }
  rewrite acts_spec.
  - apply Same.acts_tree; auto.
  - intros c. rewrite A, E. apply (sound_named t s I).
Qed.

Section Complete.
  Variables (t : Theory) (s : State).
  Hypothesis I : sound t s.

  Lemma settles_spec o : State_settles s o = true <->
    State.settling (stateOf s) (Input.o_invocation (completionOf o)) = Some (Input.o_agent (completionOf o)).
  Proof.
    unfold State_settles. cbn. destruct (NMap.get (State_Settling s) (InvokeComplete_Invocation o)); [|easy].
    rewrite String.eqb_eq. split; [intros ->; reflexivity|intros [= E]; exact E].
  Qed.

  Lemma settling_set i : State.same (stateOf (State_set_Settling s (NMap.delete (State_Settling s) i))) (State.with_settling (stateOf s) i None).
  Proof.
    unfold State.same. cbn. repeat apply conj; intros; try reflexivity. unfold State.at_n.
    rewrite get_delete_n. now destruct (_ =? i).
  Qed.

  Lemma endorsed_spec id : Theory_endorsed t id = true <->
    exists d, Theory.tool (theoryOf t) id = Some d /\ Theory.t_endorsed d = true.
  Proof.
    unfold Theory_endorsed. cbn. destruct (SMap.get (Theory_tools t) id) as [d|]; cbn.
    - split; [eauto|]. now intros (e & [= <-] & E).
    - split; [easy|]. now intros (e & [=] & _).
  Qed.

  (* The flights that stay when one is settled are the others. *)
  Lemma others_iff a r i x : SMap.get (State_Agents s) a = Some r ->
    Agent_staysOpen (Agent_set_Flights r (NMap.delete (Agent_Flights r) i)) x = true <-> State.others_stay_open (stateOf s) a i (exposureOf x).
  Proof.
    intros G. rewrite staysOpen_spec.
    - unfold State.others_stay_open. cbn [Agent_Flights Agent_set_Flights]. setoid_rewrite NMapFacts.get_delete_some.
      setoid_rewrite (flight_record s a r G). split.
      + intros H j f N (g & F & ->). apply (H j g). auto.
      + intros H j f [N F]. apply (H j (flightOf f)); eauto.
    - intros j f. cbn [Agent_Flights Agent_set_Flights]. rewrite NMapFacts.get_delete_some. intros [_ F]. apply (sound_catalogued t s I a r G j f F).
  Qed.

  Theorem refines_invoke_complete o : refines t s (Input_InvokeComplete o) (Theory_invokeComplete t s o).
  Proof.
    unfold Theory_invokeComplete. destruct (N.leb_spec endingCount (InvokeComplete_Outcome o)) as [L|L].
    { apply N.le_ngt in L. refused; contradiction. }
    destruct (Raise_Given (InvokeComplete_Raised o) && negb (Exposure_known (Raise_Label (InvokeComplete_Raised o)))) eqn:K.
    { apply andb_true_iff in K as [G K]. apply negb_true_iff in K.
      assert (E : Input.o_raised (completionOf o) = Some (exposureOf (Raise_Label (InvokeComplete_Raised o)))) by (cbn; unfold raiseOf; now rewrite G).
      refused; match goal with Q : forall r, _ = Some r -> _ |- _ => apply Q, known_spec in E; congruence end. }
    assert (Kr : forall r, Input.o_raised (completionOf o) = Some r -> Words.known r).
    { cbn. unfold raiseOf. destruct (Raise_Given _); [|easy]. intros r [= <-]. apply known_spec. now destruct (Exposure_known _). }
    clear K. pose proof (settles_spec o) as S. destruct (State_settles s o) eqn:E.
    { refine (Step.invoke_complete (theoryOf t) (stateOf s) _ _ _ _).
      refine (Complete.Settles (theoryOf t) (stateOf s) (completionOf o) _ L Kr _ _); [now apply S|apply settling_set]. }
    assert (NS : State.settling (stateOf s) (Input.o_invocation (completionOf o)) <> Some (Input.o_agent (completionOf o))).
    { intros X. apply S in X. discriminate. }
    clear S E. destruct (SMap.get (State_Agents s) (InvokeComplete_Agent o)) as [r|] eqn:G.
    2: refused; [not_active|contradiction].
    destruct (NMap.get (Agent_Flights r) (InvokeComplete_Invocation o)) as [f|] eqn:F.
    2: { refused; [|contradiction]. match goal with Q : State.flight _ _ _ = Some _ |- _ => apply (flight_record s _ r G) in Q as (? & Q & _) end.
      cbn in *. congruence. }
    cbv zeta. set (raised := Raise_Given _ && Agent_staysOpen _ _). set (bounded := InvokeComplete_Conforms o && negb (Raise_Given _)).
    set (dec := _ && (InvokeComplete_Bits o <=? _)). set (en := bounded && SSet.has _ _).
    set (raise := if raised then Some (exposureOf (Raise_Label (InvokeComplete_Raised o))) else None).
    assert (Bc : State.bits (stateOf s) (InvokeComplete_Agent o) = Agent_Bits r) by (cbn; apply (record_some s _ r G)).
    assert (Bd : bounded = true <-> Complete.bounded (completionOf o)).
    { unfold bounded, Complete.bounded. cbn. unfold raiseOf. rewrite andb_true_iff, negb_true_iff. destruct (Raise_Given _); intuition congruence. }
    assert (De : dec = true <-> Complete.declassifies (theoryOf t) (stateOf s) (flightOf f) (completionOf o)).
    { unfold dec, Complete.declassifies. rewrite !andb_true_iff, Bd, endorsed_spec, N.ltb_lt, N.leb_le. cbn [Input.o_agent Input.o_bits completionOf].
      rewrite Bc. cbn [Agent_Bits Agent_set_Flights State.f_tool flightOf]. intuition lia. }
    assert (En : en = true <-> Complete.bounded (completionOf o) /\ Theory.endorses (theoryOf t) (InvokeComplete_Slot o)).
    { unfold en. rewrite andb_true_iff, Bd. reflexivity. }
    assert (Ra : forall x, raise = Some x <-> Input.o_raised (completionOf o) = Some x /\
      State.others_stay_open (stateOf s) (InvokeComplete_Agent o) (InvokeComplete_Invocation o) (Words.join (exposureOf (Agent_Speculative r)) x)).
    { intros x. unfold raise, raised. cbn [Input.o_raised completionOf]. unfold raiseOf. destruct (Raise_Given _); cbn [andb]; [|intuition discriminate].
      pose proof (others_iff _ r (InvokeComplete_Invocation o) (Exposure_Join (Agent_Speculative r) (Raise_Label (InvokeComplete_Raised o))) G) as O.
      rewrite join_spec in O. destruct (Agent_staysOpen _ _).
      - split; [intros [= <-]; split; auto; now apply O|tauto].
      - split; [discriminate|]. intros [[= <-] X]. apply O in X. discriminate. }
    assert (Re : Bool.eqb raised (Raise_Given (InvokeComplete_Raised o)) = true <-> raise = Input.o_raised (completionOf o)).
    { rewrite eqb_true_iff. unfold raise. cbn. unfold raiseOf. unfold raised. destruct (Raise_Given _), (Agent_staysOpen _ _); cbn; intuition congruence. }
    assert (Er : raised = match raise with Some _ => true | None => false end) by (unfold raise; now destruct raised).
    match goal with |- context [Exposure_Join (Agent_Exposure _) ?x] => set (taken := x) end.
    assert (Ta : exposureOf taken = Complete.taken (flightOf f) raise dec en).
    { unfold taken, Complete.taken, raise. destruct raised, dec, en; reflexivity. }
    clearbody taken dec en raised. clear bounded Bd.
    set (r' := completed r (InvokeComplete_Invocation o) (Agent_Bits r - (if dec then InvokeComplete_Bits o else 0))
      (Exposure_Join (Agent_Exposure r) taken)).
    set (s' := State_set_Agents s (SMap.set (State_Agents s) (InvokeComplete_Agent o) r')).
    assert (Rel : State_Acts s' (InvokeComplete_Agent o) && Bool.eqb raised (Raise_Given (InvokeComplete_Raised o)) = true <->
      State.acts (stateOf s) (InvokeComplete_Agent o) /\ raise = Input.o_raised (completionOf o)).
    { rewrite andb_true_iff, Re. unfold s'. rewrite (acts_set t s _ r r' _ I G eq_refl). reflexivity. }
    match goal with |- refines _ _ _ (Outcome_Accepted (mkAccepted ?z _)) => replace z with s' end.
    2: { unfold s', r', completed. do 4 f_equal. unfold InvokeComplete_spent. cbn [Agent_Bits Agent_set_Flights]. symmetry. apply sub_exact.
      destruct dec; [|lia]. rewrite <- Bc. now apply (proj1 De). }
    refine (Step.invoke_complete (theoryOf t) (stateOf s) (completionOf o) _ _ _). rewrite Er in *. clear Er.
    refine (Complete.Completes (theoryOf t) (stateOf s) (completionOf o) (flightOf f) (exposureOf (Agent_Speculative r)) raise dec en _ _
      L Kr _ _ _ Ra De En Rel _).
    - apply active_iff. eauto.
    - apply (flight_record s _ r G). eauto.
    - now apply (speculative_record s _ r G).
    - cbn [Accepted_State Input.o_agent Input.o_invocation Input.o_bits completionOf]. rewrite Bc, (exposure_iff s _ r G), <- Ta, <- join_spec.
      now apply complete_set.
  Qed.
End Complete.
