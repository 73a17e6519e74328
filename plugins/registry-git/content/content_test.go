package content

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"argus/plugin/sdk/registry"
	"argus/plugins/registry-git/defaults"
)

const digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

const story = `
[flow.network_external]
public = "allow"
internal = "inspect"
[flow.ipc]
public = "allow"
internal = "allow"
[flow.destructive]
public = { verified = "allow", observed = "inspect" }
`

func tool(name, lines string) string {
	return "[[tool]]\nname = \"" + name + "\"\ndigest = \"" + digest + "\"\n" + lines
}

const (
	plain   = "capabilities = []\nlabel = { level = \"public\", integrity = \"verified\" }\nsinks = []\nstores = { reads = [], writes = [] }\n"
	recall  = "capabilities = []\nlabel = { level = \"internal\", integrity = \"untrusted\" }\nsinks = []\nstores = { reads = [\"notes\"], writes = [] }\n"
	memoize = "capabilities = []\nlabel = { level = \"public\", integrity = \"verified\" }\nsinks = [\"ipc\"]\nstores = { reads = [], writes = [\"notes\"] }\n"
)

func files(flow string, servers ...string) []File {
	out := []File{{Name: "flow.toml", Path: "flow.toml", Data: []byte(flow)}}
	for i, text := range servers {
		name := fmt.Sprintf("s%d.toml", i)
		out = append(out, File{Name: name, Path: name, Data: []byte(text)})
	}
	return out
}

func problems(c registry.Content) string {
	var lines []string
	for _, p := range c.Problems {
		lines = append(lines, p.String())
	}
	return strings.Join(lines, "\n")
}

func TestGoodContentIsReadWhole(t *testing.T) {
	flow := "capabilities = [\"crm_read\"]\nissuers = [\"local\", \"acme\"]\nendorse = [\"mail/read\"]\n" + story
	c := Read(files(flow, "server = \"mail\"\nissuer = \"acme\"\n"+
		tool("read", "capabilities = [\"ipc\", \"crm_read\"]\nlabel = { level = \"restricted\", integrity = \"untrusted\" }\nsinks = []\nendorsed = true\nalias = \"mail_read\"\n")+
		"[channels.resources]\ncapabilities = []\nlabel = { level = \"internal\", integrity = \"observed\" }\nsinks = [\"ipc\"]\nstores = { reads = [], writes = [\"box\"] }\n"))
	if !c.Usable() {
		t.Fatal(problems(c))
	}
	want := []registry.Entry{
		{Server: "mail", Channel: registry.Tool, Tool: "read", Digest: digest, Capabilities: []string{"ipc", "crm_read"}, Level: "restricted",
			Integrity: "untrusted", Sinks: []string{}, Endorsed: true, Alias: "mail_read", Issuer: "acme", Origin: registry.Origin{File: "s0.toml", Line: 3}},
		{Server: "mail", Channel: registry.Resources, Capabilities: []string{}, Level: "internal", Integrity: "observed", Sinks: []string{"ipc"},
			Stores: &registry.Stores{Reads: []string{}, Writes: []string{"box"}}, Issuer: "acme", Origin: registry.Origin{File: "s0.toml", Line: 11}},
	}
	if diff := cmp.Diff(want, c.Entries); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"crm_read"}, c.Capabilities); diff != "" {
		t.Error(diff)
	}
	if len(c.Endorsements) != 1 || c.Endorsements[0].Slot != "mail/read" || c.Endorsements[0].Origin.Line != 3 {
		t.Errorf("endorsements %v", c.Endorsements)
	}
}

// text is the entry of instructions.
const text = "[channels.instructions]\ndigest = \"" + digest + "\"\n"

func TestEveryChannelCanBeDeclared(t *testing.T) {
	names := []string{"resources", "prompts", "completion", "sampling", "elicitation", "roots", "log", "progress"}
	server := "server = \"a\"\n"
	for _, name := range names {
		server += "[channels." + name + "]\n" + plain
	}
	c := Read(files(story, server+text))
	if !c.Usable() {
		t.Fatal(problems(c))
	}
	for i, e := range c.Entries[:len(names)] {
		if e.Channel.String() != names[i] || e.Level != "public" || e.Digest != "" || e.Origin.Line != 2+5*i {
			t.Errorf("%s became %+v", names[i], e)
		}
	}
	want := registry.Entry{
		Server: "a", Channel: registry.Instructions, Digest: digest, Issuer: "local", Origin: registry.Origin{File: "s0.toml", Line: 2 + 5*len(names)},
	}
	if diff := cmp.Diff([]registry.Entry{want}, c.Entries[len(names):]); diff != "" {
		t.Error(diff)
	}
}

