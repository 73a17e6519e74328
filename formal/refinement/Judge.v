(* The kernel lets a theory judge steps exactly when it is well formed, and follow on a state exactly when it is
   admissible. *)
From Argus.axioms Require Import Go.
From Argus.extracted Require Import Kernel.
From Argus.spec Require Words Theory State WellFormed.
From Argus.refinement Require Import Abstract Read Stores.
From Coq Require Import Lia.
Import ListNotations.
Local Open Scope N_scope.

(* A loop that returns b as soon as it finds something, and what comes after it otherwise. *)
Lemma scan_then {A} (f : A -> option bool) b b' rest l : b <> b' -> (forall x r, f x = Some r -> r = b) ->
  match scan f l with Some r => r | None => rest end = b' <-> (forall x, In x l -> f x = None) /\ rest = b'.
Proof.
  intros D B. pose proof (scan_none f l) as N. pose proof (scan_some f l) as S. destruct (scan f l) as [r|].
  - destruct (S r eq_refl) as (x & J & E). pose proof (B x r E) as Q. split; [congruence|]. intros [H _]. rewrite (H x J) in E. discriminate.
  - rewrite <- N. intuition.
Qed.

Ltac found := intros x r; cbv beta; try destruct x; repeat match goal with |- context [if ?c then _ else _] => destruct c end; congruence.

Lemma when_none {A} (c : bool) (v : A) : (if c then Some v else None) = None <-> c = false.
Proof. destruct c; easy. Qed.

(* What a loop over exposures gathers is below y when each thing it meets keeps it there. *)
Lemma fold_below {A S} (m : S -> Words.Exposure) (f : S -> A -> S) (P : A -> Prop) y l :
  (forall s a, In a l -> Words.leq (m (f s a)) y <-> Words.leq (m s) y /\ P a) ->
  forall s, Words.leq (m (fold_left f l s)) y <-> Words.leq (m s) y /\ forall a, In a l -> P a.
Proof.
  induction l as [|a l IH]; cbn [fold_left]; intros H s; [cbn; tauto|].
  rewrite IH by (intros; apply H; cbn; auto). rewrite H by (cbn; auto). split.
  - intros [[L Q] R]. split; auto. intros b [<-|J]; auto.
  - intros [L Q]. split; [split; [exact L|apply Q; now left]|intros b J; apply Q; now right].
Qed.

(* ---- the policy ---- *)

