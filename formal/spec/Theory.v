(* The background that a step is judged by. *)
From Coq Require Import NArith String.
From Argus.spec Require Import Words.
Local Open Scope N_scope.

Record Tool := mkTool {
  t_needs : Capability -> Prop; (* all of them are required *)
  t_sinks : Sink -> Prop;       (* the most its calls may reach *)
  t_label : Exposure;           (* the most its results may bring *)
  t_endorsed : bool;            (* its output has a bounded schema *)
  t_reads : StoreID -> Prop;
  t_writes : StoreID -> Prop;
  t_issuer : Issuer }.

Record Theory := mkTheory {
  digest : Digest;
  oracle : Digest;                  (* of the policy that the oracles answer by *)
  catalogue : Capability -> Prop;
  tool : ToolID -> option Tool;
  mode : Exposure -> Sink -> Mode;  (* the completed table: a cell without a row denies *)
  trusted : Issuer -> Prop;
  endorses : SlotID -> Prop }.

(* A higher level or a lower integrity never gets an easier mode. Frozen rows of a flight keep this. *)
Definition monotone (m : Exposure -> Sink -> Mode) : Prop :=
  (forall x e, m x e <= allow) /\ (forall x y e, known x -> x ⊑ y -> m y e <= m x e).

(* Every reader of a store that the tool writes declares at least x. *)
Definition readers_admit (T : Theory) (d : Tool) (x : Exposure) : Prop :=
  forall st id r, t_writes d st -> tool T id = Some r -> t_reads r st -> x ⊑ t_label r.

(* What a writer with these sinks may leave in its stores: what one of its sinks admits, or anything if it has none. *)
Definition may_leave (T : Theory) (d : Tool) (x : Exposure) : Prop :=
  (exists e, t_sinks d e /\ mode T x e <> deny) \/ (forall e, ~ t_sinks d e).

Definition well_formed (T : Theory) : Prop :=
  monotone (mode T) /\
  (forall id d, tool T id = Some d ->
     known (t_label d) /\ (forall e, t_sinks d e -> e < sink_count) /\ (forall k, t_needs d k -> catalogue T k)) /\
  (forall id d x, tool T id = Some d -> known x -> may_leave T d x -> readers_admit T d x).
