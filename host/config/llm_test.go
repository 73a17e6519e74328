package config

import (
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const vendors = `
[upstream.openai]
sink = "llm_provider"
url = "https://api.openai.com/"
format = "openai"
key = "file:openai.key"
pass = ["GET /v1/files/*", "DELETE /v1/files/*"]
members = ["safety_identifier"]
[upstream.ours]
sink = "network_internal"
url = "http://models.internal:8000/x"
format = "anthropic"
pass_label = { level = "public", integrity = "verified" }
[upstream.check]
sink = "network_external"
[[client]]
name = "claude-code"
agents = ["assistant", "reviewer"]
`

func TestModelsAreReachedAsWritten(t *testing.T) {
	path := write(t, required()+"[llm]\nlisten = \"127.0.0.1:0\"\nuser_label = { level = \"sensitive\" }\non_refusal = \"retry\"\nhost_tools = true\n"+
		vendors+pluginTables())
	c, err := Load(Options{File: path})
	if err != nil {
		t.Fatal(err)
	}
	restricted := Source{"restricted", "untrusted"}
	want := LLM{
		Listen: netip.MustParseAddrPort("127.0.0.1:0"), MaxRequestBytes: 32 << 20, UserLabel: Source{"sensitive", "observed"}, UnknownLabel: restricted,
		Retry: true, Rounds: 4, HostTools: true, ResultTimeout: 15 * time.Minute,
	}
	if c.LLM != want {
		t.Errorf("read %+v", c.LLM)
	}
	key := filepath.Join(filepath.Dir(path), "openai.key")
	upstreams := map[string]Upstream{
		"openai": {Sink: "llm_provider", Format: OpenAI, KeyFile: key, Pass: []Pass{{"GET", "/v1/files/*"}, {"DELETE", "/v1/files/*"}},
			PassLabel: restricted, Members: []string{"safety_identifier"}},
		"ours":  {Sink: "network_internal", Format: Anthropic, PassLabel: Source{"public", "verified"}},
		"check": {Sink: "network_external"},
	}
	if diff := cmp.Diff(upstreams, c.Upstreams, cmpopts.IgnoreFields(Upstream{}, "URL")); diff != "" {
		t.Error(diff)
	}
	if c.Upstreams["openai"].URL.String() != "https://api.openai.com" || c.Upstreams["ours"].URL.String() != "http://models.internal:8000/x" || c.Upstreams["check"].URL != nil {
		t.Errorf("addresses %+v", c.Upstreams)
	}
	if diff := cmp.Diff([]Client{{"claude-code", []string{"assistant", "reviewer"}}}, c.Clients); diff != "" {
		t.Error(diff)
	}
}

// TestTheDoorToModelsIsClosedWithoutAVendor also where its address is written.
func TestTheDoorToModelsIsClosedWithoutAVendor(t *testing.T) {
	text := required() + "[llm]\nlisten = \"127.0.0.1:8743\"\n[upstream.check]\nsink = \"llm_provider\"\n" + pluginTables()
	c, err := Load(Options{File: write(t, text)})
	if err != nil || c.LLM.Listen.IsValid() {
		t.Errorf("%v, %v", c.LLM.Listen, err)
	}
}

func TestMistakesAboutModels(t *testing.T) {
	const at = "[upstream.u]\nsink = \"llm_provider\"\nformat = \"openai\"\nurl = "
	const whole = at + "\"https://h\"\n"
	for text, want := range map[string]string{
		"[llm]\nlisten = \"0.0.0.0:8743\"\n":         "llm.listen must be a loopback address",
		"[llm]\nmax_request_bytes = 1\n":             "llm.max_request_bytes must be between",
		"[llm]\non_refusal = \"ask\"\n":              "llm.on_refusal",
		"[llm]\nrounds = 0\n":                        "llm.rounds must be between 1 and 16",
		"[llm]\nresult_timeout = \"0s\"\n":           "llm.result_timeout must be between",
		"[llm]\nuser_label = { level = \"no\" }\n":   "llm.user_label.level",
		"[llm]\nunknown_label = { integrity = 3 }\n": "must be text",

		at + "\"ftp://h\"\n":                                           "no https or http address",
		at + "\"https://\"\n":                                          "no https or http address",
		at + "\"h\"\n":                                                 "no https or http address",
		at + "\"https://u:p@h\"\n":                                     "a user, a query or a fragment",
		at + "\"https://h?\"\n":                                        "a user, a query or a fragment",
		at + "\"https://h#f\"\n":                                       "a user, a query or a fragment",
		at + "\"https://h/a/../b\"\n":                                  "is not plain",
		at + "\"https://h/a%2fb\"\n":                                   "is not plain",
		at + "\"http://h\"\n":                                          "http to another machine",
		at + "\"http://localhost:1\"\n":                                "http to another machine",
		whole + "key = \"sk-canary\"\n":                                "names no file",
		whole + "key = \"file:\"\n":                                    "u.key is empty",
		whole + "pass = [\"GET v1\"]\n":                                "pass holds no rule",
		whole + "pass = [\"get /v1\"]\n":                               "pass holds no rule",
		whole + "pass = [\"GET /v1/../x\"]\n":                          "pass holds no rule",
		whole + "pass = [\"GET /*/*\"]\n":                              "pass holds no rule",
		whole + "pass = [\"GET /v1/a*\"]\n":                            "pass holds no rule",
		whole + "pass = [\"GET /v1?a=b\"]\n":                           "pass holds no rule",
		whole + "members = [\"a b\"]\n":                                "no name of a member",
		whole + "pass_label = { level = \"public\" }\n":                "u.pass_label.integrity",
		"[upstream.u]\nsink = \"llm_provider\"\nurl = \"https://h\"\n": "u.format",
		"[upstream.u]\nsink = \"network_internal\"\nurl = \"http://h\"\nformat = \"openai\"\nkey = \"file:k\"\n": "http to another machine",
		"[upstream.u]\nsink = \"llm_provider\"\nkey = \"file:k\"\n":                                              "url is not set",
		"[upstream.u]\nsink = \"llm_provider\"\nmembers = [\"a\"]\n":                                             "url is not set",

		"[[client]]\nagents = [\"a\"]\n":                                                                                              "the client has no name",
		"[[client]]\nname = \"argus\"\nagents = [\"a\"]\n":                                                                            "reserved",
		"[[client]]\nname = \"C C\"\nagents = [\"a\"]\n":                                                                              "cannot be the name of a client",
		"[[client]]\nname = \"c\"\n":                                                                                                  "the client has no agents",
		"[[client]]\nname = \"c\"\nagents = [\"A/B\"]\n":                                                                              "cannot be the name of an agent",
		"[[client]]\nname = \"c\"\nagents = [\"a\", \"a\"]\n":                                                                         "is one of a client already",
		"[[client]]\nname = \"c\"\nagents = [\"a\"]\n[[client]]\nname = \"c\"\nagents = [\"b\"]\n":                                    "a second client",
		"[[client]]\nname = \"c\"\nagents = [\"a\"]\n[[client]]\nname = \"d\"\nagents = [\"a\"]\n":                                    "is one of a client already",
		"[profile.p]\n[[server]]\nname = \"s\"\ncommand = \"/bin/sh\"\nprofile = \"p\"\n[[client]]\nname = \"s\"\nagents = [\"a\"]\n": "a server has the name",
		whole + "key = \"file:vendor/k\"\n[profile.p]\nread = [\"vendor\"]\n":                                                         "open the key of the upstream u",
	} {
		got := mistakes(t, required()+pluginTables()+text)
		if len(got) != 1 || !strings.Contains(got[0], want) || !strings.HasPrefix(got[0], "argus.toml:") || strings.Contains(got[0], "canary") {
			t.Errorf("%q: %q, not %q", text, got, want)
		}
	}
	for _, text := range []string{
		whole + "key = \"file:k\"\n", at + "\"http://127.0.0.1:1/v\"\nkey = \"file:k\"\n", at + "\"http://[::1]:1\"\n",
		whole + "key = \"file:vendor/k\"\n[profile.p]\nread = [\"/usr\"]\n",
	} {
		if got := mistakes(t, required()+pluginTables()+text); got != nil {
			t.Errorf("the control %q: %q", text, got)
		}
	}
}
