(* 4. cascade_revoke: c is active, its parent is not. Nobody needs to act for it. *)
From Argus.spec Require Import Words Theory State Event.

Inductive cascades (T : Theory) (s : State) (c p : AgentID) : Event -> State -> Prop :=
| Cascades s' :
    child s c p ->
    ~ active s p ->
    same s' (without s c) ->
    cascades T s c p (mkEvent (digest T) (Revoked p c)) s'.
