(* invokeStart refines rule 5. *)
From Argus.axioms Require Import Go.
From Argus.extracted Require Import Kernel.
From Argus.spec Require Words Theory State Same Input Event Binding Invariant Step Start.
From Argus.refinement Require Import Abstract Read Depth Refines Binding Stores.
From Coq Require Import Lia.
Local Open Scope N_scope.

Lemma outside_spec c : InvokeStart_outside c = None <->
  Words.known (Input.c_label (callOf c)) /\ (forall e, Input.c_sinks (callOf c) e -> e < Words.sink_count) /\
  Binding.readable (Input.b_reading (Input.c_binding (callOf c))).
Proof.
  unfold InvokeStart_outside, Binding.readable. cbn.
  rewrite <- known_spec, <- sinks_known_spec, <- attributes_known_spec, !unless_none. tauto.
Qed.

Lemma admits_spec d c : Tool_admits d c = true <-> Start.declared (toolOf d) (callOf c).
Proof.
  unfold Tool_admits, Start.declared. cbn. rewrite <- sinks_subset_spec, <- !bits_some, <- leq_spec, <- same_spec.
  assert (R : 0 < SSet.len (Tool_Reads d) <-> exists st, setOf (Tool_Reads d) st).
  { unfold setOf. setoid_rewrite <- SSet.in_all. rewrite SSet.len_all. destruct (SSet.all (Tool_Reads d)) as [|st l]; cbn.
    - split; [easy|]. now intros (? & []).
    - split; [exists st; auto|lia]. }
  rewrite <- R. clear R.
  destruct (N.eqb_spec (InvokeStart_Sinks c) 0), (N.eqb_spec (Tool_Sinks d) 0), (N.ltb_spec 0 (SSet.len (Tool_Reads d))),
    (Exposure_same (InvokeStart_Label c) (Tool_Label d)); cbn [andb negb]; rewrite ?andb_true_iff; intuition (try discriminate; try lia).
Qed.

Lemma approval_spec t s c a d : SMap.get (State_Agents s) (InvokeStart_Agent c) = Some a ->
  forall o, Start.matching (theoryOf t) (stateOf s) (toolOf d) (callOf c) o <-> o = approvalOf (Theory_approval t a d c).
Proof.
  intros G o. unfold Start.matching, Theory_approval. cbn. rewrite (record_some s _ a G).
  destruct (SMap.get (Agent_armed a (InvokeStart_Tool c)) (InvokeStart_Arguments c)) as [u|]; cbn.
  - pose proof (firstExceeded_spec t d u) as X. destruct (Theory_firstExceeded t d u); cbn.
    + assert (N : ~ Theory.readers_admit (theoryOf t) (toolOf d) (exposureOf u)) by (intros Y; apply X in Y; discriminate).
      destruct o as [v|]; split; try easy.
      * intros [[= <-] Y]. contradiction.
      * now intros _ v [= <-].
    + destruct o as [v|]; split; try easy.
      * intros [= ->]. split; auto. now apply X.
      * intros H. exfalso. apply (H _ eq_refl). now apply X.
  - unfold approvalOf. cbn. destruct o; split; try easy.
Qed.

