(* What holds in every state that the translated kernel can reach, and of every step it accepts there. The theorems of
   spec/ about runs of the protocol, said of the kernel's own records and functions. *)
From Argus.axioms Require Import Go.
From Argus.extracted Require Import Kernel.
From Argus.spec Require Words Theory State Input Event Invariant Step Safety Stores Rebirth Bits Laundering.
From Argus.refinement Require Import Abstract Read Depth Refines Run.
From Coq Require Import Lia.
Local Open Scope N_scope.

Section Reachable.
  Variables (t : Theory) (s : State).
  Hypothesis R : reachable t s.

  Theorem root_always_active : SMap.has (State_Agents s) Root = true /\ State_Acts s Root = true.
  Proof.
    destruct (Safety.root_always_active _ _ (reachable_refines t s R)) as [A B]. split.
    - apply SMapFacts.has_true. now apply active_iff.
    - now apply (acts_iff t s (reachable_sound t s R)).
  Qed.

  (* ---- flights: agent a, whose record is r, has started i and not settled it ---- *)

  Section Flight.
    Variables (a : AgentID) (r : Agent) (i : InvocationID) (f : Flight).
    Hypothesis G : SMap.get (State_Agents s) a = Some r.
    Hypothesis F : NMap.get (Agent_Flights r) i = Some f.

    Lemma flight_refines : State.flight (stateOf s) a i = Some (flightOf f).
    Proof. apply (flight_record s a r G). eauto. Qed.

    Lemma sink_refines e : Sinks_Has (Flight_Sinks f) e = true -> State.f_sinks (flightOf f) e.
    Proof.
      intros H. destruct (N.lt_ge_cases e 16) as [L|L]; [|unfold Sinks_Has in H; rewrite shl_1_over, N.land_0_r in H by auto; discriminate].
      unfold Sinks_Has in H. now rewrite land_shl_1 in H.
    Qed.

    Theorem default_deny : Flight_Authorized f = true /\ SSet.subsetOf (Flight_Needs f) (Agent_Caps r) = true.
    Proof.
      destruct (reachable_sound t s R) as (M & I).
      destruct (Invariant.flight_sound I a i _ flight_refines) as (_ & _ & _ & _ & A & C & _). split; [exact A|].
      apply SSet.subset_spec. intros k K. apply C in K. cbn in K. now rewrite (record_some s a r G) in K.
    Qed.

    Theorem flow_confinement_speculative e : Sinks_Has (Flight_Sinks f) e = true -> Flight_open f (Agent_Speculative r) e = true.
    Proof.
      intros E. apply sink_refines in E.
      destruct (Safety.flow_confinement_speculative _ _ _ _ _ _ (reachable_refines t s R) flight_refines E) as (x & X & O).
      apply (speculative_record s a r G) in X as ->. now apply open_spec.
    Qed.

    Theorem flow_confinement e : Sinks_Has (Flight_Sinks f) e = true -> Flight_open f (Agent_Exposure r) e = true.
    Proof.
      intros E. apply sink_refines in E. apply open_spec. rewrite <- (exposure_iff s a r G).
      exact (Safety.flow_confinement _ _ _ _ _ _ (reachable_refines t s R) flight_refines E).
    Qed.

    (* Whatever the content gate answered: it can open only cells that the policy marks inspect. *)
    Theorem flow_confinement_oracle_free e x : Sinks_Has (Flight_Sinks f) e = true -> x = Agent_Exposure r \/ x = Agent_Speculative r ->
      Policy_Mode (Flight_Policy f) x e = Allow \/ Policy_Mode (Flight_Policy f) x e = Inspect \/ Approval_covers (Flight_Approval f) x = true.
    Proof.
      intros E X. assert (O : Flight_open f x e = true) by (destruct X as [-> | ->]; auto using flow_confinement, flow_confinement_speculative).
      unfold Flight_open in O. apply orb_true_iff in O as [O|O]; auto. apply permits_spec in O as [O|[O _]]; auto.
    Qed.
  End Flight.

  (* Root's capabilities are not stored: it holds every one. *)
  Theorem capability_subsumption c p rc rp : SMap.get (State_Agents s) c = Some rc -> SMap.get (State_Agents s) p = Some rp ->
    Agent_Parent rc = p -> p <> Root -> SSet.subsetOf (Agent_Caps rc) (Agent_Caps rp) = true.
  Proof.
    intros C P E N. pose proof (reachable_sound t s R) as I. apply SSet.subset_spec. intros k K.
    destruct (Safety.capability_subsumption _ _ c p k (reachable_refines t s R)) as [|Q]; [| | |contradiction|].
    - apply (child_iff t s I c p rc C); auto. exact (present_named t s I p rp P).
    - apply active_iff. eauto.
    - right. cbn. now rewrite (record_some s c rc C).
    - cbn in Q. now rewrite (record_some s p rp P) in Q.
  Qed.

  (* An agent that is not active has no record at all, so nothing holds of it; it does not act. *)
  Theorem revocation_clean a : SMap.has (State_Agents s) a = false ->
    State_Acts s a = false /\ State.idle (stateOf s) a /\ (forall k, ~ State.caps (stateOf s) a k) /\
    State.exposure (stateOf s) a = Words.clean /\ State.bits (stateOf s) a = 0 /\ (forall tool d, State.override (stateOf s) a tool d = None).
  Proof.
    intros H. apply SMapFacts.has_false in H. split.
    - destruct (State_Acts s a) eqn:A; auto. apply (acts_iff t s (reachable_sound t s R)), acts_record in A as (r & A). congruence.
    - apply (Safety.revocation_clean _ _ a (reachable_refines t s R)). intros A. apply active_iff in A as (r & A). congruence.
  Qed.

  (* Only a completion may have an actor that does not act, and then nothing is released. *)
  Theorem orphans_inert i x a : Step t s i = Outcome_Accepted x -> Input.actor (inputOf i) = Some a ->
    State_Acts s a = true \/
    exists o c, i = Input_InvokeComplete o /\ Accepted_Event x = Event_Completed c /\ Completed_Agent c = a /\ Completed_Released c = false.
  Proof.
    intros E A. apply (soundness t s R) in E.
    destruct (Safety.orphans_inert _ _ _ _ _ a E A) as [Q|(o & j & n & en & ra & se & Q & F)].
    - left. now apply (acts_iff t s (reachable_sound t s R)).
    - right. destruct i as [| | | | | | |o'| | | | |]; try discriminate Q.
      destruct (Accepted_Event x) as [|c| | | | | | | |]; try discriminate F. injection F. intros. subst. eauto 6.
  Qed.
End Reachable.

(* ---- over whole runs: what an observer that cannot reach the state has kept ---- *)

(* All that calls may have left in a store is within the label of each of its readers, now and under every later theory. *)
Theorem store_confinement n t s g st x id d : run Stores.letters n t s g -> g st x ->
  SMap.get (Theory_tools t) id = Some d -> SSet.has (Tool_Reads d) st = true -> Words.leq x (exposureOf (Tool_Label d)).
Proof.
  intros H G D E. apply run_refines in H as [_ H].
  apply (Stores.store_confinement _ _ _ _ _ _ id (toolOf d) H G); [cbn; now rewrite D|exact E].
Qed.

(* No id of an agent or an invocation is minted that was minted before. *)
Theorem no_rebirth n t s g i x : run Rebirth.registrar n t s g -> Step t s i = Outcome_Accepted x ->
  (forall ev, Accepted_Event x = Event_Delegated ev -> ~ Rebirth.agents g (Delegated_Child ev)) /\
  (forall ev, Accepted_Event x = Event_Started ev -> ~ Rebirth.calls g (Started_Invocation ev)).
Proof.
  intros H E. pose proof (run_sound _ _ _ _ _ _ H) as I. apply run_refines in H as [W H].
  pose proof (refines_step t s i W I) as F. rewrite E in F. destruct (Rebirth.no_rebirth _ _ _ _ _ _ _ H F) as [A C].
  split; intros ev Q; rewrite Q in *; [eapply A|eapply C]; reflexivity.
Qed.

(* What was spent by any of the agents below a, and what they have left, is together no more than a was granted. *)
Theorem bits_bounded n t s g a l : run Bits.accountant n t s g -> NoDup l -> (forall d, In d l -> Bits.below (Bits.mother g) a d) ->
  Bits.sum (fun d => Bits.spent g d + record s d 0 Agent_Bits) l <= Bits.granted g a.
Proof. intros H. apply run_refines in H as [_ H]. exact (Bits.bits_bounded _ _ _ _ a l H). Qed.

Section Items.
  Variables (Item : Type) (truth : Item -> Words.Exposure).

  (* All that an active agent knows is within its exposure, but for what was paid for or endorsed on every way by which
     it came. *)
  Theorem no_laundering n t s g a r it : run (Laundering.environment Item truth) n t s g -> SMap.get (State_Agents s) a = Some r ->
    Laundering.knows Item g (Laundering.Agent a) Laundering.Known it ->
    (Exposure_Level (Agent_Exposure r) <= Words.level (truth it) \/ Laundering.declassified Item g a it) /\
    (Exposure_Integrity (Agent_Exposure r) <= Words.integrity (truth it) \/ Laundering.endorsed Item g a it).
  Proof.
    intros H G K. apply run_refines in H as [_ H].
    assert (A : State.active (stateOf s) a) by (apply active_iff; eauto).
    pose proof (Laundering.no_laundering Item truth _ _ _ _ a it H A K) as N. now rewrite (exposure_iff s a r G) in N.
  Qed.

  (* Nothing is declassified in a run that spends no bits, nor endorsed in one in which no slot's type endorses. *)
  Theorem declassified_was_paid n t s g p it : run (Laundering.environment Item truth) n t s g -> ~ Laundering.paid_ever Item g ->
    Laundering.knows Item g p Laundering.Known it -> Laundering.knows Item g p Laundering.Unpaid it.
  Proof. intros H. apply run_refines in H as [_ H]. exact (Laundering.declassified_was_paid Item truth _ _ _ _ p it H). Qed.

  Theorem endorsed_was_endorsed n t s g p it : run (Laundering.environment Item truth) n t s g -> ~ Laundering.endorsed_ever Item g ->
    Laundering.knows Item g p Laundering.Known it -> Laundering.knows Item g p Laundering.Unendorsed it.
  Proof. intros H. apply run_refines in H as [_ H]. exact (Laundering.endorsed_was_endorsed Item truth _ _ _ _ p it H). Qed.

  (* An orphan learns nothing more. *)
  Theorem orphans_learn_nothing t s i x g g' a m it : reachable t s -> Step t s i = Outcome_Accepted x ->
    Step.sees (Laundering.environment Item truth) (theoryOf t) (stateOf s) (inputOf i) (eventOf (Accepted_Event x)) (stateOf (Accepted_State x)) g g' ->
    SMap.has (State_Agents s) a = true -> State_Acts s a = false ->
    Laundering.knows Item g' (Laundering.Agent a) m it -> Laundering.knows Item g (Laundering.Agent a) m it.
  Proof.
    intros R E S H A. eapply (Laundering.orphans_learn_nothing Item truth); eauto using reachable_refines, soundness.
    - now apply active_iff, SMapFacts.has_true.
    - intros B. apply (acts_iff t s (reachable_sound t s R)) in B. congruence.
  Qed.
End Items.
