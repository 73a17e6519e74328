(* Ids are minted once, over the whole run: agents' and invocations'. *)
From Coq Require Import NArith String Lia.
From Argus.spec Require Import Words Theory ChildID State Same WellFormed Input Event Delegate Start Complete Step.
From Argus.spec Require Import Invariant Kept Preserved Safety.
Local Open Scope N_scope.

Record Register := mkRegister { agents : AgentID -> Prop; calls : InvocationID -> Prop }.

(* Remembers for ever what was minted. *)
Definition registrar : Observer Register := {|
  begins := fun _ g => (forall a, agents g a <-> a = root) /\ (forall i, ~ calls g i);
  sees := fun _ _ _ ev _ g g' =>
    (forall c, agents g' c <-> agents g c \/ exists p, fact ev = Delegated p c) /\
    (forall i, calls g' i <-> calls g i \/ exists a o x, fact ev = Started a i o x);
  meanwhile := fun _ _ _ => False |}.

Lemma minted_iff ev M a : minted ev M a <-> M a \/ exists p, fact ev = Delegated p a.
Proof.
  unfold minted. destruct (fact ev) eqn:F; split; try (now left); try (intros [|(? & [=])]; now auto).
  intros [| ->]; eauto.
Qed.

Lemma started_next T s i ev s' a j o x : step T s i ev s' -> fact ev = Started a j o x -> j = next s /\ next s' = next s + 1.
Proof.
  destruct 1 as [? ? ? []|? ? ? ? ? []|? ? ? ? []|? ? ? ? []|? ? ? []|? ? ? []|? ? ? ? ? ? []|? ? ? ? []|? ? ? []|? ? ? ? ? []
    |? ? ? ? [? ? ? []]|? ? ? ? [? ? ? []]|? ? ? ? ? ? []]; cbn; intros [=].
  split; auto. match goal with S : same _ _ |- _ => now rewrite (next_same _ _ S) end.
Qed.

Lemma registrar_inv n T s g : run registrar n T s g ->
  (exists M, Inv T s M /\ forall a, agents g a -> M a) /\ (forall i, calls g i -> i < next s).
Proof.
  induction 1 as [T s g W S [A C]|T s g i ev s' g' R ((M & I & A) & C) H [A' C']|T s g g' _ _ []|T s g T' _ ((M & I & A) & C) W Ad].
  - split; [|intros i Ci; now apply C in Ci]. exists (fun a => a = root). split; [|apply A].
    apply (inv_same _ _ _ _ S). now apply genesis_inv.
  - destruct (run_inv _ _ _ _ _ _ R) as [W _]. split.
    + exists (minted ev M). split; [eapply step_preserved; eauto|]. intros a. rewrite A', minted_iff. intuition.
    + intros j. rewrite C'. intros [J|(a & o & x & F)].
      * apply C in J. pose proof (next_grows _ _ _ _ _ H). lia.
      * destruct (started_next _ _ _ _ _ _ _ _ _ H F). lia.
  - split; auto. exists M. split; auto. eapply theory_preserved; eauto.
Qed.

Theorem no_rebirth n T s g i ev s' : run registrar n T s g -> step T s i ev s' ->
  (forall p c, fact ev = Delegated p c -> ~ agents g c) /\ (forall a j o x, fact ev = Started a j o x -> ~ calls g j).
Proof.
  intros R H. destruct (registrar_inv _ _ _ _ R) as ((M & I & A) & C). split.
  - intros p c F G. apply A in G. destruct H; try (now destruct H); try (now destruct H as [? ? ? []]).
    destruct H as [z c' Ac _ _ _ _]. injection F as <- <-. revert G. apply (child_fresh T s M I), acts_active, Ac.
  - intros a j o x F G. apply C in G. destruct (started_next _ _ _ _ _ _ _ _ _ H F). lia.
Qed.

Lemma registrar_attentive : attentive _ registrar.
Proof.
  split.
  - intros n. exists (mkRegister (fun a => a = root) (fun _ => False)). cbn. split; [reflexivity|auto].
  - intros T s i ev s' g H. exists (mkRegister (fun c => agents g c \/ exists p, fact ev = Delegated p c) (fun j => calls g j \/ exists a o x, fact ev = Started a j o x)).
    split; cbn; reflexivity.
Qed.