// TestTheTextOfAServerKeepsNothing has a label-less entry beside a store of the same server.
func TestTheTextOfAServerKeepsNothing(t *testing.T) {
	unstated := "capabilities = []\nlabel = { level = \"internal\", integrity = \"untrusted\" }\nsinks = [\"ipc\"]\n"
	if got := problems(Read(files(story, "server = \"a\"\n"+tool("x", unstated)+text))); got != "" {
		t.Error(got)
	}
	if got := problems(Read(files(story, "server = \"a\"\n"+tool("x", unstated)+"[channels.log]\n"+strings.Replace(plain, "stores", "# ", 1)))); !strings.Contains(got, `"a/log" reads the store "server:a"`) {
		t.Errorf("control: %q", got)
	}
}

func TestTheTableIsCompleted(t *testing.T) {
	c := Read(files(story))
	cells := map[string]registry.Mode{}
	for _, cell := range c.Flow {
		cells[cell.Sink+" "+cell.Level+" "+cell.Integrity] = cell.Mode
	}
	for at, want := range map[string]registry.Mode{
		"network_external public untrusted": "allow", "network_external internal proven": "inspect", "network_external sensitive proven": "",
		"destructive public proven": "allow", "destructive public verified": "allow", "destructive public observed": "inspect",
		"destructive public untrusted": "", "destructive internal proven": "", "financial public proven": "",
	} {
		if cells[at] != want {
			t.Errorf("%s is %q, want %q", at, cells[at], want)
		}
	}
	if len(c.Flow) != 4+4+4+4+3 {
		t.Errorf("%d cells", len(c.Flow))
	}
}

