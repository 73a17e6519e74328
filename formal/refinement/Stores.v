(* What is looked for among the readers of a store, and what a call lets into one. *)
From Argus.axioms Require Import Go.
From Argus.extracted Require Import Kernel.
From Argus.spec Require Words Theory State.
From Argus.refinement Require Import Abstract Read.
Import ListNotations.
Local Open Scope N_scope.

Lemma firstReaderBelow_spec t st x : Theory_firstReaderBelow t st x = None <->
  forall id r, SMap.get (Theory_tools t) id = Some r -> setOf (Tool_Reads r) st -> Words.leq (exposureOf x) (exposureOf (Tool_Label r)).
Proof.
  unfold Theory_firstReaderBelow, setOf.
  match goal with |- context [scan ?g ?l] => pose proof (scan_none g l) as S; pose proof (scan_some g l) as T; destruct (scan g l) as [r|] eqn:E end.
  - destruct (T _ eq_refl) as ([id d] & J & F). apply SMap.in_all in J. path F. injection F as <-. bools. destruct E0 as [R L].
    split; [discriminate|]. intros H. specialize (H id d J R). apply leq_spec in H. congruence.
  - split; auto. intros _ id d G R. pose proof (proj1 S eq_refl (id, d) (proj2 (SMap.in_all _ _ _ _) G)) as F. cbv beta iota in F.
    rewrite R in F. apply leq_spec. destruct (Exposure_Leq x (Tool_Label d)); auto. discriminate.
Qed.

Lemma firstExceeded_spec t d x : Theory_firstExceeded t d x = None <-> Theory.readers_admit (theoryOf t) (toolOf d) (exposureOf x).
Proof.
  assert (R : Theory.readers_admit (theoryOf t) (toolOf d) (exposureOf x) <->
    forall st, In st (SSet.all (Tool_Writes d)) -> Theory_firstReaderBelow t st x = None).
  { unfold Theory.readers_admit. setoid_rewrite firstReaderBelow_spec. setoid_rewrite SSet.in_all. cbn. split.
    - intros H st W id r G E. apply (H st id (toolOf r) W); auto. now rewrite G.
    - intros H st id r W G E. destruct (SMap.get (Theory_tools t) id) as [r'|] eqn:G'; [|discriminate]. injection G as <-. eapply H; eauto. }
  rewrite R. unfold Theory_firstExceeded.
  match goal with |- context [scan ?g ?l] => pose proof (scan_none g l) as S; pose proof (scan_some g l) as T; destruct (scan g l) as [r|] eqn:E end.
  - destruct (T _ eq_refl) as (st & J & F). path F. injection F as <-. split; [discriminate|]. intros H. apply H in J. congruence.
  - split; auto. intros _ st J. pose proof (proj1 S eq_refl st J) as F. cbv beta in F. destruct (Theory_firstReaderBelow t st x); auto. discriminate.
Qed.

(* ---- letting in ---- *)

Definition put (x : Exposure) (s : State) (st : StoreID) : State :=
  State_set_Stores s (SMap.set (State_Stores s) st (Exposure_Join (State_Held s st) x)).

Lemma letIn_unfold s d x : State_letIn s d x = fold_left (put x) (SSet.all (Tool_Writes d)) s.
Proof. reflexivity. Qed.

Lemma held_put s st x st' : State_Held (put x s st) st' = if String.eqb st' st then Exposure_Join (State_Held s st) x else State_Held s st'.
Proof.
  unfold put, State_Held at 1. cbn [State_Stores State_set_Stores]. rewrite get_set.
  now destruct (String.eqb st' st).
Qed.

Lemma put_all x l : NoDup l -> forall s st, State_Held (fold_left (put x) l s) st =
  if in_dec string_dec st l then Exposure_Join (State_Held s st) x else State_Held s st.
Proof.
  induction l as [|a l IH]; intros D s st; cbn [fold_left]; [reflexivity|]. inversion D as [|? ? N D']. subst.
  rewrite IH by auto. rewrite held_put. destruct (String.eqb_spec st a) as [->|E].
  - destruct (in_dec string_dec a l); [contradiction|]. destruct (in_dec string_dec a (a :: l)) as [|F]; auto. destruct F. cbn. auto.
  - destruct (in_dec string_dec st l) as [J|J], (in_dec string_dec st (a :: l)) as [F|F]; auto; cbn in F.
    + destruct F. auto.
    + destruct F as [F|F]; [congruence|contradiction].
Qed.

Lemma put_keeps x l : forall s, let s' := fold_left (put x) l s in
  State_Agents s' = State_Agents s /\ State_Tools s' = State_Tools s /\ State_Next s' = State_Next s /\ State_Settling s' = State_Settling s.
Proof. induction l as [|a l IH]; intros s; cbn; auto. apply (IH (put x s a)). Qed.

Lemma letIn_held s d x : State.let_in (stateOf s) (toolOf d) (exposureOf x) (State.held (stateOf (State_letIn s d x))).
Proof.
  intros st. cbn. rewrite letIn_unfold, put_all by apply SSetFacts.all_nodup. unfold setOf. rewrite <- SSet.in_all.
  destruct (in_dec string_dec st (SSet.all (Tool_Writes d))); auto.
Qed.

(* Only the stores change. *)
Lemma letIn_same s d x : State.same (stateOf (State_letIn s d x)) (State.with_held (stateOf s) (State.held (stateOf (State_letIn s d x)))).
Proof.
  destruct (put_keeps x (SSet.all (Tool_Writes d)) s) as (A & B & C & D). rewrite <- letIn_unfold in *.
  unfold State.same; cbn -[State_letIn]; unfold record; rewrite ?A, ?B, ?C, ?D. repeat apply conj; intros; reflexivity.
Qed.
