(* Everything that translated code mentions. *)
From Coq Require Export Bool NArith List String.
From Argus.axioms Require Export Width Loops Decimal Maps.