(* An agent without one of its overrides. *)
Lemma armed_disarm r t d t' d' : SMap.get (Agent_armed (Agent_disarm r t d) t') d' =
  if String.eqb t' t then if String.eqb d' d then None else SMap.get (Agent_armed r t') d' else SMap.get (Agent_armed r t') d'.
Proof.
  unfold Agent_disarm. cbv zeta. set (m := SMap.delete (Agent_armed r t) d).
  assert (M : SMap.get m d' = if String.eqb d' d then None else SMap.get (Agent_armed r t) d') by apply get_delete.
  destruct (N.eqb_spec (SMap.len m) 0) as [E|_].
  - unfold Agent_armed at 1. cbn [Agent_Overrides Agent_set_Overrides]. rewrite get_delete.
    destruct (String.eqb_spec t' t) as [->|]; [|reflexivity]. rewrite <- M, SMap.get_empty. symmetry. now apply SMapFacts.len_0.
  - unfold Agent_armed at 1. cbn [Agent_Overrides Agent_set_Overrides]. rewrite get_set.
    destruct (String.eqb_spec t' t) as [->|]; [exact M|reflexivity].
Qed.

Lemma disarm_only r t d : Agent_disarm r t d = Agent_set_Overrides r (Agent_Overrides (Agent_disarm r t d)).
Proof. unfold Agent_disarm. destruct (_ =? 0); reflexivity. Qed.

Lemma start_set s c r f : SMap.get (State_Agents s) (InvokeStart_Agent c) = Some r ->
  let r1 := Agent_set_Flights r (NMap.set (Agent_Flights r) (State_Next s) f) in
  let r2 := if Approval_Given (Flight_Approval f) then Agent_disarm r1 (InvokeStart_Tool c) (InvokeStart_Arguments c) else r1 in
  State.same (stateOf (State_set_Agents (State_set_Next s (State_Next s + 1)) (SMap.set (State_Agents s) (InvokeStart_Agent c) r2)))
    (State.with_next (State.with_flight (Start.spend (stateOf s) (callOf c) (approvalOf (Flight_Approval f))) (InvokeStart_Agent c)
      (State_Next s) (Some (flightOf f))) (State_Next s + 1)).
Proof.
  intros G r1 r2.
  assert (F : Agent_Flights r2 = NMap.set (Agent_Flights r) (State_Next s) f).
  { unfold r2. destruct (Approval_Given _); auto. now rewrite disarm_only. }
  assert (O : Agent_set_Flights (Agent_set_Overrides r2 (Agent_Overrides r)) (Agent_Flights r) = r).
  { unfold r2. destruct (Approval_Given _); [rewrite disarm_only|]; now destruct r. }
  unfold approvalOf, Start.spend.
  destruct (Approval_Given _); unfold State.same, stateOf, record; cbn; unfold State.at_, State.at_n; repeat apply conj; try reflexivity;
    intros a; intros; rewrite ?get_set;
    (destruct (String.eqb_spec a (InvokeStart_Agent c)) as [->|]; [|reflexivity]); rewrite ?G, ?F, ?String.eqb_refl.
  all: try reflexivity; try (rewrite <- O; reflexivity); try (rewrite get_set_n; now destruct (i =? State_Next s)).
  unfold r2. rewrite armed_disarm. change (Agent_armed r1) with (Agent_armed r).
  destruct (String.eqb_spec t (InvokeStart_Tool c)) as [->|]; [|reflexivity]. now destruct (String.eqb d _).
Qed.

(* What a step would need, by S. *)
Ltac needs S := let H := fresh in intros ? ? H; apply S in H; repeat match goal with C : _ /\ _ |- _ => destruct C end.

Section Start.
  Variables (t : Theory) (s : State).
  Hypothesis W : Theory.well_formed (theoryOf t).
  Hypothesis I : sound t s.

  (* What is open under more is open under less, so the early reason 2a never refuses what the rule lets through. *)
  Lemma all_open_before a r f label : SMap.get (State_Agents s) a = Some r -> Flight_Policy f = Theory_policy t ->
    State.all_open (flightOf f) (exposureOf (Exposure_Join (Agent_Speculative r) label)) ->
    State.all_open (flightOf f) (exposureOf (Agent_Speculative r)).
  Proof.
    intros G P O e E. apply (Invariant.open_antitone (flightOf f) _ _ e) with (4 := O e E).
    - cbn. rewrite P. apply W.
    - destruct I as (M & J). apply (Words.known_above (State.exposure (stateOf s) a)); [apply J|].
      now apply Invariant.exposure_below, (speculative_record s a r G).
    - rewrite join_spec. apply Words.leq_join_l.
  Qed.

  Theorem refines_invoke_start c : refines t s (Input_InvokeStart c) (Theory_invokeStart t s c).
  Proof.
    unfold Theory_invokeStart. pose proof (outside_spec c) as K. destruct (InvokeStart_outside c) as [what|].
    { assert (N : Some what = None -> False) by discriminate. rewrite K in N. refused; apply N; refine (conj _ (conj _ _)); assumption. }
    destruct (proj1 K eq_refl) as (K1 & K2 & K3). clear K.
    destruct (String.eqb_spec (InvokeStart_Arguments c) "") as [Ar|Ar].
    { refused; contradiction. }
    destruct (String.eqb_spec (InvokeStart_Agent c) Root) as [R|R].
    { refused; contradiction. }
    destruct (SMap.get (State_Agents s) (InvokeStart_Agent c)) as [r|] eqn:G.
    2: refused; not_acting.
    destruct (State_Acts s (InvokeStart_Agent c)) eqn:A; cbn [negb].
    2: refused; not_acting.
    apply (acts_iff t s I) in A. destruct (SMap.get (Theory_tools t) (InvokeStart_Tool c)) as [d|] eqn:D.
    2: refused; no_tool.
    assert (D' : Theory.tool (theoryOf t) (InvokeStart_Tool c) = Some (toolOf d)) by (cbn; now rewrite D).
    destruct (SSet.has (State_Tools s) (InvokeStart_Tool c)) eqn:Re; cbn [negb].
    2: refused; cbn in *; unfold setOf in *; congruence.
    pose proof (approval_spec t s c r d G) as Ap.
    cbv zeta. match goal with |- context [Flight_firstClosed ?g (Agent_Speculative r)] => set (f := g) end.
    set (after := Exposure_Join (Agent_Speculative r) (InvokeStart_Label c)).
    (* What is left of the rule, now that its tool, override and speculative exposure are known. *)
    assert (S : forall ev z, Step.step (theoryOf t) (stateOf s) (inputOf (Input_InvokeStart c)) ev z ->
      Start.declared (toolOf d) (callOf c) /\ (forall k, setOf (Tool_Needs d) k -> setOf (Agent_Caps r) k) /\
      Binding.bound_to_call (theoryOf t) (stateOf s) (callOf c) /\ State.all_open (flightOf f) (exposureOf after) /\
      State.stays_open (stateOf s) (InvokeStart_Agent c) (exposureOf after) /\ Flight_Authorized f = true /\ State_Next s < lastInvocation).
    { refused. same_tool. same_exposure (speculative_record s _ r G).
      match goal with M : Start.matching _ _ _ _ ?o |- _ => apply Ap in M; subst o end.
      repeat (match goal with |- _ /\ _ => split end); try assumption. intros k N.
      match goal with C : forall k, _ -> State.cap _ _ k |- _ => destruct (C k N) as [|Q]; [contradiction|] end.
      cbn in Q. now rewrite (record_some s _ r G) in Q. }
    pose proof (admits_spec d c) as De. destruct (Tool_admits d c); cbn [negb].
    2: needs S; by_guard De.
    destruct (SSet.subsetOf (Tool_Needs d) (Agent_Caps r)) eqn:C1; cbn [negb].
    2: needs S; by_guard SSet.subset_spec.
    pose proof (staleStart_spec t s I c r G) as Bo. destruct (Theory_staleStart t s r c) as [stale|].
    { needs S; by_guard Bo. }
    assert (Ca : catalogued (Flight_Sinks f)) by exact K2.
    pose proof (firstClosed_spec f after Ca) as C2.
    assert (C2a : State.all_open (flightOf f) (exposureOf after) -> Flight_firstClosed f (Agent_Speculative r) = None).
    { intros H. apply firstClosed_spec; auto. exact (all_open_before _ r f _ G eq_refl H). }
    pose proof (stays_open_iff t s I _ r after G) as O.
    destruct (Flight_firstClosed f (Agent_Speculative r)) as [e|].
    { needs S; by_guard C2a. }
    destruct (Agent_firstClosedFlight r after) as [at_|].
    { needs S; by_guard O. }
    destruct (Flight_firstClosed f after) as [e|].
    { needs S; by_guard C2. }
    destruct (negb (Verdicts_Authorized (InvokeStart_Verdicts c))) eqn:C3; rewrite ?negb_true_iff, ?negb_false_iff in C3.
    { needs S; cbn in *; congruence. }
    destruct (N.leb_spec lastInvocation (State_Next s)) as [Nx|Nx].
    { needs S; lia. }
    rewrite succ_exact by exact Nx. set (r2 := if Approval_Given _ then _ else _).
    pose proof (start_set s c r f G) as St. cbv zeta in St. fold r2 in St. set (s1 := State_set_Agents _ _) in *.
    refine (Step.invoke_start _ _ _ _ _ _).
    refine (Start.Starts (theoryOf t) (stateOf s) (callOf c) (toolOf d) (approvalOf (Flight_Approval f)) (exposureOf (Agent_Speculative r))
      (State.held (stateOf (State_letIn s1 d after))) _ K1 K2 K3 Ar R A D' Re (proj1 De eq_refl) _ (proj1 Bo eq_refl)
      (proj2 (Ap _) eq_refl) (proj2 (speculative_record s _ r G _) eq_refl) (proj1 C2 eq_refl) (proj1 O eq_refl) C3 Nx _ _).
    - intros k N. right. cbn. rewrite (record_some s _ r G). now apply (proj1 (SSet.subset_spec _ _) C1).
    - exact (letIn_held s1 d after).
    - eapply Same.same_trans; [apply letIn_same|]. apply Same.same_with_held, St.
  Qed.
End Start.
