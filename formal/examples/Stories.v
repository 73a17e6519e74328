(* Stories told to the translated kernel, and the universe that they happen in: the one of docs/protocol.md, as
   kernel/kerneltest has it. *)
From Argus.axioms Require Import Go.
From Argus.extracted Require Import Kernel.
Import ListNotations.
Local Open Scope N_scope.
Local Open Scope string_scope.

(* The stable id of each rule that a refusal names, as in kernel/rule.go. *)
Definition rule (r : Refusal) : string :=
  match r with
  | Refusal_NotActing _ => "not_acting"
  | Refusal_NotActive _ => "not_active"
  | Refusal_NotChild _ => "not_child"
  | Refusal_RootRefused _ => "root"
  | Refusal_OutOfCatalogue _ => "catalogue"
  | Refusal_NoDigest _ => "no_digest"
  | Refusal_Exhausted _ => "exhausted"
  | Refusal_UnknownTool _ => "unknown_tool"
  | Refusal_Unregistered _ => "unregistered"
  | Refusal_AlreadyRegistered _ => "already_registered"
  | Refusal_UntrustedIssuer _ => "issuer"
  | Refusal_NotHeld _ => "not_held"
  | Refusal_NotInCatalogue _ => "unknown_capability"
  | Refusal_LacksBits _ => "bits"
  | Refusal_Unbounded _ => "unbounded"
  | Refusal_Busy _ => "busy"
  | Refusal_ParentActive _ => "parent_active"
  | Refusal_NotInFlight _ => "not_in_flight"
  | Refusal_Undeclared _ => "undeclared"
  | Refusal_LacksCapability _ => "C1"
  | Refusal_Stale _ => "stale"
  | Refusal_Carried _ => "2a"
  | Refusal_FlightClosed _ => "2b"
  | Refusal_SelfClosed _ => "2c"
  | Refusal_NotAuthorized _ => "C3"
  | Refusal_EgressClosed _ => "egress"
  | Refusal_BeyondOverride _ => "override_level"
  | Refusal_StoreExceeded _ => "store"
  end.

(* ---- stories ---- *)

(* What is asked of the kernel may depend on the theory and the state in which it is asked. *)
Definition move := Theory -> State -> Input.

