(* The thirteen holes of the plain protocol, computed by the translated kernel. Each example has the name of the test of
   kernel/holes_test.go that tells the same story: the attack is refused, and a control that differs in one thing is not. *)
From Argus.axioms Require Import Go.
From Argus.extracted Require Import Kernel.
From Argus.examples Require Import Stories.
Import ListNotations.
Local Open Scope N_scope.
Local Open Scope string_scope.

Ltac computed := vm_compute; reflexivity.

Example TestHole1TaintedAgentCannotSendThroughAChild : told universe world ([
  Does (child Root 100 ["read-db"; "send-email"]);
  Does (child "root.1" 0 ["send-email"]);
  Does (child "root.1" 0 ["send-email"])] ++
  use "root.1" "read-db" ++ [
  Does (child "root.1" 0 ["send-email"]);
  Refuses "2a" (start "root.1.3" "send-email");      (* born after *)
  Does (followUp "root.1" "root.1.1");
  Refuses "2a" (start "root.1.1" "send-email")] ++   (* prompted after *)
  use "root.1.2" "send-email") = true.               (* never prompted again *)
Proof. computed. Qed.

Example TestHole1FollowUpIsWithheldFromAChildWithAnOpenSend : told universe world ([
  Does (child Root 100 ["read-db"; "send-email"]);
  Does (child "root.1" 0 ["send-email"]);
  Does (start "root.1.1" "send-email");
  Does (followUp "root.1" "root.1.1")] ++            (* the parent is clean yet *)
  use "root.1" "read-db" ++ [
  Refuses "2b" (followUp "root.1" "root.1.1");
  Does (complete "root.1.1" 0);
  Does (followUp "root.1" "root.1.1")]) = true.
Proof. computed. Qed.

Example TestHole2EndorsedReturnsAreBoundedAndPaidFor : told universe world ([
  Does (child Root 100 ["read-db"; "send-email"]);
  Does (child "root.1" 10 ["read-db"])] ++
  use "root.1.1" "read-db" ++ [
  Refuses "unbounded" (returnBounded "root.1.1" "root.1" 0);
  Refuses "bits" (returnBounded "root.1.1" "root.1" 11);
  Does (returnBounded "root.1.1" "root.1" 2);
  Does (returnBounded "root.1.1" "root.1" 2);
  Does (returnBounded "root.1.1" "root.1" 2);
  Does (returnBounded "root.1.1" "root.1" 2);
  Does (returnBounded "root.1.1" "root.1" 2);
  Refuses "bits" (returnBounded "root.1.1" "root.1" 1)] ++
  use "root.1" "send-email") = true.
Proof. computed. Qed.

Example TestHole3EndorsedToolStillObeysFlowAndTaints :
  told (redeclared "read-db" (tool "read-db" [] Sensitive Verified true [] [])) world ([
  Does (child Root 100 ["read-db"; "search-web"; "send-email"]);
  Does (child "root.1" 8 ["read-db"; "search-web"])] ++
  use "root.1.1" "read-db" ++ [                      (* more in the output than the bounded value *)
  Refuses "2a" (start "root.1.1" "search-web");
  Does (child "root.1" 1 ["read-db"; "search-web"]);
  Does (start "root.1.2" "read-db");
  Tells (completeBounded "root.1.2" 1 2) (spentIs false 0);
  Refuses "2a" (start "root.1.2" "search-web");      (* it had too few bits *)
  Does (child "root.1" 8 ["read-db"; "search-web"]);
  Does (start "root.1.3" "read-db");
  Tells (completeBounded "root.1.3" 2 2) (spentIs true 2);
  Shows (exposureIs "root.1.3" Public Verified)] ++
  use "root.1.3" "search-web") = true.
Proof. computed. Qed.

Example TestHole4CleanAgentDoesNotPassASinkThatIsAlwaysDenied :
  told (redeclared "pay" (tool "pay" [Execution] Public Verified false [] [])) world ([
  Does (child Root 0 ["pay"; "delete-repo"]);
  Refuses "2a" (start "root.1" "pay");
  Refuses "undeclared" (fun t s =>                   (* naming no sink at all *)
    Input_InvokeStart (call t s "root.1" "delete-repo" "arguments-1" (fst (declared t "delete-repo")) 0 false))] ++
  use "root.1" "delete-repo") = true.
