(* The walk to root, which is bounded by the number of agents, finds an agent's depth exactly: ids get shorter on the way
   up, so no agent is met twice. *)
From Argus.axioms Require Import Go.
From Argus.extracted Require Import Kernel.
From Argus.spec Require Words ChildID State Invariant.
From Argus.refinement Require Import Abstract Read.
From Coq Require Import Lia.
Import ListNotations.
Local Open Scope N_scope.

(* Every agent but root has an id that its parent's is shorter than. *)
Definition wellNamed (s : State) : Prop := forall a, State.active (stateOf s) a -> a <> Words.root ->
  exists n, a = ChildID.child_id (State.parent (stateOf s) a) n.

Definition step (s : State) (id : AgentID) (n : N) : option N + AgentID :=
  match SMap.get (State_Agents s) id with
  | None => inl None
  | Some a => if String.eqb id Root then inl (Some n) else inr (Agent_Parent a)
  end.

Lemma depth_unfold s id : State_Depth s id = match loop (step s) (upto (SMap.len (State_Agents s))) id with inl r => r | inr _ => None end.
Proof.
  unfold State_Depth. match goal with |- context [loop ?f] => replace f with (step s); [reflexivity|] end. reflexivity.
Qed.

Definition from (k len : nat) : list N := List.map N.of_nat (seq k len).

Lemma walk_sound s len : forall k id n, loop (step s) (from k len) id = inl (Some n) ->
  exists d, n = N.of_nat k + d /\ State.depth (stateOf s) id d.
Proof.
  induction len as [|len IH]; intros k id n; [discriminate|].
  cbn [from seq List.map loop]. unfold step at 1. destruct (SMap.get (State_Agents s) id) as [a|] eqn:G; [|discriminate].
  destruct (String.eqb_spec id Root) as [->|R].
  - intros [= <-]. exists 0. split; [lia|]. apply State.depth_root. cbn. now rewrite (record_some _ _ _ G).
  - intros H. apply IH in H as (d & -> & D). exists (d + 1). split; [lia|]. apply State.depth_child; auto.
    + cbn. now rewrite (record_some _ _ _ G).
    + cbn. now rewrite (record_some _ _ _ G).
Qed.

Lemma walk_complete s id d : State.depth (stateOf s) id d -> forall len k, d < N.of_nat len ->
  loop (step s) (from k len) id = inl (Some (N.of_nat k + d)).
Proof.
  induction 1 as [A|c n R A D IH]; intros [|len] k L; try lia; cbn [from seq List.map loop]; unfold step at 1.
  - cbn in A. unfold record in A. destruct (SMap.get (State_Agents s) Words.root); [|easy]. cbn. do 2 f_equal. lia.
  - cbn in A, IH. unfold record in A, IH. destruct (SMap.get (State_Agents s) c); [|easy].
    apply String.eqb_neq in R. change Words.root with Root in R. rewrite R.
    change (List.map N.of_nat (seq (S k) len)) with (from (S k) len). rewrite IH by lia. do 2 f_equal. lia.
Qed.

Lemma child_longer p n : (String.length p < String.length (ChildID.child_id p n))%nat.
Proof.
  unfold ChildID.child_id. rewrite ChildID.append_assoc. cbn.
  induction p as [|c p IH]; cbn; lia.
Qed.

(* The agent and its ancestors, each once. *)
Lemma ancestry s a d : wellNamed s -> State.depth (stateOf s) a d ->
  exists l, NoDup l /\ N.of_nat (List.length l) = d + 1 /\
    forall b, In b l -> State.active (stateOf s) b /\ (String.length b <= String.length a)%nat.
Proof.
  intros W. induction 1 as [A|c n R A D (l & U & L & H)].
  - exists [Words.root]. split; [constructor; [easy|constructor]|]. split; auto. intros b [<-|[]]. auto.
  - destruct (W c A R) as (m & E). pose proof (child_longer (State.parent (stateOf s) c) m) as S. rewrite <- E in S.
    exists (c :: l). split; [|split].
    + constructor; auto. intros I. apply H in I as [_ I]. lia.
    + cbn [List.length]. lia.
    + intros b [<-|I]; auto. apply H in I as [B I]. split; auto. lia.
Qed.

Lemma depth_bound s a d : wellNamed s -> State.depth (stateOf s) a d -> d < SMap.len (State_Agents s).
Proof.
  intros W D. destruct (ancestry s a d W D) as (l & U & L & H).
  assert (N.of_nat (List.length l) <= SMap.len (State_Agents s)); [|lia]. apply SMapFacts.keys_bound; auto.
  intros b I. apply SMapFacts.has_true. apply H in I as [A _]. cbn in A. unfold record in A.
  destruct (SMap.get (State_Agents s) b); [eauto|easy].
Qed.

Theorem depth_spec s a n : wellNamed s -> State_Depth s a = Some n <-> State.depth (stateOf s) a n.
Proof.
  intros W. rewrite depth_unfold. unfold upto. change (List.map N.of_nat (seq 0 (N.to_nat (SMap.len (State_Agents s)))))
    with (from 0 (N.to_nat (SMap.len (State_Agents s)))). split.
  - intros H. destruct (loop _ _ a) as [r|] eqn:E; [|discriminate]. subst r. now apply walk_sound in E as (d & -> & D).
  - intros D. rewrite (walk_complete s a n D) by (rewrite N2Nat.id; now apply (depth_bound s a)). reflexivity.
Qed.

Theorem acts_spec s a : wellNamed s -> State_Acts s a = true <-> State.acts (stateOf s) a.
Proof.
  intros W. unfold State_Acts, State.acts. destruct (State_Depth s a) as [n|] eqn:E.
  - split; auto. intros _. exists n. now apply depth_spec.
  - split; [discriminate|]. intros (n & D). apply depth_spec in D; auto. congruence.
Qed.
