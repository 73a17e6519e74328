package host

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"argus/host/fault"
	"argus/host/inventory"
	"argus/internal/ijson"
	"argus/plugin/sdk/registry"
)

func declaredOf(t *testing.T, name, about string) inventory.Definition {
	t.Helper()
	d := tool(t, name, about)
	return inventory.Definition{Name: d.Name, Digest: d.Digest, Raw: d.Raw}
}

// pinsFor is a registry that has these tools of the client.
func pinsFor(revision string, ds ...inventory.Definition) registry.Content {
	c := registry.Content{Revision: "sha256:" + revision}
	for _, d := range ds {
		c.Entries = append(c.Entries, registry.Entry{
			Server: "code", Channel: registry.Tool, Tool: d.Name, Digest: d.Digest, Level: "public", Integrity: "verified", Stores: &registry.Stores{}, Issuer: "local",
		})
	}
	return c
}

func (s *shop) inForceNow(d inventory.Definition) bool {
	stock := s.Inventory()
	if stock == nil {
		return false
	}
	_, ok := stock.Declared("code", d.Name, d.Digest)
	return ok
}

func (s *shop) mustDeclare(ds ...inventory.Definition) {
	s.t.Helper()
	if err := s.Declare(context.Background(), "code", ds); err != nil {
		s.t.Fatal(err)
	}
}

// shownNow are the digests of what a person would be asked to pin, by name.
func (s *shop) shownNow() map[string]string {
	shown := map[string]string{}
	for _, one := range s.Inventory().Standings {
		if one.Server == "code" && one.Item == nil {
			shown[one.Tool] += one.Definition.Digest
		}
	}
	return shown
}

func TestWhatIsPinnedIsInForceWhenItWasDeclared(t *testing.T) {
	s := newShop(t)
	good, poisoned, shell := declaredOf(t, "bash", "honest"), declaredOf(t, "bash", "poisoned"), declaredOf(t, "shell", "new")
	s.content.Set(pinsFor("1", good))
	s.await("a theory", func() bool { return s.Inventory() != nil })
	for range 3 { // the third time there is nothing new
		s.mustDeclare(shell, poisoned, good)
		if !s.inForceNow(good) {
			t.Fatal("the pinned definition is not in force")
		}
		if s.inForceNow(poisoned) || s.inForceNow(shell) {
			t.Fatal("what nobody pinned is in force")
		}
	}
	s.await("the look at both", func() bool { return s.shownNow()["bash"] == poisoned.Digest && s.shownNow()["shell"] == shell.Digest })
	if err := s.Declare(context.Background(), "nobody", []inventory.Definition{shell}); err != nil || s.declared["nobody"] != nil {
		t.Errorf("a client that is not configured: %v", err)
	}
}

// TestWhatIsPinnedOfAProgramFollowsThePerson from one definition to the next and back, while programs of both versions run.
func TestWhatIsPinnedOfAProgramFollowsThePerson(t *testing.T) {
	s := newShop(t)
	one, two := declaredOf(t, "bash", "version 1"), declaredOf(t, "bash", "version 2")
	s.content.Set(pinsFor("1", one))
	s.await("a theory", func() bool { return s.Inventory() != nil })
	s.mustDeclare(one)
	s.mustDeclare(two)
	s.await("the look at version 2", func() bool { return s.shownNow()["bash"] == two.Digest })
	s.content.Set(pinsFor("2", two))
	s.await("version 2", func() bool { return s.inForceNow(two) && !s.inForceNow(one) && len(s.shownNow()) == 0 })
	s.mustDeclare(one)
	s.await("the look at version 1", func() bool { return s.inForceNow(two) && s.shownNow()["bash"] == one.Digest })
	s.content.Set(pinsFor("3", one))
	s.await("version 1", func() bool { return s.inForceNow(one) && !s.inForceNow(two) })
}

