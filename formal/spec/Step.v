(* One step of the protocol, and all that a run of it can come to. *)
From Coq Require Import NArith.
From Argus.spec Require Import Words Theory State WellFormed Input Event.
From Argus.spec Require Import Register Delegate Revoke Cascade Start Complete Return Egress Grant Elevate Override.

Inductive step (T : Theory) (s : State) : Input -> Event -> State -> Prop :=
| register_tool t ev s' : registers T s t ev s' -> step T s (RegisterTool t) ev s'
| delegate g ks n ev s' : delegates T s g ks n ev s' -> step T s (Delegate g ks n) ev s'
| revoke p c ev s' : revokes T s p c ev s' -> step T s (Revoke p c) ev s'
| cascade_revoke c p ev s' : cascades T s c p ev s' -> step T s (CascadeRevoke c p) ev s'
| invoke_start c ev s' : starts T s c ev s' -> step T s (InvokeStart c) ev s'
| invoke_complete o ev s' : completes T s o ev s' -> step T s (InvokeComplete o) ev s'
| return_endorsed c p n slot ev s' : returns_endorsed T s c p n slot ev s' -> step T s (ReturnEndorsed c p n slot) ev s'
| return_unendorsed c p ev s' : returns_unendorsed T s c p ev s' -> step T s (ReturnUnendorsed c p) ev s'
| egress_check g ev s' : egresses T s g ev s' -> step T s (EgressCheck g) ev s'
| grant_capability p c k ev s' : grants T s p c k ev s' -> step T s (GrantCapability p c k) ev s'
| elevate a x ev s' : elevates T s a x ev s' -> step T s (Elevate a x) ev s'
| follow_up p c ev s' : follows_up T s p c ev s' -> step T s (FollowUp p c) ev s'
| grant_override a t d u ev s' : overrides T s a t d u ev s' -> step T s (GrantOverride a t d u) ev s'.

(* Each input has its own rule, and no other. *)
Section Rule.
  Variables (T : Theory) (s : State) (ev : Event) (s' : State).
  Lemma register_rule t : step T s (RegisterTool t) ev s' -> registers T s t ev s'. Proof. now inversion 1. Qed.
  Lemma delegate_rule g ks n : step T s (Delegate g ks n) ev s' -> delegates T s g ks n ev s'. Proof. now inversion 1. Qed.
  Lemma revoke_rule p c : step T s (Revoke p c) ev s' -> revokes T s p c ev s'. Proof. now inversion 1. Qed.
  Lemma cascade_rule c p : step T s (CascadeRevoke c p) ev s' -> cascades T s c p ev s'. Proof. now inversion 1. Qed.
  Lemma start_rule c : step T s (InvokeStart c) ev s' -> starts T s c ev s'. Proof. now inversion 1. Qed.
  Lemma complete_rule o : step T s (InvokeComplete o) ev s' -> completes T s o ev s'. Proof. now inversion 1. Qed.
  Lemma return_endorsed_rule c p n slot : step T s (ReturnEndorsed c p n slot) ev s' -> returns_endorsed T s c p n slot ev s'.
  Proof. now inversion 1. Qed.
  Lemma return_unendorsed_rule c p : step T s (ReturnUnendorsed c p) ev s' -> returns_unendorsed T s c p ev s'.
  Proof. now inversion 1. Qed.
  Lemma egress_rule g : step T s (EgressCheck g) ev s' -> egresses T s g ev s'. Proof. now inversion 1. Qed.
  Lemma grant_rule p c k : step T s (GrantCapability p c k) ev s' -> grants T s p c k ev s'. Proof. now inversion 1. Qed.
  Lemma elevate_rule a x : step T s (Elevate a x) ev s' -> elevates T s a x ev s'. Proof. now inversion 1. Qed.
  Lemma follow_up_rule p c : step T s (FollowUp p c) ev s' -> follows_up T s p c ev s'. Proof. now inversion 1. Qed.
  Lemma override_rule a t d u : step T s (GrantOverride a t d u) ev s' -> overrides T s a t d u ev s'. Proof. now inversion 1. Qed.
End Rule.

(* What an observer of a run keeps. Nothing of it can reach the state. *)
Record Observer (G : Type) := mkObserver {
  begins : N -> G -> Prop;                                             (* at genesis, with root's bits *)
  sees : Theory -> State -> Input -> Event -> State -> G -> G -> Prop; (* at an accepted step *)
  meanwhile : State -> G -> G -> Prop }.                               (* between steps *)
Arguments mkObserver {G}. Arguments begins {G}. Arguments sees {G}. Arguments meanwhile {G}.

(* The runs of the protocol under every admissible sequence of well-formed theories, from root with n bits. *)
Inductive run {G} (O : Observer G) (n : N) : Theory -> State -> G -> Prop :=
| run_genesis T s g : well_formed T -> same s (genesis n) -> begins O n g -> run O n T s g
| run_step T s g i ev s' g' :
    run O n T s g -> step T s i ev s' -> sees O T s i ev s' g g' -> run O n T s' g'
| run_meanwhile T s g g' : run O n T s g -> meanwhile O s g g' -> run O n T s g'
| run_theory T s g T' : run O n T s g -> well_formed T' -> admissible T' s -> run O n T' s g.

Definition nobody : Observer unit :=
  mkObserver (fun _ _ => True) (fun _ _ _ _ _ _ _ => True) (fun _ _ _ => False).

Definition reachable (T : Theory) (s : State) : Prop := exists n, run nobody n T s tt.

(* An observer only looks: with one or without, the same states are reached. *)
Section Watched.
  Variables (G : Type) (O : Observer G).

  Lemma run_reachable n T s g : run O n T s g -> reachable T s.
  Proof. intros R. exists n. induction R; [eapply run_genesis|eapply run_step|auto|eapply run_theory]; eauto; exact I. Qed.

  (* It can begin, and has an answer to whatever happens. *)
  Definition attentive : Prop := (forall n, exists g, begins O n g) /\
    forall T s i ev s' g, step T s i ev s' -> exists g', sees O T s i ev s' g g'.

  Lemma reachable_run T s : attentive -> reachable T s -> exists n g, run O n T s g.
  Proof.
    intros [B A] (n & R). exists n. induction R as [T s [] W S _|T s [] i ev s' [] _ (g & R) H _|T s [] [] _ (g & R) []|T s [] T' _ (g & R) W Ad].
    - destruct (B n) as (g & E). exists g. now apply run_genesis.
    - destruct (A T s i ev s' g H) as (g' & E). exists g'. eapply run_step; eauto.
    - exists g. now apply run_theory with (T := T).
  Qed.
End Watched.
