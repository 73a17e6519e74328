(* Verdicts hold for what they were given for, and while what the oracle read is still so. *)
From Coq Require Import NArith String.
From Argus.spec Require Import Words Theory State Input.
Local Open Scope N_scope.

Definition still_true (T : Theory) (s : State) (a : AgentID) (r : Reading) : Prop :=
  (r_read r read_capabilities -> forall k, r_caps r k <-> holds T s a k) /\
  (r_read r read_exposure -> r_exposure r = exposure s a) /\
  (r_read r read_speculative -> speculative s a (r_speculative r)) /\
  (r_read r read_depth -> depth s a (r_depth r)) /\
  (r_read r read_flights -> open_calls s a (r_flights r)).

Definition readable (r : Reading) : Prop := forall k, r_read r k -> k < attribute_count.

Definition bound_to_call (T : Theory) (s : State) (c : Call) : Prop :=
  let b := c_binding c in
  b_agent b = c_agent c /\ b_tool b = c_tool c /\ b_arguments b = c_arguments c /\ b_label b = c_label c /\
  (forall e, b_sinks b e <-> c_sinks c e) /\ b_policy b = oracle T /\ still_true T s (c_agent c) (b_reading b).

Definition bound_to_flow (T : Theory) (s : State) (g : Egress) : Prop :=
  let b := g_binding g in
  e_agent b = g_agent g /\ e_sink b = g_sink g /\ e_content b = g_content g /\
  e_policy b = oracle T /\ still_true T s (g_agent g) (e_reading b).
