(* 12. grant_override: a person arms one crossing for one call, for exposures up to what the person was shown. *)
From Coq Require Import NArith String.
From Argus.spec Require Import Words Theory State Event.
Local Open Scope N_scope.

Inductive overrides (T : Theory) (s : State) (a : AgentID) (t : ToolID) (arguments : Digest) (upto : Exposure) :
  Event -> State -> Prop :=
| Overrides d h s' :
    known upto ->
    arguments <> ""%string ->
    a <> root ->
    acts s a ->
    tool T t = Some d ->
    registered s t ->
    sensitive <= level upto -> (* that is: not restricted *)
    readers_admit T d upto ->
    let_in s d upto h ->
    same s' (with_held (with_override s a t arguments (Some upto)) h) ->
    overrides T s a t arguments upto (mkEvent (digest T) (Armed a t arguments upto)) s'.
