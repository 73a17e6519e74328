(* What the translated kernel's values stand for in the protocol. Finite maps become functions, finite sets predicates;
   an agent without a record is one of which nothing holds. *)
From Argus.axioms Require Import Go.
From Argus.extracted Require Import Kernel.
From Argus.spec Require Words Theory State Input Event.
Import ListNotations.
Local Open Scope N_scope.

Definition exposureOf (x : Exposure) : Words.Exposure := Words.mkExposure (Exposure_Level x) (Exposure_Integrity x).
Definition ofExposure (x : Words.Exposure) : Exposure := mkExposure (Words.level x) (Words.integrity x).

Definition setOf (s : SSet.t) : string -> Prop := fun k => SSet.has s k = true.
Definition bitsOf (n : N) : N -> Prop := fun i => N.testbit n i = true.

Definition modeOf (p : Policy) (x : Words.Exposure) (e : Sink) : Mode := Policy_Mode p (ofExposure x) e.

Definition toolOf (d : Tool) : Theory.Tool := {|
  Theory.t_needs := setOf (Tool_Needs d);
  Theory.t_sinks := bitsOf (Tool_Sinks d);
  Theory.t_label := exposureOf (Tool_Label d);
  Theory.t_endorsed := Tool_Endorsed d;
  Theory.t_reads := setOf (Tool_Reads d);
  Theory.t_writes := setOf (Tool_Writes d);
  Theory.t_issuer := Tool_Issuer d |}.

Definition theoryOf (t : Theory) : Theory.Theory := {|
  Theory.digest := Theory_digest t;
  Theory.oracle := Theory_oracle t;
  Theory.catalogue := setOf (Theory_catalogue t);
  Theory.tool := fun id => option_map toolOf (SMap.get (Theory_tools t) id);
  Theory.mode := modeOf (Theory_policy t);
  Theory.trusted := setOf (Theory_issuers t);
  Theory.endorses := setOf (Theory_endorsing t) |}.

Definition approvalOf (p : Approval) : option Words.Exposure :=
  if Approval_Given p then Some (exposureOf (Approval_Upto p)) else None.

Definition flightOf (f : Flight) : State.Flight := {|
  State.f_tool := Flight_Tool f;
  State.f_needs := setOf (Flight_Needs f);
  State.f_label := exposureOf (Flight_Label f);
  State.f_sinks := bitsOf (Flight_Sinks f);
  State.f_reads := setOf (Flight_Reads f);
  State.f_rows := modeOf (Flight_Policy f);
  State.f_authorized := Flight_Authorized f;
  State.f_vouched := Flight_Vouched f;
  State.f_approved := approvalOf (Flight_Approval f) |}.

