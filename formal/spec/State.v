(* What the protocol remembers. Nothing here is computable: a state is a handful of functions and predicates, and two
   states are the same when these agree at every point. *)
From Coq Require Import NArith String List.
From Argus.spec Require Import Words Theory ChildID.
Local Open Scope N_scope.

(* An invocation started and not yet settled. All it was judged by is frozen in it. *)
Record Flight := mkFlight {
  f_tool : ToolID;
  f_needs : Capability -> Prop;
  f_label : Exposure;
  f_sinks : Sink -> Prop;
  f_reads : StoreID -> Prop;
  f_rows : Exposure -> Sink -> Mode; (* only those of f_sinks matter *)
  f_authorized : bool;
  f_vouched : bool;
  f_approved : option Exposure }.    (* the crossing that a person consented to *)

Record State := mkState {
  active : AgentID -> Prop;
  parent : AgentID -> AgentID;
  caps : AgentID -> Capability -> Prop; (* root's are not stored *)
  exposure : AgentID -> Exposure;
  bits : AgentID -> N;                  (* how much it may still declassify *)
  born : AgentID -> N;                  (* how many children it ever had *)
  flight : AgentID -> InvocationID -> option Flight;
  override : AgentID -> ToolID -> Digest -> option Exposure;
  registered : ToolID -> Prop;
  next : InvocationID;                  (* the next invocation to be minted *)
  settling : InvocationID -> option AgentID; (* open calls of revoked agents *)
  held : StoreID -> Exposure }.         (* the join of all that was let into a store *)

Definition same (s z : State) : Prop :=
  (forall a, active s a <-> active z a) /\
  (forall a, parent s a = parent z a) /\
  (forall a k, caps s a k <-> caps z a k) /\
  (forall a, exposure s a = exposure z a) /\
  (forall a, bits s a = bits z a) /\
  (forall a, born s a = born z a) /\
  (forall a i, flight s a i = flight z a i) /\
  (forall a t d, override s a t d = override z a t d) /\
  (forall t, registered s t <-> registered z t) /\
  next s = next z /\
  (forall i, settling s i = settling z i) /\
  (forall st, held s st = held z st).

(* Root alone, active, every capability, clean, bits as configured. *)
Definition genesis (n : N) : State := {|
  active := fun a => a = root;
  parent := fun _ => ""%string;
  caps := fun _ _ => False;
  exposure := fun _ => clean;
  bits := fun a => if String.eqb a root then n else 0;
  born := fun _ => 0;
  flight := fun _ _ => None;
  override := fun _ _ _ => None;
  registered := fun _ => False;
  next := 0;
  settling := fun _ => None;
  held := fun _ => clean |}.

(* ---- what is asked of a state ---- *)

(* a is active and so is every ancestor up to root, n of them. *)
Inductive depth (s : State) : AgentID -> N -> Prop :=
| depth_root : active s root -> depth s root 0
| depth_child c n : c <> root -> active s c -> depth s (parent s c) n -> depth s c (n + 1).

Definition acts (s : State) (a : AgentID) : Prop := exists n, depth s a n.

Definition child (s : State) (c p : AgentID) : Prop := c <> root /\ active s c /\ parent s c = p.

(* cap(a), in which root has every capability of any catalogue, and what a may give: of root's, those of the present
   theory. *)
Definition cap (s : State) (a : AgentID) (k : Capability) : Prop := a = root \/ caps s a k.
Definition holds (T : Theory) (s : State) (a : AgentID) (k : Capability) : Prop :=
  a = root /\ catalogue T k \/ a <> root /\ caps s a k.

(* spec(a): the least exposure above a's own and above the label of each of its flights. *)
Definition speculative (s : State) (a : AgentID) (x : Exposure) : Prop :=
  forall y, x ⊑ y <-> exposure s a ⊑ y /\ forall i f, flight s a i = Some f -> f_label f ⊑ y.

Definition approved (f : Flight) (x : Exposure) : Prop := exists u, f_approved f = Some u /\ x ⊑ u.

(* A flight's sink is open by its own frozen rows and verdicts, or because a person approved this exposure. *)
Definition open (f : Flight) (x : Exposure) (e : Sink) : Prop := permits (f_rows f x e) (f_vouched f) \/ approved f x.
Definition all_open (f : Flight) (x : Exposure) : Prop := forall e, f_sinks f e -> open f x e.
Definition stays_open (s : State) (a : AgentID) (x : Exposure) : Prop :=
  forall i f, flight s a i = Some f -> all_open f x.
Definition others_stay_open (s : State) (a : AgentID) (i : InvocationID) (x : Exposure) : Prop :=
  forall j f, j <> i -> flight s a j = Some f -> all_open f x.

Definition idle (s : State) (a : AgentID) : Prop := forall i, flight s a i = None.
Definition open_calls (s : State) (a : AgentID) (n : N) : Prop :=
  exists l, NoDup l /\ (forall i, In i l <-> flight s a i <> None) /\ N.of_nat (List.length l) = n.

(* ---- how a state is changed ---- *)

Definition at_ {A} (f : string -> A) (k : string) (v : A) : string -> A := fun k' => if String.eqb k' k then v else f k'.
Definition at_n {A} (f : N -> A) (k : N) (v : A) : N -> A := fun k' => if N.eqb k' k then v else f k'.

Definition with_caps (s : State) (f : AgentID -> Capability -> Prop) : State :=
  mkState (active s) (parent s) f (exposure s) (bits s) (born s) (flight s) (override s) (registered s) (next s) (settling s) (held s).
Definition with_exposure (s : State) (a : AgentID) (x : Exposure) : State :=
  mkState (active s) (parent s) (caps s) (at_ (exposure s) a x) (bits s) (born s) (flight s) (override s) (registered s) (next s) (settling s) (held s).
Definition with_bits (s : State) (a : AgentID) (n : N) : State :=
  mkState (active s) (parent s) (caps s) (exposure s) (at_ (bits s) a n) (born s) (flight s) (override s) (registered s) (next s) (settling s) (held s).
Definition with_flight (s : State) (a : AgentID) (i : InvocationID) (f : option Flight) : State :=
  mkState (active s) (parent s) (caps s) (exposure s) (bits s) (born s) (at_ (flight s) a (at_n (flight s a) i f)) (override s) (registered s) (next s) (settling s) (held s).
Definition with_override (s : State) (a : AgentID) (t : ToolID) (d : Digest) (x : option Exposure) : State :=
  mkState (active s) (parent s) (caps s) (exposure s) (bits s) (born s) (flight s) (at_ (override s) a (at_ (override s a) t (at_ (override s a t) d x))) (registered s) (next s) (settling s) (held s).
Definition with_registered (s : State) (t : ToolID) : State :=
  mkState (active s) (parent s) (caps s) (exposure s) (bits s) (born s) (flight s) (override s) (fun t' => registered s t' \/ t' = t) (next s) (settling s) (held s).
Definition with_next (s : State) (n : InvocationID) : State :=
  mkState (active s) (parent s) (caps s) (exposure s) (bits s) (born s) (flight s) (override s) (registered s) n (settling s) (held s).
Definition with_settling (s : State) (i : InvocationID) (a : option AgentID) : State :=
  mkState (active s) (parent s) (caps s) (exposure s) (bits s) (born s) (flight s) (override s) (registered s) (next s) (at_n (settling s) i a) (held s).
Definition with_held (s : State) (h : StoreID -> Exposure) : State :=
  mkState (active s) (parent s) (caps s) (exposure s) (bits s) (born s) (flight s) (override s) (registered s) (next s) (settling s) h.

(* h is what the stores hold once a call of tool d, whose agent may know x, was let in. *)
Definition let_in (s : State) (d : Tool) (x : Exposure) (h : StoreID -> Exposure) : Prop :=
  forall st, t_writes d st /\ h st = held s st ⊔ x \/ ~ t_writes d st /\ h st = held s st.

(* The clean-up of rules 3 and 4: all of c is gone, but the ids of its flights, which settle. *)
Definition without (s : State) (c : AgentID) : State := {|
  active := fun a => active s a /\ a <> c;
  parent := at_ (parent s) c ""%string;
  caps := fun a k => caps s a k /\ a <> c;
  exposure := at_ (exposure s) c clean;
  bits := at_ (bits s) c 0;
  born := at_ (born s) c 0;
  flight := at_ (flight s) c (fun _ => None);
  override := at_ (override s) c (fun _ _ => None);
  registered := registered s;
  next := next s;
  settling := fun i => match flight s c i with Some _ => Some c | None => settling s i end;
  held := held s |}.

(* A child c of g with capabilities ks and n of g's bits, which g loses. *)
Definition with_child (s : State) (g c : AgentID) (ks : Capability -> Prop) (n : N) : State := {|
  active := fun a => active s a \/ a = c;
  parent := at_ (parent s) c g;
  caps := fun a k => a <> c /\ caps s a k \/ a = c /\ ks k;
  exposure := at_ (exposure s) c (exposure s g);
  bits := at_ (at_ (bits s) g (bits s g - n)) c n;
  born := at_ (at_ (born s) g (born s g + 1)) c 0;
  flight := at_ (flight s) c (fun _ => None);
  override := at_ (override s) c (fun _ _ => None);
  registered := registered s;
  next := next s;
  settling := settling s;
  held := held s |}.
