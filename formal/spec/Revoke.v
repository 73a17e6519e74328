(* 3. revoke: p acts and ends its direct active child, which is not root. *)
From Argus.spec Require Import Words Theory State Event.

Inductive revokes (T : Theory) (s : State) (p c : AgentID) : Event -> State -> Prop :=
| Revokes s' :
    acts s p ->
    child s c p ->
    same s' (without s c) ->
    revokes T s p c (mkEvent (digest T) (Revoked p c)) s'.