(* Something of an agent's record, or what holds of an agent that has none. *)
Definition record {A} (s : State) (a : AgentID) (none : A) (f : Agent -> A) : A :=
  match SMap.get (State_Agents s) a with
  | Some r => f r
  | None => none
  end.

Definition stateOf (s : State) : State.State := {|
  State.active := fun a => record s a False (fun _ => True);
  State.parent := fun a => record s a ""%string Agent_Parent;
  State.caps := fun a => record s a (fun _ => False) (fun r => setOf (Agent_Caps r));
  State.exposure := fun a => record s a Words.clean (fun r => exposureOf (Agent_Exposure r));
  State.bits := fun a => record s a 0 Agent_Bits;
  State.born := fun a => record s a 0 Agent_Born;
  State.flight := fun a => record s a (fun _ => None) (fun r i => option_map flightOf (NMap.get (Agent_Flights r) i));
  State.override := fun a => record s a (fun _ _ => None) (fun r t d => option_map exposureOf (SMap.get (Agent_armed r t) d));
  State.registered := setOf (State_Tools s);
  State.next := State_Next s;
  State.settling := NMap.get (State_Settling s);
  State.held := fun st => exposureOf (State_Held s st) |}.

Definition readingOf (r : Reading) : Input.Reading := {|
  Input.r_read := bitsOf (Reading_Read r);
  Input.r_caps := setOf (Reading_Caps r);
  Input.r_exposure := exposureOf (Reading_Exposure r);
  Input.r_speculative := exposureOf (Reading_Speculative r);
  Input.r_depth := Reading_Depth r;
  Input.r_flights := Reading_Flights r |}.

Definition bindingOf (b : Binding) : Input.Binding := {|
  Input.b_agent := Binding_Agent b;
  Input.b_tool := Binding_Tool b;
  Input.b_arguments := Binding_Arguments b;
  Input.b_label := exposureOf (Binding_Label b);
  Input.b_sinks := bitsOf (Binding_Sinks b);
  Input.b_policy := Binding_Policy b;
  Input.b_reading := readingOf (Binding_Reading b) |}.

Definition callOf (c : InvokeStart) : Input.Call := {|
  Input.c_agent := InvokeStart_Agent c;
  Input.c_tool := InvokeStart_Tool c;
  Input.c_arguments := InvokeStart_Arguments c;
  Input.c_label := exposureOf (InvokeStart_Label c);
  Input.c_sinks := bitsOf (InvokeStart_Sinks c);
  Input.c_authorized := Verdicts_Authorized (InvokeStart_Verdicts c);
  Input.c_vouched := Verdicts_Vouched (InvokeStart_Verdicts c);
  Input.c_binding := bindingOf (Verdicts_Binding (InvokeStart_Verdicts c)) |}.

Definition raiseOf (r : Raise) : option Words.Exposure :=
  if Raise_Given r then Some (exposureOf (Raise_Label r)) else None.

Definition completionOf (o : InvokeComplete) : Input.Completion := {|
  Input.o_agent := InvokeComplete_Agent o;
  Input.o_invocation := InvokeComplete_Invocation o;
  Input.o_ending := InvokeComplete_Outcome o;
  Input.o_conforms := InvokeComplete_Conforms o;
  Input.o_bits := InvokeComplete_Bits o;
  Input.o_slot := InvokeComplete_Slot o;
  Input.o_raised := raiseOf (InvokeComplete_Raised o) |}.

Definition egressOf (g : EgressCheck) : Input.Egress := {|
  Input.g_agent := EgressCheck_Agent g;
  Input.g_sink := EgressCheck_Sink g;
  Input.g_content := EgressCheck_Content g;
  Input.g_vouched := EgressVerdicts_Vouched (EgressCheck_Verdicts g);
  Input.g_binding :=
    let b := EgressVerdicts_Binding (EgressCheck_Verdicts g) in {|
      Input.e_agent := EgressBinding_Agent b;
      Input.e_sink := EgressBinding_Sink b;
      Input.e_content := EgressBinding_Content b;
      Input.e_policy := EgressBinding_Policy b;
      Input.e_reading := readingOf (EgressBinding_Reading b) |} |}.

Definition inputOf (i : Input) : Input.Input :=
  match i with
  | Input_RegisterTool x => Input.RegisterTool (RegisterTool_Tool x)
  | Input_Delegate x => Input.Delegate (Delegate_By x) (setOf (Delegate_Caps x)) (Delegate_Bits x)
  | Input_Revoke x => Input.Revoke (Revoke_Parent x) (Revoke_Child x)
  | Input_CascadeRevoke x => Input.CascadeRevoke (CascadeRevoke_Child x) (CascadeRevoke_Parent x)
  | Input_InvokeStart x => Input.InvokeStart (callOf x)
  | Input_InvokeComplete x => Input.InvokeComplete (completionOf x)
  | Input_ReturnEndorsed x =>
      Input.ReturnEndorsed (ReturnEndorsed_Child x) (ReturnEndorsed_Parent x) (ReturnEndorsed_Bits x) (ReturnEndorsed_Slot x)
  | Input_ReturnUnendorsed x => Input.ReturnUnendorsed (ReturnUnendorsed_Child x) (ReturnUnendorsed_Parent x)
  | Input_EgressCheck x => Input.EgressCheck (egressOf x)
  | Input_GrantCapability x =>
      Input.GrantCapability (GrantCapability_Parent x) (GrantCapability_Child x) (GrantCapability_Capability x)
  | Input_Elevate x => Input.Elevate (Elevate_Agent x) (exposureOf (Elevate_Label x))
  | Input_FollowUp x => Input.FollowUp (FollowUp_Parent x) (FollowUp_Child x)
  | Input_GrantOverride x =>
      Input.GrantOverride (GrantOverride_Agent x) (GrantOverride_Tool x) (GrantOverride_Arguments x) (exposureOf (GrantOverride_Upto x))
  end.

Definition eventOf (e : Event) : Event.Event :=
  match e with
  | Event_Registered x => Event.mkEvent (Registered_Theory x) (Event.Registered (Registered_Tool x))
  | Event_Delegated x => Event.mkEvent (Delegated_Theory x) (Event.Delegated (Delegated_By x) (Delegated_Child x))
  | Event_Revoked x => Event.mkEvent (Revoked_Theory x) (Event.Revoked (Revoked_Parent x) (Revoked_Child x))
  | Event_Started x => Event.mkEvent (Started_Theory x)
      (Event.Started (InvokeStart_Agent (Started_Call x)) (Started_Invocation x) (approvalOf (Started_Approval x)) (exposureOf (Started_Speculative x)))
  | Event_Completed x => Event.mkEvent (Completed_Theory x)
      (Event.Completed (Completed_Agent x) (Completed_Invocation x) (Completed_Spent x) (Completed_Endorsed x) (Completed_Raised x)
        (Completed_Released x) (Completed_Settled x))
  | Event_Returned x => Event.mkEvent (Returned_Theory x)
      (Event.Returned (Returned_Child x) (Returned_Parent x) (Returned_Spent x) (Returned_Endorsed x))
  | Event_EgressAllowed x => Event.mkEvent (EgressAllowed_Theory x)
      (Event.EgressAllowed (EgressCheck_Agent (EgressAllowed_Flow x)) (EgressCheck_Sink (EgressAllowed_Flow x)))
  | Event_CapabilityGranted x => Event.mkEvent (CapabilityGranted_Theory x)
      (Event.Granted (CapabilityGranted_Parent x) (CapabilityGranted_Child x) (CapabilityGranted_Capability x))
  | Event_Elevated x => Event.mkEvent (Elevated_Theory x) (Event.Elevated (Elevated_Agent x) (exposureOf (Elevated_Label x)))
  | Event_OverrideArmed x => Event.mkEvent (OverrideArmed_Theory x)
      (Event.Armed (OverrideArmed_Agent x) (OverrideArmed_Tool x) (OverrideArmed_Arguments x) (exposureOf (OverrideArmed_Upto x)))
  end.
