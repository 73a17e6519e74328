(* Reading the translated kernel: what its small functions decide, in the words of the protocol. *)
From Argus.axioms Require Import Go.
From Argus.extracted Require Import Kernel.
From Argus.spec Require Words Theory State.
From Argus.refinement Require Import Abstract.
From Coq Require Import Lia.
Import ListNotations.
Local Open Scope N_scope.

(* Boolean guards as propositions. *)
Ltac bools := rewrite ?andb_true_iff, ?andb_false_iff, ?orb_true_iff, ?orb_false_iff, ?negb_true_iff, ?negb_false_iff,
  ?N.eqb_eq, ?N.eqb_neq, ?N.ltb_lt, ?N.ltb_ge, ?N.leb_le, ?N.leb_gt, ?String.eqb_eq, ?String.eqb_neq in *.

(* The path to an outcome, with every guard on the way as a hypothesis. What the path cannot be is dropped. *)
Ltac path H := repeat match type of H with
  | context [let x := ?e in _] => progress cbv zeta in H
  | match ?c with _ => _ end = _ => let E := fresh "E" in destruct c eqn:E; try discriminate H
  end.

(* ---- maps ---- *)

Lemma get_set {V} (m : SMap.t V) k v k' : SMap.get (SMap.set m k v) k' = if String.eqb k' k then Some v else SMap.get m k'.
Proof. rewrite SMapFacts.get_set. destruct (SMapFacts.O.eq_dec k k'), (String.eqb_spec k' k); congruence. Qed.
Lemma get_delete {V} (m : SMap.t V) k k' : SMap.get (SMap.delete m k) k' = if String.eqb k' k then None else SMap.get m k'.
Proof. rewrite SMapFacts.get_delete. destruct (SMapFacts.O.eq_dec k k'), (String.eqb_spec k' k); congruence. Qed.
Lemma get_set_n {V} (m : NMap.t V) k v k' : NMap.get (NMap.set m k v) k' = if k' =? k then Some v else NMap.get m k'.
Proof. rewrite NMapFacts.get_set. destruct (NMapFacts.O.eq_dec k k'), (N.eqb_spec k' k); congruence. Qed.
Lemma get_delete_n {V} (m : NMap.t V) k k' : NMap.get (NMap.delete m k) k' = if k' =? k then None else NMap.get m k'.
Proof. rewrite NMapFacts.get_delete. destruct (NMapFacts.O.eq_dec k k'), (N.eqb_spec k' k); congruence. Qed.

(* ---- exposures ---- *)

Lemma ofExposure_of x : ofExposure (exposureOf x) = x. Proof. now destruct x. Qed.

Lemma join_spec x y : exposureOf (Exposure_Join x y) = Words.join (exposureOf x) (exposureOf y).
Proof. reflexivity. Qed.

Lemma leq_spec x y : Exposure_Leq x y = true <-> Words.leq (exposureOf x) (exposureOf y).
Proof. unfold Exposure_Leq, Words.leq. cbn. bools. reflexivity. Qed.

Lemma known_spec x : Exposure_known x = true <-> Words.known (exposureOf x).
Proof. unfold Exposure_known, Words.known. cbn. bools. reflexivity. Qed.

Lemma same_spec x y : Exposure_same x y = true <-> exposureOf x = exposureOf y.
Proof.
  unfold Exposure_same, exposureOf. bools. split; [intros [-> ->]; auto|]. intros [=]. auto.
Qed.

Lemma permits_spec m v : Mode_permits m v = true <-> Words.permits m v.
Proof. unfold Mode_permits. now rewrite orb_true_iff, andb_true_iff, !N.eqb_eq. Qed.

(* ---- sets of bits: sinks and attributes ---- *)

Lemma bits_below n es : es < 2 ^ n <-> forall e, bitsOf es e -> e < n.
Proof.
  unfold bitsOf. split; [intros L e; now apply testbit_below|]. intros H.
  destruct (N.eq_dec es 0) as [->|NZ]; [apply pow2_pos|]. apply N.log2_lt_pow2; [lia|]. apply H, N.bit_log2, NZ.
Qed.

Lemma bits_some es : es <> 0 <-> exists e, bitsOf es e.
Proof.
  unfold bitsOf. split.
  - intros NZ. exists (N.log2 es). now apply N.bit_log2.
  - intros (e & E) ->. rewrite N.bits_0 in E. discriminate.
