(* 5. invoke_start. *)
From Coq Require Import NArith String.
From Argus.spec Require Import Words Theory State Input Binding Event.
Local Open Scope N_scope.

(* The call is within the tool's declaration. *)
Definition declared (d : Tool) (c : Call) : Prop :=
  (forall e, c_sinks c e -> t_sinks d e) /\
  ((exists e, t_sinks d e) -> exists e, c_sinks c e) /\
  c_label c ⊑ t_label d /\
  ((exists st, t_reads d st) -> c_label c = t_label d).

(* The override that counts for the call, if there is one: armed for this agent, tool and arguments, and one that this
   theory would still let be armed. *)
Definition matching (T : Theory) (s : State) (d : Tool) (c : Call) (o : option Exposure) : Prop :=
  match o with
  | Some u => override s (c_agent c) (c_tool c) (c_arguments c) = Some u /\ readers_admit T d u
  | None => forall u, override s (c_agent c) (c_tool c) (c_arguments c) = Some u -> ~ readers_admit T d u
  end.

(* The flight that the call would become. *)
Definition flight_of (T : Theory) (d : Tool) (c : Call) (o : option Exposure) : Flight := {|
  f_tool := c_tool c;
  f_needs := t_needs d;
  f_label := c_label c;
  f_sinks := c_sinks c;
  f_reads := t_reads d;
  f_rows := mode T;
  f_authorized := c_authorized c;
  f_vouched := c_vouched c;
  f_approved := o |}.

(* A matching override is spent. *)
Definition spend (s : State) (c : Call) (o : option Exposure) : State :=
  match o with
  | Some _ => with_override s (c_agent c) (c_tool c) (c_arguments c) None
  | None => s
  end.

Inductive starts (T : Theory) (s : State) (c : Call) : Event -> State -> Prop :=
| Starts d o x h s' :
    let a := c_agent c in
    let f := flight_of T d c o in
    known (c_label c) ->
    (forall e, c_sinks c e -> e < sink_count) ->
    readable (b_reading (c_binding c)) ->
    c_arguments c <> ""%string ->
    a <> root ->
    acts s a ->
    tool T (c_tool c) = Some d ->
    registered s (c_tool c) ->
    declared d c ->
    (* C1 *) (forall k, t_needs d k -> cap s a k) ->
    bound_to_call T s c ->
    matching T s d c o ->
    speculative s a x ->
    (* C2 *) all_open f (x ⊔ c_label c) ->
    stays_open s a (x ⊔ c_label c) ->
    (* C3 *) c_authorized c = true ->
    next s < last_invocation ->
    let_in s d (x ⊔ c_label c) h ->
    same s' (with_held (with_next (with_flight (spend s c o) a (next s) (Some f)) (next s + 1)) h) ->
    starts T s c (mkEvent (digest T) (Started a (next s) o (x ⊔ c_label c))) s'.
