(* What an accepted step did. *)
From Coq Require Import NArith String.
From Argus.spec Require Import Words.

Inductive Fact :=
| Registered (t : ToolID)
| Delegated (g c : AgentID)
| Revoked (p c : AgentID)
| Started (a : AgentID) (i : InvocationID) (approved : option Exposure) (spec : Exposure) (* the new call included *)
| Completed (a : AgentID) (i : InvocationID) (spent : N) (endorsed raised released settled : bool)
| Returned (c p : AgentID) (spent : N) (endorsed : bool)
| EgressAllowed (a : AgentID) (e : Sink)
| Granted (p c : AgentID) (k : Capability)
| Elevated (a : AgentID) (label : Exposure)
| Armed (a : AgentID) (t : ToolID) (arguments : Digest) (upto : Exposure).

(* An event names the digest of the theory it was judged by. *)
Record Event := mkEvent { judged_by : Digest; fact : Fact }.
