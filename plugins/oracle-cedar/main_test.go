package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"argus/plugin/sdk"
	"argus/plugin/sdk/conformance/oraclekit"
	"argus/plugin/sdk/oracle"
	"argus/plugin/sdk/sdktest"
	"argus/plugins/oracle-cedar/policies"
)

const onlyMail = `@id("mail") permit (principal in Argus::Principal::"ann", action == Argus::Action::"call", resource in Argus::Server::"mail");` + "\n"

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// served is the plugin behind a socket, as the host has it.
func served(t *testing.T, folder string) *oracle.Client {
	t.Helper()
	settings, err := json.Marshal(map[string]string{"policies": folder})
	if err != nil {
		t.Fatal(err)
	}
	p := &plugin{}
	t.Cleanup(p.close)
	client := oracle.NewClient(sdktest.Start(t, oracle.Service(info, p), string(settings)))
	t.Cleanup(client.Close)
	return client
}

func question(server, digest string) oracle.Question {
	clean := oracle.Exposure{Level: "public", Integrity: "proven"}
	return oracle.Question{
		Agent: oracle.Agent{ID: "0.1", Principal: "ann", Exposure: clean, Speculative: clean},
		About: oracle.Call{
			Server: server, Tool: "send", ToolID: "x", Arguments: oracle.Object{{Name: "to", Value: oracle.Text("x")}}, ArgumentsDigest: "d", Label: clean,
		},
		PolicyDigest: digest,
	}
}

func TestHostIsAnsweredByTheFolder(t *testing.T) {
	folder := t.TempDir()
	write(t, filepath.Join(folder, "a.cedar"), onlyMail)
	client := served(t, folder)
	state := sdktest.Await(t, client.Policy, func(s oracle.PolicyState) bool { return s.Digest != "" })
	if a, err := client.Ask(t.Context(), question("mail", state.Digest)); err != nil || !a.Authorized || strings.Join(a.Reasons, ";") != "call: permitted by a.cedar:mail" {
		t.Errorf("got %+v %v", a, err)
	}
	if a, err := client.Ask(t.Context(), question("bank", state.Digest)); err != nil || a.Authorized {
		t.Errorf("got %+v %v", a, err)
	}

	write(t, filepath.Join(folder, "b.cedar"), `forbid (principal, action, resource) when { context.agent.dpeth > 1 };`)
	declined := sdktest.Await(t, client.Policy, func(s oracle.PolicyState) bool { return len(s.Problems) > 0 })
	if declined.Digest != state.Digest || declined.Problems[0].Line != 1 || !strings.Contains(declined.Problems[0].Fix, "depth") {
		t.Errorf("got %+v", declined)
	}
	write(t, filepath.Join(folder, "b.cedar"), `forbid (principal, action, resource);`)
	changed := sdktest.Await(t, client.Policy, func(s oracle.PolicyState) bool { return s.Policies == 2 })
	if a, err := client.Ask(t.Context(), question("mail", changed.Digest)); err != nil || a.Authorized {
		t.Errorf("got %+v %v", a, err)
	}
}

func TestRelativeFolderStartsAtTheConfiguration(t *testing.T) {
	config := t.TempDir()
	if err := os.Mkdir(filepath.Join(config, "rules"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(config, "rules", "a.cedar"), onlyMail)
	p := &plugin{}
	defer p.close()
	if problems := p.Configure(t.Context(), sdk.Settings{JSON: `{"policies":"rules"}`, ConfigFolder: config, PluginFolder: config}); len(problems) > 0 {
		t.Fatal(problems)
	}
	if state, _ := p.Policy(); state.Policies != 1 {
		t.Errorf("got %+v", state)
	}
}

func TestSettingsWithoutAFolderAreNotTaken(t *testing.T) {
	for _, settings := range []string{`{}`, `{"policies":""}`, `{"policies":"x","polices":"y"}`, `[]`, ``} {
		p := &plugin{}
		if problems := p.Configure(t.Context(), sdk.Settings{JSON: settings, ConfigFolder: "/c", PluginFolder: "/p"}); len(problems) != 1 || problems[0].Fix == "" {
			t.Errorf("%s: got %v", settings, problems)
		}
		p.close()
	}
	if !json.Valid([]byte(info.SettingsSchema)) {
		t.Error("the settings schema is no JSON")
	}
}

func TestCedarConforms(t *testing.T) {
	folder := t.TempDir()
	if err := os.CopyFS(folder, policies.Default()); err != nil {
		t.Fatal(err)
	}
	settings, err := json.Marshal(map[string]string{"policies": folder})
	if err != nil {
		t.Fatal(err)
	}
	sdktest.Conform(t, oraclekit.Kit(), sdktest.Subject{
		New: func(t testing.TB) sdk.Service {
			p := &plugin{}
			t.Cleanup(p.close)
			return oracle.Service(info, p)
		},
		Settings: string(settings),
		Change: func() error {
			return os.WriteFile(filepath.Join(folder, "more.cedar"), []byte(onlyMail), 0o600)
		},
	})
}
