package upstream

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"argus/internal/ijson"
)

// maxToolName is the protocol's own limit, in bytes.
const maxToolName = 128

// maxCursor bounds what a server may have us send back.
const maxCursor = 4 << 10

// readLists replaces the tools of d by those that the server offers now. A list with a mistake is refused whole: which of
// two tools of one name would be called is for the server to choose.
func (l *session) readLists(ctx context.Context, d *Definitions) error {
	l.listed = time.Now()
	d.Tools = nil
	if _, offered := d.Capabilities.Member("tools"); !offered {
		return nil
	}
	list := toolList{options: l.server.options, seen: make(map[string]bool)}
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
			d.Tools = list.tools
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
	options Options
	tools   []Tool
	seen    map[string]bool
	bytes   int
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
	if len(t.tools) == t.options.ListTools || t.bytes > t.options.ListBytes {
		return fmt.Errorf("more than %d tools or %d bytes", t.options.ListTools, t.options.ListBytes)
	}
	definition, err := alone(definition)
	if err != nil {
		return fmt.Errorf("definition %d: %w", len(t.tools)+1, err)
	}
	member, _ := definition.Member("name")
	name, _ := member.Text()
	if !validToolName(name) {
		return fmt.Errorf("the name of tool %d is not 1 to %d of A-Z a-z 0-9 _ - .", len(t.tools)+1, maxToolName)
	}
	if t.seen[name] {
		return fmt.Errorf("two tools are named %s", name)
	}
	t.seen[name] = true
	t.tools = append(t.tools, Tool{Name: name, Raw: definition, Digest: ijson.Digest(definition)})
	return nil
}

// alone is v without the text around it, which a value keeps in memory: a page can be a thousand times the definitions on it.
func alone(v ijson.Value) (ijson.Value, error) {
	text := strings.Clone(v.Raw())
	return ijson.ParseString(text, ijson.AtMost(len(text)))
}

func validToolName(name string) bool {
	for i := range len(name) {
		c := name[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !letter && c != '_' && c != '-' && c != '.' {
			return false
		}
	}
	return name != "" && len(name) <= maxToolName
}
