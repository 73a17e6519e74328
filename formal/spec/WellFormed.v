(* When a theory may follow on a state. *)
From Argus.spec Require Import Words Theory State.

(* No tool reads a store that holds more than the tool's label, and every open call that reads a store belongs to a
   tool that still reads it, with at most the label frozen in the call. *)
Definition stores_within (T : Theory) (s : State) : Prop :=
  (forall id d st, tool T id = Some d -> t_reads d st -> held s st ⊑ t_label d) /\
  (forall a i f st, flight s a i = Some f -> f_reads f st ->
     exists d, tool T (f_tool f) = Some d /\ t_reads d st /\ t_label d ⊑ f_label f).

(* Nor is a call of a revoked agent open, since what it reads is forgotten. *)
Definition admissible (T : Theory) (s : State) : Prop := stores_within T s /\ forall i, settling s i = None.
