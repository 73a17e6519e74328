(* What the protocol is asked. The host, never an agent, decides every label, sink, conformance and count in it. *)
From Coq Require Import NArith String.
From Argus.spec Require Import Words.

(* What an oracle saw of an agent. Only the attributes in r_read are compared. *)
Record Reading := mkReading {
  r_read : Attribute -> Prop;
  r_caps : Capability -> Prop;
  r_exposure : Exposure;
  r_speculative : Exposure;
  r_depth : N;
  r_flights : N }.

(* What the verdicts of a start were given for. *)
Record Binding := mkBinding {
  b_agent : AgentID;
  b_tool : ToolID;
  b_arguments : Digest;
  b_label : Exposure;
  b_sinks : Sink -> Prop;
  b_policy : Digest;
  b_reading : Reading }.

Record Call := mkCall {
  c_agent : AgentID;
  c_tool : ToolID;
  c_arguments : Digest;
  c_label : Exposure;
  c_sinks : Sink -> Prop;
  c_authorized : bool;
  c_vouched : bool;
  c_binding : Binding }.

Record Completion := mkCompletion {
  o_agent : AgentID;
  o_invocation : InvocationID;
  o_ending : N;
  o_conforms : bool;            (* the host attests that the output is a value of the bounded schema *)
  o_bits : N;                   (* what such a value can tell *)
  o_slot : SlotID;
  o_raised : option Exposure }. (* the outcome turned out to be more than its label said *)

(* What the verdict of a flow outside any tool was given for. *)
Record EgressBinding := mkEgressBinding {
  e_agent : AgentID;
  e_sink : Sink;
  e_content : Digest;
  e_policy : Digest;
  e_reading : Reading }.

Record Egress := mkEgress {
  g_agent : AgentID;
  g_sink : Sink;
  g_content : Digest;
  g_vouched : bool;
  g_binding : EgressBinding }.

Inductive Input :=
| RegisterTool (t : ToolID)
| Delegate (g : AgentID) (ks : Capability -> Prop) (n : N)
| Revoke (p c : AgentID)
| CascadeRevoke (c p : AgentID)
| InvokeStart (call : Call)
| InvokeComplete (o : Completion)
| ReturnEndorsed (c p : AgentID) (n : N) (slot : SlotID) (* n = 0 says that the value is not bounded *)
| ReturnUnendorsed (c p : AgentID)
| EgressCheck (flow : Egress)
| GrantCapability (p c : AgentID) (k : Capability)
| Elevate (a : AgentID) (label : Exposure)
| FollowUp (p c : AgentID)
| GrantOverride (a : AgentID) (t : ToolID) (arguments : Digest) (upto : Exposure).

(* Who asks. The host itself registers tools and cascades. *)
Definition actor (i : Input) : option AgentID :=
  match i with
  | RegisterTool _ | CascadeRevoke _ _ => None
  | Delegate g _ _ => Some g
  | Revoke p _ | GrantCapability p _ _ => Some p
  | InvokeStart call => Some (c_agent call)
  | InvokeComplete o => Some (o_agent o)
  | ReturnEndorsed c _ _ _ | ReturnUnendorsed c _ | FollowUp _ c => Some c
  | EgressCheck flow => Some (g_agent flow)
  | Elevate a _ | GrantOverride a _ _ _ => Some a
  end.
