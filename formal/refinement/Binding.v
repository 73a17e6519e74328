(* A verdict is found stale exactly when something that it was given for no longer is so. *)
From Argus.axioms Require Import Go.
From Argus.extracted Require Import Kernel.
From Argus.spec Require Words Theory State Input Binding.
From Argus.refinement Require Import Abstract Read Depth Refines.
From Coq Require Import Lia.
Local Open Scope N_scope.

Lemma caps_same s s' : SSet.subsetOf s s' && SSet.subsetOf s' s = true <-> forall k, setOf s k <-> setOf s' k.
Proof.
  rewrite andb_true_iff, !SSet.subset_spec. unfold setOf. split; [intros [A B] k; split; auto|].
  intros H. split; intros k; apply H.
Qed.

(* A guard that finds nothing: what it looks at is so, and the guards after it find nothing. *)
Lemma guard_none {A} (h k : bool) (e : A) r : (if h && negb k then Some e else r) = None <-> (h = true -> k = true) /\ r = None.
Proof. destruct h, k; cbn; intuition congruence. Qed.
Lemma unless_none {A} (k : bool) (e : A) r : (if negb k then Some e else r) = None <-> k = true /\ r = None.
Proof. destruct k; cbn; intuition congruence. Qed.

Lemma pass_none {A} (o : option A) : match o with Some x => Some x | None => None end = None <-> o = None.
Proof. now destruct o. Qed.

