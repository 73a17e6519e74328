(* The words of the protocol. Levels, integrities, sinks and modes are numbers, as they are on the wire, each counted
   from the strictest; a number outside its catalogue is refused on entry, and that is a rule like any other. *)
From Coq Require Import NArith String Lia.
Local Open Scope N_scope.

Definition AgentID := string.
Definition ToolID := string.
Definition Capability := string.
Definition StoreID := string.
Definition SlotID := string.
Definition Issuer := string.
Definition Digest := string. (* empty is no digest *)
Definition InvocationID := N.

Definition root : AgentID := "root"%string.

(* Neither counter ever reaches its end, so neither can wrap. *)
Definition last_invocation : InvocationID := 18446744073709551615.
Definition last_child : N := 18446744073709551615.

Definition Level := N.
Definition restricted : Level := 0.
Definition sensitive : Level := 1.
Definition internal : Level := 2.
Definition public : Level := 3.
Definition level_count : N := 4.

Definition Integrity := N.
Definition untrusted : Integrity := 0.
Definition observed : Integrity := 1.
Definition verified : Integrity := 2.
Definition proven : Integrity := 3.
Definition integrity_count : N := 4.

Definition Sink := N.
Definition sink_count : N := 9.

Definition Mode := N.
Definition deny : Mode := 0.
Definition inspect : Mode := 1.
Definition allow : Mode := 2.

Definition ending_count : N := 3. (* unknown, success, failure *)

(* What an oracle may be shown of an agent. *)
Definition Attribute := N.
Definition read_capabilities : Attribute := 0.
Definition read_exposure : Attribute := 1.
Definition read_speculative : Attribute := 2.
Definition read_depth : Attribute := 3.
Definition read_flights : Attribute := 4.
Definition attribute_count : N := 5.

(* A flow of this mode may pass, given the answer of the content gate. *)
Definition permits (m : Mode) (vouched : bool) : Prop := m = allow \/ m = inspect /\ vouched = true.

Record Exposure := mkExposure { level : Level; integrity : Integrity }.

Definition clean : Exposure := mkExposure public proven.
Definition known (x : Exposure) : Prop := level x < level_count /\ integrity x < integrity_count.

(* More exposed is the smaller number, so what is below has the greater ones and a join takes the smaller. *)
Definition leq (x y : Exposure) : Prop := level y <= level x /\ integrity y <= integrity x.
Definition join (x y : Exposure) : Exposure :=
  mkExposure (N.min (level x) (level y)) (N.min (integrity x) (integrity y)).

Declare Scope exposure_scope.
Infix "⊑" := leq (at level 70) : exposure_scope.
Infix "⊔" := join (at level 50, left associativity) : exposure_scope.
Open Scope exposure_scope.

Ltac lattice :=
  unfold known, leq, join, clean, public, proven, level_count, integrity_count in *; cbn [level integrity] in *; lia.

Lemma leq_refl x : x ⊑ x. Proof. lattice. Qed.
Lemma leq_trans x y z : x ⊑ y -> y ⊑ z -> x ⊑ z. Proof. lattice. Qed.
Lemma leq_antisym x y : x ⊑ y -> y ⊑ x -> x = y.
Proof. destruct x, y. unfold leq. cbn. intros. f_equal; lia. Qed.
Lemma leq_dec x y : {x ⊑ y} + {~ x ⊑ y}.
Proof.
  destruct (N.leb (level y) (level x)) eqn:L, (N.leb (integrity y) (integrity x)) eqn:I;
    rewrite ?N.leb_le, ?N.leb_gt in *; solve [left; lattice | right; lattice].
Defined.
Lemma join_least x y z : x ⊔ y ⊑ z <-> x ⊑ z /\ y ⊑ z. Proof. lattice. Qed.
Lemma leq_join_l x y : x ⊑ x ⊔ y. Proof. lattice. Qed.
Lemma leq_join_r x y : y ⊑ x ⊔ y. Proof. lattice. Qed.
Lemma clean_least x : known x -> clean ⊑ x. Proof. lattice. Qed.
Lemma known_clean : known clean. Proof. lattice. Qed.
Lemma known_join x y : known x -> known (x ⊔ y). Proof. lattice. Qed.
Lemma known_above x y : known x -> x ⊑ y -> known y. Proof. lattice. Qed.
