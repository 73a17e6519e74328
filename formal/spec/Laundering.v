(* No laundering: what an agent knows is below its exposure, but for what was paid for or endorsed on the way to it.

   Knowledge is a ghost. It is moved by deliveries alone, and the environment decides which of the allowed ones take
   place and what they carry; no delivery asks what anybody's exposure is. *)
From Coq Require Import Bool NArith String Lia.
From Argus.spec Require Import Words Theory ChildID State Same WellFormed Input Binding Event.
From Argus.spec Require Import Register Delegate Revoke Cascade Start Complete Return Egress Grant Elevate Override Step.
From Argus.spec Require Import Invariant Kept Preserved Safety Rebirth Bits.
Local Open Scope N_scope.

Section Items.
  (* Pieces of content, each with its true confidentiality and integrity. *)
  Variables (Item : Type) (truth : Item -> Exposure).

  (* Known: known at all. Unpaid: known by some way on which no bits were spent on its confidentiality. Unendorsed:
     known by some way on which its integrity was not endorsed. *)
  Inductive Mark := Known | Unpaid | Unendorsed.

  Inductive Place := Agent (a : AgentID) | Store (st : StoreID).

  Record Ghost := mkGhost {
    knows : Place -> Mark -> Item -> Prop;
    opened : InvocationID -> Tool -> Exposure -> Prop; (* what was called, and with which label; for ever *)
    paid_ever : Prop;                         (* bits were spent somewhere in the run *)
    endorsed_ever : Prop }.                   (* and integrity endorsed *)

  (* Where content comes from: from somebody, with all its marks, or from the world, true to a label. *)
  Inductive Source := From (p : Place) | World (label : Exposure).

  Definition content (g : Ghost) (src : Source) (m : Mark) (it : Item) : Prop :=
    match src with
    | From p => knows g p m it
    | World label => truth it ⊑ label
    end.

  (* What a mark survives: spending bits takes Unpaid away, endorsing takes Unendorsed away. *)
  Definition survives (paid endorsed : bool) (m : Mark) : Prop :=
    match m with
    | Known => True
    | Unpaid => paid = false
    | Unendorsed => endorsed = false
    end.

  (* The environment delivers D, any part of what the source knows. *)
  Definition delivered (src : Source) (p : Place) (paid endorsed : bool) (g g' : Ghost) : Prop :=
    exists D : Item -> Prop, (forall it, D it -> content g src Known it) /\
    (forall q m it, knows g' q m it <-> knows g q m it \/ q = p /\ D it /\ content g src m it /\ survives paid endorsed m) /\
    (forall i d l, opened g' i d l <-> opened g i d l).

  (* A call is open until it is completed, also when its agent was revoked. *)
  Definition open_call (s : State) (i : InvocationID) : Prop :=
    (exists a f, flight s a i = Some f) \/ (exists a, settling s i = Some a).

  (* The label of an outcome: the frozen one, and what it was raised by. *)
  Definition outcome_label (f : Flight) (o : Completion) : Exposure :=
    match o_raised o with Some r => f_label f ⊔ r | None => f_label f end.

  (* The deliveries that an accepted step lets through. *)
  Inductive allows (T : Theory) (s : State) : Input -> Event -> Source -> Place -> bool -> bool -> Prop :=
  | prompt i ev p c : fact ev = Delegated p c ->
      allows T s i ev (From (Agent p)) (Agent c) false false
  | next_prompt ev p c :
      allows T s (FollowUp p c) ev (From (Agent p)) (Agent c) false false
  | elevation ev a label :
      allows T s (Elevate a label) ev (World label) (Agent a) false false
  | arguments_left ev c d st : tool T (c_tool c) = Some d -> t_writes d st ->
      allows T s (InvokeStart c) ev (From (Agent (c_agent c))) (Store st) false false
  | content_left ev c d st : tool T (c_tool c) = Some d -> t_writes d st ->
      allows T s (InvokeStart c) ev (World (c_label c)) (Store st) false false
  | outcome ev o f n en ra se : flight s (o_agent o) (o_invocation o) = Some f ->
      fact ev = Completed (o_agent o) (o_invocation o) n en ra true se ->
      allows T s (InvokeComplete o) ev (World (outcome_label f o)) (Agent (o_agent o)) (0 <? n) en
  | store_read ev o f st n en ra se : flight s (o_agent o) (o_invocation o) = Some f -> f_reads f st ->
      fact ev = Completed (o_agent o) (o_invocation o) n en ra true se ->
      allows T s (InvokeComplete o) ev (From (Store st)) (Agent (o_agent o)) (0 <? n) en
  | returned i ev c p n en : fact ev = Returned c p n en ->
      allows T s i ev (From (Agent c)) (Agent p) (0 <? n) en.

  Inductive deliveries (T : Theory) (s : State) (i : Input) (ev : Event) : Ghost -> Ghost -> Prop :=
  | no_delivery g : deliveries T s i ev g g
  | one_more g g1 g2 src p paid endorsed : deliveries T s i ev g g1 -> allows T s i ev src p paid endorsed ->
      delivered src p paid endorsed g1 g2 -> deliveries T s i ev g g2.

  (* An event that endorses integrity. *)
  Definition endorsing (ev : Event) : Prop :=
    (exists a i n ra re se, fact ev = Completed a i n true ra re se) \/ (exists c p n, fact ev = Returned c p n true).

  Definition environment : Observer Ghost := {|
    (* root's own words are as good as nobody's *)
    begins := fun _ g => (forall p m it, knows g p m it -> p = Agent root /\ truth it ⊑ clean) /\
      (forall p m m' it, knows g p m it -> knows g p m' it) /\ (forall i d l, ~ opened g i d l) /\
      ~ paid_ever g /\ ~ endorsed_ever g;
    sees := fun T s i ev _ g g' => exists g1, deliveries T s i ev g g1 /\
      (forall p m it, knows g' p m it <-> knows g1 p m it) /\
      (forall j d l, opened g' j d l <-> opened g j d l \/
         exists c, i = InvokeStart c /\ j = next s /\ tool T (c_tool c) = Some d /\ l = c_label c) /\
      (paid_ever g' <-> paid_ever g \/ exists a n, spends ev a n /\ 0 < n) /\
      (endorsed_ever g' <-> endorsed_ever g \/ endorsing ev);
    (* an open call carries what it brings, and what it reads, to the stores that it writes *)
    meanwhile := fun s g g' => (paid_ever g' <-> paid_ever g) /\ (endorsed_ever g' <-> endorsed_ever g) /\
      exists i d l to src, open_call s i /\ opened g i d l /\ t_writes d to /\
        (src = World l \/ exists from, t_reads d from /\ src = From (Store from)) /\
        delivered src (Store to) false false g g' |}.

  (* The environment may deliver nothing at all, and still follows. *)
  Lemma environment_attentive : attentive _ environment.
  Proof.
    split.
    - intros n. exists (mkGhost (fun _ _ _ => False) (fun _ _ _ => False) False False). cbn. intuition.
    - intros T s i ev s' g H. exists (mkGhost (knows g)
        (fun j d l => opened g j d l \/ exists c, i = InvokeStart c /\ j = next s /\ tool T (c_tool c) = Some d /\ l = c_label c)
        (paid_ever g \/ exists a n, spends ev a n /\ 0 < n) (endorsed_ever g \/ endorsing ev)), g.
      split; [apply no_delivery|]. cbn. split; [reflexivity|]. split; [reflexivity|]. split; reflexivity.
  Qed.

  (* ---- the invariant ---- *)

  Definition present (s : State) (p : Place) : Prop := match p with Agent a => active s a | Store _ => True end.
  Definition bound (s : State) (p : Place) : Exposure := match p with Agent a => exposure s a | Store st => held s st end.
  Definition source_present (s : State) (src : Source) : Prop := match src with From p => present s p | World _ => True end.
  Definition source_bound (s : State) (src : Source) : Exposure := match src with From p => bound s p | World l => l end.

  (* An item with this mark is within x. *)
  Definition within (m : Mark) (x y : Exposure) : Prop :=
    match m with
    | Known => True
    | Unpaid => level y <= level x
    | Unendorsed => integrity y <= integrity x
    end.

  (* An open call keeps what it reads within its label, and leaves it within what its stores hold. *)
  Definition contained (T : Theory) (s : State) (i : InvocationID) (d : Tool) (l : Exposure) : Prop :=
    (forall to, t_writes d to -> l ⊑ held s to) /\
    (forall from, t_reads d from -> exists id r, tool T id = Some r /\ t_reads r from /\ t_label r ⊑ l) /\
    (forall a f, flight s a i = Some f -> f_label f = l /\ forall st, t_reads d st -> f_reads f st).

  Record Clear (T : Theory) (s : State) (g : Ghost) (M : AgentID -> Prop) : Prop := {
    knows_minted : forall a m it, knows g (Agent a) m it -> M a;
    knows_within : forall p m it, present s p -> knows g p m it -> within m (truth it) (bound s p);
    opened_minted : forall i d l, opened g i d l -> i < next s;
    opened_contained : forall i d l, opened g i d l -> open_call s i -> contained T s i d l }.

  Lemma within_leq m x y z : within m x y -> y ⊑ z -> within m x z.
  Proof. destruct m; cbn; auto; lattice. Qed.

  (* A delivery keeps things clear when its source is within its target, as far as marks survive. *)
  Lemma delivered_clear T s g M g' src p paid endorsed : Clear T s g M -> (forall a, active s a -> M a) ->
    source_present s src -> present s p ->
    (forall m, survives paid endorsed m -> within m (source_bound s src) (bound s p)) ->
    delivered src p paid endorsed g g' -> Clear T s g' M.
  Proof.
    intros C A Ps Pp B (D & Dc & K & L). constructor.
    - intros a m it E. apply K in E as [E|(E & _)]; [exact (knows_minted _ _ _ _ C a m it E)|]. subst p. now apply A.
    - intros q m it Q E. apply K in E as [E|(-> & _ & E & S)]; [now apply (knows_within _ _ _ _ C)|].
      assert (W : within m (truth it) (source_bound s src)).
      { destruct src as [q|l]; cbn in *; [now apply (knows_within _ _ _ _ C)|]. destruct m; cbn; auto; lattice. }
      specialize (B m S). destruct m; cbn in *; auto; lia.
    - intros i d l E. apply L in E. now apply (opened_minted _ _ _ _ C i d l).
    - intros i d l E. apply L in E. now apply (opened_contained _ _ _ _ C).
  Qed.

  Lemma within_of_leq m x y : x ⊑ y -> within m x y.
  Proof. destruct m; cbn; auto; lattice. Qed.

  Ltac by_same L := match goal with S : same _ _ |- _ => rewrite (L _ _ S) end.
  Ltac each_step H := destruct H as [t ev z H|p ks n ev z H|p c ev z H|c p ev z H|c ev z H|o ev z H|c p n slot ev z H
    |c p ev z H|fl ev z H|p c k ev z H|b x ev z [? ? ? H]|p c ev z [? ? ? H]|b t d u ev z H].

  Lemma delegated_fresh T s M i ev s' p c : Inv T s M -> step T s i ev s' -> fact ev = Delegated p c -> ~ M c.
  Proof.
    intros I H F. destruct (bits_move T s i ev s' M I H) as [(q & d & ks & n & _ & E & _ & N & _)|(N & _)].
    - rewrite E in F. now injection F as <- <-.
    - now apply N in F.
  Qed.

  (* Exposures of those who stay active only grow. *)
  Lemma exposure_grows T s M i ev s' a : Inv T s M -> step T s i ev s' -> active s' a ->
    (exists p, fact ev = Delegated p a) \/ active s a /\ exposure s a ⊑ exposure s' a.
  Proof.
    intros I H A.
    assert (R : forall z b x, same s' (with_exposure z b (exposure s b ⊔ x)) -> active z a -> active s a -> exposure z a = exposure s a ->
      active s a /\ exposure s a ⊑ exposure s' a).
    { intros z b x S _ B E. split; auto. rewrite (exposure_same _ _ S). opened. unfold at_.
      destruct (String.eqb_spec a b) as [->|]; [apply leq_join_l|rewrite E; apply leq_refl]. }
    each_step H; destruct H; match goal with S : same _ _ |- _ => pose proof (proj1 (active_same _ _ S a) A) as B end;
      opened.
    all: try (right; eapply R; eauto; fail);
      try (right; split; [tauto|]; by_same exposure_same; opened; apply leq_refl).
    - destruct (String.eqb_spec a c) as [E|N]; [left; exists p; cbn; congruence|].
      right. destruct B as [B|B]; [|contradiction]. split; auto. by_same exposure_same. opened. rewrite at_other by auto. apply leq_refl.
    - right. split; [tauto|]. by_same exposure_same. opened. rewrite at_other by tauto. apply leq_refl.
    - right. split; [tauto|]. by_same exposure_same. opened. rewrite at_other by tauto. apply leq_refl.
    - right. destruct o; (split; [exact B|]); by_same exposure_same; apply leq_refl.
  Qed.

  (* A flight was there before, or is the call that starts. *)
  Lemma flight_from T s i ev s' a j f : step T s i ev s' -> flight s' a j = Some f ->
    flight s a j = Some f \/ j = next s /\ exists c, i = InvokeStart c /\ f_label f = c_label c.
  Proof.
    intros H F. each_step H; destruct H; match goal with S : same _ _ |- _ => rewrite (flight_same _ _ S) in F end; opened; auto.
    - left. revert F. unfold at_. destruct (String.eqb a c); [discriminate|auto].
    - left. revert F. unfold at_. destruct (String.eqb a c); [discriminate|auto].
    - left. revert F. unfold at_. destruct (String.eqb a c); [discriminate|auto].
    - assert (E : flight (spend s c o) = flight s) by now destruct o. rewrite E in F. revert F.
      unfold at_. destruct (String.eqb_spec a a0) as [->|]; auto. unfold at_n. destruct (N.eqb_spec j (next s)) as [->|]; auto.
      intros [= <-]. right. eauto.
    - left. revert F. unfold at_. destruct (String.eqb_spec a a0) as [->|]; auto. unfold at_n. destruct (N.eqb j i); [discriminate|auto].
  Qed.

  (* No open call was settled before, nor is one opened but by a start. *)
  Lemma open_from T s i ev s' j : step T s i ev s' -> open_call s' j -> open_call s j \/ j = next s.
  Proof.
    intros H [(a & f & F)|(a & F)].
    - destruct (flight_from T s i ev s' a j f H F) as [G|[-> _]]; auto. left. left. eauto.
    - left. each_step H; destruct H; match goal with S : same _ _ |- _ => rewrite (settling_same _ _ S) in F end; opened;
        try (right; exists a; exact F).
      + destruct (flight s c j) eqn:G; [left; eauto|right; eauto].
      + destruct (flight s c j) eqn:G; [left; eauto|right; eauto].
      + right. exists a. destruct o; exact F.
      + unfold at_n in F. destruct (N.eqb j (o_invocation o)); [discriminate|]. right. eauto.
  Qed.

  (* The step itself, before anything is delivered. *)
  Lemma step_clear T s g M i ev s' : Inv T s M -> step T s i ev s' -> Clear T s g M -> Clear T s' g (minted ev M).
  Proof.
    intros I H C. constructor.
    - intros a m it K. apply minted_iff. left. exact (knows_minted _ _ _ _ C a m it K).
    - intros [a|st] m it P K; cbn in *.
      + destruct (exposure_grows T s M i ev s' a I H P) as [(q & F)|[A L]].
        * exfalso. exact (delegated_fresh T s M i ev s' q a I H F (knows_minted _ _ _ _ C a m it K)).
        * apply (within_leq m _ (exposure s a)); auto. exact (knows_within _ _ _ _ C (Agent a) m it A K).
      + apply (within_leq m _ (held s st)); [exact (knows_within _ _ _ _ C (Store st) m it P K)|]. eapply held_grows; eauto.
    - intros j d l O. apply (opened_minted _ _ _ _ C) in O. pose proof (next_grows _ _ _ _ _ H). lia.
    - intros j d l O P. pose proof (opened_minted _ _ _ _ C j d l O) as L.
      apply (open_from T s i ev s' j H) in P as [P| ->]; [|lia].
      destruct (opened_contained _ _ _ _ C j d l O P) as (W & R & F). repeat apply conj; auto.
      + intros to X. apply (leq_trans _ (held s to)); auto. eapply held_grows; eauto.
      + intros a f X. destruct (flight_from T s i ev s' a j f H X) as [G|[-> _]]; [eauto|lia].
  Qed.

  Lemma delegated_step T s i ev s' from to : step T s i ev s' -> fact ev = Delegated from to ->
    active s' from /\ active s' to /\ exposure s' from ⊑ exposure s' to.
  Proof.
    intros H F. each_step H; destruct H; try discriminate F. injection F as <- <-.
    match goal with A : acts s p |- _ => apply acts_active in A end.
    match goal with S : same _ _ |- _ => rewrite !(active_same _ _ S), !(exposure_same _ _ S) end. opened.
    rewrite at_same. split; [auto|split; [auto|]]. unfold at_. destruct (String.eqb p c); apply leq_refl.
  Qed.

  Lemma returned_step T s i ev s' from to spent e : step T s i ev s' -> fact ev = Returned from to spent e ->
    active s' from /\ active s' to /\ (spent = 0 -> level (exposure s' to) <= level (exposure s' from)) /\
    (e = false -> integrity (exposure s' to) <= integrity (exposure s' from)).
  Proof.
    intros H F. each_step H; destruct H; try discriminate F; injection F as <- <- <- <-.
    all:
      match goal with A : acts ?s ?c, C : child ?s ?c ?p, S : same _ _ |- _ =>
        rewrite !(active_same _ _ S), !(exposure_same _ _ S); pose proof (acts_active _ _ (acts_parent _ _ _ A C)); apply acts_active in A
      end; opened; rewrite at_same; (split; [auto|split; [auto|]]).
    all: unfold at_; match goal with |- context [String.eqb ?y ?z] => destruct (String.eqb y z) end; try (split; intros; apply N.le_refl).
    - split; intros Z.
      + destruct pays; [|destruct (leq_dec (exposure s c) (exposure s p)) as [L|L]; [lattice|]].
        * match goal with B : true = true -> _ |- _ => destruct (B eq_refl); unfold spent0 in Z; lia end.
        * match goal with P : false = true <-> _ |- _ => now apply P in L end.
      + subst endorsed. unfold taken_from. lattice.
    - split; intros _; lattice.
  Qed.

  Lemma returned_acts T s i ev s' from to spent e : step T s i ev s' -> fact ev = Returned from to spent e -> acts s to.
  Proof.
    intros H F. each_step H; destruct H; try discriminate F; injection F as <- <- _ _; eauto using acts_parent.
  Qed.

  Lemma released_acts T s o ev s' a i n en ra se : step T s (InvokeComplete o) ev s' -> fact ev = Completed a i n en ra true se ->
    acts s (o_agent o).
  Proof.
    intros H F. apply complete_rule in H. destruct H; cbn in F; [|discriminate F].
    injection F as _ _ _ _ _ -> _. tauto.
  Qed.

  (* What a released outcome brings, the agent takes on, as far as nothing was paid for or endorsed. *)
  Lemma outcome_sound T s M o ev s' f n en ra se : Inv T s M -> step T s (InvokeComplete o) ev s' ->
    flight s (o_agent o) (o_invocation o) = Some f -> fact ev = Completed (o_agent o) (o_invocation o) n en ra true se ->
    source_present s' (World (outcome_label f o)) /\ present s' (Agent (o_agent o)) /\
    forall m, survives (0 <? n) en m -> within m (outcome_label f o) (bound s' (Agent (o_agent o))).
  Proof.
    intros I H F E. apply complete_rule in H.
    destruct H as [g x raise dec e rel z a i spent Ke Kr A G X Ra De En Re S|]; cbn in E; [|discriminate E].
    injection E as <- <- _ -> _. pose proof (eq_trans (eq_sym F) G) as Q. injection Q as <-. cbn.
    rewrite (active_same _ _ S), (exposure_same _ _ S). opened. rewrite at_same. repeat apply conj; auto.
    destruct (proj1 Re eq_refl) as [_ ->]. unfold outcome_label, taken.
    intros [] Q; cbn in Q |- *; auto.
    - assert (dec = false) as ->.
      { destruct dec; auto. unfold spent in Q. apply N.ltb_ge in Q. destruct (proj1 De eq_refl) as (_ & _ & L & _). lia. }
      destruct (o_raised o); lattice.
    - subst e. destruct (o_raised o); lattice.
  Qed.

  (* Whoever is delivered to is at least as exposed as the source, as far as nothing was paid for or endorsed. *)
  Lemma allowed_sound T s M i ev s' src p paid endorsed : Inv T s M -> step T s i ev s' -> allows T s i ev src p paid endorsed ->
    source_present s' src /\ present s' p /\
    forall m, survives paid endorsed m -> within m (source_bound s' src) (bound s' p).
  Proof.
    intros I H A.
    destruct A as [i ev p c F|ev p c|ev a l|ev c d st G W|ev c d st G W|ev o f n en ra se F E|ev o f st n en ra se F R E|i ev c p n en F].
    - destruct (delegated_step T s i ev s' p c H F) as (A & B & L). repeat apply conj; auto.
      intros m _. now apply within_of_leq.
    - apply follow_up_rule in H. destruct H as [ev s' C X]. destruct X as [x s' R A X O S]. cbn.
      rewrite !(active_same _ _ S), !(exposure_same _ _ S). opened. rewrite at_same.
      repeat apply conj; [eauto using acts_active, acts_parent|eauto using acts_active|]. intros m _. apply within_of_leq.
      unfold at_. destruct (String.eqb_spec p c) as [->|]; [apply leq_refl|apply leq_join_r].
    - apply elevate_rule in H. destruct H as [ev s' C X]. destruct X as [x s' R A X O S]. cbn.
      rewrite !(active_same _ _ S), !(exposure_same _ _ S). opened. rewrite at_same.
      repeat apply conj; [eauto using acts_active..|]. intros m _. apply within_of_leq, leq_join_r.
    - apply start_rule in H.
      destruct H as [d' o x h z a f K Ks Kr Ne R A G' Re D C1 B Ma Y C2 O C3 L Hh S]. rewrite G in G'. injection G' as <-. cbn.
      rewrite !(active_same _ _ S), !(exposure_same _ _ S), !(held_same _ _ S). opened.
      assert (Ea : active (spend s c o) a) by (destruct o; exact (acts_active s a A)).
      assert (Ex : exposure (spend s c o) a = exposure s a) by now destruct o.
      repeat apply conj; auto. intros m _. apply within_of_leq. fold a. rewrite Ex.
      destruct (Hh st) as [[_ ->]|[N _]]; [|contradiction]. apply (leq_trans _ x); [now apply exposure_below|lattice].
    - apply start_rule in H.
      destruct H as [d' o x h z a f K Ks Kr Ne R A G' Re D C1 B Ma Y C2 O C3 L Hh S]. rewrite G in G'. injection G' as <-. cbn.
      rewrite !(held_same _ _ S). opened. repeat apply conj; auto. intros m _. apply within_of_leq.
      destruct (Hh st) as [[_ ->]|[N _]]; [|contradiction]. lattice.
    - apply (outcome_sound T s M o ev s' f n en ra se); auto.
    - destruct (outcome_sound T s M o ev s' f n en ra se I) as (_ & P & B); auto. repeat apply conj; auto; cbn; auto.
      intros m Q. specialize (B m Q). cbn in B.
      destruct (stores_admitted I) as [A1 A2]. destruct (A2 _ _ _ _ F R) as (d & G & Re & L).
      assert (held s' st ⊑ f_label f).
      { apply complete_rule in H. destruct H; by_same held_same; opened; eauto using leq_trans. }
      assert (f_label f ⊑ outcome_label f o) by (unfold outcome_label; destruct (o_raised o); auto using leq_refl, leq_join_l).
      destruct m; cbn in *; auto; lattice.
    - destruct (returned_step T s i ev s' c p n en H F) as (A & B & L & N). repeat apply conj; auto.
      intros [] Q; cbn in Q |- *; auto. apply L. apply N.ltb_ge in Q. lia.
  Qed.

  (* A call that starts is contained. *)
  Lemma start_contained T s M c ev s' d : Inv T s M -> step T s (InvokeStart c) ev s' -> tool T (c_tool c) = Some d ->
    contained T s' (next s) d (c_label c).
  Proof.
    intros I H G. assert (B : forall st, t_writes d st -> c_label c ⊑ held s' st).
    { intros st W. destruct (allowed_sound T s M _ ev s' _ _ _ _ I H (content_left T s ev c d st G W)) as (_ & _ & B).
      pose proof (B Unpaid eq_refl). pose proof (B Unendorsed eq_refl). cbn in *. lattice. }
    apply start_rule in H. destruct H as [d' o x h z a f K Ks Kr Ne R A G' Re D C1 Bo Ma Y C2 O C3 L Hh S].
    rewrite G in G'. injection G' as <-. split; [exact B|split].
    - intros from Rd. exists (c_tool c), d. repeat apply conj; auto; destruct D as (_ & _ & _ & D); rewrite D by eauto; apply leq_refl.
    - intros b g F. rewrite (flight_same _ _ S) in F. opened.
      assert (E : flight (spend s c o) = flight s) by now destruct o. rewrite E in F.
      unfold at_ in F. destruct (String.eqb_spec b a) as [->|N].
      + rewrite at_n_same in F. injection F as <-. auto.
      + apply (flight_sound I) in F as (_ & _ & F & _). lia.
  Qed.

  Lemma deliveries_clear T s M i ev s' g g' : Inv T s M -> step T s i ev s' -> Inv T s' (minted ev M) ->
    deliveries T s i ev g g' -> Clear T s' g (minted ev M) ->
    Clear T s' g' (minted ev M) /\ forall j d l, opened g' j d l <-> opened g j d l.
  Proof.
    intros I H I' D C. induction D as [|g g1 g2 src p paid endorsed D IH A E]; [split; auto; reflexivity|].
    destruct (IH C) as [C1 L]. destruct (allowed_sound T s M i ev s' src p paid endorsed I H A) as (Ps & Pp & B). split.
    - eapply delivered_clear; eauto. apply I'.
    - destruct E as (_ & _ & _ & E). intros j d l. now rewrite E.
  Qed.

  Lemma environment_inv n T s g : run environment n T s g -> exists M, Inv T s M /\ Clear T s g M.
  Proof.
    induction 1 as [T s g W S (K & _ & L & _)|T s g i ev s' g' R (M & I & C) H (g1 & D & K & L & _)
      |T s g g' R (M & I & C) (_ & _ & i & d & l & to & src & P & O & Wr & B & D)|T s g T' _ (M & I & C) W A].
    - assert (I : Inv T s (fun a => a = root)) by (apply (inv_same _ _ _ _ S); now apply genesis_inv).
      exists (fun a => a = root). split; auto. constructor.
      + intros a m it E. apply K in E as [E _]. now injection E.
      + intros p m it _ E. apply K in E as [-> E]. cbn. rewrite (root_clean I). now apply within_of_leq.
      + intros i d l E. now apply L in E.
      + intros i d l E. now apply L in E.
    - destruct (run_inv _ _ _ _ _ _ R) as [W _]. exists (minted ev M).
      assert (I' : Inv T s' (minted ev M)) by (eapply step_preserved; eauto). split; auto.
      destruct (deliveries_clear T s M i ev s' g g1 I H I' D (step_clear T s g M i ev s' I H C)) as [C1 L1].
      constructor.
      + intros a m it E. apply K in E. exact (knows_minted _ _ _ _ C1 a m it E).
      + intros p m it P E. apply K in E. exact (knows_within _ _ _ _ C1 p m it P E).
      + intros j d l E. apply L in E as [E|(c & -> & -> & _)]; [apply L1 in E; exact (opened_minted _ _ _ _ C1 j d l E)|].
        apply start_rule in H. destruct H. by_same next_same. cbn. lia.
      + intros j d l E P. apply L in E as [E|(c & -> & -> & G & ->)]; [apply L1 in E; exact (opened_contained _ _ _ _ C1 j d l E P)|].
        now apply (start_contained T s M c ev s').
    - exists M. split; auto. destruct (opened_contained _ _ _ _ C i d l O P) as (Q & Re & _).
      apply (delivered_clear T s g M g' src (Store to) false false); auto; [apply I| |exact Logic.I|].
      + destruct B as [->|(from & _ & ->)]; exact Logic.I.
      + intros m _. apply within_of_leq. destruct B as [->|(from & Rd & ->)]; [now apply Q|]. cbn. apply (leq_trans _ l); auto.
        destruct (Re from Rd) as (id & r & G & Rr & Lr). destruct (stores_admitted I) as [A1 _]. apply (leq_trans _ (t_label r)); eauto.
    - exists M. split; [eapply theory_preserved; eauto|]. destruct A as [[_ A] N]. destruct C as [C1 C2 C3 C4]. constructor; auto.
      intros i d l O P. destruct (C4 i d l O P) as (Q & Re & F). split; [exact Q|split; [|exact F]]. intros from Rd.
      destruct P as [(a & f & P)|(a & P)]; [|now rewrite N in P]. destruct (F a f P) as [<- Fr].
      destruct (A a i f from P (Fr from Rd)) as (r & G & Rr & Lr). eauto.
  Qed.

  (* What of an item was declassified, or endorsed, on every way by which it came. *)
  Definition declassified (g : Ghost) (a : AgentID) (it : Item) : Prop := ~ knows g (Agent a) Unpaid it.
  Definition endorsed (g : Ghost) (a : AgentID) (it : Item) : Prop := ~ knows g (Agent a) Unendorsed it.

  Theorem no_laundering n T s g a it : run environment n T s g -> active s a -> knows g (Agent a) Known it ->
    (level (exposure s a) <= level (truth it) \/ declassified g a it) /\
    (integrity (exposure s a) <= integrity (truth it) \/ endorsed g a it).
  Proof.
    intros R A _. destruct (environment_inv n T s g R) as (M & _ & C). split.
    - destruct (N.le_gt_cases (level (exposure s a)) (level (truth it))) as [|G]; auto. right. intros K.
      apply (knows_within _ _ _ _ C (Agent a) Unpaid it A) in K. cbn in K. lia.
    - destruct (N.le_gt_cases (integrity (exposure s a)) (integrity (truth it))) as [|G]; auto. right. intros K.
      apply (knows_within _ _ _ _ C (Agent a) Unendorsed it A) in K. cbn in K. lia.
  Qed.

  (* In the lattice: all that a knows is below its exposure joined with anything above what was declassified and
     endorsed of it. *)
  Corollary no_laundering_joined n T s g a x : run environment n T s g -> active s a ->
    (forall it, knows g (Agent a) Known it -> declassified g a it -> level x <= level (truth it)) ->
    (forall it, knows g (Agent a) Known it -> endorsed g a it -> integrity x <= integrity (truth it)) ->
    forall it, knows g (Agent a) Known it -> truth it ⊑ exposure s a ⊔ x.
  Proof.
    intros R A D E it K. destruct (no_laundering n T s g a it R A K) as [L I]. specialize (D it K). specialize (E it K).
    assert (level x <= level (truth it) \/ level (exposure s a) <= level (truth it)) by tauto.
    assert (integrity x <= integrity (truth it) \/ integrity (exposure s a) <= integrity (truth it)) by tauto. lattice.
  Qed.

  (* Declassification has no other origin: in a run that spends no bits every item is known unpaid, and in a run in
     which no slot's type endorses every item is known unendorsed. *)
  Definition all_keep (g : Ghost) (m : Mark) : Prop := forall p it, knows g p Known it -> knows g p m it.

  Lemma content_keeps g src m it : all_keep g m -> content g src Known it -> content g src m it.
  Proof. destruct src; cbn; auto. Qed.

  Lemma delivered_keeps m src p paid en g g' : survives paid en m -> delivered src p paid en g g' -> all_keep g m -> all_keep g' m.
  Proof.
    intros S (D & Dc & K & _) A q it E. apply K. apply K in E as [E|(-> & X & E & _)]; auto.
    right. repeat split; auto. now apply content_keeps.
  Qed.

  Lemma deliveries_keep m T s i ev g g' : (forall src p paid en, allows T s i ev src p paid en -> survives paid en m) ->
    deliveries T s i ev g g' -> all_keep g m -> all_keep g' m.
  Proof. intros S D. induction D; auto. intros A. eapply delivered_keeps; eauto. Qed.

  Lemma unpaid_survives T s i ev src p paid en : (forall a n, spends ev a n -> n = 0) -> allows T s i ev src p paid en -> paid = false.
  Proof.
    intros S A; destruct A in S |- *; auto; apply N.ltb_ge, N.le_0_r; eapply S;
      match goal with
      | F : fact _ = Completed _ _ _ _ _ _ _ |- _ => left; repeat eexists; exact F
      | F : fact _ = Returned _ _ _ _ |- _ => right; repeat eexists; exact F
      end.
  Qed.

  Lemma unendorsed_survives T s i ev src p paid en : ~ endorsing ev -> allows T s i ev src p paid en -> en = false.
  Proof.
    intros S A; destruct A in S |- *; auto; destruct en; auto; exfalso; apply S;
      match goal with
      | F : fact _ = Completed _ _ _ _ _ _ _ |- _ => left; repeat eexists; exact F
      | F : fact _ = Returned _ _ _ _ |- _ => right; repeat eexists; exact F
      end.
  Qed.

  Lemma origin n T s g : run environment n T s g -> (~ paid_ever g -> all_keep g Unpaid) /\ (~ endorsed_ever g -> all_keep g Unendorsed).
  Proof.
    induction 1 as [T s g _ _ (_ & K & _)|T s g i ev s' g' _ [P E] _ (g1 & D & K & _ & Pg & Eg)
      |T s g g' _ [P E] (Pg & Eg & i & d & l & to & src & _ & _ & _ & _ & D)|]; auto.
    - split; intros _ p it; apply K.
    - split; intros N p it A; apply K; apply K in A; revert A.
      + apply (deliveries_keep Unpaid T s i ev g); auto.
        * intros src q paid en Al. apply (unpaid_survives T s i ev src q paid en); auto.
          intros a k S. destruct k; auto. exfalso. apply N, Pg. right. do 2 eexists. split; eauto. lia.
        * apply P. intros Q. now apply N, Pg; left.
      + apply (deliveries_keep Unendorsed T s i ev g); auto.
        * intros src q paid en Al. apply (unendorsed_survives T s i ev src q paid en); auto. intros Q. apply N, Eg. auto.
        * apply E. intros Q. now apply N, Eg; left.
    - split; intros N; (eapply delivered_keeps; [|exact D|]); cbn; auto; [apply P|apply E]; tauto.
  Qed.

  Theorem declassified_was_paid n T s g p it : run environment n T s g -> ~ paid_ever g ->
    knows g p Known it -> knows g p Unpaid it.
  Proof. intros R N. now apply (origin n T s g R). Qed.

  Theorem endorsed_was_endorsed n T s g p it : run environment n T s g -> ~ endorsed_ever g ->
    knows g p Known it -> knows g p Unendorsed it.
  Proof. intros R N. now apply (origin n T s g R). Qed.

  (* An orphan receives nothing. *)
  Theorem orphans_learn_nothing T s g i ev s' g' a m it : reachable T s -> step T s i ev s' -> sees environment T s i ev s' g g' ->
    active s a -> ~ acts s a -> knows g' (Agent a) m it -> knows g (Agent a) m it.
  Proof.
    intros R H (g1 & D & K & _) A N E. apply K in E. revert E. clear K.
    induction D as [|g g1 g2 src p paid en D IH Al (X & _ & K & _)]; auto. intros E.
    apply K in E as [E|(E & _)]; auto. exfalso. apply N. clear IH K D. destruct (reachable_inv T s R) as (M & I).
    destruct Al as [i ev q c F|ev q c|ev b l|ev c d st G W|ev c d st G W|ev o f n e ra se F F'|ev o f st n e ra se F Re F'|i ev c q n e F];
      try discriminate E; injection E as ->.
    - destruct (delegated_fresh T s M i ev s' q c I H F). now apply I.
    - apply follow_up_rule in H. now destruct H as [? ? ? []].
    - apply elevate_rule in H. now destruct H as [? ? ? []].
    - apply (released_acts T s o ev s' _ _ _ _ _ _ H F').
    - apply (released_acts T s o ev s' _ _ _ _ _ _ H F').
    - apply (returned_acts T s i ev s' c q n e H F).
  Qed.
End Items.
