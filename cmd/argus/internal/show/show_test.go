package show

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func TestNothingThatTricksATerminalComesThrough(t *testing.T) {
	for text, want := range map[string]string{
		"read a file":                 "read a file",
		"größer 日本 é":                 "größer 日本 é",
		"a\x1b[2Jb":                   `a\u001b[2Jb`,
		"line\r\nnext\tcolumn":        `line\r\nnext\tcolumn`,
		"safe\u202eexe.txt":           `safe\u202eexe.txt`,
		"zero\u200bwidth\ufeff":       `zero\u200bwidth\ufeff`,
		"hangul\u3164filler":          `hangul\u3164filler`,
		"next\u0085line\u2028\u00a0x": `next\u0085line\u2028\u00a0x`,
		"tag\U000e0041":               `tag\U000e0041`,
		"selected\ufe0f\U000e0123":    `selected\ufe0f\U000e0123`,
		"joined\u034f\u17b4\u180b":    `joined\u034f\u17b4\u180b`,
		"null\U0001d159note":          `null\U0001d159note`,
		"broken\xff\xfe":              `broken\xff\xfe`,
		"said so \ufffd":              `said so \ufffd`,
		"c1\u009b31m":                 `c1\u009b31m`,
	} {
		if got := Plain(text); got != want {
			t.Errorf("%q is shown as %q, not %q", text, got, want)
		}
	}
}

func TestALineOfABlockCannotPassForOurs(t *testing.T) {
	got := Block("harmless\npinned by you\n\n", "+ ")
	if got != "+ harmless\n+ pinned by you\n" {
		t.Errorf("got %q", got)
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(Block("a\n\nb\rc", "+ "), "\n"), "\n") {
		if !strings.HasPrefix(line, "+") {
			t.Errorf("%q has no prefix", line)
		}
	}
}

func TestColumnsAlign(t *testing.T) {
	table := Table{Heading: []string{"NAME", "STATE", "WHY"}}
	table.Add(Text("é"), Cell{"ready", Good}, Text(""))
	table.Add(Text("longer-name"), Text("x"), Text("two\nlines"))
	var out bytes.Buffer
	if err := table.Write(&out, Painter{}); err != nil {
		t.Fatal(err)
	}
	want := "NAME         STATE  WHY\né            ready  -\nlonger-name  x      two\\nlines\n"
	if out.String() != want {
		t.Errorf("got\n%s\nnot\n%s", out.String(), want)
	}
	out.Reset()
	if err := table.Write(&out, Painter{on: true}); err != nil || !strings.Contains(out.String(), "\x1b[32mready\x1b[0m") {
		t.Errorf("%v: not painted: %q", err, out.String())
	}
}

func TestADocumentIsTheSameToAProgramAndSafeToAPerson(t *testing.T) {
	told := map[string]string{"text": "a\x1b[2J \u202e\u009b31m \U000e0041 <größer> \x7f\n"}
	text, err := Document(told)
	if err != nil {
		t.Fatal(err)
	}
	want := "{\n  \"text\": \"a\\u001b[2J \\u202e\\u009b31m \\udb40\\udc41 <größer> \\u007f\\n\"\n}\n"
	if string(text) != want {
		t.Errorf("got %q, not %q", text, want)
	}
	var read map[string]string
	if err := json.Unmarshal(text, &read); err != nil || read["text"] != told["text"] {
		t.Errorf("%v: a program reads %q", err, read["text"])
	}
}
