(* Every step keeps the invariant, and so does every admissible change of theory. *)
From Coq Require Import NArith String Lia.
From Argus.spec Require Import Words Theory ChildID State Same WellFormed Input Binding Event.
From Argus.spec Require Import Register Delegate Revoke Cascade Start Complete Return Egress Grant Elevate Override Step.
From Argus.spec Require Import Invariant Kept.
Local Open Scope N_scope.

(* The ids minted so far, after an event. *)
Definition minted (ev : Event) (M : AgentID -> Prop) : AgentID -> Prop :=
  match fact ev with
  | Delegated _ c => fun a => M a \/ a = c
  | _ => M
  end.

Lemma acts_active s a : acts s a -> active s a.
Proof. intros (n & D). now destruct D. Qed.

Lemma acts_parent s c p : acts s c -> child s c p -> acts s p.
Proof. intros (n & D) (R & _ & <-). inversion D; [congruence|]. now exists n0. Qed.

(* Nothing is let into a store that a reader of it does not declare. *)
Lemma let_in_kept T s M d x h : Inv T s M -> known x -> readers_admit T d x -> let_in s d x h -> Inv T (with_held s h) M.
Proof.
  intros I K R L. pose proof (stores_admitted I) as [A1 A2]. apply with_held_kept; auto.
  - intros st. destruct (L st) as [[_ ->]|[_ ->]]; [apply leq_join_l|apply leq_refl].
  - intros st. destruct (L st) as [[_ ->]|[_ ->]]; [apply known_join|]; apply I.
  - split; [|exact A2]. intros id r st G E. opened.
    destruct (L st) as [[W ->]|[_ ->]]; [apply join_least; split|]; eauto.
Qed.

(* What a started call may leave in a store, the theory had its readers declare. *)
Lemma started_admitted T s d c o x : well_formed T -> tool T (c_tool c) = Some d -> declared d c ->
  matching T s d c o -> known x -> all_open (flight_of T d c o) x -> readers_admit T d x.
Proof.
  intros (_ & _ & W) G (D1 & D2 & _ & _) A K O st id r Wr Gr Re.
  assert (S : (exists e, c_sinks c e) -> x ⊑ t_label r).
  { intros (e & E). destruct (O e E) as [P|(u & U & L)].
    - apply (W _ _ x G K) with (st := st) (id := id); auto. left. exists e. split; auto.
      cbn in P. unfold permits, allow, inspect, deny in *. lia.
    - cbn in U. subst o. destruct A as [_ A]. eapply leq_trans; eauto. }
  destruct (leq_dec x (t_label r)) as [|N]; auto. apply (W _ _ x G K) with (st := st) (id := id); auto.
  right. intros e E. apply N, S, D2. eauto.
Qed.

(* The flight may come last. *)
Lemma start_order s c o a i f n h :
  with_held (with_next (with_flight (spend s c o) a i f) n) h = with_flight (spend (with_next (with_held s h) n) c o) a i f.
Proof. now destruct o. Qed.

Lemma taken_known f raise dec en : known (f_label f) -> known (taken f raise dec en).
Proof. unfold taken. destruct raise, dec, en; lattice. Qed.

Lemma taken_below f raise dec en : known (f_label f) ->
  taken f raise dec en ⊑ match raise with Some r => f_label f ⊔ r | None => f_label f end.
Proof. unfold taken. destruct raise, dec, en; lattice. Qed.

