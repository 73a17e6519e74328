(* What a call may have left in a store is within the label of every reader, then and under every later theory. *)
From Coq Require Import NArith String.
From Argus.spec Require Import Words Theory State Same WellFormed Input Event Start Step Invariant Kept Preserved Safety.
Local Open Scope N_scope.

(* The exposures, call included, under which calls started that write the store. *)
Definition letters : Observer (StoreID -> Exposure -> Prop) := {|
  begins := fun _ g => forall st x, ~ g st x;
  sees := fun T _ i _ s' g g' => forall st x, g' st x <-> g st x \/
    exists c d, i = InvokeStart c /\ tool T (c_tool c) = Some d /\ t_writes d st /\ speculative s' (c_agent c) x;
  meanwhile := fun _ _ _ => False |}.

Lemma started_held T s c ev s' d st x : (exists M, Inv T s M) -> starts T s c ev s' -> tool T (c_tool c) = Some d ->
  t_writes d st -> speculative s' (c_agent c) x -> x ⊑ held s' st.
Proof.
  intros (M & I) [d' o y h z a f K Ks Kr Ne R A G Re D C1 B Ma Y C2 O C3 L H S] G' W X.
  rewrite G in G'. injection G' as ->. rewrite (held_same _ _ S). opened.
  replace x with (y ⊔ c_label c).
  - destruct (H st) as [[_ ->]|[N _]]; [apply leq_join_r|contradiction].
  - apply (speculative_same _ _ S) in X. refine (speculative_unique _ _ _ _ _ X). rewrite start_order.
    apply (speculative_started _ _ _ f).
    + assert (N : flight s a (next s) = None).
      { destruct (flight s a (next s)) eqn:E; auto. apply (flight_sound I) in E as (_ & _ & Z & _). now apply N.lt_irrefl in Z. }
      now destruct o.
    + now destruct o.
Qed.

Lemma letters_held n T s g st x : run letters n T s g -> g st x -> x ⊑ held s st.
Proof.
  intros R. revert x. induction R as [T s g W S B|T s g i ev s' g' R IH H E|T s g g' _ _ []|T s g T' _ IH W A]; auto; intros x.
  - intros G. now apply B in G.
  - intros Q. apply E in Q as [G|(c & d & -> & G & Wr & X)].
    + apply (leq_trans _ (held s st)); auto. eapply held_grows; eauto.
    + apply start_rule in H. eapply started_held; eauto. apply (run_inv _ _ _ _ _ _ R).
Qed.

Theorem store_confinement n T s g st x id r : run letters n T s g -> g st x ->
  tool T id = Some r -> t_reads r st -> x ⊑ t_label r.
Proof.
  intros R G E Re. apply (leq_trans _ (held s st)); [eapply letters_held; eauto|].
  destruct (run_inv _ _ _ _ _ _ R) as (_ & M & I). destruct (stores_admitted I) as [A _]. eauto.
Qed.

Lemma letters_attentive : attentive _ letters.
Proof.
  split.
  - intros n. exists (fun _ _ => False). cbn. auto.
  - intros T s i ev s' g H. exists (fun st x => g st x \/
      exists c d, i = InvokeStart c /\ tool T (c_tool c) = Some d /\ t_writes d st /\ speculative s' (c_agent c) x).
    intros st x. reflexivity.
Qed.