Inductive line :=
| Does (m : move)                             (* it is accepted *)
| Tells (m : move) (p : Event -> bool)        (* it is accepted, and the event is so *)
| Refuses (why : string) (m : move)           (* it is refused by this rule *)
| Stale_ (part : string) (m : move)           (* it is refused since this part of the verdicts' binding is stale *)
| Shows (p : State -> bool)                   (* the state is so *)
| Under (t : Theory).                         (* from here on another theory is in force *)

Fixpoint told (t : Theory) (s : State) (story : list line) : bool :=
  match story with
  | [] => true
  | Does m :: rest =>
      match Step t s (m t s) with Outcome_Accepted x => told t (Accepted_State x) rest | Outcome_Refused _ => false end
  | Tells m p :: rest =>
      match Step t s (m t s) with
      | Outcome_Accepted x => p (Accepted_Event x) && told t (Accepted_State x) rest
      | Outcome_Refused _ => false
      end
  | Refuses why m :: rest =>
      match Step t s (m t s) with Outcome_Accepted _ => false | Outcome_Refused x => String.eqb (rule (Refused_Why x)) why && told t s rest end
  | Stale_ part m :: rest =>
      match Step t s (m t s) with
      | Outcome_Refused (mkRefused (Refusal_Stale x)) => String.eqb (Stale_Part x) part && told t s rest
      | _ => false
      end
  | Shows p :: rest => p s && told t s rest
  | Under t :: rest => told t s rest
  end.

(* ---- the universe ---- *)

Definition setOfList (l : list string) : SSet.t := fold_left SSet.add l SSet.empty.
Definition sinksOf (l : list Sink) : Sinks := fold_left (fun es e => N.lor es (2 ^ e)) l 0.

Definition tool (needs : string) (sinks : list Sink) (l : Level) (i : Integrity) (endorsed : bool) (reads writes : list string) : Tool :=
  mkTool (setOfList [needs]) (sinksOf sinks) (mkExposure l i) endorsed (setOfList reads) (setOfList writes) "registry".

Definition tools : list (ToolID * Tool) :=
  let plain id sinks l i := (id, tool id sinks l i false [] []) in [
  plain "read-db" [] Sensitive Verified;
  plain "send-email" [NetworkExternal] Public Verified;
  plain "post-slack" [NetworkExternal] Public Verified;
  plain "query-api" [NetworkInternal] Sensitive Verified;
  plain "read-file" [] Internal Verified;
  ("search-web", tool "search-web" [NetworkExternal] Public Verified true [] []);
  ("summarize", tool "summarize" [] Public Verified true [] []);
  plain "read-page" [NetworkExternal] Public Untrusted;
  plain "delete-repo" [Destructive] Public Verified;
  plain "pay" [Financial] Public Verified;
  ("remember", tool "remember" [IPC] Public Verified false [] ["notes"]);
  ("recall", tool "recall" [] Internal Untrusted false ["notes"] []);
  plain "export-db" [NetworkExternal] Sensitive Verified].

Definition rows : list (Exposure * Sink * Mode) :=
  let any l e m := map (fun i => (mkExposure l i, e, m)) [Untrusted; Observed; Verified; Proven] in
  any Public NetworkExternal Allow ++ any Internal NetworkExternal Inspect ++
  any Public NetworkInternal Allow ++ any Internal NetworkInternal Allow ++ any Sensitive NetworkInternal Inspect ++
  any Public IPC Allow ++ any Internal IPC Allow ++
  flat_map (fun e => [(mkExposure Public Proven, e, Allow); (mkExposure Public Verified, e, Allow); (mkExposure Public Observed, e, Inspect)])
    [Destructive; Financial].

Definition policyOf (l : list (Exposure * Sink * Mode)) : Policy :=
  mkPolicy (fold_left (fun m '(x, e, k) => NMap.set m (cellOf x e) k) l NMap.empty).

Definition theory (digest oracle : Digest) (ts : list (ToolID * Tool)) (l : list (Exposure * Sink * Mode)) : Theory := {|
  Theory_digest := digest;
  Theory_oracle := oracle;
  Theory_catalogue := setOfList (map fst ts);
  Theory_tools := fold_left (fun m '(id, d) => SMap.set m id d) ts SMap.empty;
  Theory_policy := policyOf l;
  Theory_issuers := setOfList ["registry"];
  Theory_endorsing := setOfList ["choice"] |}.

Definition universe : Theory := theory "theory-1" "oracle-policy-1" tools rows.

(* The universe with one tool declared otherwise. *)
Definition redeclared (id : ToolID) (d : Tool) : Theory :=
  theory "theory-1" "oracle-policy-1" (map (fun '(id', d') => if String.eqb id' id then (id, d) else (id', d')) tools) rows.

(* Root alone, and every tool registered. *)
Definition world : State := State_set_Tools (Genesis 1000) (setOfList (map fst tools)).

(* ---- moves ---- *)

Definition said (i : Input) : move := fun _ _ => i.

Definition child (by_ : AgentID) (bits : N) (ids : list ToolID) : move := said (Input_Delegate (mkDelegate by_ (setOfList ids) bits)).
Definition revoke (p c : AgentID) : move := said (Input_Revoke (mkRevoke p c)).
Definition cascade (c p : AgentID) : move := said (Input_CascadeRevoke (mkCascadeRevoke c p)).
Definition followUp (p c : AgentID) : move := said (Input_FollowUp (mkFollowUp p c)).
Definition elevate (a : AgentID) (l : Level) (i : Integrity) : move := said (Input_Elevate (mkElevate a (mkExposure l i))).
Definition returnFree (c p : AgentID) : move := said (Input_ReturnUnendorsed (mkReturnUnendorsed c p)).
Definition returnBounded (c p : AgentID) (bits : N) : move := said (Input_ReturnEndorsed (mkReturnEndorsed c p bits "")).
Definition grant (p c : AgentID) (k : Capability) : move := said (Input_GrantCapability (mkGrantCapability p c k)).
Definition override (a : AgentID) (t : ToolID) (l : Level) (i : Integrity) : move :=
  said (Input_GrantOverride (mkGrantOverride a t "arguments-1" (mkExposure l i))).

(* What an oracle sees that reads all it may. *)
Definition reading (t : Theory) (s : State) (a : AgentID) : Reading :=
  match SMap.get (State_Agents s) a with
  | Some r =>
      mkReading 31 (Theory_caps t a r) (Agent_Exposure r) (Agent_Speculative r)
        (match State_Depth s a with Some n => n | None => 0 end) (NMap.len (Agent_Flights r))
  | None => mkReading 31 SSet.empty (mkExposure 0 0) (mkExposure 0 0) 0 0
  end.

(* An authorized call of all that the tool declares, with verdicts bound to the present; then changed. *)
Definition call (t : Theory) (s : State) (a : AgentID) (id : ToolID) (arguments : Digest) (label : Exposure) (sinks : Sinks) (vouched : bool) : InvokeStart :=
  mkInvokeStart a id arguments label sinks
    (mkVerdicts true vouched (mkBinding a id arguments label sinks (Theory_oracle t) (reading t s a))).

Definition declared (t : Theory) (id : ToolID) : Exposure * Sinks :=
  match SMap.get (Theory_tools t) id with
  | Some d => (Tool_Label d, Tool_Sinks d)
  | None => (mkExposure 0 0, 0)
  end.

Definition calling (vouched : bool) (a : AgentID) (id : ToolID) (t : Theory) (s : State) : InvokeStart :=
  let '(label, sinks) := declared t id in call t s a id "arguments-1" label sinks vouched.

Definition start (a : AgentID) (id : ToolID) : move := fun t s => Input_InvokeStart (calling false a id t s).
Definition startVouched (a : AgentID) (id : ToolID) : move := fun t s => Input_InvokeStart (calling true a id t s).

(* A verdict that was given some time ago. *)
Definition given (c : InvokeStart) : move := said (Input_InvokeStart c).

Definition completion (a : AgentID) (i : InvocationID) (e : Ending) (conforms : bool) (bits : N) : Input :=
  Input_InvokeComplete (mkInvokeComplete a i e conforms bits "" (mkRaise false (mkExposure 0 0))).
Definition complete (a : AgentID) (i : InvocationID) : move := said (completion a i Success false 0).
Definition completeEnded (a : AgentID) (i : InvocationID) (e : Ending) : move := said (completion a i e false 0).
Definition completeBounded (a : AgentID) (i : InvocationID) (bits : N) : move := said (completion a i Success true bits).

(* The call that started last. *)
Definition last (s : State) : InvocationID := State_Next s - 1.

(* A call from start to end. *)
Definition use (a : AgentID) (id : ToolID) : list line :=
  [Does (start a id); Does (fun t s => completion a (last s) Success false 0)].

Definition egress (a : AgentID) (e : Sink) : move := fun t s =>
  Input_EgressCheck (mkEgressCheck a e "content-1"
    (mkEgressVerdicts true (mkEgressBinding a e "content-1" (Theory_oracle t) (reading t s a)))).

(* ---- what a state shows ---- *)

Definition exposureIs (a : AgentID) (l : Level) (i : Integrity) (s : State) : bool :=
  match SMap.get (State_Agents s) a with
  | Some r => Exposure_same (Agent_Exposure r) (mkExposure l i)
  | None => false
  end.
Definition activeAre (n : N) (s : State) : bool := (SMap.len (State_Agents s) =? n)%N.

Definition releasedIs (released settled : bool) (e : Event) : bool :=
  match e with
  | Event_Completed x => Bool.eqb (Completed_Released x) released && Bool.eqb (Completed_Settled x) settled
  | _ => false
  end.
Definition spentIs (declassified : bool) (bits : N) (e : Event) : bool :=
  match e with
  | Event_Completed x => Bool.eqb (Completed_Declassified x) declassified && (Completed_Spent x =? bits)%N && Completed_Released x
  | _ => false
  end.
Definition approvedIs (approved : bool) (e : Event) : bool :=
  match e with
  | Event_Started x => Bool.eqb (Approval_Given (Started_Approval x)) approved
  | _ => false
  end.
