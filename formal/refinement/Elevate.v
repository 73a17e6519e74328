(* elevate and followUp refine rule 11. *)
From Argus.axioms Require Import Go.
From Argus.extracted Require Import Kernel.
From Argus.spec Require Words State Input Event Step Elevate.
From Argus.spec Require Import Preserved.
From Argus.refinement Require Import Abstract Read Depth Refines.
Local Open Scope N_scope.

Section Elevate.
  Variables (t : Theory) (s : State).
  Hypothesis I : sound t s.

  (* takeIn is asked for an agent that acts and is not root. *)
  Lemma takeIn_spec a r label up : SMap.get (State_Agents s) a = Some r -> a <> Root -> State.acts (stateOf s) a ->
    match Theory_takeIn t s a r label up with
    | Outcome_Accepted x => Elevate.takes_in (theoryOf t) (stateOf s) a (exposureOf label) (eventOf (Accepted_Event x)) (stateOf (Accepted_State x))
    | Outcome_Refused _ => forall ev z, ~ Elevate.takes_in (theoryOf t) (stateOf s) a (exposureOf label) ev z
    end.
  Proof.
    intros G R A. unfold Theory_takeIn. pose proof (stays_open_iff t s I a r (Exposure_Join (Agent_Speculative r) label) G) as O.
    destruct (Agent_firstClosedFlight r _).
    - intros ev z H. destruct H. same_exposure (speculative_record s a r G). by_guard O.
    - refine (Elevate.TakesIn (theoryOf t) (stateOf s) a (exposureOf label) (exposureOf (Agent_Speculative r)) _ R A _ _ _).
      + now apply (speculative_record s a r G).
      + now apply O.
      + rewrite (exposure_iff s a r G). apply (exposure_set s a r (Exposure_Join (Agent_Exposure r) label) G).
  Qed.

  Theorem refines_elevate i : refines t s (Input_Elevate i) (Theory_elevate t s i).
  Proof.
    unfold Theory_elevate. destruct (Exposure_known (Elevate_Label i)) eqn:K; cbn [negb].
    2: refused; by_guard known_spec.
    apply known_spec in K. destruct (String.eqb_spec (Elevate_Agent i) Root) as [R|R].
    { refused; contradiction. }
    destruct (SMap.get (State_Agents s) (Elevate_Agent i)) as [r|] eqn:G.
    2: refused; not_acting.
    destruct (State_Acts s (Elevate_Agent i)) eqn:A; cbn [negb].
    2: refused; not_acting.
    apply (acts_iff t s I) in A. pose proof (takeIn_spec _ r (Elevate_Label i) false G R A) as T.
    destruct (Theory_takeIn t s (Elevate_Agent i) r (Elevate_Label i) false) as [x|x].
    - apply Step.elevate, Elevate.Elevates; auto.
    - intros ev z H. apply Step.elevate_rule in H. destruct H. eapply T; eauto.
  Qed.

  Theorem refines_follow_up i : refines t s (Input_FollowUp i) (Theory_followUp t s i).
  Proof.
    unfold Theory_followUp. destruct (String.eqb_spec (FollowUp_Child i) Root) as [R|R].
    { refused; contradiction. }
    destruct (SMap.get (State_Agents s) (FollowUp_Child i)) as [r|] eqn:G.
    2: refused; not_acting.
    destruct (State_Acts s (FollowUp_Child i)) eqn:A; cbn [negb].
    2: refused; not_acting.
    apply (acts_iff t s I) in A. destruct (SMap.get (State_Agents s) (FollowUp_Parent i)) as [p|] eqn:P.
    2: refused; no_parent.
    pose proof (child_iff t s I _ _ r G (present_named t s I _ p P)) as C.
    destruct (String.eqb_spec (Agent_Parent r) (FollowUp_Parent i)) as [E|E]; cbn [negb].
    2: refused; by_guard C.
    pose proof (takeIn_spec _ r (Agent_Exposure p) true G R A) as T. rewrite <- (exposure_iff s _ p P) in T.
    destruct (Theory_takeIn t s (FollowUp_Child i) r (Agent_Exposure p) true) as [x|x].
    - apply Step.follow_up, Elevate.FollowsUp; auto. now apply C.
    - intros ev z H. apply Step.follow_up_rule in H. destruct H. eapply T; eauto.
  Qed.
End Elevate.
