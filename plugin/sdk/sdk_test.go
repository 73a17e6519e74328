package sdk_test

import (
	"context"
	"strings"
	"testing"
	"unicode/utf8"

	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"argus/plugin/sdk"
	"argus/plugin/sdk/sdktest"
	pluginv1 "argus/proto/argus/plugin/v1"
	sandboxv1 "argus/proto/argus/sandbox/v1"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// surveyor is the least of a sandbox.
type surveyor struct {
	sandboxv1.UnimplementedSandboxServer
}

func (surveyor) Survey(context.Context, *sandboxv1.SurveyRequest) (*sandboxv1.SurveyReply, error) {
	return &sandboxv1.SurveyReply{}, nil
}

func service(configure func(context.Context, sdk.Settings) []sdk.Problem) sdk.Service {
	return sdk.Service{
		Kind:      sdk.KindSandbox,
		Info:      sdk.Info{Name: "test", Version: "1", SettingsSchema: "{}"},
		Configure: configure,
		Register:  func(s *grpc.Server) { sandboxv1.RegisterSandboxServer(s, surveyor{}) },
	}
}

// call calls the plugin's own service.
func call(ctx context.Context, conn grpc.ClientConnInterface) codes.Code {
	_, err := sandboxv1.NewSandboxClient(conn).Survey(ctx, &sandboxv1.SurveyRequest{})
	return status.Code(err)
}

func settings(json string) sdk.Settings {
	return sdk.Settings{JSON: json, ConfigFolder: "/etc/argus", PluginFolder: "/usr/lib/argus"}
}

func TestNothingIsAnsweredBeforeConfigure(t *testing.T) {
	problems := []sdk.Problem{{File: "argus.toml", Line: 2, Message: "too brave", Fix: "brave = false"}}
	var got sdk.Settings
	s := service(func(_ context.Context, s sdk.Settings) []sdk.Problem { got = s; return problems })
	conn := sdktest.Dial(t, s.NewServer())
	if code := call(t.Context(), conn); code != codes.FailedPrecondition {
		t.Errorf("before configure: %v", code)
	}
	told, err := sdk.Configure(t.Context(), conn, settings(`{"brave":true}`))
	if err != nil || len(told) != 1 || told[0] != problems[0] {
		t.Errorf("problems = %v, %v", told, err)
	}
	if got != settings(`{"brave":true}`) {
		t.Errorf("the author got %+v", got)
	}
	if code := call(t.Context(), conn); code != codes.FailedPrecondition {
		t.Errorf("after declined settings: %v", code)
	}
	problems = nil
	if _, err := sdk.Configure(t.Context(), conn, settings("{}")); err != nil {
		t.Fatal(err)
	}
	if code := call(t.Context(), conn); code != codes.OK {
		t.Errorf("control: %v", code)
	}
	if _, err := sdk.Configure(t.Context(), conn, settings("{}")); status.Code(err) != codes.FailedPrecondition {
		t.Errorf("configured twice: %v", err)
	}
}

func TestPanicInConfigureFailsThatCallAlone(t *testing.T) {
	angry := true
	conn := sdktest.Dial(t, service(func(context.Context, sdk.Settings) []sdk.Problem {
		if angry {
			panic("secret setting")
		}
		return nil
	}).NewServer())
	_, err := sdk.Configure(t.Context(), conn, settings("{}"))
	if status.Code(err) != codes.Internal || strings.Contains(err.Error(), "secret") {
		t.Errorf("err = %v", err)
	}
	angry = false
	if _, err := sdk.Configure(t.Context(), conn, settings("{}")); err != nil {
		t.Errorf("after the panic: %v", err)
	}
}

func TestPluginOfAnotherKindIsRefused(t *testing.T) {
	conn := sdktest.Dial(t, service(nil).NewServer())
	for kind, want := range map[sdk.Kind]bool{sdk.KindSandbox: true, sdk.KindOracle: false, sdk.KindRegistry: false, 0: false} {
		info, err := sdk.Describe(t.Context(), conn, kind)
		if (err == nil) != want || want && info.Name != "test" {
			t.Errorf("as %s: %+v, %v", kind, info, err)
		}
	}
}

// liar describes itself with whatever it likes.
type liar struct {
	pluginv1.UnimplementedPluginServer
	is *pluginv1.DescribeReply
}

func (l liar) Describe(context.Context, *pluginv1.DescribeRequest) (*pluginv1.DescribeReply, error) {
	return l.is, nil
}

func TestDescriptionThatDoesNotHoldIsRefused(t *testing.T) {
	newer := &pluginv1.DescribeReply{Kind: 1, Name: "n", Version: "1"}
	sdktest.AddUnknown(newer)
	for name, is := range map[string]*pluginv1.DescribeReply{
		"unknown field":    newer,
		"unspecified kind": {Name: "n", Version: "1"},
		"unknown kind":     {Kind: 77, Name: "n", Version: "1"},
		"no name":          {Kind: 1, Version: "1"},
		"no version":       {Kind: 1, Name: "n"},
		"long name":        {Kind: 1, Name: strings.Repeat("n", 65), Version: "1"},
		"name of controls": {Kind: 1, Name: "n\x1b[2J", Version: "1"},
		"long schema":      {Kind: 1, Name: "n", Version: "1", SettingsSchema: strings.Repeat(" ", 1<<20)},
	} {
		server := grpc.NewServer()
		pluginv1.RegisterPluginServer(server, liar{is: is})
		if info, err := sdk.Describe(t.Context(), sdktest.Dial(t, server), sdk.KindOracle); err == nil {
			t.Errorf("%s: %+v", name, info)
		}
	}
}

func TestSettingsAreReadStrictly(t *testing.T) {
	var v struct {
		Folder string `json:"folder"`
	}
	for _, bad := range []string{``, `{`, `{"folder": 1}`, `{"folder": "x", "extra": 1}`, `{"folder": "x"} {}`, `[]`} {
		if err := settings(bad).Decode(&v); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
	if err := settings(`{"folder": "x"}`).Decode(&v); err != nil || v.Folder != "x" {
		t.Errorf("control: %+v, %v", v, err)
	}
	s := settings("{}")
	if got := s.Path("policies"); got != "/etc/argus/policies" {
		t.Errorf("relative path became %s", got)
	}
	if got := s.Path("/srv/policies"); got != "/srv/policies" {
		t.Errorf("absolute path became %s", got)
	}
	s.PluginFolder = "plugins"
	if _, err := sdk.Configure(t.Context(), nil, s); err == nil {
		t.Error("a relative plugin folder was handed over")
	}
}

func TestNamesAreExact(t *testing.T) {
	for _, name := range []string{"", "Public", "public ", "low"} {
		if sdk.IsLevel(name) || sdk.IsIntegrity(name) || sdk.IsSink(name) || sdk.IsCapability(name) {
			t.Errorf("%q is in a catalogue", name)
		}
	}
	if !sdk.IsLevel("restricted") || !sdk.IsIntegrity("untrusted") || !sdk.IsSink("account_change") || !sdk.IsCapability("ipc") {
		t.Error("a name of the protocol is missing")
	}
	if len(sdk.Levels()) != 4 || len(sdk.Integrities()) != 4 || len(sdk.Sinks()) != 9 || len(sdk.Capabilities()) != 15 {
		t.Error("a catalogue has another size than in the protocol")
	}
	sdk.Levels()[0] = "changed"
	if !sdk.IsLevel("public") {
		t.Error("a caller changed a catalogue")
	}
}

func TestTextIsBounded(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "long": "123456789", "two lines": "a\nb", "control": "a\x07", "not UTF-8": "a\xff", "bidirectional": "a\u202eb",
	} {
		if err := sdk.CheckText("it", text, 1, 8); err == nil {
			t.Errorf("%s passes", name)
		} else if strings.Contains(err.Error(), "123456789") {
			t.Errorf("%s: the error tells the text", name)
		}
	}
	for _, text := range []string{"a", "12345678", "größe", "a b"} {
		if err := sdk.CheckText("it", text, 1, 8); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzClip(f *testing.F) {
	f.Add("größe\x00\xff", 3)
	f.Fuzz(func(t *testing.T, text string, size int) {
		size &= 0xff
		got := sdk.Clip(text, size)
		if !utf8.ValidString(got) {
			t.Fatalf("%q is not UTF-8", got)
		}
		if err := sdk.CheckProse("it", got, 0, size); err != nil {
			t.Fatalf("%q: %v", got, err)
		}
	})
}
