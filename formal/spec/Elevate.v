(* 11. elevate: an agent takes in something outside any call, unless a flight of it would close. For a follow-up prompt
   the label is the parent's own exposure. *)
From Argus.spec Require Import Words Theory State Event.

Inductive takes_in (T : Theory) (s : State) (a : AgentID) (label : Exposure) : Event -> State -> Prop :=
| TakesIn x s' :
    a <> root ->
    acts s a ->
    speculative s a x ->
    stays_open s a (x ⊔ label) ->
    same s' (with_exposure s a (exposure s a ⊔ label)) ->
    takes_in T s a label (mkEvent (digest T) (Elevated a label)) s'.

Inductive elevates (T : Theory) (s : State) (a : AgentID) (label : Exposure) : Event -> State -> Prop :=
| Elevates ev s' :
    known label ->
    takes_in T s a label ev s' ->
    elevates T s a label ev s'.

Inductive follows_up (T : Theory) (s : State) (p c : AgentID) : Event -> State -> Prop :=
| FollowsUp ev s' :
    child s c p ->
    takes_in T s c (exposure s p) ev s' ->
    follows_up T s p c ev s'.
