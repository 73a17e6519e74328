(* The answer is the only one, and a journal of inputs comes to the same state again. *)
From Argus.axioms Require Import Go.
From Argus.extracted Require Import Kernel.
From Argus.spec Require Words Theory State Same Input Event Step Determined.
From Argus.refinement Require Import Abstract Refines Run.
Import ListNotations.
Local Open Scope N_scope.

(* Whatever the protocol lets an input come to is what the kernel answers. *)
Theorem determinism t s i ev z : reachable t s -> Step.step (theoryOf t) (stateOf s) (inputOf i) ev z ->
  exists x, Step t s i = Outcome_Accepted x /\ ev = eventOf (Accepted_Event x) /\ State.same z (stateOf (Accepted_State x)).
Proof.
  intros R H. pose proof (reachable_step t s R i) as F. destruct (Step t s i) as [x|x]; [|now apply F in H]. exists x. split; auto.
  destruct (reachable_sound t s R) as (M & I). exact (Determined.step_determined _ _ _ _ _ _ _ _ I H F).
Qed.

(* Every event names the theory that it was judged by. *)
Theorem event_names_theory t s i x : reachable t s -> Step t s i = Outcome_Accepted x ->
  Event.judged_by (eventOf (Accepted_Event x)) = Theory_digest t.
Proof.
  intros R E. apply (soundness t s R) in E.
  destruct E as [? ? ? []|? ? ? ? ? []|? ? ? ? []|? ? ? ? []|? ? ? []|? ? ? []|? ? ? ? ? ? []|? ? ? ? []|? ? ? []|? ? ? ? ? []
    |? ? ? ? [? ? ? []]|? ? ? ? [? ? ? []]|? ? ? ? ? ? []]; reflexivity.
Qed.

(* ---- the journal ---- *)

Inductive Record :=
| Began (theory : Digest) (n : N)   (* root has n bits *)
| Changed (theory : Digest)
| Stepped (i : Input) (ev : Event).

Section Kept.
  (* Theories are kept beside the journal, by their digests. *)
  Variable kept : Digest -> option Theory.

  (* What a host writes: it keeps a theory before it lets it judge, and a step when the kernel accepts it. *)
  Inductive written : list Record -> Theory -> State -> Prop :=
  | begins n t : Theory_wellFormed t = true -> kept (Theory_digest t) = Some t -> written [Began (Theory_digest t) n] t (Genesis n)
  | steps l t s i x : written l t s -> Step t s i = Outcome_Accepted x ->
      written (l ++ [Stepped i (Accepted_Event x)]) t (Accepted_State x)
  | changes l t s t' : written l t s -> Theory_wellFormed t' = true -> Theory_follows t' s = true -> kept (Theory_digest t') = Some t' ->
      written (l ++ [Changed (Theory_digest t')]) t' s.

  (* What a replay makes of the next record: theory, state and the record as it comes out now. It asks no oracle and
     takes nothing from the event but the theory that it names. *)
  Definition redo (now : option (Theory * State)) (r : Record) : option (Theory * State * Record) :=
    match r, now with
    | Began d n, None =>
        match kept d with
        | Some t => Some (t, Genesis n, Began (Theory_digest t) n)
        | None => None
        end
    | Changed d, Some (t, s) =>
        match kept d with
        | Some t' => Some (t', s, Changed (Theory_digest t'))
        | None => None
        end
    | Stepped i ev, Some (t, s) =>
        if String.eqb (Event.judged_by (eventOf ev)) (Theory_digest t) then
          match Step t s i with
          | Outcome_Accepted x => Some (t, Accepted_State x, Stepped i (Accepted_Event x))
          | Outcome_Refused _ => None
          end
        else None
    | _, _ => None
    end.

  Fixpoint replay (now : option (Theory * State)) (l : list Record) : option (option (Theory * State) * list Record) :=
    match l with
    | [] => Some (now, [])
    | r :: l =>
        match redo now r with
        | Some (t, s, r') =>
            match replay (Some (t, s)) l with
            | Some (after, l') => Some (after, r' :: l')
            | None => None
            end
        | None => None
        end
    end.

  Lemma replay_app l m : forall now, replay now (l ++ m) =
    match replay now l with
    | Some (after, l') =>
        match replay after m with
        | Some (last, m') => Some (last, l' ++ m')
        | None => None
        end
    | None => None
    end.
  Proof.
    induction l as [|r l IH]; cbn; intros now.
    - now destruct (replay now m) as [[? ?]|].
    - destruct (redo now r) as [[[t s] r']|]; auto. rewrite IH. destruct (replay (Some (t, s)) l) as [[after l']|]; auto.
      now destruct (replay after m) as [[? ?]|].
  Qed.

  Lemma written_reachable l t s : written l t s -> reachable t s.
  Proof.
    induction 1 as [n t W K|l t s i x _ (n & R) E|l t s t' _ (n & R) W A K].
    - exists n. now apply run_genesis.
    - exists n. eapply run_step; eauto. exact Logic.I.
    - exists n. eapply run_theory; eauto.
  Qed.

  (* A journal that was written, across any changes of theory, comes to the theory and state that were left, and out of
     the replay comes the very same journal: each event, with the ids, exposures and bits in it, is as it was. *)
  Theorem replay_reproduces l t s : written l t s -> replay None l = Some (Some (t, s), l).
  Proof.
    induction 1 as [n t W K|l t s i x H IH E|l t s t' H IH W A K].
    - cbn. now rewrite K.
    - rewrite replay_app, IH. cbn. rewrite (event_names_theory t s i x (written_reachable l t s H) E), String.eqb_refl, E. reflexivity.
    - rewrite replay_app, IH. cbn. now rewrite K.
  Qed.
End Kept.
