(* 2. delegate: g gives birth to a child with some of its capabilities and bits, and with its exposure. *)
From Coq Require Import NArith.
From Argus.spec Require Import Words Theory ChildID State Event.
Local Open Scope N_scope.

Inductive delegates (T : Theory) (s : State) (g : AgentID) (ks : Capability -> Prop) (n : N) : Event -> State -> Prop :=
| Delegates s' :
    let c := child_id g (born s g + 1) in
    acts s g ->
    (forall k, ks k -> holds T s g k) ->
    n <= bits s g ->
    born s g < last_child ->
    same s' (with_child s g c ks n) ->
    delegates T s g ks n (mkEvent (digest T) (Delegated g c)) s'.
