(* 9. egress_check: may a's present exposure flow to a sink outside any tool? A pure guard. *)
From Coq Require Import NArith String.
From Argus.spec Require Import Words Theory State Input Binding Event.
Local Open Scope N_scope.

Inductive egresses (T : Theory) (s : State) (g : Egress) : Event -> State -> Prop :=
| Egresses s' :
    let a := g_agent g in
    g_sink g < sink_count ->
    readable (e_reading (g_binding g)) ->
    g_content g <> ""%string ->
    acts s a ->
    bound_to_flow T s g ->
    permits (mode T (exposure s a) (g_sink g)) (g_vouched g) ->
    same s' s ->
    egresses T s g (mkEvent (digest T) (EgressAllowed a (g_sink g))) s'.
