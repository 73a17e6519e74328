(* 6. invoke_complete: a flight of an active agent is settled; how the call ended makes no difference. *)
From Coq Require Import NArith.
From Argus.spec Require Import Words Theory State Input Event.
Local Open Scope N_scope.

(* The host attests that the output conforms to the bounded schema, and the outcome raises nothing. *)
Definition bounded (o : Completion) : Prop := o_conforms o = true /\ o_raised o = None.

(* Bits are spent and confidentiality stays: the tool is endorsed, and the agent has the bits, at least one. *)
Definition declassifies (T : Theory) (s : State) (f : Flight) (o : Completion) : Prop :=
  bounded o /\ (exists d, tool T (f_tool f) = Some d /\ t_endorsed d = true) /\ 1 <= o_bits o <= bits s (o_agent o).

(* What the exposure takes: the frozen label and what it was raised by, less what was declassified or endorsed. *)
Definition taken (f : Flight) (raise : option Exposure) (declassified endorsed : bool) : Exposure :=
  let x := match raise with Some r => f_label f ⊔ r | None => f_label f end in
  mkExposure (if declassified then public else level x) (if endorsed then proven else integrity x).

Inductive completes (T : Theory) (s : State) (o : Completion) : Event -> State -> Prop :=
| Completes f x raise (declassified endorsed released : bool) s' :
    let a := o_agent o in
    let i := o_invocation o in
    let spent := if declassified then o_bits o else 0 in
    o_ending o < ending_count ->
    (forall r, o_raised o = Some r -> known r) ->
    active s a ->
    flight s a i = Some f ->
    speculative s a x ->
    (* the raise is taken if all other flights stay open *)
    (forall r, raise = Some r <-> o_raised o = Some r /\ others_stay_open s a i (x ⊔ r)) ->
    (declassified = true <-> declassifies T s f o) ->
    (endorsed = true <-> bounded o /\ endorses T (o_slot o)) ->
    (released = true <-> acts s a /\ raise = o_raised o) ->
    same s' (with_exposure (with_bits (with_flight s a i None) a (bits s a - spent)) a
               (exposure s a ⊔ taken f raise declassified endorsed)) ->
    completes T s o (mkEvent (digest T)
      (Completed a i spent endorsed (match raise with Some _ => true | None => false end) released false)) s'
(* A settling id is accepted once, without effect: the result must be thrown away. *)
| Settles s' :
    o_ending o < ending_count ->
    (forall r, o_raised o = Some r -> known r) ->
    settling s (o_invocation o) = Some (o_agent o) ->
    same s' (with_settling s (o_invocation o) None) ->
    completes T s o (mkEvent (digest T) (Completed (o_agent o) (o_invocation o) 0 false false false true)) s'.
