package mcp

import (
	"context"
	"slices"
	"testing"

	"argus/host/mediate"
	"argus/internal/ijson"
)

func TestReferenceLeadsToTheServerOfItsNameOnly(t *testing.T) {
	d, session := channelDoor(t)
	d.m.channel = func(context.Context, string, string, ijson.Value) (mediate.Reply, error) {
		return mediate.Reply{Result: ijson.MustParse(`{"completion":{"values":["é"],"total":1.0},"_meta":{"x":1}}`)}, nil
	}
	const argument = `"argument":{"name":"a","value":"v"}`
	for params, want := range map[string]string{
		`{"ref":{"type":"ref/prompt","name":"n__greet"},` + argument + `,"_meta":{"progressToken":1}}`: `notes: completion/complete {"ref":{"type":"ref/prompt","name":"greet"},` + argument + `}`,
		`{"ref":{"title":"T","type":"ref/prompt","name":"greet"},` + argument + `}`:                    `plain: completion/complete {"ref":{"title":"T","type":"ref/prompt","name":"greet"},` + argument + `}`,
		`{"ref":{"type":"ref/prompt","name":"plain__n__greet"},` + argument + `}`:                      `plain: completion/complete {"ref":{"type":"ref/prompt","name":"plain__n__greet"},` + argument + `}`,
		`{"ref":{"type":"ref/resource","uri":"argus://notes/file:///{p}"},` + argument + `}`:           `notes: completion/complete {"ref":{"type":"ref/resource","uri":"file:///{p}"},` + argument + `}`,
		`{"ref":{"type":"ref/resource","uri":"mem://{id}"},` + argument + `}`:                          `plain: completion/complete {"ref":{"type":"ref/resource","uri":"mem://{id}"},` + argument + `}`,
		`{"ref":{"type":"ref/resource","uri":"argus://notes/argus://plain/x"},` + argument + `}`:       `notes: completion/complete {"ref":{"type":"ref/resource","uri":"argus://plain/x"},` + argument + `}`,
		`{"ref":{"type":"ref/prompt","name":"n__a"},` + argument + `,"context":{"arguments":{"b":"1"}}}`: `notes: completion/complete {"ref":{"type":"ref/prompt","name":"a"},` + argument +
			`,"context":{"arguments":{"b":"1"}}}`,
	} {
		g := d.ask(d.alice, session, "completion/complete", params)
		if g.body != `{"jsonrpc":"2.0","id":1,"result":{"completion":{"values":["é"],"total":1.0},"_meta":{"x":1}}}` {
			t.Errorf("%s: %s", params, g.body)
		}
		if asked := d.m.heard(); !slices.Equal(asked, []string{"alice/alice-1 completion of " + want}) {
			t.Errorf("%s: asked %q", params, asked)
		}
	}
	for _, params := range []string{
		`{}`, `{` + argument + `}`, `{"ref":{"type":"ref/prompt","name":"n__greet"}}`,
		`{"ref":{"type":"ref/tool","name":"n__greet"},` + argument + `}`,
		`{"ref":{"type":"ref/prompt","uri":"n__greet"},` + argument + `}`,
		`{"ref":{"type":"ref/prompt","name":7},` + argument + `}`,
		`{"ref":{"type":"ref/prompt","name":"n__"},` + argument + `}`,
		`{"ref":{"type":"ref/prompt","name":"n__greet","Name":"plain"},` + argument + `}`,
		`{"ref":{"type":"ref/resource","uri":"argus://notes/x","URI":"argus://plain/x"},` + argument + `}`,
		`{"ref":{"type":"ref/resource","uri":"argus://notes"},` + argument + `}`,
		`{"ref":{"type":"ref/prompt","name":"n__greet"},"argument":{"name":"a","value":1}}`,
		`{"ref":{"type":"ref/prompt","name":"n__greet"},"argument":{"name":"a","value":"v","Value":"w"}}`,
		`{"ref":{"type":"ref/prompt","name":"n__greet"},` + argument + `,"context":[]}`,
		`{"ref":{"type":"ref/prompt","name":"n__greet"},` + argument + `,"context":{"arguments":{"b":1}}}`,
		`{"ref":{"type":"ref/prompt","name":"n__greet"},` + argument + `,"context":{"Arguments":{}}}`,
		`{"Ref":{"type":"ref/prompt","name":"n__greet"},` + argument + `}`,
	} {
		if code := d.ask(d.alice, session, "completion/complete", params).code(t); code != codeParams && code != codeNoResource {
			t.Errorf("%s: %d", params, code)
		}
	}
	if asked := d.m.heard(); len(asked) > 0 {
		t.Errorf("the mediator was asked %q", asked)
	}
}