Proof. computed. Qed.

Example TestHole5RevokedIdentityIsNotRebornClean : told universe world ([
  Does (child Root 100 ["read-db"; "send-email"])] ++
  use "root.1" "read-db" ++ [
  Does (child "root.1" 0 ["send-email"]);
  Does (revoke "root.1" "root.1.1");
  Does (child "root.1" 0 ["send-email"]);
  Shows (exposureIs "root.1.2" Sensitive Verified);  (* another id *)
  Refuses "2a" (start "root.1.2" "send-email");
  Refuses "not_acting" (start "root.1.1" "send-email");
  Does (child Root 0 ["send-email"])] ++             (* never below the tainted one *)
  use "root.2" "send-email") = true.
Proof. computed. Qed.

Example TestHole6OrphansAreInertAndCanBeEnded : told universe world [
  Does (child Root 100 ["read-file"; "summarize"]);
  Does (child "root.1" 10 ["read-file"; "summarize"]);
  Does (child "root.1.1" 5 ["read-file"]);
  Does (start "root.1.1" "read-file");
  Refuses "parent_active" (cascade "root.1.1" "root.1");
  Does (revoke Root "root.1");
  Refuses "not_acting" (start "root.1.1" "summarize");
  Refuses "not_acting" (child "root.1.1" 0 []);
  Refuses "not_acting" (revoke "root.1.1" "root.1.1.1");
  Refuses "not_acting" (returnFree "root.1.1.1" "root.1.1");
  Refuses "not_acting" (returnBounded "root.1.1.1" "root.1.1" 0);
  Refuses "not_acting" (grant "root.1.1" "root.1.1.1" "summarize");
  Refuses "not_acting" (elevate "root.1.1" Public Proven);
  Refuses "not_acting" (followUp "root.1.1" "root.1.1.1");
  Refuses "not_acting" (egress "root.1.1" NetworkExternal);
  Refuses "not_acting" (override "root.1.1" "summarize" Public Proven);
  Refuses "not_acting" (start "root.1.1.1" "read-file");
  Tells (complete "root.1.1" 0) (releasedIs false false);
  Does (cascade "root.1.1" "root.1");
  Does (cascade "root.1.1.1" "root.1.1");
  Shows (activeAre 1)] = true.
Proof. computed. Qed.