Qed.

Lemma bits_same es fs : es = fs <-> forall e, bitsOf es e <-> bitsOf fs e.
Proof.
  unfold bitsOf. split; [intros ->; reflexivity|]. intros H. apply N.bits_inj. intros e. specialize (H e).
  destruct (N.testbit es e), (N.testbit fs e); intuition congruence.
Qed.

Lemma sinks_known_spec es : Sinks_known es = true <-> forall e, bitsOf es e -> e < Words.sink_count.
Proof. unfold Sinks_known. rewrite N.ltb_lt. apply (bits_below 9). Qed.

Lemma sinks_has_spec es e : e < Words.sink_count -> Sinks_Has es e = true <-> bitsOf es e.
Proof.
  intros L. unfold Sinks_Has, bitsOf. rewrite land_shl_1; [reflexivity|]. unfold Words.sink_count in L. lia.
Qed.

Lemma sinks_subset_spec es fs : Sinks_SubsetOf es fs = true <-> forall e, bitsOf es e -> bitsOf fs e.
Proof. unfold Sinks_SubsetOf, bitsOf. rewrite N.eqb_eq. apply ldiff_subset. Qed.

Lemma attributes_known_spec r : Attributes_known r = true <-> forall k, bitsOf r k -> k < Words.attribute_count.
Proof. unfold Attributes_known. rewrite N.ltb_lt. apply (bits_below 5). Qed.

Lemma attributes_has_spec r k : Attributes_Has r (2 ^ k) = true <-> bitsOf r k.
Proof.
  unfold Attributes_Has, bitsOf. rewrite N.eqb_eq, ldiff_subset. split.
  - intros H. apply H. now rewrite N.pow2_bits_true.
  - intros H i. rewrite N.pow2_bits_eqb, N.eqb_eq. now intros <-.
Qed.

(* ---- flights ---- *)

Lemma covers_spec p x : Approval_covers p x = true <-> exists u, approvalOf p = Some u /\ Words.leq (exposureOf x) u.
Proof.
  unfold Approval_covers, approvalOf. destruct (Approval_Given p); cbn.
  - rewrite leq_spec. split; eauto. now intros (u & [= <-] & L).
  - split; [discriminate|]. now intros (u & [=] & _).
Qed.

Lemma open_spec f x e : Flight_open f x e = true <-> State.open (flightOf f) (exposureOf x) e.
Proof.
  unfold Flight_open, State.open, State.approved. rewrite orb_true_iff, permits_spec, covers_spec. cbn.
  unfold modeOf. now rewrite ofExposure_of.
Qed.

(* Sinks of a flight are of the catalogue, so a loop over the catalogue meets them all. *)
Definition catalogued (es : Sinks) : Prop := forall e, bitsOf es e -> e < Words.sink_count.

Lemma firstClosed_spec f x : catalogued (Flight_Sinks f) ->
  Flight_firstClosed f x = None <-> State.all_open (flightOf f) (exposureOf x).
Proof.
  intros C. unfold Flight_firstClosed, State.all_open. cbn.
  match goal with |- context [scan ?g ?l] => pose proof (scan_none g l) as S; pose proof (scan_some g l) as T; destruct (scan g l) as [r|] eqn:E end.
  - destruct (T _ eq_refl) as (e & I & F). apply in_upto in I. path F. injection F as <-. bools. destruct E0 as [H O].
    split; [discriminate|]. intros A. apply sinks_has_spec in H; auto. apply A, open_spec in H. congruence.
  - split; auto. intros _ e B. apply open_spec. pose proof (proj1 S eq_refl e (proj2 (in_upto _ _) (C e B))) as F. cbv beta in F.
    apply sinks_has_spec in B; [|apply C, B]. rewrite B in F. destruct (Flight_open f x e); auto. discriminate.
Qed.

Definition flightsCatalogued (a : Agent) : Prop := forall i f, NMap.get (Agent_Flights a) i = Some f -> catalogued (Flight_Sinks f).

Lemma firstClosedFlight_spec a x : flightsCatalogued a -> Agent_firstClosedFlight a x = None <->
  forall i f, NMap.get (Agent_Flights a) i = Some f -> State.all_open (flightOf f) (exposureOf x).
