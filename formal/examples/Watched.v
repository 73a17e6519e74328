(* The promises are about something: the theory of the stories is well formed, and there is a run under it in which an
   agent comes to know a secret and its exposure shows it, and one in which the secret was paid for and it does not. *)
From Argus.axioms Require Import Go.
From Argus.extracted Require Import Kernel.
From Argus.spec Require Words Theory State Input Event Step Bits Laundering.
From Argus.refinement Require Import Abstract Run.
From Argus.examples Require Import Stories.
Import ListNotations.
Local Open Scope N_scope.
Local Open Scope string_scope.

Example the_universe_is_well_formed : Theory_wellFormed universe = true.
Proof. vm_compute. reflexivity. Qed.

(* A public reader of the notes would be told internal ones. *)
Example a_reader_below_its_writers_is_refused : Theory_wellFormed (redeclared "recall" (tool "recall" [] Public Untrusted false ["notes"] [])) = false.
Proof. vm_compute. reflexivity. Qed.

(* The one item of this story is a row of the database. *)
Definition truth (_ : unit) : Words.Exposure := Words.mkExposure Words.sensitive Words.verified.
Definition environment : Step.Observer (Laundering.Ghost unit) := Laundering.environment unit truth.
Definition knows (g : Laundering.Ghost unit) (m : Laundering.Mark) : Prop := Laundering.knows unit g (Laundering.Agent "root.1") m tt.