Example TestHole7OverrideIsForOneCallOfOneAgentUnderWhatWasShown : told universe world (
  let caps := ["read-db"; "read-page"; "send-email"; "post-slack"] in
  [Does (child Root 0 caps); Does (child Root 0 caps)] ++
  use "root.1" "read-db" ++ use "root.2" "read-db" ++ [
  Does (override "root.1" "send-email" Sensitive Verified);
  Refuses "2a" (start "root.2" "send-email");        (* another agent *)
  Refuses "2a" (start "root.1" "post-slack");        (* another tool *)
  Refuses "2a" (fun t s =>                           (* other arguments *)
    let '(label, sinks) := declared t "send-email" in Input_InvokeStart (call t s "root.1" "send-email" "arguments-2" label sinks false));
  Refuses "egress" (egress "root.1" NetworkExternal);
  Refuses "override_level" (override "root.2" "send-email" Restricted Verified);
  Tells (start "root.1" "send-email") (approvedIs true);
  Refuses "2a" (start "root.1" "send-email");        (* it is spent *)
  Does (override "root.2" "send-email" Sensitive Verified);
  Does (elevate "root.2" Public Untrusted);
  Refuses "2a" (start "root.2" "send-email");        (* the exposure grew after the person looked *)
  Refuses "2b" (elevate "root.1" Restricted Verified)]) = true.
Proof. computed. Qed.

Example TestHole7OverrideDoesNotOutliveItsAgent : told universe world [
  Does (child Root 0 ["send-email"]);
  Does (override "root.1" "send-email" Sensitive Untrusted);
  Does (revoke Root "root.1");
  Refuses "not_acting" (start "root.1" "send-email");
  Does (child Root 0 ["send-email"]);
  Shows (fun s => match SMap.get (State_Agents s) "root.2" with Some r => (SMap.len (Agent_Overrides r) =? 0)%N | None => false end)] = true.
Proof. computed. Qed.

Example TestHole8LateResultOfARevokedAgentIsThrownAway : told universe world [
  Does (child Root 0 ["read-db"]);
  Does (child Root 0 ["read-db"]);
  Does (start "root.1" "read-db");
  Does (start "root.2" "read-db");
  Does (revoke Root "root.1");
  Refuses "not_in_flight" (complete "root.2" 0);
  Tells (complete "root.1" 0) (releasedIs false true);
  Refuses "not_active" (complete "root.1" 0);
  Tells (complete "root.2" 1) (releasedIs true false)] = true.
Proof. computed. Qed.

(* The verdicts of a call of search-web, bound to something else. *)
Definition rebound (change : Binding -> Binding) : move := fun t s =>
  let c := calling true "root.1.1" "search-web" t s in
  let v := InvokeStart_Verdicts c in
  Input_InvokeStart (mkInvokeStart (InvokeStart_Agent c) (InvokeStart_Tool c) (InvokeStart_Arguments c) (InvokeStart_Label c) (InvokeStart_Sinks c)
    (mkVerdicts (Verdicts_Authorized v) (Verdicts_Vouched v) (change (Verdicts_Binding v)))).
Definition reread (change : Reading -> Reading) (b : Binding) : Binding :=
  mkBinding (Binding_Agent b) (Binding_Tool b) (Binding_Arguments b) (Binding_Label b) (Binding_Sinks b) (Binding_Policy b) (change (Binding_Reading b)).

Example TestHole9VerdictsHoldOnlyForWhatTheyWereGivenFor : told universe world [
  Does (child Root 0 ["read-file"; "search-web"; "send-email"]);
  Does (child "root.1" 0 ["read-file"; "search-web"]);
  Stale_ "agent" (rebound (fun b => mkBinding "root.1" (Binding_Tool b) (Binding_Arguments b) (Binding_Label b) (Binding_Sinks b) (Binding_Policy b) (Binding_Reading b)));
  Stale_ "tool" (rebound (fun b => mkBinding (Binding_Agent b) "send-email" (Binding_Arguments b) (Binding_Label b) (Binding_Sinks b) (Binding_Policy b) (Binding_Reading b)));
  Stale_ "arguments" (rebound (fun b => mkBinding (Binding_Agent b) (Binding_Tool b) "arguments-2" (Binding_Label b) (Binding_Sinks b) (Binding_Policy b) (Binding_Reading b)));
  Stale_ "label" (rebound (fun b => mkBinding (Binding_Agent b) (Binding_Tool b) (Binding_Arguments b) Clean (Binding_Sinks b) (Binding_Policy b) (Binding_Reading b)));
  Stale_ "sinks" (rebound (fun b => mkBinding (Binding_Agent b) (Binding_Tool b) (Binding_Arguments b) (Binding_Label b) 0 (Binding_Policy b) (Binding_Reading b)));
  Stale_ "policy" (rebound (fun b => mkBinding (Binding_Agent b) (Binding_Tool b) (Binding_Arguments b) (Binding_Label b) (Binding_Sinks b) "oracle-policy-0" (Binding_Reading b)));
  Stale_ "capabilities" (rebound (reread (fun r => mkReading (Reading_Read r) (SSet.add (Reading_Caps r) "more") (Reading_Exposure r) (Reading_Speculative r) (Reading_Depth r) (Reading_Flights r))));
  Stale_ "exposure" (rebound (reread (fun r => mkReading (Reading_Read r) (Reading_Caps r) (mkExposure Internal Proven) (Reading_Speculative r) (Reading_Depth r) (Reading_Flights r))));
  Stale_ "speculative" (rebound (reread (fun r => mkReading (Reading_Read r) (Reading_Caps r) (Reading_Exposure r) (mkExposure Internal Proven) (Reading_Depth r) (Reading_Flights r))));
  Stale_ "depth" (rebound (reread (fun r => mkReading (Reading_Read r) (Reading_Caps r) (Reading_Exposure r) (Reading_Speculative r) 1 (Reading_Flights r))));
  Stale_ "flights" (rebound (reread (fun r => mkReading (Reading_Read r) (Reading_Caps r) (Reading_Exposure r) (Reading_Speculative r) (Reading_Depth r) 1)));
  Does (rebound (fun b => b))] = true.
Proof. computed. Qed.

(* A call of search-web by an agent that was clean when the oracles were asked. *)
Definition before (read : Attributes) : move := fun t _ =>
  let '(label, sinks) := declared t "search-web" in
  Input_InvokeStart (mkInvokeStart "root.1" "search-web" "arguments-1" label sinks (mkVerdicts true true
    (mkBinding "root.1" "search-web" "arguments-1" label sinks (Theory_oracle t)
      (mkReading read (setOfList ["read-file"; "search-web"]) Clean Clean 1 0)))).

Example TestHole9ExposureThatGrewMakesAVerdictStaleOnlyIfItWasRead : told universe world ([
  Does (child Root 0 ["read-file"; "search-web"])] ++
  use "root.1" "read-file" ++ [
  Stale_ "exposure" (before 31);
  Does (before ReadCapabilities)]) = true.
Proof. computed. Qed.

(* A theory that denies everything. *)
Definition denying : Theory := theory "theory-2" "oracle-policy-2" tools [].

Example TestHole10FlightIsJudgedByWhatItStartedUnder : told universe world [
  Does (child Root 0 ["read-file"; "search-web"]);
  Does (startVouched "root.1" "search-web");
  Does (start "root.1" "read-file");                 (* the search was vouched for, so it stays open *)
  Under denying;
  Does (elevate "root.1" Internal Verified);         (* judged by the rows that were frozen *)
  Stale_ "policy" (fun _ s => startVouched "root.1" "search-web" universe s);
  Refuses "2a" (startVouched "root.1" "search-web");
  Tells (complete "root.1" 0) (fun e => releasedIs true false e &&
    match e with Event_Completed x => String.eqb (Completed_Theory x) "theory-2" | _ => false end)] = true.
Proof. computed. Qed.

(* A crash interrupts the call, and the host completes it as unknown: every exposure is as it was, and grows by the label.
   That a replay comes to the same state is no matter of computation: Step is a function. *)
Example TestHole11ReplayRestoresEveryExposure : told universe world [
  Does (child Root 5 ["read-db"; "send-email"]);
  Does (start "root.1" "read-db");
  Does (completeEnded "root.1" 0 Unknown);
  Refuses "2a" (startVouched "root.1" "send-email")] &&
  told universe world [
  Does (child Root 5 ["read-db"; "send-email"]);
  Does (startVouched "root.1" "send-email")] = true.
Proof. computed. Qed.

Example TestHole12CallThatFailedOrGotStuckTaints : forallb (fun e => told universe world [
  Does (child Root 0 ["read-db"; "send-email"]);
  Does (start "root.1" "read-db");
  Refuses "2a" (start "root.1" "send-email");        (* stuck *)
  Does (completeEnded "root.1" 0 e);
  Refuses "2a" (start "root.1" "send-email")]) [Unknown; Failure; Success] &&
  told universe world ([
  Does (child Root 0 ["post-slack"; "send-email"]);
  Does (start "root.1" "post-slack");
  Does (completeEnded "root.1" 0 Failure)] ++
  use "root.1" "send-email") = true.
Proof. computed. Qed.

Example TestHole13StoreDoesNotCarryASecretToACleanAgent : told universe world ([
  Does (child Root 0 ["read-db"; "remember"])] ++
  use "root.1" "read-db" ++ [
  Refuses "2a" (start "root.1" "remember");
  Does (child Root 0 ["read-file"; "remember"]);
  Does (child Root 0 ["recall"; "post-slack"])] ++
  use "root.2" "read-file" ++ use "root.2" "remember" ++ [
  Shows (fun s => (Exposure_Level (State_Held s "notes") =? Internal)%N)] ++
  use "root.3" "recall" ++ [
  Shows (exposureIs "root.3" Internal Untrusted);
  Refuses "2a" (start "root.3" "post-slack");
  Does (child Root 0 ["recall"]);
  Refuses "undeclared" (fun t s =>                   (* a reader's label cannot be narrowed for one call *)
    Input_InvokeStart (call t s "root.4" "recall" "arguments-1" (mkExposure Public Untrusted) 0 false))]) = true.
Proof. computed. Qed.
