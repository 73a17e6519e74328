package main

import (
	"fmt"
	"testing"
)

func TestWhatIsBelievedWithoutAProofIsSeen(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"Lemma a : True. Proof. Admitted.", "[{1 Admitted}]"},
		{"Lemma a : True.\nProof. admit. Admitted.", "[{2 admit} {2 Admitted}]"},
		{"Axiom a : False.", "[{1 Axiom}]"},
		{"Module M.\nAxiom a : False.\nEnd M.", "[{2 Axiom}]"},
		{"Module Type T.\nAxiom a : False.\nEnd T.\nParameter b : False.", "[{4 Parameter}]"},
		{"Module Type T. Module N := M. Axiom a : False. End T. Axiom b : False.", "[{1 Axiom}]"},
		{"Module F (X : T) <: U. Parameter a : nat. End F.", "[{1 Parameter}]"},
		{"Variable a : False.", "[{1 Variable}]"},
		{"Section S. Variable a : False. End S. Hypothesis b : False.", "[{1 Hypothesis}]"},
		{"(* a comment (* in a comment *) *) Axiom a : False.", "[{1 Axiom}]"},
		{"Definition a := \"(*\"%string. Axiom b : False. Definition c := \"*)\"%string.", "[{1 Axiom}]"},
		{"Unset Guard Checking.", "[{1 Guard}]"},
		{"#[bypass_check(guard)] Fixpoint f (n : nat) : False := f n.", "[{1 bypass_check}]"},
		{"Lemma a : True. Abort.", "[{1 Abort}]"},

		{"Module Type T.\nAxiom a : False. Parameter b : nat.\nEnd T.", "[]"},
		{"Section S. Variable a : nat. Hypothesis b : a = a. End S.", "[]"},
		{"(* Axiom, Admitted and (* admit *) in words *) Lemma a : True. Proof. exact I. Qed.", "[]"},
		{"Definition a := \"Axiom\"%string. Definition admitted := 1.", "[]"},
	} {
		if got := fmt.Sprint(leaks(c.text)); got != c.want {
			t.Errorf("%s\ngot  %s\nwant %s", c.text, got, c.want)
		}
	}
}
