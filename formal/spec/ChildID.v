(* The id of the n-th child of an agent. Two births share an id only if they share both parent and number. *)
From Coq Require Import NArith String Ascii List Lia DecimalString DecimalN DecimalFacts.
From Argus.spec Require Import Words.
Local Open Scope string_scope.

Definition decimal (n : N) : string := NilEmpty.string_of_uint (N.to_uint n).
Definition child_id (p : AgentID) (n : N) : AgentID := p ++ "." ++ decimal n.
