(* Ordered maps, the boundary of the translation. ORDERED_MAP is all that proofs may know of argus/kernel/ordered:
   kernel/ordered/conformance_test.go tests the same equations against the Go body. Make proves that they can be
   met. Argument order is Go's: m.Set(k, v) is set m k v.

   Go's Len is a uint64 and len a number of any size: a map of 2 ^ 64 entries fits no machine. *)
From Coq Require Import Bool NArith List Sorted Permutation Eqdep_dec Lia.
From Argus.axioms Require Import Key.
Import ListNotations.

Module Type ORDERED_MAP (K : KEY).
  Parameter t : Type -> Type.
  Parameter empty : forall {V}, t V.
  Parameter get : forall {V}, t V -> K.t -> option V.
  Parameter has : forall {V}, t V -> K.t -> bool.
  Parameter len : forall {V}, t V -> N.
  Parameter set : forall {V}, t V -> K.t -> V -> t V.
  Parameter delete : forall {V}, t V -> K.t -> t V.
  Parameter all : forall {V}, t V -> list (K.t * V).

  Axiom get_empty : forall V k, get (@empty V) k = None.
  Axiom get_set_same : forall V (m : t V) k v, get (set m k v) k = Some v.
  Axiom get_set_other : forall V (m : t V) k k' v, k <> k' -> get (set m k v) k' = get m k'.
  Axiom get_delete_same : forall V (m : t V) k, get (delete m k) k = None.
  Axiom get_delete_other : forall V (m : t V) k k', k <> k' -> get (delete m k) k' = get m k'.
  Axiom has_get : forall V (m : t V) k, has m k = match get m k with Some _ => true | None => false end.
  (* All yields each entry, in ascending order of the keys, so each key once. *)
  Axiom in_all : forall V (m : t V) k v, In (k, v) (all m) <-> get m k = Some v.
  Axiom all_sorted : forall V (m : t V), StronglySorted (fun a b => K.compare a b = Lt) (map fst (all m)).
  Axiom len_all : forall V (m : t V), len m = N.of_nat (length (all m)).
  (* Nothing but its entries can be asked of a map. *)
  Axiom ext : forall V (m n : t V), (forall k, get m k = get n k) -> m = n.
End ORDERED_MAP.

(* Sorted lists of entries. *)
Module MakeMap (K : KEY) <: ORDERED_MAP K.
  Module O := Order K.

  Fixpoint find {V} (l : list (K.t * V)) (k : K.t) : option V :=
    match l with
    | [] => None
    | (k1, v) :: l => if O.eq_dec k1 k then Some v else find l k
    end.

  Fixpoint insert {V} (l : list (K.t * V)) (k : K.t) (v : V) : list (K.t * V) :=
    match l with
    | [] => [(k, v)]
    | (k1, v1) :: r =>
        match K.compare k k1 with
        | Lt => (k, v) :: l
        | Eq => (k, v) :: r
        | Gt => (k1, v1) :: insert r k v
        end
    end.

  Fixpoint remove {V} (l : list (K.t * V)) (k : K.t) : list (K.t * V) :=
    match l with
    | [] => []
    | (k1, v) :: l => if O.eq_dec k1 k then remove l k else (k1, v) :: remove l k
    end.

  (* As a boolean, because all proofs that one is true are equal. *)
  Fixpoint sorted {V} (l : list (K.t * V)) : bool :=
    match l with
    | [] => true
    | (k, _) :: l => forallb (fun e => O.ltb k (fst e)) l && sorted l
    end.

  Definition above {V} (k : K.t) (l : list (K.t * V)) := forall e, In e l -> O.lt k (fst e).

  Lemma sorted_cons V k v (l : list (K.t * V)) : sorted ((k, v) :: l) = true <-> above k l /\ sorted l = true.
  Proof.
    cbn. rewrite andb_true_iff, forallb_forall. unfold above. split; intros [A B]; split; auto; intros e I; apply O.ltb_lt; auto.
  Qed.

  Lemma in_insert V (l : list (K.t * V)) k v e : In e (insert l k v) -> e = (k, v) \/ In e l.
  Proof.
    induction l as [|[k1 v1] l IH]; cbn; [intuition|]. destruct (K.compare k k1); cbn; intuition.
  Qed.

  Lemma insert_sorted V (l : list (K.t * V)) k v : sorted l = true -> sorted (insert l k v) = true.
  Proof.
    induction l as [|[k1 v1] l IH]; [auto|]. rewrite sorted_cons. intros [A S]. cbn [insert].
    destruct (K.compare k k1) eqn:E; apply sorted_cons.
    - apply K.compare_eq in E. subst. auto.
    - split; [|now apply sorted_cons]. intros e [<-|I]; auto. eapply O.lt_trans; [exact E|auto].
    - split; [|auto]. intros e I. apply in_insert in I as [->|I]; auto. now apply O.gt_lt.
  Qed.

  Lemma in_remove V (l : list (K.t * V)) k e : In e (remove l k) -> In e l.
  Proof. induction l as [|[k1 v] l IH]; cbn; auto. destruct (O.eq_dec k1 k); cbn; intuition. Qed.

  Lemma remove_sorted V (l : list (K.t * V)) k : sorted l = true -> sorted (remove l k) = true.
  Proof.
    induction l as [|[k1 v] l IH]; [auto|]. rewrite sorted_cons. intros [A S]. cbn [remove].
    destruct (O.eq_dec k1 k); auto. apply sorted_cons. split; auto. intros e I. apply in_remove in I. auto.
  Qed.

  Lemma find_insert V (l : list (K.t * V)) k k' v : find (insert l k v) k' = if O.eq_dec k k' then Some v else find l k'.
  Proof.
    induction l as [|[k1 v1] l IH]; cbn; auto.
    destruct (K.compare k k1) eqn:E; cbn; auto.
    - apply K.compare_eq in E. subst. now destruct (O.eq_dec k1 k').
    - rewrite IH. apply O.gt_lt, O.lt_neq in E.
      destruct (O.eq_dec k1 k'), (O.eq_dec k k'); congruence.
  Qed.

  Lemma find_remove V (l : list (K.t * V)) k k' : find (remove l k) k' = if O.eq_dec k k' then None else find l k'.
  Proof.
    induction l as [|[k1 v] l IH]; cbn; [now destruct (O.eq_dec k k')|].
    destruct (O.eq_dec k1 k); cbn; rewrite IH.
    - subst. now destruct (O.eq_dec k k').
    - destruct (O.eq_dec k1 k'), (O.eq_dec k k'); congruence.
  Qed.

  Lemma find_above V (l : list (K.t * V)) k : above k l -> find l k = None.
  Proof.
    induction l as [|[k1 v] l IH]; cbn; auto. intros A. destruct (O.eq_dec k1 k) as [->|].
    - exfalso. apply (O.lt_irrefl k), (A (k, v)). cbn. auto.
    - apply IH. intros e I. apply A. cbn. auto.
  Qed.

  Lemma in_find V (l : list (K.t * V)) k v : sorted l = true -> (In (k, v) l <-> find l k = Some v).
  Proof.
    induction l as [|[k1 v1] l IH]; [easy|]. rewrite sorted_cons. intros [A S]. cbn.
    destruct (O.eq_dec k1 k) as [->|N]; rewrite IH by auto; split.
    - intros [[= ->]|H]; auto. rewrite find_above in H by auto. discriminate.
    - intros [= ->]. auto.
    - intros [[= -> _]|H]; congruence.
    - auto.
  Qed.

  Lemma find_ext V (l m : list (K.t * V)) :
    sorted l = true -> sorted m = true -> (forall k, find l k = find m k) -> l = m.
  Proof.
    revert m. induction l as [|[k v] l IH]; intros [|[k' v'] m]; auto.
    - intros _ _ H. specialize (H k'). cbn in H. destruct (O.eq_dec k' k'); [discriminate|congruence].
    - intros _ _ H. specialize (H k). cbn in H. destruct (O.eq_dec k k); [discriminate|congruence].
    - rewrite !sorted_cons. intros [A S] [A' S'] H.
      assert (k = k') as ->.
      { destruct (O.eq_dec k k') as [|N]; auto. exfalso.
        pose proof (H k) as H1. pose proof (H k') as H2. cbn in H1, H2.
        destruct (O.eq_dec k k); [|congruence]. destruct (O.eq_dec k' k); [congruence|].
        destruct (O.eq_dec k' k'); [|congruence]. destruct (O.eq_dec k k'); [congruence|].
        symmetry in H1. apply in_find in H1; auto. apply in_find in H2; auto.
        apply A' in H1. apply A in H2. cbn in *. apply (O.lt_irrefl k). eapply O.lt_trans; eauto. }
      f_equal.
      + specialize (H k'). cbn in H. destruct (O.eq_dec k' k'); congruence.
      + apply IH; auto. intros j. specialize (H j). cbn in H. destruct (O.eq_dec k' j) as [->|]; auto.
        now rewrite !find_above.
  Qed.

  Record map (V : Type) := mk { entries : list (K.t * V); entries_sorted : sorted entries = true }.
  Arguments mk {V}.
  Arguments entries {V}.
  Arguments entries_sorted {V}.

  Definition t := map.
  Definition empty {V} : t V := mk [] eq_refl.
  Definition get {V} (m : t V) (k : K.t) : option V := find (entries m) k.
  Definition has {V} (m : t V) (k : K.t) : bool := match get m k with Some _ => true | None => false end.
  Definition len {V} (m : t V) : N := N.of_nat (length (entries m)).
  Definition set {V} (m : t V) (k : K.t) (v : V) : t V := mk (insert (entries m) k v) (insert_sorted V _ k v (entries_sorted m)).
  Definition delete {V} (m : t V) (k : K.t) : t V := mk (remove (entries m) k) (remove_sorted V _ k (entries_sorted m)).
  Definition all {V} (m : t V) : list (K.t * V) := entries m.

  Lemma get_empty V k : get (@empty V) k = None.
  Proof. reflexivity. Qed.
  Lemma get_set_same V (m : t V) k v : get (set m k v) k = Some v.
  Proof. unfold get, set. cbn. rewrite find_insert. now destruct (O.eq_dec k k). Qed.
  Lemma get_set_other V (m : t V) k k' v : k <> k' -> get (set m k v) k' = get m k'.
  Proof. intros N. unfold get, set. cbn. rewrite find_insert. now destruct (O.eq_dec k k'). Qed.
  Lemma get_delete_same V (m : t V) k : get (delete m k) k = None.
  Proof. unfold get, delete. cbn. rewrite find_remove. now destruct (O.eq_dec k k). Qed.
  Lemma get_delete_other V (m : t V) k k' : k <> k' -> get (delete m k) k' = get m k'.
  Proof. intros N. unfold get, delete. cbn. rewrite find_remove. now destruct (O.eq_dec k k'). Qed.
  Lemma has_get V (m : t V) k : has m k = match get m k with Some _ => true | None => false end.
  Proof. reflexivity. Qed.
  Lemma in_all V (m : t V) k v : In (k, v) (all m) <-> get m k = Some v.
  Proof. apply in_find, entries_sorted. Qed.
  Lemma len_all V (m : t V) : len m = N.of_nat (length (all m)).
  Proof. reflexivity. Qed.

  Lemma all_sorted V (m : t V) : StronglySorted (fun a b => K.compare a b = Lt) (List.map fst (all m)).
  Proof.
    destruct m as [l S]. unfold all. cbn [entries]. induction l as [|[k v] l IH]; cbn [List.map]; [constructor|].
    apply sorted_cons in S as [A S]. constructor; auto.
    apply Forall_forall. intros k' I. apply in_map_iff in I as (e & <- & I). now apply A.
  Qed.

  Lemma ext V (m n : t V) : (forall k, get m k = get n k) -> m = n.
  Proof.
    destruct m as [l S], n as [l' S']. unfold get. cbn [entries]. intros H. assert (l = l') as <- by now apply find_ext.
    f_equal. apply UIP_dec, bool_dec.
  Qed.
End MakeMap.

(* What follows from the stated equations alone. *)
Module MapFacts (K : KEY) (M : ORDERED_MAP K).
  Module O := Order K.

  Lemma get_set V (m : M.t V) k k' v : M.get (M.set m k v) k' = if O.eq_dec k k' then Some v else M.get m k'.
  Proof. destruct (O.eq_dec k k') as [<-|N]; [apply M.get_set_same|now apply M.get_set_other]. Qed.

  Lemma get_delete V (m : M.t V) k k' : M.get (M.delete m k) k' = if O.eq_dec k k' then None else M.get m k'.
  Proof. destruct (O.eq_dec k k') as [<-|N]; [apply M.get_delete_same|now apply M.get_delete_other]. Qed.

  Lemma get_delete_some V (m : M.t V) k k' v : M.get (M.delete m k) k' = Some v <-> k <> k' /\ M.get m k' = Some v.
  Proof. rewrite get_delete. destruct (O.eq_dec k k'); intuition congruence. Qed.

  Lemma has_true V (m : M.t V) k : M.has m k = true <-> exists v, M.get m k = Some v.
  Proof. rewrite M.has_get. destruct (M.get m k); split; try easy; eauto. intros (? & ?). discriminate. Qed.

  Lemma has_false V (m : M.t V) k : M.has m k = false <-> M.get m k = None.
  Proof. rewrite M.has_get. destruct (M.get m k); easy. Qed.

  Lemma keys_nodup V (m : M.t V) : NoDup (map fst (M.all m)).
  Proof.
    pose proof (M.all_sorted V m) as S. induction S as [|k l S IH F]; constructor; auto.
    intros I. rewrite Forall_forall in F. apply F in I. now apply (O.lt_irrefl k).
  Qed.

  Lemma all_nodup V (m : M.t V) : NoDup (M.all m).
  Proof. eapply NoDup_map_inv, keys_nodup. Qed.

  Lemma all_empty V : M.all (@M.empty V) = [].
  Proof.
    destruct (M.all (@M.empty V)) as [|[k v] l] eqn:E; auto.
    assert (I : In (k, v) (M.all (@M.empty V))) by (rewrite E; cbn; auto).
    apply M.in_all in I. rewrite M.get_empty in I. discriminate.
  Qed.

  Lemma len_empty V : M.len (@M.empty V) = 0%N.
  Proof. now rewrite M.len_all, all_empty. Qed.

  Lemma len_0 V (m : M.t V) : M.len m = 0%N <-> forall k, M.get m k = None.
  Proof.
    rewrite M.len_all. split.
    - intros H k. destruct (M.get m k) as [v|] eqn:G; auto. apply M.in_all in G. destruct (M.all m); [easy|discriminate].
    - intros H. destruct (M.all m) as [|[k v] l] eqn:E; auto.
      assert (I : In (k, v) (M.all m)) by (rewrite E; cbn; auto). apply M.in_all in I. congruence.
  Qed.

  Lemma len_pos V (m : M.t V) : (0 < M.len m)%N <-> exists k v, M.get m k = Some v.
  Proof.
    rewrite M.len_all. split.
    - intros H. destruct (M.all m) as [|[k v] l] eqn:E; [easy|].
      exists k, v. apply M.in_all. rewrite E. cbn. auto.
    - intros (k & v & G). apply M.in_all in G. destruct (M.all m); [easy|]. cbn. lia.
  Qed.

  Lemma set_new V (m : M.t V) k v : M.get m k = None -> Permutation (M.all (M.set m k v)) ((k, v) :: M.all m).
  Proof.
    intros N. apply NoDup_Permutation.
    - apply all_nodup.
    - constructor; [|apply all_nodup]. rewrite M.in_all. congruence.
    - intros [k' v']. cbn. rewrite !M.in_all, get_set. destruct (O.eq_dec k k') as [<-|D].
      + split; [intros [= <-]; auto|intros [[= <-]|H]; congruence].
      + split; auto. intros [[= ? ?]|]; congruence.
  Qed.

  Lemma delete_old V (m : M.t V) k v : M.get m k = Some v -> Permutation (M.all m) ((k, v) :: M.all (M.delete m k)).
  Proof.
    intros G. apply NoDup_Permutation.
    - apply all_nodup.
    - constructor; [|apply all_nodup]. rewrite M.in_all, M.get_delete_same. discriminate.
    - intros [k' v']. cbn. rewrite !M.in_all, get_delete_some. destruct (O.eq_dec k k') as [<-|D].
      + rewrite G. split; [intros [= <-]; auto|]. intros [[= <-]|[? _]]; congruence.
      + intuition congruence.
  Qed.

  Lemma delete_set V (m : M.t V) k v : M.get m k = None -> M.delete (M.set m k v) k = m.
  Proof. intros N. apply M.ext. intros k'. rewrite get_delete, get_set. destruct (O.eq_dec k k'); congruence. Qed.

  Lemma set_same V (m : M.t V) k v : M.get m k = Some v -> M.set m k v = m.
  Proof. intros G. apply M.ext. intros k'. rewrite get_set. destruct (O.eq_dec k k'); congruence. Qed.

  (* Keys that are all present are no more than the map has: what bounds a walk that visits no key twice. *)
  Lemma keys_bound V (m : M.t V) l : NoDup l -> (forall k, In k l -> M.has m k = true) -> (N.of_nat (length l) <= M.len m)%N.
  Proof.
    intros D H. rewrite M.len_all, <- (map_length fst).
    assert (length l <= length (map fst (M.all m)))%nat; [|lia]. apply NoDup_incl_length; auto. intros k I.
    apply H, has_true in I as (v & G). apply M.in_all in G. apply in_map_iff. now exists (k, v).
  Qed.
End MapFacts.