Section Policy.
  Variable p : Policy.

  Lemma mode_cell x e : modeOf p (exposureOf x) e = Policy_Mode p x e.
  Proof. unfold modeOf. now rewrite ofExposure_of. Qed.

  (* Outside the catalogues everything is denied. *)
  Lemma mode_inside x e : modeOf p x e = 0 \/ Words.level x < 4 /\ Words.integrity x < 4 /\ e < 9.
  Proof.
    unfold modeOf, Policy_Mode. destruct (Exposure_known (ofExposure x)) eqn:K; auto. cbn [negb orb].
    destruct (N.leb_spec sinkCount e); auto. right. apply known_spec in K. destruct K. auto.
  Qed.

  Definition cell (l : Level) (i : Integrity) (e : Sink) : Mode := Policy_Mode p (mkExposure l i) e.

  Lemma easier_spec l i e : l < 4 -> i < 4 -> Policy_easier p (mkExposure l i) e = false <->
    cell l i e <= 2 /\ (l + 1 < 4 -> cell l i e <= cell (l + 1) i e) /\ (i + 1 < 4 -> cell l i e <= cell l (i + 1) e).
  Proof.
    intros L J. unfold Policy_easier, cell. cbv zeta. cbn [Exposure_Level Exposure_Integrity].
    rewrite !add_exact by (unfold fits; cbn; lia). rewrite !orb_false_iff, !andb_false_iff, N.leb_gt, !N.ltb_ge.
    change modeCount with 3. change levelCount with 4. change integrityCount with 4. split.
    - intros [[A [B|B]] [C|C]]; repeat split; intros; try lia; assumption.
    - intros (A & B & C). lia.
  Qed.

  Lemma monotone_cells : Policy_monotone p = true <-> forall l i e, l < 4 -> i < 4 -> e < 9 -> Policy_easier p (mkExposure l i) e = false.
  Proof.
    unfold Policy_monotone. rewrite (scan_then _ false) by (discriminate || found). split.
    - intros [H _] l i e L J E. specialize (H e (proj2 (in_upto _ _) E)). apply when_none in H. unfold Policy_tooEasy in H.
      apply (scan_then _ true) in H as [H _]; [|discriminate|].
      + specialize (H l (proj2 (in_upto _ _) L)).
        match type of H with context [scan ?g ?k] => pose proof (scan_none g k) as N; destruct (scan g k); [discriminate|] end.
        apply (when_none _ true). now apply (proj1 N eq_refl i), in_upto.
      + intros k r. match goal with |- context [scan ?g ?q] => pose proof (scan_some g q) as S; destruct (scan g q) as [w|]; [|discriminate] end.
        destruct (S w eq_refl) as (j & _ & F). destruct (Policy_easier _ _ _); congruence.
    - intros H. split; auto. intros e E. apply in_upto in E. apply when_none. unfold Policy_tooEasy.
      match goal with |- match scan ?g ?q with _ => _ end = _ => pose proof (scan_none g q) as N; destruct (scan g q) as [w|] eqn:F; auto end.
      apply scan_some in F as (l & L & F). apply in_upto in L.
      match type of F with context [scan ?g ?k] => destruct (scan g k) as [u|] eqn:F'; [|discriminate] end.
      apply scan_some in F' as (i & J & F'). apply in_upto in J. rewrite (H l i e L J E) in F'. discriminate.
  Qed.

  Theorem monotone_exact : Policy_monotone p = true <-> Theory.monotone (modeOf p).
  Proof.
    rewrite monotone_cells. split.
    - intros H.
      assert (A : forall l i e, l < 4 -> i < 4 -> e < 9 -> cell l i e <= 2) by (intros; now apply easier_spec; auto).
      assert (B : forall k l i e, l + k < 4 -> i < 4 -> e < 9 -> cell l i e <= cell (l + k) i e).
      { induction k as [|k IH] using N.peano_ind; intros l i e L J E; [rewrite N.add_0_r; lia|].
        etransitivity; [apply (IH l i e); lia|]. replace (l + N.succ k) with (l + k + 1) by lia.
        apply (easier_spec (l + k) i e); try lia. apply H; lia. }
      assert (C : forall k l i e, l < 4 -> i + k < 4 -> e < 9 -> cell l i e <= cell l (i + k) e).
      { induction k as [|k IH] using N.peano_ind; intros l i e L J E; [rewrite N.add_0_r; lia|].
        etransitivity; [apply (IH l i e); lia|]. replace (i + N.succ k) with (i + k + 1) by lia.
        apply (easier_spec l (i + k) e); try lia. apply H; lia. }
      split.
      + intros x e. destruct (mode_inside x e) as [->|(L & J & E)]; [apply N.le_0_l|]. now apply (A _ _ e).
      + intros [l i] [m j] e [K1 K2] [L1 L2]. destruct (mode_inside (Words.mkExposure m j) e) as [->|(L & J & E)]; [apply N.le_0_l|].
        change (l < 4) in K1. change (i < 4) in K2. cbn in L1, L2, L, J.
        change (modeOf p (Words.mkExposure m j) e) with (cell m j e). change (modeOf p (Words.mkExposure l i) e) with (cell l i e).
        etransitivity; [apply (B (l - m)); lia|]. replace (m + (l - m)) with l by lia.
        etransitivity; [apply (C (i - j)); lia|]. replace (j + (i - j)) with i by lia. lia.
    - intros [V M] l i e L J E. apply easier_spec; auto. split; [apply (V (Words.mkExposure l i) e)|]. split; intros G.
      + apply (M (Words.mkExposure (l + 1) i) (Words.mkExposure l i) e); Words.lattice.
      + apply (M (Words.mkExposure l (i + 1)) (Words.mkExposure l i) e); Words.lattice.
  Qed.

  Lemma admits_spec es x : (forall e, bitsOf es e -> e < Words.sink_count) ->
    Policy_admits p es x = true <-> exists e, bitsOf es e /\ modeOf p (exposureOf x) e <> Words.deny.
  Proof.
    intros C. unfold Policy_admits.
    match goal with |- context [scan ?g ?l] => pose proof (scan_none g l) as N; pose proof (scan_some g l) as S; destruct (scan g l) as [r|] end.
    - destruct (S r eq_refl) as (e & J & F). apply in_upto in J. path F. injection F as <-. apply andb_true_iff in E as [H M].
      split; auto. intros _. exists e. rewrite mode_cell. split; [now apply sinks_has_spec in H|]. apply negb_true_iff, N.eqb_neq in M. exact M.
    - split; [discriminate|]. intros (e & B & M). pose proof (proj1 N eq_refl e (proj2 (in_upto _ _) (C e B))) as F. cbv beta in F.
      apply when_none in F. apply sinks_has_spec in B; [|apply C; exact B]. rewrite B in F. rewrite mode_cell in M.
      apply negb_false_iff, N.eqb_eq in F. contradiction.
  Qed.