func TestATableThatRewardsExposureIsRefusedWithTheLine(t *testing.T) {
	for name, c := range map[string]struct{ flow, want string }{
		"higher level allowed": {"[flow.ipc]\npublic = \"inspect\"\ninternal = \"allow\"\n",
			`flow.toml:3: flow.ipc.internal is easier than the line of a lower level or a better integrity; to mend it: write internal = "inspect", or`},
		"lower level missing": {"[flow.ipc]\ninternal = \"inspect\"\n", `flow.toml:2: flow.ipc.internal is easier`},
		"lower integrity easier": {"[flow.ipc]\npublic = { proven = \"inspect\", observed = \"allow\" }\n",
			`write public = { observed = "inspect" }`},
		"lower integrity of a higher level": {"[flow.ipc]\npublic = { verified = \"allow\" }\ninternal = \"inspect\"\n",
			`flow.toml:3: flow.ipc.internal is easier than the line of a lower level or a better integrity; to mend it: write internal = { verified = "inspect" }`},
	} {
		if got := problems(Read(files(c.flow))); !strings.Contains(got, c.want) || strings.Count(got, "\n") > 0 {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := problems(Read(files("[flow.ipc]\npublic = { verified = \"allow\", observed = \"inspect\" }\ninternal = { proven = \"allow\", verified = \"inspect\" }\n"))); got != "" {
		t.Errorf("control: %s", got)
	}
}

func TestASecretCannotBeReadBackAsSomethingLess(t *testing.T) {
	low := strings.Replace(recall, `level = "internal", integrity = "untrusted"`, `level = "public", integrity = "verified"`, 1)
	got := problems(Read(files(story, "server = \"memory\"\n"+tool("remember", memoize)+tool("recall", low))))
	want := `s0.toml:13: "memory/recall" reads the store "notes", where "memory/remember" may leave internal, untrusted; its label is only ` +
		`public, verified; to mend it: write label = { level = "internal", integrity = "untrusted" }, or state in stores that it does not ` +
		`read it, or that the other does not write it`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := problems(Read(files(story, "server = \"memory\"\n"+tool("remember", memoize)+tool("recall", recall)))); got != "" {
		t.Errorf("control: %s", got)
	}
}

func TestStoresAcrossServersAndUnstatedOnes(t *testing.T) {
	unstated := "capabilities = []\nlabel = { level = \"internal\", integrity = \"untrusted\" }\nsinks = [\"ipc\"]\n"
	noSinks := strings.Replace(unstated, `["ipc"]`, "[]", 1)
	denied := strings.Replace(strings.Replace(plain, "sinks = []", `sinks = ["financial"]`, 1), "writes = []", `writes = ["notes"]`, 1)
	clean := strings.Replace(plain, "reads = []", `reads = ["notes"]`, 1)
	clean = strings.Replace(clean, `"verified"`, `"proven"`, 1)
	for name, c := range map[string]struct {
		servers []string
		want    string
	}{
		"another server's reader":     {[]string{"server = \"a\"\n" + tool("w", memoize), "server = \"b\"\n" + tool("r", clean)}, `"b/r" reads the store "notes", where "a/w"`},
		"unstated admits what it can": {[]string{"server = \"a\"\n" + tool("x", unstated)}, ""},
		"unstated without sinks":      {[]string{"server = \"a\"\n" + tool("x", noSinks)}, `write label = { level = "restricted", integrity = "untrusted" }, or state what it reads`},
		"a sibling without sinks":     {[]string{"server = \"a\"\n" + tool("x", unstated) + tool("y", noSinks)}, `"a/x" reads the store "server:a", where "a/y" may leave restricted`},
		"a resource channel":          {[]string{"server = \"a\"\n[channels.resources]\n" + noSinks}, `"a/resources" reads the store "server:a"`},
		"every sink denied":           {[]string{"server = \"a\"\n" + tool("w", denied) + tool("r", clean)}, ""},
		"the own store of another":    {[]string{"server = \"a\"\n" + tool("x", unstated), "server = \"b\"\n" + tool("r", strings.Replace(clean, "notes", "server:a", 1))}, `"b/r" reads the store "server:a"`},
	} {
		got := problems(Read(files(story, c.servers...)))
		if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestNothingIsImplied(t *testing.T) {
	got := problems(Read(files(story, "server = \"a\"\n[[tool]]\nname = \"x\"\n[channels.prompts]\n")))
	want := `s0.toml:2: label is missing; to mend it: add label = { level = "restricted", integrity = "untrusted" }, or what the tool can bring at most
s0.toml:2: sinks is missing; to mend it: add sinks = [], or where its effects can go
s0.toml:2: capabilities is missing; to mend it: add capabilities = [], or those that a caller needs
s0.toml:2: the entry has no digest: nobody has said which definition it is about; to mend it: run argus registry pin a
s0.toml:4: label is missing; to mend it: add label = { level = "restricted", integrity = "untrusted" }, or what the tool can bring at most
s0.toml:4: sinks is missing; to mend it: add sinks = [], or where its effects can go
s0.toml:4: capabilities is missing; to mend it: add capabilities = [], or those that a caller needs`
	if got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestSingleMistakes(t *testing.T) {
	good := "server = \"a\"\n" + tool("x", plain)
	change := func(old, text string) string { return strings.Replace(good, old, text, 1) }
	for name, c := range map[string]struct{ flow, server, want string }{
		"unknown key":          {"", change("sinks", "snks"), "did you mean sinks?"},
		"unknown sink":         {"", change("sinks = []", `sinks = ["netwrok_external"]`), "did you mean network_external?"},
		"sink twice":           {"", change("sinks = []", `sinks = ["ipc", "ipc"]`), "listed twice"},
		"unknown level":        {"", change(`"public"`, `"secret"`), "not a known level"},
		"unknown integrity":    {"", change(`"verified"`, `"Verified"`), "did you mean verified?"},
		"half a label":         {"", change(`, integrity = "verified"`, ""), "the label has no integrity"},
		"unknown capability":   {"", change("capabilities = []", `capabilities = ["root"]`), "not a known capability"},
		"half a stores":        {"", change("reads = [], ", ""), "stores has no reads"},
		"bad store":            {"", change("reads = []", `reads = ["a b"]`), "cannot be the name of a store"},
		"bad digest":           {"", change("sha256:", "md5:"), "argus registry pin a"},
		"bad alias":            {"", good + "alias = \"a/b\"\n", "an alias is"},
		"same alias":           {"", good + "alias = \"q\"\n" + tool("y", plain) + "alias = \"q\"\n", "already that of the entry at s0.toml:9"},
		"no server":            {"", change("server = \"a\"\n", ""), "names no server"},
		"bad server":           {"", change("\"a\"", "\"../a\""), "cannot be the name of a server"},
		"foreign issuer":       {"", "issuer = \"eve\"\n" + good, "nobody trusts"},
		"local not trusted":    {"issuers = [\"acme\"]\n", good, "nobody trusts"},
		"no issuer trusted":    {"issuers = []\n", good, "nobody trusts"},
		"entry twice":          {"", good + tool("x", plain), "a second entry"},
		"no name":              {"", change("name = \"x\"\n", ""), "names no tool"},
		"endorsed channel":     {"", good + "[channels.resources]\nendorsed = true\n", `unknown key "endorsed"`},
		"unknown channel":      {"", good + "[channels.gossip]\n", `s0.toml:9: unknown key "gossip"`},
		"misspelt channel":     {"", good + "[channels.samplin]\n", "did you mean sampling?"},
		"digest of a channel":  {"", good + "[channels.sampling]\ndigest = \"" + digest + "\"\n", `s0.toml:10: unknown key "digest"`},
		"text without digest":  {"", good + "[channels.instructions]\n", "s0.toml:9: the entry has no digest"},
		"text of bad digest":   {"", good + "[channels.instructions]\ndigest = \"x\"\n", "s0.toml:10: the digest does not start with"},
		"text with a label":    {"", good + "[channels.instructions]\nlabel = { level = \"public\", integrity = \"proven\" }\n", `s0.toml:10: unknown key "label"`},
		"text with sinks":      {"", good + "[channels.instructions]\nsinks = []\n", `s0.toml:10: unknown key "sinks"`},
		"two texts":            {"", good + text + "digest = \"" + digest + "\"\n", "already set at line 10"},
		"endorse unknown":      {"endorse = [\"a/y\"]\n", good, "no entry of"},
		"endorse a channel":    {"endorse = [\"a/resources\"]\n", good, "no entry of"},
		"built-in capability":  {"capabilities = [\"ipc\"]\n", good, "built in or listed twice"},
		"capability name":      {"capabilities = [\"A b\"]\n", good, "cannot be the name"},
		"unknown sink in flow": {"[flow.netwrok_external]\n", good, "did you mean network_external?"},
		"level in flow":        {"[flow.financial]\npublik = \"allow\"\n", good, "did you mean public?"},
		"mode":                 {"[flow.financial]\npublic = \"maybe\"\n", good, "not a mode"},
		"mode type":            {"[flow.financial]\npublic = true\n", good, "must be text"},
		"integrity in flow":    {"[flow.financial]\npublic = { good = \"allow\" }\n", good, "not a known integrity"},
		"key twice":            {"issuers = [\"local\"]\nissuers = [\"eve\"]\n", good, "already set at line 1"},
		"garbage":              {"", "\x00\x01[[[[", "not TOML"},
	} {
		t.Run(name, func(t *testing.T) {
			got := Read(files(c.flow+story, c.server))
			if !strings.Contains(problems(got), c.want) || got.Entries != nil || got.Flow != nil || got.Revision == "" {
				t.Errorf("got %s, want %q", problems(got), c.want)
			}
			for _, p := range got.Problems {
				if p.File == "" || p.Line == 0 {
					t.Errorf("no place in %v", p)
				}
			}
		})
	}
	if got := problems(Read(files(story, good))); got != "" {
		t.Errorf("control: %s", got)
	}
	if got := Read(files("")[1:]); got.Usable() {
		t.Error("a folder without a flow policy is usable")
	}
}

func TestTheDefaultPolicyIsWellFormed(t *testing.T) {
	c := Read(files(string(defaults.Flow())))
	if !c.Usable() {
		t.Fatal(problems(c))
	}
	for _, cell := range c.Flow {
		if cell.Level == "restricted" {
			t.Errorf("restricted reaches %s", cell.Sink)
		}
		if cell.Level == "sensitive" && cell.Sink == "network_external" {
			t.Error("what is sensitive may leave the network")
		}
		if cell.Integrity == "untrusted" && (cell.Sink == "destructive" || cell.Sink == "financial" || cell.Sink == "execution" || cell.Sink == "account_change") {
			t.Errorf("an agent that may follow injected orders reaches %s", cell.Sink)
		}
	}
}

func TestRevisionTellsApartWhatCouldLookAlike(t *testing.T) {
	a := []File{{Name: "a", Data: []byte("bc")}, {Name: "d", Data: nil}}
	b := []File{{Name: "d", Data: nil}, {Name: "a", Data: []byte("bc")}}
	c := []File{{Name: "ab", Data: []byte("c")}, {Name: "d", Data: nil}}
	if Revision(a) != Revision(b) || Revision(a) == Revision(c) || Revision(nil) == Revision(a) {
		t.Error("the revision depends on the order, or not on the names")
	}
}

func TestFiveThousandEntriesLoadInASecond(t *testing.T) {
	var servers []string
	for s := range 10 {
		var text strings.Builder
		fmt.Fprintf(&text, "server = \"s%d\"\n", s)
		for i := range 500 {
			text.WriteString(tool(fmt.Sprintf("t%d", i), recall))
		}
		servers = append(servers, text.String())
	}
	begin := time.Now()
	c := Read(files(story, servers...))
	took := time.Since(begin)
	t.Logf("%d entries in %v", len(c.Entries), took)
	if len(c.Entries) != 5000 || took > 5*time.Second {
		t.Errorf("%d entries in %v: %s", len(c.Entries), took, problems(c))
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(story), []byte("server = \"a\"\n"+tool("x", recall)))
	f.Add(defaults.Flow(), []byte("server = 'a'\n[channels.prompts]\nlabel = 3\n[[tool]]\nstores = {}"))
	f.Fuzz(func(t *testing.T, flow, server []byte) {
		c := Read([]File{{Name: "flow.toml", Path: "flow.toml", Data: flow}, {Name: "a.toml", Path: "a.toml", Data: server}})
		if !c.Usable() && (len(c.Problems) == 0 || c.Entries != nil || c.Flow != nil) {
			t.Fatal("unusable content carries something, or no reason")
		}
	})
}
