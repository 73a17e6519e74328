(* Keys of ordered maps: a decidable, strict, total order. Strings are compared byte by byte, as Go compares them. *)
From Coq Require Import NArith Ascii String Lia.

Module Type KEY.
  Parameter t : Type.
  Parameter compare : t -> t -> comparison.
  Axiom compare_eq : forall a b, compare a b = Eq <-> a = b.
  Axiom compare_swap : forall a b, compare b a = CompOpp (compare a b).
  Axiom compare_trans : forall a b c, compare a b = Lt -> compare b c = Lt -> compare a c = Lt.
End KEY.

(* What follows from the order alone. *)
Module Order (K : KEY).
  Definition lt (a b : K.t) : Prop := K.compare a b = Lt.

  Definition eq_dec (a b : K.t) : {a = b} + {a <> b}.
  Proof.
    destruct (K.compare a b) eqn:E; [left; now apply K.compare_eq|right..]; intros H; apply K.compare_eq in H; congruence.
  Defined.

  Definition ltb (a b : K.t) : bool := match K.compare a b with Lt => true | _ => false end.

  Lemma ltb_lt a b : ltb a b = true <-> lt a b.
  Proof. unfold ltb, lt. destruct (K.compare a b); split; congruence. Qed.

  Lemma lt_irrefl a : ~ lt a a.
  Proof. unfold lt. assert (K.compare a a = Eq) by now apply K.compare_eq. congruence. Qed.

  Lemma lt_trans a b c : lt a b -> lt b c -> lt a c.
  Proof. apply K.compare_trans. Qed.

  Lemma gt_lt a b : K.compare a b = Gt -> lt b a.
  Proof. intros H. unfold lt. rewrite K.compare_swap, H. reflexivity. Qed.

  Lemma lt_neq a b : lt a b -> a <> b.
  Proof. intros H ->. now apply lt_irrefl in H. Qed.
End Order.

Module NumberKey <: KEY.
  Definition t := N.
  Definition compare := N.compare.
  Lemma compare_eq a b : compare a b = Eq <-> a = b.
  Proof. apply N.compare_eq_iff. Qed.
  Lemma compare_swap a b : compare b a = CompOpp (compare a b).
  Proof. apply N.compare_antisym. Qed.
  Lemma compare_trans a b c : compare a b = Lt -> compare b c = Lt -> compare a c = Lt.
  Proof. unfold compare. rewrite !N.compare_lt_iff. lia. Qed.
End NumberKey.

Module StringKey <: KEY.
  Definition t := string.
  Definition compare := String.compare.
  Lemma compare_refl a : compare a a = Eq.
  Proof. unfold compare. induction a as [|c a IH]; cbn; auto. unfold Ascii.compare. now rewrite N.compare_refl. Qed.
  Lemma compare_eq a b : compare a b = Eq <-> a = b.
  Proof. split; [apply String.compare_eq_iff|intros ->; apply compare_refl]. Qed.
  Lemma compare_swap a b : compare b a = CompOpp (compare a b).
  Proof. apply String.compare_antisym. Qed.
  Lemma compare_trans a b c : compare a b = Lt -> compare b c = Lt -> compare a c = Lt.
  Proof.
    unfold compare. revert b c. induction a as [|x a IH]; intros [|y b] [|z c]; cbn; try discriminate; auto.
    unfold Ascii.compare.
    destruct (N.compare_spec (N_of_ascii x) (N_of_ascii y)) as [E|L|G]; try discriminate;
    destruct (N.compare_spec (N_of_ascii y) (N_of_ascii z)) as [E'|L'|G']; try discriminate; intros A B.
    - rewrite E, E', N.compare_refl. eauto.
    - rewrite E. apply N.compare_lt_iff in L'. now rewrite L'.
    - rewrite <- E'. apply N.compare_lt_iff in L. now rewrite L.
    - assert (L2 : (N_of_ascii x < N_of_ascii z)%N) by lia. apply N.compare_lt_iff in L2. now rewrite L2.
  Qed.
End StringKey.
