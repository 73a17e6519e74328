package upstream

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"argus/internal/ijson"
	"argus/plugin/sdk"
)

// maxToolName is the longest name, in bytes, that a person can still give an alias; maxShownName is what is kept of a longer one.
const (
	maxToolName  = 256
	maxShownName = 64
)

// maxCursor bounds what a server may have us send back.
const maxCursor = 4 << 10

// readLists replaces the tools of d by those that the server offers now. A tool that cannot be named is left out and told; the others
// stay: one odd name must not take a server from everybody.
func (l *session) readLists(ctx context.Context, d *Definitions) error {
	l.listed = time.Now()
	d.Tools, d.Unusable = nil, nil
	if _, offered := d.Capabilities.Member("tools"); !offered {
		return nil
	}
	list := toolList{options: l.server.options, seen: make(map[string]int)}
	cursor := ""
	for range l.server.options.ListPages {
		result, err := l.ask(ctx, mcp.MethodToolsList, cursorParams(cursor))
		if err != nil {
			return fmt.Errorf("list tools: %w", err)
		}
		if err := list.add(result); err != nil {
			return fmt.Errorf("list tools: the list is refused: %w", err)
		}
		next, more := result.Member("nextCursor")
		if !more || next.IsNull() {
			d.Tools, d.Unusable = list.usable()
			return nil
		}
		text, ok := next.Text()
		if !ok || len(text) > maxCursor {
			return errors.New("list tools: the list is refused: a cursor is no short text")
		}
		cursor = text
	}
	return fmt.Errorf("list tools: the list is refused: more than %d pages", l.server.options.ListPages)
}

func cursorParams(cursor string) []byte {
	if cursor == "" {
		return nil
	}
	return append(ijson.AppendString([]byte(`{"cursor":`), cursor), '}')
}

// toolList gathers the pages of one list.
type toolList struct {
	options  Options
	tools    []Tool
	unusable []Unusable
	seen     map[string]int // how many have the name
	bytes    int
}

func (t *toolList) add(page ijson.Value) error {
	list, _ := page.Member("tools")
	if list.Kind() != ijson.Array {
		return errors.New("a page has no array of tools")
	}
	for _, definition := range list.Items() {
		if err := t.addTool(definition); err != nil {
			return err
		}
	}
	return nil
}

func (t *toolList) addTool(definition ijson.Value) error {
	t.bytes += len(definition.Raw())
	if len(t.tools)+len(t.unusable) == t.options.ListTools || t.bytes > t.options.ListBytes {
		return fmt.Errorf("more than %d tools or %d bytes", t.options.ListTools, t.options.ListBytes)
	}
	definition, err := alone(definition)
	if err != nil {
		return fmt.Errorf("definition %d: %w", len(t.tools)+1, err)
	}
	member, _ := definition.Member("name")
	name, _ := member.Text()
	if err := sdk.CheckText("its name", name, 1, maxToolName); err != nil {
		t.unusable = append(t.unusable, Unusable{Name: cut(name, maxShownName), Reason: err.Error()})
		return nil
	}
	t.seen[name]++
	t.tools = append(t.tools, Tool{Name: name, Raw: definition, Digest: ijson.Digest(definition)})
	return nil
}

// usable parts the tools that can be called from those that cannot: which of two tools of one name would be called is for the server
// to choose.
func (t *toolList) usable() ([]Tool, []Unusable) {
	var tools []Tool
	for _, tool := range t.tools {
		switch n := t.seen[tool.Name]; {
		case n == 1:
			tools = append(tools, tool)
		case n > 1:
			t.unusable = append(t.unusable, Unusable{Name: tool.Name, Reason: fmt.Sprintf("its server has %d tools of this name", n)})
			t.seen[tool.Name] = 0 // told once
		}
	}
	return tools, t.unusable
}

// alone is v without the text around it, which a value keeps in memory: a page can be a thousand times the definitions on it.
func alone(v ijson.Value) (ijson.Value, error) {
	text := strings.Clone(v.Raw())
	return ijson.ParseString(text, ijson.AtMost(len(text)))
}
