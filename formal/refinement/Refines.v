(* What it means that the translated kernel refines the protocol: an accepted input is a step of it, and a refused one
   has no step. Both are shown of reachable states, by the invariant of the protocol. *)
From Argus.axioms Require Import Go.
From Argus.extracted Require Import Kernel.
From Argus.spec Require Words ChildID Theory State Input Event Elevate Step Invariant Preserved.
From Argus.refinement Require Import Abstract Read Depth.
From Coq Require Import Lia.
Local Open Scope N_scope.

Definition refines (t : Theory) (s : State) (i : Input) (o : Outcome) : Prop :=
  match o with
  | Outcome_Accepted r =>
      Step.step (theoryOf t) (stateOf s) (inputOf i) (eventOf (Accepted_Event r)) (stateOf (Accepted_State r))
  | Outcome_Refused _ => forall ev z, ~ Step.step (theoryOf t) (stateOf s) (inputOf i) ev z
  end.

(* A state that the invariant of the protocol holds of. *)
Definition sound (t : Theory) (s : State) : Prop := exists M, Invariant.Inv (theoryOf t) (stateOf s) M.

Section Sound.
  Variables (t : Theory) (s : State).
  Hypothesis I : sound t s.

  Lemma sound_named : wellNamed s.
  Proof. destruct I as (M & J). intros a. apply (Invariant.named J). Qed.

  Lemma sound_catalogued a r : SMap.get (State_Agents s) a = Some r -> flightsCatalogued r.
  Proof.
    destruct I as (M & J). intros G i f F. assert (E : State.flight (stateOf s) a i = Some (flightOf f)).
    { apply (flight_record s a r G). eauto. }
    apply (Invariant.flight_sound J) in E. unfold Invariant.sound_flight in E. intros e. now apply E.
  Qed.

  Lemma acts_iff a : State_Acts s a = true <-> State.acts (stateOf s) a.
  Proof. apply acts_spec, sound_named. Qed.

  Lemma active_iff a : State.active (stateOf s) a <-> exists r, SMap.get (State_Agents s) a = Some r.
  Proof. cbn. unfold record. destruct (SMap.get (State_Agents s) a); split; eauto; easy || now intros (? & ?). Qed.

  Lemma acts_record a : State.acts (stateOf s) a -> exists r, SMap.get (State_Agents s) a = Some r.
  Proof. intros (n & D). apply active_iff. now destruct D. Qed.

  Lemma nameless : SMap.get (State_Agents s) ""%string = None.
  Proof.
    destruct (SMap.get (State_Agents s) ""%string) as [r|] eqn:G; auto. exfalso.
    destruct (sound_named ""%string) as (n & E); [apply active_iff; eauto|discriminate|].
    pose proof (child_longer (State.parent (stateOf s) ""%string) n) as L. rewrite <- E in L. cbn in L. lia.
  Qed.

  (* The parent that a child's record names is there, so the child is not root. *)
  Lemma child_iff c p r : SMap.get (State_Agents s) c = Some r -> p <> ""%string -> State.child (stateOf s) c p <-> Agent_Parent r = p.
  Proof.
    intros G N. unfold State.child. rewrite active_iff. cbn. rewrite (record_some s c r G). split; [intros (_ & _ & E); exact E|].
    intros E. repeat split; eauto. intros ->. destruct I as (M & J). pose proof (Invariant.root_parentless J) as P.
    cbn in P. rewrite (record_some s _ r G) in P. congruence.
  Qed.

  Lemma present_named p r : SMap.get (State_Agents s) p = Some r -> p <> ""%string.
  Proof. intros G ->. rewrite nameless in G. discriminate. Qed.

  Lemma caps_spec a r k : SMap.get (State_Agents s) a = Some r ->
    SSet.has (Theory_caps t a r) k = true <-> State.holds (theoryOf t) (stateOf s) a k.
  Proof.
    intros G. unfold Theory_caps, State.holds. cbn. rewrite (record_some s a r G). unfold setOf.
    destruct (String.eqb_spec a Root); intuition.
  Qed.

  Lemma idle_iff a r : SMap.get (State_Agents s) a = Some r -> NMap.len (Agent_Flights r) = 0 <-> State.idle (stateOf s) a.
  Proof.
    intros G. rewrite NMapFacts.len_0. unfold State.idle. cbn. rewrite (record_some s a r G).
    split; intros H i; specialize (H i); destruct (NMap.get (Agent_Flights r) i); easy.
  Qed.

  Lemma stays_open_iff a r x : SMap.get (State_Agents s) a = Some r ->
    Agent_firstClosedFlight r x = None <-> State.stays_open (stateOf s) a (exposureOf x).
  Proof.
    intros G. rewrite (stays_open_record s a r G). apply firstClosedFlight_spec, (sound_catalogued a r G).
  Qed.

  Lemma exposure_iff a r : SMap.get (State_Agents s) a = Some r -> State.exposure (stateOf s) a = exposureOf (Agent_Exposure r).
  Proof. intros G. cbn. apply (record_some s a r G). Qed.
End Sound.

(* ---- refusals ---- *)

(* A refusal is right when a step, of which there is one rule, would need something that is not so. What it needs is
   picked by its shape. *)
Ltac rule H :=
  first [apply Step.register_rule in H | apply Step.delegate_rule in H | apply Step.revoke_rule in H | apply Step.cascade_rule in H
    | apply Step.start_rule in H | apply Step.complete_rule in H | apply Step.return_endorsed_rule in H | apply Step.return_unendorsed_rule in H
    | apply Step.egress_rule in H | apply Step.grant_rule in H | apply Step.elevate_rule in H | apply Step.follow_up_rule in H
    | apply Step.override_rule in H];
  destruct H; repeat match goal with X : Elevate.takes_in _ _ _ _ _ _ |- _ => destruct X end.

Ltac refused := let H := fresh in intros ? ? H; rule H.

(* The actor has no record, or does not act. *)
Ltac not_acting := match goal with
  | A : State.acts (stateOf ?s) _, G : SMap.get (State_Agents ?s) _ = None |- _ => apply acts_record in A as (? & A)
  | I : sound ?t ?s, A : State.acts (stateOf ?s) _, G : State_Acts ?s _ = false |- _ => apply (acts_iff t s I) in A
  end; cbn in *; congruence.

(* The parent has no record, though the child acts. *)
Ltac no_parent := match goal with A : State.acts (stateOf ?s) ?c, C : State.child (stateOf ?s) ?c _ |- _ =>
    apply (Preserved.acts_parent _ _ _ A), acts_record in C as (? & C); congruence end.

(* Nobody of this name is active. *)
Ltac not_active := try match goal with C : State.child _ _ _ |- _ => destruct C as (_ & C & _) end;
  match goal with C : State.active _ _ |- _ => apply active_iff in C as (? & C); cbn in C; congruence end.

(* The guard that did not hold, E, says of the kernel what a premise of the rule says of the protocol. *)
Ltac by_guard E := match goal with P : _ |- _ => apply E in P; cbn in P; (discriminate P || congruence || lia) end.

(* The speculative exposure is the one that was computed, by E. *)
Ltac same_exposure E := match goal with X : State.speculative _ _ ?x |- _ => apply E in X; subst x end.

(* The tool is the one that was found. *)
Ltac same_tool := match goal with D : Theory.tool _ _ = Some (toolOf _), T : Theory.tool _ _ = Some ?d |- _ =>
    is_var d; let E := fresh in pose proof (eq_trans (eq_sym D) T) as E; injection E as <- end.

Ltac no_tool := match goal with D : SMap.get (Theory_tools _) _ = None, T : Theory.tool _ _ = Some _ |- _ => cbn in T; rewrite D in T; discriminate T end.

(* ---- one record changed ---- *)

Lemma set_record {A} s a r b (none : A) f :
  record (State_set_Agents s (SMap.set (State_Agents s) a r)) b none f = if String.eqb b a then f r else record s b none f.
Proof.
  unfold record. cbn. rewrite get_set. now destruct (String.eqb b a).
Qed.

(* Compares two states field by field, of which the one has agent a's record r changed and the other what it stands for. *)
Ltac fields G := unfold State.same; cbn; repeat apply conj; intros; rewrite ?set_record; unfold State.at_, State.at_n;
  repeat match goal with |- context [String.eqb ?b ?a] => destruct (String.eqb_spec b a); subst end;
  rewrite ?(record_some _ _ _ G); cbn; try reflexivity; try tauto.

Lemma exposure_set s a r x : SMap.get (State_Agents s) a = Some r ->
  State.same (stateOf (State_set_Agents s (SMap.set (State_Agents s) a (Agent_set_Exposure r x))))
    (State.with_exposure (stateOf s) a (exposureOf x)).
Proof. intros G. fields G. Qed.

Lemma bits_set s a r n : SMap.get (State_Agents s) a = Some r ->
  State.same (stateOf (State_set_Agents s (SMap.set (State_Agents s) a (Agent_set_Bits r n)))) (State.with_bits (stateOf s) a n).
Proof. intros G. fields G. Qed.