(* A step at which nothing is delivered. *)
Lemma quietly n t s g i r : run environment n t s g -> Step t s i = Outcome_Accepted r -> exists g', run environment n t (Accepted_State r) g'.
Proof.
  intros R E. destruct (run_refines _ _ _ _ _ _ R) as [W R']. pose proof (refines_step t s i W (run_sound _ _ _ _ _ _ R)) as F. rewrite E in F.
  destruct (proj2 (Laundering.environment_attentive unit truth) _ _ _ _ _ g F) as (g' & S). exists g'. now apply (run_step environment n t s g i r g').
Qed.

(* A completion at which the row is delivered. *)
Lemma told_the_row n t s g o r f c : run environment n t s g -> Step t s (Input_InvokeComplete o) = Outcome_Accepted r ->
  State.flight (stateOf s) "root.1" (InvokeComplete_Invocation o) = Some f -> InvokeComplete_Agent o = "root.1" ->
  Words.leq (truth tt) (Laundering.outcome_label f (completionOf o)) ->
  Accepted_Event r = Event_Completed c -> Completed_Agent c = "root.1" -> Completed_Invocation c = InvokeComplete_Invocation o -> Completed_Released c = true ->
  exists g', run environment n t (Accepted_State r) g' /\ forall m, knows g' m <->
    knows g m \/ Laundering.survives (0 <? Completed_Spent c)%N (Completed_Endorsed c) m.
Proof.
  intros R E F A L V Va Vi Vr.
  set (ev := eventOf (Accepted_Event r)).
  set (g1 := Laundering.mkGhost unit
    (fun q m it => Laundering.knows unit g q m it \/
      q = Laundering.Agent "root.1" /\ Laundering.survives (0 <? Completed_Spent c)%N (Completed_Endorsed c) m)
    (Laundering.opened unit g)
    (Laundering.paid_ever unit g \/ exists a k, Bits.spends ev a k /\ 0 < k) (Laundering.endorsed_ever unit g \/ Laundering.endorsing ev)).
  exists g1. split.
  - apply (run_step environment n t s g (Input_InvokeComplete o) r g1); auto. exists g1. split; [|split; [reflexivity|split; [|split; reflexivity]]].
    + eapply Laundering.one_more; [apply Laundering.no_delivery| |].
      * apply (Laundering.outcome (theoryOf t) (stateOf s) (eventOf (Accepted_Event r)) (completionOf o) f (Completed_Spent c) (Completed_Endorsed c)
          (Completed_Raised c) (Completed_Settled c)); cbn [Input.o_agent Input.o_invocation completionOf]; rewrite A; auto.
        rewrite V. cbn. now rewrite Va, Vi, Vr.
      * exists (fun _ => True). split; [intros [] _; exact L|]. split; [|reflexivity]. intros q m []. cbn. rewrite A. tauto.
    + intros j d l. split; auto. intros [|(? & [=] & _)]. auto.
  - intros m. unfold knows, g1. cbn. tauto.
Qed.

(* A run of inputs at which nothing is delivered. *)
Fixpoint after (t : Theory) (s : State) (l : list move) : option State :=
  match l with
  | [] => Some s
  | m :: l => match Step t s (m t s) with Outcome_Accepted r => after t (Accepted_State r) l | Outcome_Refused _ => None end
  end.

Lemma quietly_all n t l : forall s g s', run environment n t s g -> after t s l = Some s' -> exists g', run environment n t s' g'.
Proof.
  induction l as [|m l IH]; cbn; intros s g s' R; [intros [= <-]; eauto|].
  destruct (Step t s (m t s)) as [r|] eqn:E; [|discriminate]. destruct (quietly _ _ _ _ _ _ R E) as (g1 & R1). eauto.
Qed.

(* A theory in which the database is read by a tool of bounded output. *)
Definition bounded : Theory := redeclared "read-db" (tool "read-db" [] Sensitive Verified true [] []).

(* The row is being read. *)
Definition reading_it : list move :=
  [said (Input_RegisterTool (mkRegisterTool "read-db")); child Root 8 ["read-db"]; start "root.1" "read-db"].

Definition completionIn (conforms : bool) (bits : N) : InvokeComplete :=
  mkInvokeComplete "root.1" 0 Success conforms bits "" (mkRaise false (mkExposure 0 0)).

(* What matters of the state and the event at the end, computed. *)
Definition outcome_of (conforms : bool) (bits : N) : option (Accepted * Completed * State.Flight) :=
  match after bounded (Genesis 100) reading_it with
  | Some s =>
      match Step bounded s (Input_InvokeComplete (completionIn conforms bits)), State.flight (stateOf s) "root.1" 0 with
      | Outcome_Accepted r, Some f => match Accepted_Event r with Event_Completed c => Some (r, c, f) | _ => None end
      | _, _ => None
      end
  | None => None
  end.

Lemma told_in_the_end conforms bits r c f : outcome_of conforms bits = Some (r, c, f) ->
  Completed_Agent c = "root.1" -> Completed_Invocation c = 0 -> Completed_Released c = true -> Words.leq (truth tt) (State.f_label f) ->
  exists g, run environment 100 bounded (Accepted_State r) g /\ (Completed_Spent c = 0 -> knows g Laundering.Unpaid) /\ knows g Laundering.Known.
Proof.
  unfold outcome_of. intros H Ca Ci Cr L. destruct (after bounded (Genesis 100) reading_it) as [s|] eqn:A; [|discriminate].
  destruct (Step bounded s (Input_InvokeComplete (completionIn conforms bits))) as [r'|] eqn:E; [|discriminate].
  destruct (State.flight (stateOf s) "root.1" 0) as [f'|] eqn:F; [|discriminate].
  destruct (Accepted_Event r') as [| c'| | | | | | | |] eqn:V; try discriminate. injection H as -> -> ->.
  destruct (proj1 (Laundering.environment_attentive unit truth) 100) as (g0 & B).
  assert (R0 : run environment 100 bounded (Genesis 100) g0) by (apply run_genesis; [vm_compute; reflexivity|exact B]).
  destruct (quietly_all _ _ _ _ _ _ R0 A) as (g1 & R1).
  destruct (told_the_row _ _ _ _ _ _ _ _ R1 E F eq_refl L V Ca Ci Cr) as (g2 & R2 & K). exists g2. split; [exact R2|]. split.
  - intros S. apply K. right. cbn. now rewrite S.
  - apply K. right. exact Logic.I.
Qed.

Definition exposed (r : Accepted) : Words.Exposure := State.exposure (stateOf (Accepted_State r)) "root.1".

(* The agent knows the row, nobody paid, and its exposure shows it. *)
Example a_secret_that_shows : exists r c f, outcome_of false 0 = Some (r, c, f) /\ exposed r = truth tt /\
  exists g, run environment 100 bounded (Accepted_State r) g /\ knows g Laundering.Unpaid.
Proof.
  assert (Q : match outcome_of false 0 with
    | Some (r, c, f) => exposed r = truth tt /\ Completed_Agent c = "root.1" /\ Completed_Invocation c = 0 /\ Completed_Released c = true /\
        Completed_Spent c = 0 /\ State.f_label f = truth tt
    | None => False end) by (vm_compute; repeat split).
  destruct (outcome_of false 0) as [[[r c] f]|] eqn:E; [|contradiction]. destruct Q as (X & Ca & Ci & Cr & Cs & Fl).
  exists r, c, f. split; auto. split; auto.
  destruct (told_in_the_end _ _ _ _ _ E Ca Ci Cr) as (g & R & K & _); [rewrite Fl; apply Words.leq_refl|]. eauto.
Qed.

(* The agent knows the row, two bits were paid, and its exposure does not show that it is secret. *)
Example a_secret_that_was_paid_for : exists r c f, outcome_of true 2 = Some (r, c, f) /\ exposed r = Words.mkExposure Words.public Words.verified /\
  Completed_Spent c = 2 /\ exists g, run environment 100 bounded (Accepted_State r) g /\ knows g Laundering.Known.
Proof.
  assert (Q : match outcome_of true 2 with
    | Some (r, c, f) => exposed r = Words.mkExposure Words.public Words.verified /\ Completed_Agent c = "root.1" /\ Completed_Invocation c = 0 /\
        Completed_Released c = true /\ Completed_Spent c = 2 /\ State.f_label f = truth tt
    | None => False end) by (vm_compute; repeat split).
  destruct (outcome_of true 2) as [[[r c] f]|] eqn:E; [|contradiction]. destruct Q as (X & Ca & Ci & Cr & Cs & Fl).
  exists r, c, f. split; auto. split; auto. split; auto.
  destruct (told_in_the_end _ _ _ _ _ E Ca Ci Cr) as (g & R & _ & K); [rewrite Fl; apply Words.leq_refl|]. eauto.
Qed.