End Policy.

(* ---- stores ---- *)

Lemma exceeds_spec s d : State_exceeds s d = false <->
  forall st, setOf (Tool_Reads d) st -> Words.leq (State.held (stateOf s) st) (exposureOf (Tool_Label d)).
Proof.
  unfold State_exceeds. rewrite (scan_then _ true) by (discriminate || found). unfold setOf. setoid_rewrite SSet.in_all.
  setoid_rewrite when_none. setoid_rewrite negb_false_iff. setoid_rewrite leq_spec. tauto.
Qed.

Lemma readersAdmit_spec t s : Theory_readersAdmit t s = true <->
  forall id d st, Theory.tool (theoryOf t) id = Some d -> Theory.t_reads d st -> Words.leq (State.held (stateOf s) st) (Theory.t_label d).
Proof.
  unfold Theory_readersAdmit. rewrite (scan_then _ false) by (discriminate || found). split.
  - intros [H _] id d st G R. cbn in G. destruct (SMap.get (Theory_tools t) id) as [r|] eqn:E; [|discriminate]. injection G as <-.
    apply SMap.in_all, H in E. apply when_none in E. exact (proj1 (exceeds_spec s r) E st R).
  - intros H. split; auto. intros [id r] J. apply SMap.in_all in J. apply when_none, exceeds_spec. intros st R.
    apply (H id (toolOf r)); auto. cbn. now rewrite J.
Qed.

Lemma leaves_spec t d y : Words.known y -> (forall e, bitsOf (Tool_Sinks d) e -> e < Words.sink_count) ->
  Words.leq (exposureOf (Policy_leaves (Theory_policy t) d)) y <->
  forall x, Words.known x -> Theory.may_leave (theoryOf t) (toolOf d) x -> Words.leq x y.
Proof.
  intros K C. unfold Policy_leaves, Theory.may_leave. cbn. destruct (N.eqb_spec (Tool_Sinks d) 0) as [Z|Z].
  - split.
    + intros L x _ _. apply (Words.leq_trans x (Words.mkExposure 0 0)); [Words.lattice|exact L].
    + intros H. apply H; [split; reflexivity|]. right. rewrite Z. intros e. unfold bitsOf. now rewrite N.bits_0.
  - rewrite (fold_below exposureOf _ (fun l => forall i, In i (upto integrityCount) ->
      Policy_admits (Theory_policy t) (Tool_Sinks d) (mkExposure l i) = true -> Words.leq (Words.mkExposure l i) y)).
    2: { intros m l _. apply (fold_below exposureOf). intros n i _. destruct (Policy_admits _ _ _).
      - rewrite join_spec, Words.join_least. intuition.
      - intuition discriminate. }
    setoid_rewrite in_upto. setoid_rewrite admits_spec; [|exact C]. split.
    + intros [_ H] [l i] [K1 K2] [(e & B & M)|N]; [apply (H l K1 i K2); exists e; auto|].
      apply bits_some in Z as (e & B). now apply N in B.
    + intros H. split; [now apply Words.clean_least|]. intros l L i J A. apply H; [split; assumption|]. left. exact A.
Qed.