Section Binding.
  Variables (t : Theory) (s : State).
  Hypothesis I : sound t s.

  Lemma open_calls_spec a r n : SMap.get (State_Agents s) a = Some r -> NMap.len (Agent_Flights r) = n <-> State.open_calls (stateOf s) a n.
  Proof.
    intros G.
    assert (K : forall i, In i (map fst (NMap.all (Agent_Flights r))) <-> State.flight (stateOf s) a i <> None).
    { intros i. rewrite in_map_iff. cbn. rewrite (record_some s a r G). split.
      - intros ([j f] & <- & F). apply NMap.in_all in F. cbn. now rewrite F.
      - destruct (NMap.get (Agent_Flights r) i) as [f|] eqn:F; [|easy]. intros _. exists (i, f). split; auto. now apply NMap.in_all. }
    assert (L : N.of_nat (List.length (map fst (NMap.all (Agent_Flights r)))) = NMap.len (Agent_Flights r)).
    { now rewrite NMap.len_all, map_length. }
    split.
    - intros <-. exists (map fst (NMap.all (Agent_Flights r))). split; [apply NMapFacts.keys_nodup|]. split; auto.
    - intros (l & D & E & <-). rewrite <- L. f_equal. apply PeanoNat.Nat.le_antisymm; apply NoDup_incl_length; auto using NMapFacts.keys_nodup.
      + intros i. now rewrite K, E.
      + intros i. now rewrite K, E.
  Qed.

  Lemma staleReading_spec a r rd : SMap.get (State_Agents s) a = Some r ->
    Theory_staleReading t s a r rd = None <-> Binding.still_true (theoryOf t) (stateOf s) a (readingOf rd).
  Proof.
    intros G. unfold Theory_staleReading, Binding.still_true. cbv zeta.
    assert (C : SSet.subsetOf (Reading_Caps rd) (Theory_caps t a r) && SSet.subsetOf (Theory_caps t a r) (Reading_Caps rd) = true <->
      forall k, Input.r_caps (readingOf rd) k <-> State.holds (theoryOf t) (stateOf s) a k).
    { rewrite caps_same. split; intros H k; [rewrite <- (caps_spec t s a r k G)|unfold setOf at 2; rewrite (caps_spec t s a r k G)]; apply H. }
    assert (X : Exposure_same (Reading_Exposure rd) (Agent_Exposure r) = true <->
      Input.r_exposure (readingOf rd) = State.exposure (stateOf s) a).
    { rewrite same_spec, (exposure_iff s a r G). reflexivity. }
    assert (S : Exposure_same (Reading_Speculative rd) (Agent_Speculative r) = true <->
      State.speculative (stateOf s) a (Input.r_speculative (readingOf rd))).
    { rewrite same_spec, (speculative_record s a r G). reflexivity. }
    assert (F : (Reading_Flights rd =? NMap.len (Agent_Flights r)) = true <->
      State.open_calls (stateOf s) a (Input.r_flights (readingOf rd))).
    { rewrite N.eqb_eq, <- (open_calls_spec a r _ G). cbn. split; congruence. }
    assert (D : forall n, State_Depth s a = Some n <-> State.depth (stateOf s) a n).
    { intros n. apply depth_spec, (sound_named t s I). }
    pose proof (attributes_has_spec (Reading_Read rd) 0) as A0. pose proof (attributes_has_spec (Reading_Read rd) 1) as A1.
    pose proof (attributes_has_spec (Reading_Read rd) 2) as A2. pose proof (attributes_has_spec (Reading_Read rd) 3) as A3.
    pose proof (attributes_has_spec (Reading_Read rd) 4) as A4.
    change (2 ^ 0) with ReadCapabilities in A0. change (2 ^ 1) with ReadExposure in A1. change (2 ^ 2) with ReadSpeculative in A2.
    change (2 ^ 3) with ReadDepth in A3. change (2 ^ 4) with ReadFlights in A4.
    cbn [Input.r_read readingOf]. unfold Words.read_capabilities, Words.read_exposure, Words.read_speculative, Words.read_depth, Words.read_flights.
    rewrite <- A0, <- A1, <- A2, <- A3, <- A4, <- C, <- X, <- S, <- F, <- D. clear A0 A1 A2 A3 A4 C X S F D.
    rewrite !guard_none.
    assert (Q : (if Attributes_Has (Reading_Read rd) ReadDepth then
        match State_Depth s a with
        | None => Some (mkStale "depth"%string)
        | Some d => if negb (d =? Reading_Depth rd) then Some (mkStale "depth"%string) else None
        end else None) = None <-> (Attributes_Has (Reading_Read rd) ReadDepth = true -> State_Depth s a = Some (Reading_Depth rd))).
    { destruct (Attributes_Has _ ReadDepth); [|split; easy]. destruct (State_Depth s a) as [d|]; [|split; [easy|intros H; now specialize (H eq_refl)]].
      destruct (N.eqb_spec d (Reading_Depth rd)) as [->|N]; cbn [negb]; split; try easy. intros H. specialize (H eq_refl). congruence. }
    rewrite Q. cbn [Input.r_depth readingOf]. tauto.
  Qed.

  Lemma staleStart_spec c r : SMap.get (State_Agents s) (InvokeStart_Agent c) = Some r ->
    Theory_staleStart t s r c = None <-> Binding.bound_to_call (theoryOf t) (stateOf s) (callOf c).
  Proof.
    intros G. unfold Theory_staleStart, Binding.bound_to_call. cbv zeta.
    pose proof (staleReading_spec _ r (Binding_Reading (Verdicts_Binding (InvokeStart_Verdicts c))) G) as R.
    cbn [Input.c_binding callOf Input.b_agent Input.b_tool Input.b_arguments Input.b_label Input.b_sinks Input.b_policy Input.b_reading
      bindingOf Input.c_agent Input.c_tool Input.c_arguments Input.c_label Input.c_sinks Theory.oracle theoryOf].
    rewrite <- R, <- same_spec, <- bits_same, <- !String.eqb_eq, <- N.eqb_eq. clear R.
    rewrite !unless_none, pass_none. reflexivity.
  Qed.

  Lemma staleEgress_spec g r : SMap.get (State_Agents s) (EgressCheck_Agent g) = Some r ->
    Theory_staleEgress t s r g = None <-> Binding.bound_to_flow (theoryOf t) (stateOf s) (egressOf g).
  Proof.
    intros G. unfold Theory_staleEgress, Binding.bound_to_flow. cbv zeta.
    pose proof (staleReading_spec _ r (EgressBinding_Reading (EgressVerdicts_Binding (EgressCheck_Verdicts g))) G) as R.
    cbn [Input.g_binding egressOf Input.e_agent Input.e_sink Input.e_content Input.e_policy Input.e_reading
      Input.g_agent Input.g_sink Input.g_content Theory.oracle theoryOf].
    rewrite <- R, <- !String.eqb_eq, <- N.eqb_eq. clear R.
    rewrite !unless_none, pass_none. reflexivity.
  Qed.
End Binding.
