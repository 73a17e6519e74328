(* 10. grant_capability: p acts and gives its direct active child a capability that it holds and the theory knows. *)
From Argus.spec Require Import Words Theory State Event.

Inductive grants (T : Theory) (s : State) (p c : AgentID) (k : Capability) : Event -> State -> Prop :=
| Grants s' :
    acts s p ->
    child s c p ->
    catalogue T k ->
    holds T s p k ->
    same s' (with_caps s (fun a k' => caps s a k' \/ a = c /\ k' = k)) ->
    grants T s p c k (mkEvent (digest T) (Granted p c k)) s'.