Section Preserved.
  Variables (T : Theory) (s : State) (M : AgentID -> Prop).
  Hypothesis I : Inv T s M.
  Hypothesis W : well_formed T.

  Lemma registers_preserved t ev s' : registers T s t ev s' -> Inv T s' (minted ev M).
  Proof. intros [d z G Q N S]. apply (inv_same _ _ _ _ S). now apply with_registered_kept. Qed.

  Lemma delegates_preserved g ks n ev s' : delegates T s g ks n ev s' -> Inv T s' (minted ev M).
  Proof.
    intros [z c A H L B S]. apply (inv_same _ _ _ _ S). apply with_child_kept; auto using acts_active.
    intros k K. destruct (H k K) as [[-> _]|[_ C]]; [now left|now right].
  Qed.

  Lemma revokes_preserved p c ev s' : revokes T s p c ev s' -> Inv T s' (minted ev M).
  Proof. intros [z A (R & B & _) S]. apply (inv_same _ _ _ _ S). now apply without_kept. Qed.

  Lemma cascades_preserved c p ev s' : cascades T s c p ev s' -> Inv T s' (minted ev M).
  Proof. intros [z (R & B & _) N S]. apply (inv_same _ _ _ _ S). now apply without_kept. Qed.

  Lemma starts_preserved c ev s' : starts T s c ev s' -> Inv T s' (minted ev M).
  Proof.
    intros [d o x h z a f K Ks Kr Ne R A G Re D C1 B Ma X C2 O C3 L H S]. apply (inv_same _ _ _ _ S).
    assert (Kx : known (x ⊔ c_label c)).
    { apply known_join, (known_above (exposure s a)); [apply I|now apply exposure_below]. }
    assert (J : Inv T (spend (with_next (with_held s h) (next s + 1)) c o) M).
    { assert (J : Inv T (with_next (with_held s h) (next s + 1)) M).
      { apply with_next_kept; [|cbn; lia]. apply (let_in_kept T s M d (x ⊔ c_label c)); auto.
        eapply started_admitted; eauto. }
      unfold spend. destruct o; auto. apply with_override_kept; auto; [|discriminate]. exact (acts_active s a A). }
    assert (N : flight s a (next s) = None).
    { destruct (flight s a (next s)) eqn:E; auto. apply (flight_sound I) in E as (_ & _ & Z & _). lia. }
    assert (E : sound_flight (with_next (with_held s h) (next s + 1)) a (next s) f).
    { apply acts_active in A. unfold sound_flight. opened. repeat apply conj; auto; try lia; try (cbn; lia).
      - intros k Q. destruct (C1 k Q); [contradiction|auto].
      - apply K.
      - apply K.
      - apply W.
      - apply W. }
    rewrite start_order.
    apply with_flight_kept with (x := x); auto; destruct o; auto.
    all: intros st Q; exists d; destruct D as (_ & _ & _ & D); cbn in *; rewrite D by eauto; auto using leq_refl.
  Qed.

  Lemma completes_preserved o ev s' : completes T s o ev s' -> Inv T s' (minted ev M).
  Proof.
    intros [f x raise dec en rel z a i spent Ke Kr A F X Ra De En Re S | z Ke Kr E S].
    - apply (inv_same _ _ _ _ S).
      pose proof (flight_sound I a i f F) as (_ & R & _ & _ & _ & _ & Kl & _).
      set (s1 := with_bits (with_flight s a i None) a (bits s a - spent)).
      assert (J : Inv T s1 M) by (apply with_bits_kept; auto; now apply without_flight_kept).
      assert (F1 : forall j g, flight s1 a j = Some g -> j <> i /\ flight s a j = Some g).
      { intros j g. unfold s1. opened. rewrite at_same. unfold at_n. destruct (N.eqb_spec j i); [discriminate|auto]. }
      destruct (speculative_exists T s1 M a J) as (y & Y).
      assert (Kt : known (taken f raise dec en)).
      { now apply taken_known. }
      assert (Lx : f_label f ⊑ x) by now apply (label_below s a x i f).
      assert (Ly : y ⊑ x).
      { apply Y. split; [exact (exposure_below s a x X)|]. intros j g G. apply F1 in G as (_ & G). now apply (label_below s a x j g). }
      change (exposure s a) with (exposure s1 a).
      apply with_exposure_kept with (x := y); auto.
      assert (Ky : known (y ⊔ taken f raise dec en)).
      { apply known_join, (known_above (exposure s1 a)); [apply J|now apply exposure_below]. }
      destruct raise as [r|].
      + destruct (Ra r) as [Q _]. destruct (Q eq_refl) as [_ O].
        apply (stays_open_antitone T s1 M a _ (x ⊔ r) J Ky).
        * pose proof (taken_below f (Some r) dec en Kl) as B. clear - B Lx Ly. lattice.
        * intros j g G. apply F1 in G as (D & G). now apply (O j).
      + apply (stays_open_antitone T s1 M a _ x J Ky).
        * pose proof (taken_below f None dec en Kl) as B. clear - B Lx Ly. lattice.
        * intros j g G. apply F1 in G as (D & G). now apply (flights_open I a x X j).
    - apply (inv_same _ _ _ _ S). now apply with_settling_kept.
  Qed.

  Lemma returns_endorsed_preserved c p n slot ev s' : returns_endorsed T s c p n slot ev s' -> Inv T s' (minted ev M).
  Proof.
    intros [x pays en z spent R A C Q P B En X O S]. apply (inv_same _ _ _ _ S).
    assert (Ap : active s p) by eauto using acts_active, acts_parent.
    set (s1 := with_bits s c (bits s c - spent)). change (exposure s p) with (exposure s1 p).
    apply with_exposure_kept with (x := x); auto.
    - apply with_bits_kept; auto. now apply acts_active.
    - pose proof (exposure_known I c). unfold taken_from. destruct en; lattice.
  Qed.

  Lemma returns_unendorsed_preserved c p ev s' : returns_unendorsed T s c p ev s' -> Inv T s' (minted ev M).
  Proof.
    intros [x z R A C Q X O S]. apply (inv_same _ _ _ _ S).
    apply with_exposure_kept with (x := x); auto; [|apply I]. eauto using acts_active, acts_parent.
  Qed.

  Lemma egresses_preserved g ev s' : egresses T s g ev s' -> Inv T s' (minted ev M).
  Proof. intros [z a _ _ _ _ _ _ S]. now apply (inv_same _ _ _ _ S). Qed.

  Lemma grants_preserved p c k ev s' : grants T s p c k ev s' -> Inv T s' (minted ev M).
  Proof.
    intros [z A C K H S]. apply (inv_same _ _ _ _ S). apply with_caps_kept with (p := p); auto.
    destruct H as [[-> _]|[_ H]]; [now left|now right].
  Qed.

  Lemma takes_in_preserved a l ev s' : known l -> takes_in T s a l ev s' -> Inv T s' (minted ev M).
  Proof.
    intros K [x z R A X O S]. apply (inv_same _ _ _ _ S). apply with_exposure_kept with (x := x); auto using acts_active.
  Qed.

  Lemma overrides_preserved a t d u ev s' : overrides T s a t d u ev s' -> Inv T s' (minted ev M).
  Proof.
    intros [b h z K Ne R A G Re L Ad H S]. apply (inv_same _ _ _ _ S).
    apply (with_override_kept T (with_held s h)); auto.
    - now apply (let_in_kept T s M b u).
    - exact (acts_active s a A).
    - now intros v [= <-].
  Qed.

  Theorem step_preserved i ev s' : step T s i ev s' -> Inv T s' (minted ev M).
  Proof.
    intros []; eauto using registers_preserved, delegates_preserved, revokes_preserved, cascades_preserved,
      starts_preserved, completes_preserved, returns_endorsed_preserved, returns_unendorsed_preserved,
      egresses_preserved, grants_preserved, overrides_preserved.
    - destruct H. eauto using takes_in_preserved.
    - destruct H. eapply takes_in_preserved; eauto. apply I.
  Qed.
End Preserved.

Theorem theory_preserved T s M T' : Inv T s M -> admissible T' s -> Inv T' s M.
Proof. intros I [A _]. destruct I. constructor; auto. Qed.

Theorem genesis_inv T n : well_formed T -> Inv T (genesis n) (fun a => a = root).
Proof.
  intros W. constructor; cbn; auto using known_clean; try easy.
  - intros c p k (R & A & _). contradiction.
  - intros a. destruct (String.eqb_spec a root); auto.
  - split; [|easy]. intros id d st G _. cbn. apply clean_least, (proj1 (proj2 W) id d G).
Qed.
