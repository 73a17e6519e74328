(* What holds in every reachable state. M are the ids that were ever minted: an agent that ended is not in the state,
   but its id is never minted again. *)
From Coq Require Import NArith String Lia.
From Argus.spec Require Import Words Theory ChildID State Same WellFormed.
Local Open Scope N_scope.

Definition sound_flight (s : State) (a : AgentID) (i : InvocationID) (f : Flight) : Prop :=
  active s a /\ a <> root /\ i < next s /\ registered s (f_tool f) /\ f_authorized f = true /\
  (forall k, f_needs f k -> caps s a k) /\ known (f_label f) /\ monotone (f_rows f) /\
  (forall e, f_sinks f e -> e < sink_count).

Record Inv (T : Theory) (s : State) (M : AgentID -> Prop) : Prop := {
  root_active : active s root;
  root_clean : exposure s root = clean;
  root_parentless : parent s root = ""%string;
  minted_active : forall a, active s a -> M a;
  minted_name : forall a, M a ->
    a = root \/ exists p n, a = child_id p n /\ M p /\ (active s p -> n <= born s p);
  named : forall a, active s a -> a <> root -> exists n, a = child_id (parent s a) n;
  caps_active : forall a k, caps s a k -> active s a;
  caps_below : forall c p k, child s c p -> active s p -> cap s c k -> cap s p k;
  exposure_active : forall a, exposure s a = clean \/ active s a;
  exposure_known : forall a, known (exposure s a);
  bits_active : forall a, bits s a = 0 \/ active s a;
  flight_sound : forall a i f, flight s a i = Some f -> sound_flight s a i f;
  flights_open : forall a x, speculative s a x -> stays_open s a x;
  override_active : forall a t d u, override s a t d = Some u ->
    active s a /\ a <> root /\ known u /\ sensitive <= level u;
  settling_ended : forall i a, settling s i = Some a -> M a /\ ~ active s a /\ i < next s;
  held_known : forall st, known (held s st);
  stores_admitted : stores_within T s }.
Arguments root_active {T s M}. Arguments root_parentless {T s M}. Arguments root_clean {T s M}. Arguments minted_active {T s M}.
Arguments minted_name {T s M}. Arguments named {T s M}. Arguments caps_active {T s M}. Arguments caps_below {T s M}.
Arguments exposure_active {T s M}. Arguments exposure_known {T s M}. Arguments bits_active {T s M}.
Arguments flight_sound {T s M}. Arguments flights_open {T s M}. Arguments override_active {T s M}.
Arguments settling_ended {T s M}. Arguments held_known {T s M}. Arguments stores_admitted {T s M}.

Lemma inv_same T s z M : same s z -> Inv T z M -> Inv T s M.
Proof.
  intros S I. pose proof (same_sym _ _ S) as S'. constructor; intros.
  - apply (active_same _ _ S), I.
  - rewrite (exposure_same _ _ S). apply I.
  - rewrite (parent_same _ _ S). apply I.
  - apply I, (active_same _ _ S'). auto.
  - destruct (minted_name I a) as [R|(p & n & E & P & B)]; auto. right. exists p, n. repeat split; auto.
    rewrite (active_same _ _ S), (born_same _ _ S). auto.
  - rewrite (parent_same _ _ S). apply I; auto. now apply (active_same _ _ S').
  - apply (active_same _ _ S). apply (caps_active I a k). now apply (caps_same _ _ S').
  - apply (cap_same _ _ S). apply (caps_below I c p); [now apply (child_same _ _ S')|now apply (active_same _ _ S')|].
    now apply (cap_same _ _ S').
  - rewrite (exposure_same _ _ S), (active_same _ _ S). apply I.
  - rewrite (exposure_same _ _ S). apply I.
  - rewrite (bits_same _ _ S), (active_same _ _ S). apply I.
  - rewrite (flight_same _ _ S) in H. apply I in H. unfold sound_flight in *.
    rewrite (active_same _ _ S), (next_same _ _ S), (registered_same _ _ S). setoid_rewrite (caps_same _ _ S). auto.
  - apply (stays_open_same _ _ S). apply I. now apply (speculative_same _ _ S').
  - rewrite (override_same _ _ S) in H. apply I in H. rewrite (active_same _ _ S). auto.
  - rewrite (settling_same _ _ S) in H. apply I in H. rewrite (active_same _ _ S), (next_same _ _ S). auto.
  - rewrite (held_same _ _ S). apply I.
  - apply (stores_within_same _ _ S). apply I.
Qed.

(* ---- the lattice of speculative exposures ---- *)

Lemma speculative_unique s a x y : speculative s a x -> speculative s a y -> x = y.
Proof. intros X Y. apply leq_antisym; [apply X, Y|apply Y, X]; apply leq_refl. Qed.

Lemma exposure_below s a x : speculative s a x -> exposure s a ⊑ x.
Proof. intros X. now apply X, leq_refl. Qed.

Lemma label_below s a x i f : speculative s a x -> flight s a i = Some f -> f_label f ⊑ x.
Proof. intros X F. pose proof (proj1 (X x) (leq_refl x)) as [_ L]. eauto. Qed.

Lemma open_antitone f x y e : monotone (f_rows f) -> known x -> x ⊑ y -> open f y e -> open f x e.
Proof.
  intros [V M] K L [[A|[A G]]|(u & U & B)].
  - left. left. pose proof (M x y e K L). pose proof (V x e). unfold allow, inspect in *. lia.
  - left. unfold permits. pose proof (M x y e K L). pose proof (V x e). unfold allow, inspect in *.
    destruct (N.eq_dec (f_rows f x e) 2); [auto|]. right. split; [lia|auto].
  - right. exists u. eauto using leq_trans.
Qed.

Lemma stays_open_antitone T s M a x y : Inv T s M -> known x -> x ⊑ y -> stays_open s a y -> stays_open s a x.
Proof.
  intros I K L O i f F e E. apply (open_antitone f x y); auto; [apply (flight_sound I a i f F)|exact (O i f F e E)].
Qed.

(* An agent has finitely many flights, so its speculative exposure exists. *)
Lemma speculative_below s a n : (forall i f, flight s a i = Some f -> i < n) -> exists x, speculative s a x.
Proof.
  intros B. cut (exists x, forall y, x ⊑ y <-> exposure s a ⊑ y /\ forall i f, i < n -> flight s a i = Some f -> f_label f ⊑ y).
  { intros (x & X). exists x. intros y. rewrite X. split; intros [E L]; (split; [exact E|]); intros i f.
    - intros F. apply (L i f); eauto.
    - intros _. apply L. }
  clear B. induction n as [|n (x & X)] using N.peano_ind.
  - exists (exposure s a). intros y. split; [|tauto]. split; auto. intros i f L. lia.
  - destruct (flight s a n) as [g|] eqn:G.
    + exists (x ⊔ f_label g). intros y. rewrite join_least, X. split.
      * intros [[E L] W]. split; auto. intros i f J F. destruct (N.eq_dec i n) as [->|]; [congruence|]. apply (L i f); auto. lia.
      * intros [E L]. split; [split; [exact E|]|apply (L n g); auto; lia]. intros i f J. apply L. lia.
    + exists x. intros y. rewrite X. split; intros [E L]; split; auto; intros i f J F.
      * destruct (N.eq_dec i n) as [->|]; [congruence|]. apply (L i f); auto. lia.
      * apply (L i f); auto. lia.
Qed.

Lemma speculative_exists T s M a : Inv T s M -> exists x, speculative s a x.
Proof. intros I. apply (speculative_below s a (next s)). intros i f F. apply (flight_sound I) in F. apply F. Qed.
