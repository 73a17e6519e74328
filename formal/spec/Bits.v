(* Bits spent below an agent and bits left below it are never more than it was granted, over a parent relation that
   outlives revocation. *)
From Coq Require Import NArith String List Lia.
From Argus.spec Require Import Words Theory ChildID State Same WellFormed Input Event Delegate Revoke Cascade Complete Return.
From Argus.spec Require Import Step Invariant Kept Preserved Safety.
Import ListNotations.
Local Open Scope N_scope.

Record Account := mkAccount {
  mother : AgentID -> AgentID -> Prop; (* child, parent; for ever *)
  granted : AgentID -> N;              (* at birth *)
  spent : AgentID -> N }.              (* over its life *)

Inductive below (m : AgentID -> AgentID -> Prop) (a : AgentID) : AgentID -> Prop :=
| below_self : below m a a
| below_child c p : m c p -> below m a p -> below m a c.

(* Who spent, and how many. *)
Definition spends (ev : Event) (a : AgentID) (n : N) : Prop :=
  (exists i en ra re se, fact ev = Completed a i n en ra re se) \/ (exists p en, fact ev = Returned a p n en).

Definition accountant : Observer Account := {|
  begins := fun n g => (forall c p, ~ mother g c p) /\ (forall a, granted g a = if String.eqb a root then n else 0) /\
    (forall a, spent g a = 0);
  sees := fun _ _ i ev _ g g' =>
    (forall c p, mother g' c p <-> mother g c p \/ fact ev = Delegated p c) /\
    (forall a, granted g' a = granted g a /\ (forall p, fact ev <> Delegated p a) \/
       exists p ks n, i = Delegate p ks n /\ fact ev = Delegated p a /\ granted g' a = n) /\
    (forall a, spent g' a = spent g a /\ (forall n, ~ spends ev a n) \/ exists n, spends ev a n /\ spent g' a = spent g a + n);
  meanwhile := fun _ _ _ => False |}.

Fixpoint sum (f : AgentID -> N) (l : list AgentID) : N :=
  match l with
  | [] => 0
  | a :: l => f a + sum f l
  end.

Lemma sum_le f g l : (forall a, In a l -> f a <= g a) -> sum f l <= sum g l.
Proof.
  induction l as [|a l IH]; cbn; intros H; [lia|]. pose proof (H a (or_introl eq_refl)).
  assert (sum f l <= sum g l) by auto. lia.
Qed.

Lemma sum_app f l m : sum f (l ++ m) = sum f l + sum f m.
Proof. induction l; cbn; lia. Qed.

(* Taking n from one member takes n from the sum. *)
Lemma sum_less f g l a n : NoDup l -> In a l -> f a + n <= g a -> (forall b, b <> a -> In b l -> f b <= g b) ->
  sum f l + n <= sum g l.
Proof.
  intros D A L H. apply in_split in A as (l1 & l2 & ->). apply NoDup_remove_2 in D. rewrite !sum_app. cbn.
  assert (sum f l1 <= sum g l1).
  { apply sum_le. intros b B. apply H; [|apply in_or_app; auto]. intros ->. apply D, in_or_app. auto. }
  assert (sum f l2 <= sum g l2).
  { apply sum_le. intros b B. apply H; [|apply in_or_app; cbn; auto]. intros ->. apply D, in_or_app. auto. }
  lia.
Qed.

(* What one agent accounts for. *)
Definition due (s : State) (g : Account) (a : AgentID) : N := spent g a + bits s a.

Definition balanced (s : State) (g : Account) : Prop :=
  forall a l, NoDup l -> (forall d, In d l -> below (mother g) a d) -> sum (due s g) l <= granted g a.

Lemma below_more (m m' : AgentID -> AgentID -> Prop) a d : (forall c p, m c p -> m' c p) -> below m a d -> below m' a d.
Proof. intros H. induction 1; [apply below_self|]. apply (below_child _ _ c p); auto. Qed.

(* A child that nobody knew, c of p. *)
Section Birth.
  Variables (m m' : AgentID -> AgentID -> Prop) (c p : AgentID).
  Hypothesis more : forall d q, m' d q <-> m d q \/ d = c /\ q = p.
  Hypothesis fresh : forall q, ~ m c q /\ ~ m q c.
  Hypothesis other : p <> c.

  Lemma below_born a d : below m' a d -> a <> c -> d = c /\ below m a p \/ d <> c /\ below m a d.
  Proof.
    intros B N. induction B as [|d q E B [(-> & P)|(Q & P)]]; [right; split; auto; apply below_self| |].
    - apply more in E as [E|[-> E]]; [now apply fresh in E|congruence].
    - apply more in E as [E|[-> ->]]; auto. right. split; [|now apply (below_child _ _ d q)].
      intros ->. now apply fresh in E.
  Qed.

  Lemma below_newborn d : below m' c d -> d = c.
  Proof. induction 1 as [|d q E _ ->]; auto. apply more in E as [E|[-> E]]; [now apply fresh in E|congruence]. Qed.

  (* n of p's are c's now; nobody else's changed. *)
  Lemma birth_balanced (f f' : AgentID -> N) (b b' : AgentID -> N) n :
    f' c = n -> f' p + n <= f p -> (forall d, d <> c -> d <> p -> f' d = f d) ->
    b' c = n -> (forall d, d <> c -> b' d = b d) ->
    (forall a l, NoDup l -> (forall d, In d l -> below m a d) -> sum f l <= b a) ->
    forall a l, NoDup l -> (forall d, In d l -> below m' a d) -> sum f' l <= b' a.
  Proof.
    intros Fc Fp Fo Bc Bo H a l D L. destruct (String.string_dec a c) as [->|N].
    - destruct l as [|d l]; cbn; [lia|]. assert (d = c) as -> by (apply below_newborn, L; cbn; auto).
      destruct l as [|e l]; cbn; [lia|]. assert (e = c) as -> by (apply below_newborn, L; cbn; auto).
      inversion D. cbn in *. tauto.
    - rewrite (Bo a N).
      assert (Le : forall d, d <> c -> f' d <= f d).
      { intros d E. destruct (String.string_dec d p) as [->|P]; [lia|]. rewrite Fo; auto. lia. }
      destruct (in_dec String.string_dec c l) as [C|C].
      + assert (P : below m a p).
        { destruct (below_born a c (L c C) N) as [[_ P]|[P _]]; auto. congruence. }
        apply in_split in C as (l1 & l2 & ->). apply NoDup_remove in D as [D C].
        assert (L' : forall d, In d (l1 ++ l2) -> d <> c /\ below m a d).
        { intros d I. assert (d <> c) by (intros ->; auto). split; auto.
          destruct (below_born a d) as [[? _]|[_ ?]]; auto; [|congruence]. apply L. apply in_app_or in I as []; apply in_or_app; cbn; auto. }
        assert (E : sum f' (l1 ++ c :: l2) = n + sum f' (l1 ++ l2)) by (rewrite !sum_app; cbn; lia).
        eapply N.le_trans; [apply N.eq_le_incl, E|].
        destruct (in_dec String.string_dec p (l1 ++ l2)) as [I|I].
        * pose proof (H a (l1 ++ l2) D (fun d J => proj2 (L' d J))).
          assert (sum f' (l1 ++ l2) + n <= sum f (l1 ++ l2)); [|lia].
          apply (sum_less f' f _ p); auto. intros d _ J. apply Le, (L' d J).
        * assert (sum f (p :: l1 ++ l2) <= b a).
          { apply H; [now constructor|]. intros d [<-|J]; auto. apply (L' d J). }
          cbn in *. assert (sum f' (l1 ++ l2) <= sum f (l1 ++ l2)); [|lia].
          apply sum_le. intros d J. apply Le, (L' d J).
      + assert (H' : forall d, In d l -> d <> c /\ below m a d).
        { intros d I. assert (d <> c) by (intros ->; auto). split; auto. destruct (below_born a d) as [[? _]|[_ ?]]; auto. congruence. }
        apply (N.le_trans _ (sum f l)); [|apply H; auto; intros d I; apply (H' d I)].
        apply sum_le. intros d I. apply Le, (H' d I).
  Qed.
End Birth.

(* A step mints bits for nobody: they move from parent to child, are spent, or are lost. *)
Definition gives_birth (s : State) (M : AgentID -> Prop) (i : Input) (ev : Event) (s' : State) : Prop :=
  exists p c ks n, i = Delegate p ks n /\ fact ev = Delegated p c /\ active s p /\ ~ M c /\ n <= bits s p /\
    bits s' c = n /\ bits s' p = bits s p - n /\ forall a, a <> c -> a <> p -> bits s' a = bits s a.
Definition only_spends (s : State) (M : AgentID -> Prop) (ev : Event) (s' : State) : Prop :=
  (forall p c, fact ev <> Delegated p c) /\ (forall a n, spends ev a n -> M a /\ bits s' a + n <= bits s a) /\
  (forall a, bits s' a <= bits s a).

Lemma spends_nothing s (M : AgentID -> Prop) ev s' : (forall p c, fact ev <> Delegated p c) -> (forall a n, ~ spends ev a n) ->
  (forall a, bits s' a <= bits s a) -> only_spends s M ev s'.
Proof. intros D N L. split; [|split]; auto. intros a n E. now apply N in E. Qed.

Lemma spends_at s (M : AgentID -> Prop) ev s' a n : (forall p c, fact ev <> Delegated p c) -> (forall b m, spends ev b m -> b = a /\ m = n) ->
  M a -> n <= bits s a -> (forall b, bits s' b = at_ (bits s) a (bits s a - n) b) -> only_spends s M ev s'.
Proof.
  intros D N A L E. split; [|split]; auto.
  - intros b m S. apply N in S as [-> ->]. rewrite E, at_same. split; auto. lia.
  - intros b. rewrite E. unfold at_. destruct (String.eqb_spec b a) as [->|]; lia.
Qed.

Lemma bits_move T s i ev s' M : Inv T s M -> step T s i ev s' -> gives_birth s M i ev s' \/ only_spends s M ev s'.
Proof.
  intros I [t ev1 z H|g ks n ev1 z H|p c ev1 z H|c p ev1 z H|c ev1 z H|o ev1 z H|c p n slot ev1 z H
    |c p ev1 z H|g ev1 z H|p c k ev1 z H|b x ev1 z [? ? _ H]|p c ev1 z [? ? _ H]|b t d u ev1 z H].
  2: { left. destruct H as [z c A H L B S]. exists g, c, ks, n. repeat apply conj; auto using acts_active.
    - now apply (child_fresh T s M I), acts_active.
    - rewrite (bits_same _ _ S). opened. apply at_same.
    - rewrite (bits_same _ _ S). opened. rewrite at_other, at_same; auto. intros E. apply acts_active in A.
      apply (child_fresh T s M I g A). fold c. rewrite <- E. now apply I.
    - intros a C P. rewrite (bits_same _ _ S). opened. now rewrite !at_other. }
  all: right.
  5: { destruct H as [f x raise dec en rel z a j spent Ke Kr A F X Ra De En Re S|z Ke Kr E S].
    - apply (spends_at _ _ _ _ a spent); auto.
      + discriminate.
      + intros b m [(? & ? & ? & ? & ? & [=])|(? & ? & [=])]; auto.
      + now apply I.
      + unfold spent. destruct dec; [|lia]. now apply (proj1 De).
      + intros b. rewrite (bits_same _ _ S). reflexivity.
    - apply (spends_at _ _ _ _ (o_agent o) 0); auto.
      + discriminate.
      + intros b m [(? & ? & ? & ? & ? & [=])|(? & ? & [=])]; auto.
      + now apply (settling_ended I) in E as (E & _).
      + lia.
      + intros b. rewrite (bits_same _ _ S). opened. unfold at_. destruct (String.eqb_spec b (o_agent o)) as [->|]; auto. lia. }
  5: { destruct H as [x pays en z spent R A C Q P B En X O S].
    apply (spends_at _ _ _ _ c spent); auto.
    - discriminate.
    - intros b m [(? & ? & ? & ? & ? & [=])|(? & ? & [=])]; auto.
    - now apply I, acts_active.
    - unfold spent. destruct pays; [|lia]. now apply B.
    - intros b. rewrite (bits_same _ _ S). reflexivity. }
  5: { destruct H as [x z R A C Q X O S].
    apply (spends_at _ _ _ _ c 0); auto.
    - discriminate.
    - intros b m [(? & ? & ? & ? & ? & [=])|(? & ? & [=])]; auto.
    - now apply I, acts_active.
    - lia.
    - intros b. rewrite (bits_same _ _ S). opened. unfold at_. destruct (String.eqb_spec b c) as [->|]; auto. lia. }
  all: destruct H; (apply spends_nothing; [discriminate|intros ? ? [(? & ? & ? & ? & ? & [=])|(? & ? & [=])]|]);
    intros e; match goal with S : same _ _ |- _ => rewrite (bits_same _ _ S) end; opened; try apply N.le_refl.
  - unfold at_. destruct (String.eqb e c); lia.
  - unfold at_. destruct (String.eqb e c); lia.
  - destruct o; apply N.le_refl.
Qed.

Lemma accountant_inv n T s g : run accountant n T s g -> exists M, Inv T s M /\
  (forall c p, mother g c p -> M c /\ M p) /\ (forall a, spent g a = 0 \/ M a) /\ balanced s g.
Proof.
  induction 1 as [T s g W S (Bm & Bg & Bs)|T s g i ev s' g' R (M & I & Mo & Sp & Ba) H (Em & Eg & Es)|T s g g' _ _ []
    |T s g T' _ (M & I & R) W A].
  - exists (fun a => a = root). split; [apply (inv_same _ _ _ _ S); now apply genesis_inv|].
    split; [intros c p E; now apply Bm in E|]. split; auto. intros a l D L.
    assert (U : forall d, In d l -> d = a).
    { intros d J. apply L in J. destruct J as [|d q E]; auto. now apply Bm in E. }
    assert (V : due s g a = granted g a) by (unfold due; now rewrite Bs, Bg, (bits_same _ _ S)).
    destruct l as [|d l]; cbn; [lia|]. rewrite (U d) in * by (cbn; auto).
    destruct l as [|e l]; cbn; [lia|]. rewrite (U e) in D by (cbn; auto). inversion D. cbn in *. tauto.
  - destruct (run_inv _ _ _ _ _ _ R) as [W _]. exists (minted ev M). split; [eapply step_preserved; eauto|].
    destruct (bits_move T s i ev s' M I H) as [(p & c & ks & k & -> & F & A & N & L & Bc & Bp & Bo)|(F & S & B)].
    + assert (Q : forall a m, ~ spends ev a m) by (unfold spends; rewrite F; intros a m [(? & ? & ? & ? & ? & [=])|(? & ? & [=])]).
      assert (Es' : forall a, spent g' a = spent g a).
      { intros a. destruct (Es a) as [[E _]|(m & E & _)]; auto. now apply Q in E. }
      assert (pc : p <> c) by (intros <-; apply N; now apply I).
      unfold minted. rewrite F. split; [|split].
      * intros d q E. apply Em in E as [E|E]; [apply Mo in E; tauto|]. rewrite F in E. injection E as <- <-. split; auto. left. now apply I.
      * intros a. rewrite Es'. destruct (Sp a); auto.
      * assert (Z : spent g c = 0) by (destruct (Sp c); [auto|contradiction]).
        unfold balanced. apply (birth_balanced (mother g) (mother g') c p) with (f := due s g) (b := granted g) (n := k); auto.
        -- intros d q. rewrite Em, F. split; (intros [|E]; [auto|right]); [injection E as <- <-; auto|destruct E as [-> ->]; auto].
        -- intros q. split; intros E; apply Mo in E; tauto.
        -- unfold due. rewrite Es', Z, Bc. lia.
        -- unfold due. rewrite Es', Bp. lia.
        -- intros d D P. unfold due. now rewrite Es', Bo.
        -- destruct (Eg c) as [[_ E]|(p' & ks' & k' & E & _ & ->)]; [now apply E in F|]. now injection E as <- <- <-.
        -- intros d D. destruct (Eg d) as [[E _]|(p' & ks' & k' & _ & E & _)]; auto. rewrite F in E. injection E as <- <-. congruence.
    + assert (Mn : forall a, minted ev M a <-> M a).
      { intros a. unfold minted. destruct (fact ev) eqn:E; try tauto. exfalso. eapply F. reflexivity. }
      split; [|split].
      * intros c p E. rewrite !Mn. apply Mo. apply Em in E as [E|E]; auto. now apply F in E.
      * intros a. rewrite Mn. destruct (Es a) as [[-> _]|(m & E & _)]; auto. right. now apply S in E.
      * intros a l D L. destruct (Eg a) as [[-> _]|(p & ks & k & _ & E & _)]; [|now apply F in E].
        apply (N.le_trans _ (sum (due s g) l)).
        -- apply sum_le. intros d J. unfold due. destruct (Es d) as [[-> _]|(m & E & ->)].
           ++ pose proof (B d). lia.
           ++ apply S in E as [_ E]. lia.
        -- apply Ba; auto. intros d J. apply (below_more (mother g')); auto. intros c p E. apply Em in E as [|E]; auto. now apply F in E.
  - exists M. split; auto. eapply theory_preserved; eauto.
Qed.

Theorem bits_bounded n T s g a l : run accountant n T s g -> NoDup l -> (forall d, In d l -> below (mother g) a d) ->
  sum (fun d => spent g d + bits s d) l <= granted g a.
Proof. intros R. destruct (accountant_inv n T s g R) as (M & _ & _ & _ & B). apply B. Qed.

Lemma accountant_attentive : attentive _ accountant.
Proof.
  split.
  - intros n. exists (mkAccount (fun _ _ => False) (fun a => if String.eqb a root then n else 0) (fun _ => 0)). cbn. auto.
  - intros T s i ev s' g H.
    exists (mkAccount (fun c p => mother g c p \/ fact ev = Delegated p c)
      (match fact ev, i with Delegated _ c, Delegate _ _ n => at_ (granted g) c n | _, _ => granted g end)
      (match fact ev with
       | Completed a _ n _ _ _ _ | Returned a _ n _ => at_ (spent g) a (spent g a + n)
       | _ => spent g
       end)).
    cbn. split; [reflexivity|]. split; intros a.
    + destruct (fact ev) as [|p c| | | | | | | |] eqn:F; try (left; split; [reflexivity|]; intros q [=]).
      assert (D : exists ks n, i = Delegate p ks n).
      { destruct H; destruct H; try discriminate F; try (now destruct H0). injection F as <- <-. eauto. }
      destruct D as (ks & n & ->). unfold at_. destruct (String.eqb_spec a c) as [->|N]; [right; eauto 7|left].
      split; auto. intros q [= _ E]. now apply N.
    + unfold spends. destruct (fact ev) as [| | | |b j n en ra re se|b q n en| | | |];
        try (left; split; [reflexivity|]; intros n [(? & ? & ? & ? & ? & [=])|(? & ? & [=])]).
      * unfold at_. destruct (String.eqb_spec a b) as [->|N]; [right; exists n; split; auto; left; eauto 7|left].
        split; auto. intros m [(? & ? & ? & ? & ? & [=])|(? & ? & [=])]. now apply N.
      * unfold at_. destruct (String.eqb_spec a b) as [->|N]; [right; exists n; split; auto; right; eauto|left].
        split; auto. intros m [(? & ? & ? & ? & ? & [=])|(? & ? & [=])]. now apply N.
Qed.
