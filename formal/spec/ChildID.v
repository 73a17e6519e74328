(* The id of the n-th child of an agent. Two births share an id only if they share both parent and number. *)
From Coq Require Import NArith String Ascii Lia.
From Argus.axioms Require Import Decimal.
From Argus.spec Require Import Words.

Definition child_id (p : AgentID) (n : N) : AgentID := ((p ++ ".") ++ formatUint n)%string.

Lemma append_assoc a b c : ((a ++ b) ++ c = a ++ b ++ c)%string.
Proof. induction a as [|x a IH]; cbn; congruence. Qed.

Lemma child_id_inj p n q m : child_id p n = child_id q m -> p = q /\ n = m.
Proof.
  unfold child_id. rewrite !append_assoc. cbn. intros E.
  apply last_dot in E as [-> E]; auto using formatUint_no_dot. split; auto using formatUint_injective.
Qed.

Lemma child_id_not_root p n : child_id p n <> root.
Proof.
  intros E. assert (H : holds "." root) by (rewrite <- E; unfold child_id; rewrite append_assoc; apply holds_append).
  cbn in H. repeat destruct H as [H|H]; congruence.
Qed.
