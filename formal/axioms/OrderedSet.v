(* Ordered sets, the other half of the boundary: what proofs may know of ordered.Set, and an instance. *)
From Coq Require Import Bool NArith List Sorted.
From Argus.axioms Require Import Key OrderedMap.
Import ListNotations.

Module Type ORDERED_SET (K : KEY).
  Parameter t : Type.
  Parameter empty : t.
  Parameter has : t -> K.t -> bool.
  Parameter len : t -> N.
  Parameter add : t -> K.t -> t.
  Parameter subsetOf : t -> t -> bool.
  Parameter all : t -> list K.t.

  Axiom has_empty : forall k, has empty k = false.
  Axiom has_add : forall s k k', has (add s k) k' = true <-> k = k' \/ has s k' = true.
  Axiom subset_spec : forall s s', subsetOf s s' = true <-> forall k, has s k = true -> has s' k = true.
  Axiom in_all : forall s k, In k (all s) <-> has s k = true.
  Axiom all_sorted : forall s, StronglySorted (fun a b => K.compare a b = Lt) (all s).
  Axiom len_all : forall s, len s = N.of_nat (length (all s)).
  Axiom ext : forall s s', (forall k, has s k = has s' k) -> s = s'.
End ORDERED_SET.

(* Maps to nothing. *)
Module MakeSet (K : KEY) <: ORDERED_SET K.
  Module M := MakeMap K.
  Module F := MapFacts K M.

  Definition t := M.t unit.
  Definition empty : t := M.empty.
  Definition has (s : t) (k : K.t) : bool := M.has s k.
  Definition len (s : t) : N := M.len s.
  Definition add (s : t) (k : K.t) : t := M.set s k tt.
  Definition all (s : t) : list K.t := map fst (M.all s).
  Definition subsetOf (s s' : t) : bool := forallb (has s') (all s).

  Lemma in_all s k : In k (all s) <-> has s k = true.
  Proof.
    unfold all, has. rewrite in_map_iff, F.has_true. split.
    - intros ([k1 v] & <- & I). apply M.in_all in I. eauto.
    - intros (v & G). apply M.in_all in G. now exists (k, v).
  Qed.
  Lemma has_empty k : has empty k = false.
  Proof. reflexivity. Qed.
  Lemma has_add s k k' : has (add s k) k' = true <-> k = k' \/ has s k' = true.
  Proof.
    unfold has, add. rewrite !F.has_true. destruct (F.O.eq_dec k k') as [<-|N].
    - rewrite M.get_set_same. split; eauto.
    - rewrite M.get_set_other by auto. intuition.
  Qed.
  Lemma subset_spec s s' : subsetOf s s' = true <-> forall k, has s k = true -> has s' k = true.
  Proof.
    unfold subsetOf. rewrite forallb_forall. split; intros H k.
    - rewrite <- in_all. apply H.
    - rewrite in_all. apply H.
  Qed.
  Lemma all_sorted s : StronglySorted (fun a b => K.compare a b = Lt) (all s).
  Proof. apply M.all_sorted. Qed.
  Lemma len_all s : len s = N.of_nat (length (all s)).
  Proof. unfold len, all. now rewrite map_length, M.len_all. Qed.
  Lemma ext s s' : (forall k, has s k = has s' k) -> s = s'.
  Proof.
    intros H. apply M.ext. intros k. specialize (H k). unfold has in H. rewrite !M.has_get in H.
    now destruct (M.get s k) as [[]|], (M.get s' k) as [[]|].
  Qed.
End MakeSet.

(* What follows from the stated equations alone. *)
Module SetFacts (K : KEY) (S : ORDERED_SET K).
  Module O := Order K.

  Lemma has_add_same s k : S.has (S.add s k) k = true.
  Proof. apply S.has_add. auto. Qed.

  Lemma has_add_other s k k' : k <> k' -> S.has (S.add s k) k' = S.has s k'.
  Proof.
    intros N. apply eq_true_iff_eq. rewrite S.has_add. intuition congruence.
  Qed.

  Lemma subset_refl s : S.subsetOf s s = true.
  Proof. now apply S.subset_spec. Qed.

  Lemma subset_both s s' : S.subsetOf s s' = true -> S.subsetOf s' s = true -> s = s'.
  Proof.
    rewrite !S.subset_spec. intros A B. apply S.ext. intros k. apply eq_true_iff_eq. split; auto.
  Qed.

  Lemma all_nodup s : NoDup (S.all s).
  Proof.
    pose proof (S.all_sorted s) as H. induction H as [|k l H IH F]; constructor; auto.
    intros I. rewrite Forall_forall in F. apply F in I. now apply (O.lt_irrefl k).
  Qed.

  Lemma len_0 s : S.len s = 0%N <-> forall k, S.has s k = false.
  Proof.
    rewrite S.len_all. split.
    - intros H k. destruct (S.has s k) eqn:E; auto. apply S.in_all in E. destruct (S.all s); [easy|discriminate].
    - intros H. destruct (S.all s) as [|k l] eqn:E; auto.
      assert (I : In k (S.all s)) by (rewrite E; cbn; auto). apply S.in_all in I. rewrite H in I. discriminate.
  Qed.
End SetFacts.