// TestProgramCannotCrowdOutWhatIsPinned, nor fill the memory.
func TestProgramCannotCrowdOutWhatIsPinned(t *testing.T) {
	d := &declared{tools: map[string][]declaration{}}
	good := declaredOf(t, "bash", "honest")
	p := pins{"bash": good.Digest}
	take := func(def inventory.Definition) {
		t.Helper()
		if _, _, err := d.take(def, p); err != nil {
			t.Fatal(err)
		}
	}
	take(good)
	for i := range maxDeclared + 10 {
		take(declaredOf(t, fmt.Sprintf("t%d", i), "noise"))
	}
	for i := range maxVersions + 3 {
		take(declaredOf(t, "bash", fmt.Sprintf("version %d", i)))
	}
	for i := range 2 * maxDeclaredSize / (200 << 10) {
		take(declaredOf(t, "large", fmt.Sprint(i)+strings.Repeat("x", 4000)))
	}
	bytes := 0
	for name, versions := range d.tools {
		if len(versions) > maxVersions || len(versions) == 0 {
			t.Errorf("%d definitions of %s", len(versions), name)
		}
		for _, v := range versions {
			bytes += len(v.Raw.Raw())
		}
	}
	if bytes != d.bytes || len(d.tools) > maxDeclared {
		t.Errorf("%d names of %d bytes, counted %d", len(d.tools), bytes, d.bytes)
	}
	if !slices.ContainsFunc(d.definitions(p), func(one inventory.Definition) bool { return one.Digest == good.Digest }) {
		t.Error("the pinned definition is gone")
	}
	if _, newest := d.tools[fmt.Sprintf("t%d", maxDeclared+9)]; !newest || d.tools["t0"] != nil {
		t.Error("the newest went before the oldest")
	}
}

func TestMisshapenDeclarationsAreRefused(t *testing.T) {
	d := &declared{tools: map[string][]declaration{}}
	long := define(t, `{"x":"`+strings.Repeat("y", maxDefinition)+`"}`)
	for what, def := range map[string]inventory.Definition{
		"no object": {Name: "t", Digest: "sha256:1", Raw: define(t, `["x"]`)},
		"nothing":   {Name: "t", Digest: "sha256:2"},
		"no name":   {Digest: "sha256:3", Raw: define(t, `{}`)},
		"odd name":  {Name: "a\x1b[2Jb", Digest: "sha256:4", Raw: define(t, `{}`)},
		"long name": {Name: strings.Repeat("n", maxToolName+1), Digest: "sha256:5", Raw: define(t, `{}`)},
		"huge":      {Name: "t", Digest: "sha256:6", Raw: long},
	} {
		if _, news, err := d.take(def, nil); fault.KindOf(err) != fault.Invalid || news || len(d.tools) > 0 {
			t.Errorf("%s: %v", what, err)
		}
	}
	// A front that tells another digest than that of the definition puts nothing in force by it.
	kept, _, err := d.take(inventory.Definition{Name: "t", Digest: "sha256:7", Raw: define(t, `{"a":1}`)}, nil)
	if err != nil || kept.Digest != ijson.Digest(define(t, `{"a":1}`)) {
		t.Errorf("kept under %s, %v", kept.Digest, err)
	}
}

func define(t *testing.T, text string) ijson.Value {
	t.Helper()
	v, err := ijson.ParseString(text, ijson.AtMost(1<<20))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestDeclarationThatIsNotJudgedInTimeIsAFault: the request is not served by what was in force before.
func TestDeclarationThatIsNotJudgedInTimeIsAFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		good := declaredOf(t, "bash", "honest")
		s := &stock{ // nobody builds
			wake: make(chan struct{}, 1), changed: make(chan struct{}), pins: map[string]pins{"code": {"bash": good.Digest}},
			declared: map[string]*declared{"code": {tools: map[string][]declaration{}}},
		}
		began := time.Now()
		err := s.Declare(context.Background(), "code", []inventory.Definition{good})
		if fault.KindOf(err) != fault.Unavailable || time.Since(began) != declarePatience {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		if err := s.Declare(context.Background(), "code", []inventory.Definition{declaredOf(t, "shell", "")}); err != nil {
			t.Errorf("the control, which nobody pinned: %v", err)
		}
	})
}