Lemma filled_spec t st y : Words.known y -> Words.leq (State.held (stateOf (Theory_filled t)) st) y <->
  forall id d, SMap.get (Theory_tools t) id = Some d -> setOf (Tool_Writes d) st -> Words.leq (exposureOf (Policy_leaves (Theory_policy t) d)) y.
Proof.
  intros K. unfold Theory_filled. cbv zeta.
  rewrite (fold_below (fun s => State.held (stateOf s) st) _ (fun '(_, d) => setOf (Tool_Writes d) st ->
    Words.leq (exposureOf (Policy_leaves (Theory_policy t) d)) y)).
  - assert (G : Words.leq (State.held (stateOf (Genesis 0)) st) y).
    { cbn. unfold State_Held. cbn. rewrite SMap.get_empty. now apply Words.clean_least. }
    split.
    + intros [_ H] id d E W. apply SMap.in_all, H in E. auto.
    + intros H. split; [exact G|]. intros [id d] J W. apply SMap.in_all in J. eauto.
  - intros s [id d] _. destruct (letIn_held s d (Policy_leaves (Theory_policy t) d) st) as [[W ->]|[N ->]].
    + rewrite Words.join_least. cbn in W. intuition.
    + cbn in N. intuition.
Qed.

(* ---- the two judgements ---- *)

Lemma catalogued_spec t d : Theory_catalogued t d = true <->
  Words.known (exposureOf (Tool_Label d)) /\ (forall e, bitsOf (Tool_Sinks d) e -> e < Words.sink_count) /\
  forall k, setOf (Tool_Needs d) k -> setOf (Theory_catalogue t) k.
Proof.
  unfold Theory_catalogued. rewrite !andb_true_iff, known_spec, sinks_known_spec, SSet.subset_spec. unfold setOf. tauto.
Qed.