Proof.
  intros C. unfold Agent_firstClosedFlight.
  match goal with |- context [scan ?g ?l] => pose proof (scan_none g l) as S; pose proof (scan_some g l) as T; destruct (scan g l) as [r|] eqn:E end.
  - destruct (T _ eq_refl) as ([i f] & I & F). apply NMap.in_all in I. path F. injection F as <-. split; [discriminate|].
    intros A. apply A in I as O. apply firstClosed_spec in O; [congruence|]. eapply C; eauto.
  - split; auto. intros _ i f G. apply firstClosed_spec; [eapply C; eauto|].
    pose proof (proj1 S eq_refl (i, f) (proj2 (NMap.in_all _ _ _ _) G)) as F. cbv beta iota in F.
    destruct (Flight_firstClosed f x); auto. discriminate.
Qed.

Lemma staysOpen_spec a x : flightsCatalogued a -> Agent_staysOpen a x = true <->
  forall i f, NMap.get (Agent_Flights a) i = Some f -> State.all_open (flightOf f) (exposureOf x).
Proof.
  intros C. rewrite <- firstClosedFlight_spec by auto. unfold Agent_staysOpen. destruct (Agent_firstClosedFlight a x); split; easy.
Qed.

Lemma speculative_spec a y : Words.leq (exposureOf (Agent_Speculative a)) y <->
  Words.leq (exposureOf (Agent_Exposure a)) y /\
  forall i f, NMap.get (Agent_Flights a) i = Some f -> Words.leq (exposureOf (Flight_Label f)) y.
Proof.
  unfold Agent_Speculative. cbv zeta. setoid_rewrite <- NMap.in_all. generalize (Agent_Exposure a).
  induction (NMap.all (Agent_Flights a)) as [|[i f] l IH]; cbn [fold_left]; intros x.
  - split; [intros L; split; auto; intros ? ? []|tauto].
  - rewrite IH, join_spec, Words.join_least. split.
    + intros [[L F] H]. split; auto. intros j g [[= <- <-]|I]; eauto.
    + intros [L H]. split; [split; auto; apply (H i f); cbn; auto|]. intros j g I. apply (H j g). cbn. auto.
Qed.

(* ---- an agent's record ---- *)

Section Record.
  Variables (s : State) (a : AgentID) (r : Agent).
  Hypothesis G : SMap.get (State_Agents s) a = Some r.

  Lemma record_some A (none : A) f : record s a none f = f r.
  Proof. unfold record. now rewrite G. Qed.

  Lemma flight_record i f : State.flight (stateOf s) a i = Some f <-> exists g, NMap.get (Agent_Flights r) i = Some g /\ f = flightOf g.
  Proof.
    cbn. rewrite record_some. destruct (NMap.get (Agent_Flights r) i) as [g|]; cbn; split; try easy.
    - intros [= <-]. eauto.
    - now intros (h & [= <-] & ->).
    - now intros (h & [=] & _).
  Qed.

  Lemma stays_open_record x : State.stays_open (stateOf s) a x <->
    forall i f, NMap.get (Agent_Flights r) i = Some f -> State.all_open (flightOf f) x.
  Proof.
    unfold State.stays_open. split.
    - intros H i f F. apply (H i). apply flight_record. eauto.
    - intros H i f F. apply flight_record in F as (g & F & ->). eauto.
  Qed.

  Lemma speculative_record x : State.speculative (stateOf s) a x <-> x = exposureOf (Agent_Speculative r).
  Proof.
    assert (H : forall y, Words.leq (exposureOf (Agent_Speculative r)) y <->
      Words.leq (State.exposure (stateOf s) a) y /\ forall i f, State.flight (stateOf s) a i = Some f -> Words.leq (State.f_label f) y).
    { intros y. rewrite speculative_spec. cbn [State.exposure stateOf]. rewrite record_some. split; intros [L F]; split; auto; intros i f E.
      - apply flight_record in E as (g & E & ->). cbn. eauto.
      - apply (F i (flightOf f)), flight_record. eauto. }
    split; [|now intros ->]. intros X. apply Words.leq_antisym; [apply X, H|apply H, X]; apply Words.leq_refl.
  Qed.
End Record.
