package identity

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"
)

func key(t *testing.T) OperatorKey {
	t.Helper()
	k, err := NewOperatorKey()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestOnlySignedActsWithAGivenNonceAreAdmitted(t *testing.T) {
	k := key(t)
	g, err := NewOperatorGate(k.Public())
	if err != nil {
		t.Fatal(err)
	}
	action := []byte("do it")
	nonce := g.Challenge(Operator)
	if err := g.Admit(action, key(t).Sign(action), nonce, Operator); err == nil {
		t.Error("another key's signature was admitted")
	}
	nonce = g.Challenge(Operator)
	if err := g.Admit([]byte("do more"), k.Sign(action), nonce, Operator); err == nil {
		t.Error("a signature of other bytes was admitted")
	}
	if err := g.Admit(action, nil, g.Challenge(Operator), Operator); err == nil {
		t.Error("an unsigned act was admitted")
	}
	if err := g.Admit(action, k.Sign(action), []byte("made up"), Operator); err == nil {
		t.Error("a nonce that was never given was admitted")
	}
	nonce = g.Challenge(Operator)
	if err := g.Admit(action, k.Sign(action), nonce, Operator); err != nil {
		t.Errorf("the control: %v", err)
	}
	if err := g.Admit(action, k.Sign(action), nonce, Operator); err == nil {
		t.Error("a nonce was admitted twice")
	}
	var zero OperatorGate
	if err := zero.Admit(action, k.Sign(action), nonce, Operator); err == nil {
		t.Error("the zero gate admitted something")
	}
}

func TestNonceDiesAfterAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := key(t)
		g, _ := NewOperatorGate(k.Public())
		young, old := g.Challenge(Operator), g.Challenge(Operator)
		time.Sleep(59 * time.Second)
		if err := g.Admit([]byte("a"), k.Sign([]byte("a")), young, Operator); err != nil {
			t.Errorf("the control: %v", err)
		}
		time.Sleep(2 * time.Second)
		if err := g.Admit([]byte("a"), k.Sign([]byte("a")), old, Operator); err == nil {
			t.Error("a nonce of 61 seconds was admitted")
		}
	})
}

// TestNobodyTakesTheNoncesOfOthers: an agent that asks for ever loses its own, and leaves those of the operator and of others.
func TestNobodyTakesTheNoncesOfOthers(t *testing.T) {
	k, action := key(t), []byte("do it")
	g, _ := NewOperatorGate(k.Public())
	operators, others, first := g.Challenge(Operator), g.Challenge("b"), g.Challenge("a")
	for range 10 * maxNonces {
		g.Challenge("a")
	}
	if n := len(g.nonces["a"]); n != maxNonces {
		t.Errorf("%d nonces are kept", n)
	}
	for asker, nonce := range map[string][]byte{"a": first, "b": operators, Operator: others} {
		if err := g.Admit(action, k.Sign(action), nonce, asker); err == nil {
			t.Errorf("%q acted by a nonce that is not its own any more, or never was", asker)
		}
	}
	for asker, nonce := range map[string][]byte{"a": g.Challenge("a"), "b": others, Operator: operators} {
		if err := g.Admit(action, k.Sign(action), nonce, asker); err != nil {
			t.Errorf("the control, by %q: %v", asker, err)
		}
	}
	if len(g.nonces) != 1 {
		t.Errorf("what was used is kept of %d askers", len(g.nonces)-1)
	}
}

func TestSealedKeyOpensOnlyWithItsPassphrase(t *testing.T) {
	k := key(t)
	path := filepath.Join(t.TempDir(), "operator.key")
	if err := k.Save(path, "correct horse"); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(content, k.private.Seed()) {
		t.Error("the sealed file holds the seed")
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	if _, err := LoadOperatorKey(path, func() (string, error) { return "wrong", nil }); err == nil {
		t.Error("a wrong passphrase opened it")
	}
	got, err := LoadOperatorKey(path, func() (string, error) { return "correct horse", nil })
	if err != nil || !got.private.Equal(k.private) {
		t.Errorf("the control: %v", err)
	}
	if err := k.Save(path, ""); err == nil {
		t.Error("a key file was overwritten")
	}
}

func TestUnsealedKeyAsksForNothing(t *testing.T) {
	k := key(t)
	path := filepath.Join(t.TempDir(), "operator.key")
	if err := k.Save(path, ""); err != nil {
		t.Fatal(err)
	}
	got, err := LoadOperatorKey(path, func() (string, error) { return "", errors.New("asked") })
	if err != nil || !got.private.Equal(k.private) {
		t.Error(err)
	}
}

func TestKeyThatOthersCanReadIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "operator.key")
	if err := key(t).Save(path, ""); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadOperatorKey(path, nil); err == nil {
		t.Error("a key that the group can read was taken")
	}
}