Theorem well_formed_exact t : Theory_wellFormed t = true <-> Theory.well_formed (theoryOf t).
Proof.
  unfold Theory_wellFormed. rewrite (scan_then _ false) by (discriminate || found). rewrite andb_true_iff, monotone_exact.
  assert (Ca : (forall x, In x (SMap.all (Theory_tools t)) -> (let '(_, d) := x in if negb (Theory_catalogued t d) then Some false else None) = None) <->
    forall id d, SMap.get (Theory_tools t) id = Some d -> Theory_catalogued t d = true).
  { split.
    - intros H id d G. apply SMap.in_all, H, when_none, negb_false_iff in G. exact G.
    - intros H [id d] J. apply SMap.in_all, H in J. now rewrite J. }
  rewrite Ca, readersAdmit_spec. clear Ca. unfold Theory.well_formed. split.
  - intros (Ca & Mo & Re). split; [exact Mo|]. split.
    + intros id d G. cbn in G. destruct (SMap.get (Theory_tools t) id) as [r|] eqn:E; [|discriminate]. injection G as <-.
      apply Ca, catalogued_spec in E. exact E.
    + intros id d x G K L st id' r W G' R. cbn in G, G'.
      destruct (SMap.get (Theory_tools t) id) as [w|] eqn:E; [|discriminate]. injection G as <-.
      destruct (SMap.get (Theory_tools t) id') as [q|] eqn:E'; [|discriminate]. injection G' as <-.
      pose proof (Ca _ _ E) as C. apply catalogued_spec in C as (_ & C & _).
      pose proof (Ca _ _ E') as C'. apply catalogued_spec in C' as (C' & _ & _).
      specialize (Re id' (toolOf q) st). cbn in Re. rewrite E' in Re. specialize (Re eq_refl R).
      apply (proj1 (leaves_spec t w _ C' C) (proj1 (filled_spec t st _ C') Re id w E W)); auto.
  - intros (Mo & Ca & Re).
    assert (Ca' : forall id d, SMap.get (Theory_tools t) id = Some d -> Theory_catalogued t d = true).
    { intros id d G. apply catalogued_spec, (Ca id (toolOf d)). cbn. now rewrite G. }
    split; [exact Ca'|]. split; [exact Mo|]. intros id d st G R. cbn in G.
    destruct (SMap.get (Theory_tools t) id) as [q|] eqn:E; [|discriminate]. injection G as <-.
    pose proof (Ca' _ _ E) as C'. apply catalogued_spec in C' as (C' & _ & _). apply filled_spec; auto. intros id' w E' W.
    pose proof (Ca' _ _ E') as C. apply catalogued_spec in C as (_ & C & _). apply leaves_spec; auto. intros x K L.
    apply (Re id' (toolOf w) x) with (st := st) (id := id); auto; cbn; [now rewrite E'|now rewrite E].
Qed.

Lemma keeps_spec t f : Theory_keeps t f = true <-> forall st, setOf (Flight_Reads f) st ->
  exists d, Theory.tool (theoryOf t) (Flight_Tool f) = Some d /\ Theory.t_reads d st /\ Words.leq (Theory.t_label d) (exposureOf (Flight_Label f)).
Proof.
  unfold Theory_keeps. destruct (N.eqb_spec (SSet.len (Flight_Reads f)) 0) as [Z|Z].
  - split; auto. intros _ st R. unfold setOf in R. rewrite (proj1 (SSetFacts.len_0 _) Z) in R. discriminate.
  - assert (Ex : exists st, setOf (Flight_Reads f) st).
    { rewrite SSet.len_all in Z. destruct (SSet.all (Flight_Reads f)) as [|st l] eqn:E; [easy|]. exists st. apply SSet.in_all. rewrite E. now left. }
    cbn. destruct (SMap.get (Theory_tools t) (Flight_Tool f)) as [d|]; cbn.
    + rewrite andb_true_iff, SSet.subset_spec, leq_spec. split.
      * intros [S L] st R. exists (toolOf d). exact (conj eq_refl (conj (S st R) L)).
      * intros H. split.
        -- intros st R. destruct (H st R) as (d' & E & R' & _). injection E as <-. exact R'.
        -- destruct Ex as (st & R). destruct (H st R) as (d' & E & _ & L). now injection E as <-.
    + split; [discriminate|]. intros H. destruct Ex as (st & R). now destruct (H st R) as (d & E & _).
Qed.

Theorem admissible_exact t s : Theory_follows t s = true <-> WellFormed.admissible (theoryOf t) (stateOf s).
Proof.
  unfold Theory_follows. rewrite (scan_then _ false) by (discriminate || found).
  rewrite andb_true_iff, readersAdmit_spec, N.eqb_eq, NMapFacts.len_0. unfold WellFormed.admissible, WellFormed.stores_within.
  assert (Ab : (forall x, In x (SMap.all (State_Agents s)) -> (let '(_, a) := x in if Theory_abandons t a then Some false else None) = None) <->
    forall a i f, State.flight (stateOf s) a i = Some f -> forall st, State.f_reads f st ->
      exists d, Theory.tool (theoryOf t) (State.f_tool f) = Some d /\ Theory.t_reads d st /\ Words.leq (Theory.t_label d) (State.f_label f)).
  { assert (N : forall a, Theory_abandons t a = false <-> forall i f, NMap.get (Agent_Flights a) i = Some f -> Theory_keeps t f = true).
    { intros a. unfold Theory_abandons. rewrite (scan_then _ true) by (discriminate || found). split.
      - intros [H _] i f F. apply NMap.in_all, H, when_none, negb_false_iff in F. exact F.
      - intros H. split; auto. intros [i f] J. apply NMap.in_all, H in J. now rewrite J. }
    split.
    - intros H a i f F. cbn in F. unfold record in F. destruct (SMap.get (State_Agents s) a) as [r|] eqn:G; [|discriminate].
      destruct (NMap.get (Agent_Flights r) i) as [g|] eqn:E; [|discriminate]. injection F as <-.
      apply SMap.in_all, H, when_none in G. apply keeps_spec. exact (proj1 (N r) G i g E).
    - intros H [a r] J. apply SMap.in_all in J. apply when_none, N. intros i f F. apply keeps_spec. apply (H a i (flightOf f)).
      apply (flight_record s a r J). eauto. }
  rewrite Ab. split.
  - intros (A & B & C). split; [split; [exact B|intros a i f st F R; exact (A a i f F st R)]|exact C].
  - intros ((A & B) & C). split; [intros a i f F st R; exact (B a i f st F R)|split; [exact A|exact C]].
Qed.
