package inventory

import (
	"fmt"
	"slices"
	"strings"

	"argus/internal/ijson"
	"argus/kernel"
	"argus/plugin/sdk"
	"argus/plugin/sdk/registry"
)

// finish adds the flow policy and has the kernel judge the whole.
func (b *builder) finish() (*Inventory, []sdk.Problem) {
	var problems []sdk.Problem
	for _, c := range b.src.Content.Flow {
		row, err := rowOf(c)
		if err != nil {
			problems = append(problems, sdk.Problem{File: c.Origin.File, Line: c.Origin.Line, Message: err.Error()})
			continue
		}
		b.out.Spec.Policy = append(b.out.Spec.Policy, row)
	}
	if len(problems) > 0 {
		return nil, problems
	}
	judged := b.out.Spec
	judged.Digest = "sha256:judged before it is sealed"
	_, wrong := kernel.NewTheory(judged)
	for _, p := range wrong {
		problems = append(problems, b.explain(p))
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return b.out, nil
}

func rowOf(c registry.Cell) (kernel.Row, error) {
	level, okLevel := kernel.ParseLevel(c.Level)
	integrity, okIntegrity := kernel.ParseIntegrity(c.Integrity)
	sink, okSink := kernel.ParseSink(c.Sink)
	mode, okMode := kernel.ParseMode(string(c.Mode))
	if !okLevel || !okIntegrity || !okSink || !okMode {
		return kernel.Row{}, fmt.Errorf("flow cell %s/%s/%s = %s has a name that is none of the protocol's", c.Level, c.Integrity, c.Sink, c.Mode)
	}
	return kernel.Row{Level: level, Integrity: integrity, Sink: sink, Mode: mode}, nil
}

// explain turns a problem of the kernel's into one with a file, a line and a way out.
func (b *builder) explain(p kernel.Problem) sdk.Problem {
	out := sdk.Problem{Message: p.String()}
	if e := b.entryOf(p.Tool); e != nil {
		out.File, out.Line = e.Origin.File, e.Origin.Line
	}
	switch p.Kind {
	case kernel.NotMonotone:
		out.File, out.Line = b.src.Content.FlowOrigin.File, b.src.Content.FlowOrigin.Line
		out.Fix = "make the more exposed cell as strict as the less exposed one"
	case kernel.StoreOverfull:
		least := p.Label.Join(p.Held)
		out.Fix = fmt.Sprintf("label = { level = %q, integrity = %q }", least.Level, least.Integrity)
	}
	return out
}

func (b *builder) entryOf(id kernel.ToolID) *registry.Entry {
	for key, e := range b.entries {
		own := key.server + "/" + key.tool + "@" + e.Digest
		if key.channel != registry.Tool {
			own = key.server + "/" + key.channel.String()
		}
		if id != "" && own == string(id) {
			return e
		}
	}
	return nil
}

// Explain tells the operator why a theory may not follow on what its stores already hold.
func Explain(problems []kernel.Problem) string {
	var lines []string
	for _, p := range problems {
		lines = append(lines, p.String())
	}
	return strings.Join(lines, "; ") + ": raise the reader's label to at least that, or give the store a new name after you emptied it"
}

// usual is the order in which people write a definition. Members of other names follow by name.
var usual = []string{"name", "title", "description", "inputSchema", "outputSchema", "annotations"}

// listing is the pinned definition with another name, in one spelling and order: the pin is of the value, and a list reaches agents
// unjudged, so how the server wrote it must not show.
func listing(def ijson.Value, name string) []byte {
	var others []string
	for member := range def.Members() {
		if !slices.Contains(usual, member) {
			others = append(others, member)
		}
	}
	slices.Sort(others)
	out := []byte{'{'}
	for _, member := range slices.Concat(usual, others) {
		v, has := def.Member(member)
		if !has {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(ijson.AppendString(out, member), ':')
		if member == "name" {
			out = ijson.AppendString(out, name)
		} else {
			out = ijson.AppendCanonical(out, v)
		}
	}
	return append(out, '}')
}
