(* 1. register_tool: t is in the theory, its issuer is trusted, it is not registered yet. *)
From Argus.spec Require Import Words Theory State Event.

Inductive registers (T : Theory) (s : State) (t : ToolID) : Event -> State -> Prop :=
| Registers d s' :
    tool T t = Some d ->
    trusted T (t_issuer d) ->
    ~ registered s t ->
    same s' (with_registered s t) ->
    registers T s t (mkEvent (digest T) (Registered t)) s'.
