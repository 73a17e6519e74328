(* Each change that a transition makes keeps the invariant. *)
From Coq Require Import NArith String Lia.
From Argus.spec Require Import Words Theory ChildID State Same WellFormed Invariant.
Local Open Scope N_scope.

Lemma at_same {A} (f : string -> A) k v : at_ f k v k = v.
Proof. unfold at_. now rewrite String.eqb_refl. Qed.
Lemma at_other {A} (f : string -> A) k v k' : k' <> k -> at_ f k v k' = f k'.
Proof. intros N. unfold at_. apply String.eqb_neq in N. now rewrite N. Qed.
Lemma at_n_same {A} (f : N -> A) k v : at_n f k v k = v.
Proof. unfold at_n. now rewrite N.eqb_refl. Qed.
Lemma at_n_other {A} (f : N -> A) k v k' : k' <> k -> at_n f k v k' = f k'.
Proof. intros N. unfold at_n. apply N.eqb_neq in N. now rewrite N. Qed.

(* Compares the key that is looked at with the one that was changed. *)
Ltac at_key k' k := destruct (String.eqb_spec k' k); [subst k'; rewrite ?at_same in *|rewrite ?at_other in * by assumption].

(* Opens a goal about a changed state. *)
Ltac opened := cbn [active parent caps exposure bits born flight override registered next settling held
  with_caps with_exposure with_bits with_flight with_override with_registered with_next with_settling with_held
  without with_child] in *.

Lemma speculative_raised s a x l : speculative s a x -> speculative (with_exposure s a (exposure s a ⊔ l)) a (x ⊔ l).
Proof. intros X z. opened. rewrite at_same, !join_least, (X z). tauto. Qed.

Lemma speculative_started s a i f x : flight s a i = None -> speculative s a x ->
  speculative (with_flight s a i (Some f)) a (x ⊔ f_label f).
Proof.
  intros N X z. opened. rewrite at_same, join_least, (X z). split.
  - intros [[E L] F]. split; auto. intros j g. unfold at_n. destruct (N.eqb_spec j i); [congruence|apply L].
  - intros [E L]. split; [split; auto|].
    + intros j g G. apply (L j). rewrite at_n_other; congruence.
    + apply (L i). apply at_n_same.
Qed.

Section Kept.
  Variables (T : Theory) (s : State) (M : AgentID -> Prop).
  Hypothesis I : Inv T s M.

  Lemma with_registered_kept t : Inv T (with_registered s t) M.
  Proof.
    constructor; try apply I.
    intros a i f F. apply (flight_sound I) in F. unfold sound_flight in *. opened. intuition.
  Qed.

  Lemma with_next_kept n : next s <= n -> Inv T (with_next s n) M.
  Proof.
    intros L. constructor; try apply I.
    - intros a i f F. apply (flight_sound I) in F. unfold sound_flight in *. opened. intuition lia.
    - intros i a F. apply (settling_ended I) in F. opened. intuition lia.
  Qed.

  Lemma with_held_kept h : (forall st, held s st ⊑ h st) -> (forall st, known (h st)) ->
    stores_within T (with_held s h) -> Inv T (with_held s h) M.
  Proof. intros L K A. constructor; try apply I; auto. Qed.

  Lemma with_settling_kept i : Inv T (with_settling s i None) M.
  Proof.
    constructor; try apply I.
    intros j a. opened. unfold at_n. destruct (N.eqb j i); [discriminate|]. apply (settling_ended I).
  Qed.

  Lemma with_override_kept a t d x : active s a -> a <> root ->
    (forall u, x = Some u -> known u /\ sensitive <= level u) -> Inv T (with_override s a t d x) M.
  Proof.
    intros A R X. constructor; try apply I.
    intros b t' d' u. opened. unfold at_. destruct (String.eqb_spec b a) as [->|]; [|apply (override_active I)].
    destruct (String.eqb t' t); [|apply (override_active I)]. destruct (String.eqb d' d); [|apply (override_active I)].
    intros E. destruct (X u E). auto.
  Qed.

  Lemma with_bits_kept a n : active s a -> Inv T (with_bits s a n) M.
  Proof.
    intros A. constructor; try apply I.
    intros b. opened. unfold at_. destruct (String.eqb_spec b a) as [->|]; auto. apply I.
  Qed.

  (* A call that ends takes its label with it. *)
  Lemma without_flight_kept a i : Inv T (with_flight s a i None) M.
  Proof.
    assert (F : forall b j f, flight (with_flight s a i None) b j = Some f -> flight s b j = Some f).
    { intros b j f. opened. unfold at_. destruct (String.eqb_spec b a) as [->|]; auto.
      unfold at_n. destruct (N.eqb j i); auto. discriminate. }
    pose proof (stores_admitted I) as [A1 A2]. constructor; try apply I.
    - intros b j f G. exact (flight_sound I b j f (F _ _ _ G)).
    - intros b x X j f G. apply F in G.
      assert (K : known x) by (apply (known_above (exposure s b)); [apply I|apply (exposure_below _ _ _ X)]).
      destruct (speculative_exists T s M b I) as (y & Y).
      apply (stays_open_antitone T s M b x y I K) with (i := j); auto; [|now apply (flights_open I)].
      apply X. split; [apply (exposure_below _ _ _ Y)|]. intros k g H. apply F in H. exact (label_below _ _ _ _ _ Y H).
    - split; auto. intros b j f st G. apply F in G. apply (A2 b j f st G).
  Qed.

  (* Nothing is closed by what an agent takes in. *)
  Lemma with_exposure_kept a x l : active s a -> a <> root -> known l ->
    speculative s a x -> stays_open s a (x ⊔ l) -> Inv T (with_exposure s a (exposure s a ⊔ l)) M.
  Proof.
    intros A R K X O. constructor; try apply I.
    - opened. rewrite at_other by congruence. apply I.
    - intros b. opened. at_key b a; auto. apply I.
    - intros b. opened. at_key b a; [|apply I]. apply known_join, I.
    - intros b y Y. destruct (String.eqb_spec b a) as [->|N].
      + replace y with (x ⊔ l); [exact O|]. apply (speculative_unique _ _ _ _ (speculative_raised s a x l X) Y).
      + apply (flights_open I). intros z. rewrite (Y z). opened. now rewrite at_other.
  Qed.

  Lemma with_caps_kept p c k : child s c p -> cap s p k ->
    Inv T (with_caps s (fun a k' => caps s a k' \/ a = c /\ k' = k)) M.
  Proof.
    intros (R & A & P) H. constructor; try apply I.
    - intros a k'. opened. intros [C|[-> ->]]; auto. now apply (caps_active I a k').
    - intros d q k' D Q. unfold cap. opened. intros [->|[C|[-> ->]]].
      + now destruct D.
      + destruct (caps_below I d q k' D Q); [now right|now left|auto].
      + assert (q = p) as -> by (destruct D as (_ & _ & D); exact (eq_trans (eq_sym D) P)). destruct H; auto.
    - intros a i f F. apply (flight_sound I) in F. unfold sound_flight in *. opened. intuition.
  Qed.

  (* A call that starts was judged as the flight that it becomes. *)
  Lemma with_flight_kept a i f x : flight s a i = None -> sound_flight s a i f ->
    speculative s a x -> all_open f (x ⊔ f_label f) -> stays_open s a (x ⊔ f_label f) ->
    (forall st, f_reads f st -> exists d, tool T (f_tool f) = Some d /\ t_reads d st /\ t_label d ⊑ f_label f) ->
    Inv T (with_flight s a i (Some f)) M.
  Proof.
    intros N F X O S R.
    assert (G : forall b j g, flight (with_flight s a i (Some f)) b j = Some g -> b = a /\ j = i /\ g = f \/ flight s b j = Some g).
    { intros b j g. opened. unfold at_. destruct (String.eqb_spec b a) as [->|]; auto.
      unfold at_n. destruct (N.eqb_spec j i) as [->|]; auto. intros [= <-]. auto. }
    pose proof (stores_admitted I) as [A1 A2]. constructor; try apply I.
    - intros b j g E. apply G in E as [(-> & -> & ->)|E]; [exact F|exact (flight_sound I b j g E)].
    - intros b y Y j g E. destruct (String.eqb_spec b a) as [->|D].
      + replace y with (x ⊔ f_label f) by apply (speculative_unique _ _ _ _ (speculative_started s a i f x N X) Y).
        apply G in E as [(_ & -> & ->)|E]; [exact O|exact (S j g E)].
      + apply G in E as [(-> & _)|E]; [congruence|]. apply (flights_open I b y) with (i := j); auto.
        intros z. rewrite (Y z). opened. now rewrite at_other.
    - split; auto. intros b j g st E. apply G in E as [(-> & -> & ->)|E]; [apply R|apply (A2 b j g st E)].
  Qed.

  Lemma without_kept c : c <> root -> active s c -> Inv T (without s c) M.
  Proof.
    intros R A.
    assert (G : forall b j g, flight (without s c) b j = Some g -> b <> c /\ flight s b j = Some g).
    { intros b j g. opened. unfold at_. destruct (String.eqb_spec b c); auto. discriminate. }
    pose proof (stores_admitted I) as [A1 A2]. constructor; try apply I; opened.
    - split; [apply I|congruence].
    - now rewrite at_other by congruence; apply I.
    - now rewrite at_other by congruence; apply I.
    - intros a (B & _). now apply I.
    - intros a B. destruct (minted_name I a B) as [|(p & n & E & P & L)]; auto. right. exists p, n.
      repeat split; auto. intros (B' & D). rewrite at_other; auto.
    - intros a (B & D). rewrite at_other by auto. now apply I.
    - intros a k (B & D). split; auto. now apply (caps_active I a k).
    - intros d p k (Rd & (B & D) & P) (Q & D') C. opened. rewrite at_other in P by auto.
      destruct C as [->|(C & _)]; [congruence|].
      destruct (caps_below I d p k); [split; auto|auto|now right|now left|now right].
    - intros a. at_key a c; auto. destruct (exposure_active I a); auto.
    - intros a. at_key a c; [apply known_clean|apply I].
    - intros a. at_key a c; auto. destruct (bits_active I a); auto.
    - intros a i f F. apply G in F as (D & F). apply (flight_sound I) in F. unfold sound_flight in *. opened. intuition.
    - intros a x X i f F. apply G in F as (D & F). apply (flights_open I a x) with (i := i); auto.
      intros z. rewrite (X z). opened. now rewrite !at_other.
    - intros a t d u. at_key a c; [discriminate|]. intros E. apply (override_active I) in E. intuition.
    - intros i a. destruct (flight s c i) as [f|] eqn:F.
      + intros [= <-]. apply (flight_sound I) in F. repeat split; [now apply I|intuition|apply F].
      + intros E. apply (settling_ended I) in E. intuition.
    - split; auto. intros b j g st E. apply G in E as (_ & E). apply (A2 b j g st E).
  Qed.

  (* A child's id was never minted before: its number is above all that its parent counted. *)
  Lemma child_fresh g : active s g -> ~ M (child_id g (born s g + 1)).
  Proof.
    intros A F. destruct (minted_name I _ F) as [E|(p & n & E & _ & L)]; [now apply child_id_not_root in E|].
    apply child_id_inj in E as [<- <-]. apply L in A. lia.
  Qed.

  Lemma with_child_kept g (ks : Capability -> Prop) n : let c := child_id g (born s g + 1) in
    active s g -> (forall k, ks k -> cap s g k) -> Inv T (with_child s g c ks n) (fun a => M a \/ a = c).
  Proof.
    intros c A C. pose proof (child_fresh g A) as F. fold c in F.
    assert (Fa : ~ active s c) by (intros X; apply F; now apply I).
    assert (gc : g <> c) by congruence.
    assert (rc : root <> c) by (intros E; apply (child_id_not_root g (born s g + 1)); auto).
    pose proof (stores_admitted I) as [A1 A2]. constructor; try apply I; opened.
    - left. apply I.
    - rewrite at_other by congruence. apply I.
    - rewrite at_other by congruence. apply I.
    - intros a [B|B]; auto. left. now apply I.
    - intros a [B| ->].
      + destruct (minted_name I a B) as [|(p & m & E & P & L)]; auto. right. exists p, m. repeat split; auto.
        intros [Q|Q]; [|congruence]. rewrite at_other by congruence. apply L in Q. at_key p g; lia.
      + right. exists g, (born s g + 1). repeat split; auto; [left; now apply I|].
        intros _. rewrite at_other, at_same by auto. lia.
    - intros a [B| ->] D.
      + rewrite at_other by congruence. now apply I.
      + rewrite at_same. now exists (born s g + 1).
    - intros a k [[_ B]|[-> _]]; auto. left. now apply (caps_active I a k).
    - intros d p k (Rd & B & P) Q K. opened. destruct (String.eqb_spec d c) as [->|D].
      + rewrite at_same in P. subst p. destruct K as [K|[[K _]|[_ K]]]; [congruence..|].
        destruct (C k K); [now left|right; left; auto].
      + rewrite at_other in P by auto. assert (B' : active s d) by tauto.
        assert (Mp : M p).
        { destruct (named I d B' Rd) as (m & E). rewrite P in E. destruct (minted_name I d) as [|(p' & m' & E' & P' & _)]; [now apply I|congruence|].
          rewrite E in E'. apply child_id_inj in E' as [-> _]. auto. }
        assert (p <> c) by congruence. assert (active s p) by tauto.
        destruct K as [K|[[_ K]|[K _]]]; [congruence| |congruence].
        destruct (caps_below I d p k); [split; auto|auto|now right|now left|right; left; auto].
    - intros a. at_key a c; auto. destruct (exposure_active I a); auto.
    - intros a. at_key a c; apply I.
    - intros a. destruct (String.eqb_spec a c) as [->|D]; auto. rewrite at_other by auto. at_key a g; auto.
      destruct (bits_active I a); auto.
    - intros a i f. at_key a c; [discriminate|]. intros E. apply (flight_sound I) in E.
      unfold sound_flight in *. opened. intuition.
    - intros a x X i f E. opened. destruct (String.eqb_spec a c) as [->|D]; [rewrite at_same in E; discriminate|].
      rewrite at_other in E by auto. apply (flights_open I a x) with (i := i); auto.
      intros z. rewrite (X z). opened. now rewrite !at_other.
    - intros a t d u. at_key a c; [discriminate|]. intros E. apply (override_active I) in E. intuition.
    - intros i a E. apply (settling_ended I) in E as (Ma & Na & L). repeat split; auto. intros [|]; [auto|congruence].
    - split; [exact A1|]. intros b j f st E. opened. destruct (String.eqb_spec b c) as [->|]; [rewrite at_same in E; discriminate|].
      rewrite at_other in E by auto. apply (A2 b j f st E).
  Qed.
End Kept.
