(* What holds of every reachable state and every step from one. *)
From Coq Require Import NArith String Lia.
From Argus.spec Require Import Words Theory ChildID State Same WellFormed Input Binding Event.
From Argus.spec Require Import Register Delegate Revoke Cascade Start Complete Return Egress Grant Elevate Override Step.
From Argus.spec Require Import Invariant Kept Preserved.
Local Open Scope N_scope.

Lemma run_inv G (O : Observer G) n T s g : run O n T s g -> well_formed T /\ exists M, Inv T s M.
Proof.
  induction 1 as [T s g W S _|T s g i ev s' g' _ (W & M & I) H _|T s g g' _ IH _|T s g T' _ (_ & M & I) W A]; auto.
  - split; auto. exists (fun a => a = root). apply (inv_same _ _ _ _ S). now apply genesis_inv.
  - split; auto. exists (minted ev M). eapply step_preserved; eauto.
  - split; auto. exists M. eapply theory_preserved; eauto.
Qed.

Lemma reachable_inv T s : reachable T s -> exists M, Inv T s M.
Proof. intros (n & R). apply (run_inv _ _ _ _ _ _ R). Qed.

Theorem root_always_active T s : reachable T s -> active s root /\ acts s root.
Proof.
  intros R. destruct (reachable_inv T s R) as (M & I). split; [apply I|]. exists 0. apply depth_root, I.
Qed.

Theorem default_deny T s a i f : reachable T s -> flight s a i = Some f ->
  f_authorized f = true /\ forall k, f_needs f k -> cap s a k.
Proof.
  intros R F. destruct (reachable_inv T s R) as (M & I). apply (flight_sound I) in F as (_ & _ & _ & _ & A & C & _).
  split; auto. intros k K. right. auto.
Qed.

Theorem flow_confinement_speculative T s a i f e : reachable T s -> flight s a i = Some f -> f_sinks f e ->
  exists x, speculative s a x /\ open f x e.
Proof.
  intros R F E. destruct (reachable_inv T s R) as (M & I). destruct (speculative_exists T s M a I) as (x & X).
  exists x. split; auto. exact (flights_open I a x X i f F e E).
Qed.

Theorem flow_confinement T s a i f e : reachable T s -> flight s a i = Some f -> f_sinks f e -> open f (exposure s a) e.
Proof.
  intros R F E. destruct (flow_confinement_speculative T s a i f e R F E) as (x & X & O).
  destruct (reachable_inv T s R) as (M & I). apply (open_antitone f _ x); auto.
  - now apply (flight_sound I a i f F).
  - apply I.
  - now apply exposure_below.
Qed.

(* Whatever the content gate answered: the policy marked the cell allow or inspect, or a person approved the exposure. *)
Theorem flow_confinement_oracle_free T s a i f e : reachable T s -> flight s a i = Some f -> f_sinks f e ->
  exists x, speculative s a x /\ forall y, y = x \/ y = exposure s a ->
    f_rows f y e = allow \/ f_rows f y e = inspect \/ approved f y.
Proof.
  intros R F E. destruct (flow_confinement_speculative T s a i f e R F E) as (x & X & O).
  pose proof (flow_confinement T s a i f e R F E) as O'.
  exists x. split; auto. intros y [-> | ->]; [destruct O as [[|[]]|]|destruct O' as [[|[]]|]]; auto.
Qed.

Theorem capability_subsumption T s c p k : reachable T s -> child s c p -> active s p -> cap s c k -> cap s p k.
Proof. intros R C A K. destruct (reachable_inv T s R) as (M & I). exact (caps_below I c p k C A K). Qed.

Theorem revocation_clean T s a : reachable T s -> ~ active s a ->
  idle s a /\ (forall k, ~ caps s a k) /\ exposure s a = clean /\ bits s a = 0 /\ (forall t d, override s a t d = None).
Proof.
  intros R N. destruct (reachable_inv T s R) as (M & I). repeat apply conj.
  - intros i. destruct (flight s a i) eqn:F; auto. now apply (flight_sound I) in F as (A & _).
  - intros k K. now apply N, (caps_active I a k).
  - now destruct (exposure_active I a).
  - now destruct (bits_active I a).
  - intros t d. destruct (override s a t d) eqn:O; auto. now apply (override_active I) in O as (A & _).
Qed.

(* Only a completion may have an actor that does not act, and then nothing is released. *)
Theorem orphans_inert T s i ev s' a : step T s i ev s' -> actor i = Some a ->
  acts s a \/ exists o j spent endorsed raised settled,
    i = InvokeComplete o /\ fact ev = Completed a j spent endorsed raised false settled.
Proof.
  intros H A. destruct H as [t ev s' H|g ks n ev s' H|p c ev s' H|c p ev s' H|c ev s' H|o ev s' H|c p n slot ev s' H
    |c p ev s' H|g ev s' H|p c k ev s' H|b x ev s' H|p c ev s' H|b t d u ev s' H]; cbn in A; try discriminate A;
    injection A as <-; destruct H; auto.
  - destruct released; [left; tauto|]. right. repeat eexists.
  - right. repeat eexists.
  - destruct H0. auto.
  - destruct H0. auto.
Qed.

(* ---- what grows ---- *)

Lemma next_grows T s i ev s' : step T s i ev s' -> next s <= next s'.
Proof.
  destruct 1 as [? ? ? []|? ? ? ? ? []|? ? ? ? []|? ? ? ? []|? ? ? []|? ? ? []|? ? ? ? ? ? []|? ? ? ? []|? ? ? []|? ? ? ? ? []
    |? ? ? ? [? ? ? []]|? ? ? ? [? ? ? []]|? ? ? ? ? ? []];
    match goal with S : same _ _ |- _ => rewrite (next_same _ _ S) end; cbn; lia.
Qed.

Lemma let_in_grows s d x h st : let_in s d x h -> held s st ⊑ h st.
Proof. intros L. destruct (L st) as [[_ ->]|[_ ->]]; [apply leq_join_l|apply leq_refl]. Qed.

Lemma held_grows T s i ev s' st : step T s i ev s' -> held s st ⊑ held s' st.
Proof.
  destruct 1 as [? ? ? []|? ? ? ? ? []|? ? ? ? []|? ? ? ? []|? ? ? []|? ? ? []|? ? ? ? ? ? []|? ? ? ? []|? ? ? []|? ? ? ? ? []
    |? ? ? ? [? ? ? []]|? ? ? ? [? ? ? []]|? ? ? ? ? ? []];
    match goal with S : same _ _ |- _ => rewrite (held_same _ _ S) end; cbn [held with_registered with_child without
      with_held with_exposure with_bits with_flight with_settling with_caps]; eauto using leq_refl, let_in_grows.
Qed.
