//go:build linux

package upstream

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"argus/internal/ijson"
)

func TestListWithAMistakeIsRefused(t *testing.T) {
	for mode, why := range map[string]string{
		"no-array":      "no array of tools",
		"endless-pages": "more than 20 pages",
		"many-tools":    "more than 50 tools",
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			o := quick()
			o.ListPages, o.ListTools = 20, 50
			s, w := start(t, o, launcher{}, rogue(t, mode, "-count", "51"))
			mustContain(t, w.awaitDown(t, "rogue"), why)
			if w.definitions("rogue", 1) != nil || only(t, s).State == Ready {
				t.Error("the server was made ready")
			}
		})
	}
}

// TestToolThatCannotBeNamedIsLeftOutAlone has a list with one such tool, or two of one name.
func TestToolThatCannotBeNamedIsLeftOutAlone(t *testing.T) {
	for mode, why := range map[string]string{
		"dup-tools":  "2 tools of this name",
		"long-names": "bytes",
		"nameless":   "its name",
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			_, w := start(t, quick(), launcher{}, rogue(t, mode, "-count", "51"))
			d := await(t, w, func() []Definitions { return w.definitions("rogue", 1) })[0]
			if len(d.Unusable) == 0 || !strings.Contains(d.Unusable[0].Reason, why) || len(d.Unusable[0].Name) > maxShownName {
				t.Errorf("left out: %+v", d.Unusable)
			}
			for _, tool := range d.Tools {
				if tool.Name == d.Unusable[0].Name {
					t.Errorf("%q is in both lists", tool.Name)
				}
			}
		})
	}
}

func TestBytesOfAListAreBounded(t *testing.T) {
	o := quick()
	o.ListBytes = 1000
	_, w := start(t, o, launcher{}, rogue(t, "many-tools", "-count", "50"))
	mustContain(t, w.awaitDown(t, "rogue"), "1000 bytes")
}

// A value keeps the text that it was read from: a small tool on each of many large pages must not keep the pages.
func TestPaddingOfAListIsNotKept(t *testing.T) {
	const pages, padding = 40, 4 << 20
	list := toolList{options: Options{}.withDefaults(), seen: map[string]int{}}
	before := inUse()
	for i := range pages {
		text := fmt.Sprintf(`{"tools":[{"name":"tool-%d","inputSchema":{}}],"_meta":{"padding":%q}}`, i, strings.Repeat("x", padding))
		page, err := ijson.ParseString(text, ijson.AtMost(len(text)))
		if err == nil {
			err = list.add(page)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if kept := inUse() - before; kept > pages*padding/4 {
		t.Errorf("%d tools keep %d bytes", len(list.tools), kept)
	}
	if last := list.tools[pages-1]; last.Raw.Raw() != `{"name":"tool-39","inputSchema":{}}` || last.Digest != ijson.Digest(last.Raw) {
		t.Errorf("the last tool became %+v", last)
	}
}

func inUse() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func TestServerThatChangesItsListsAllTheTimeIsReadSeldom(t *testing.T) {
	life := &session{server: &server{options: Options{}.withDefaults()}}
	var spent time.Duration
	readings := 0
	for spent < time.Hour {
		spent += life.pause(0)
		readings++
	}
	if readings > freeReadings+80 {
		t.Errorf("read %d times in an hour", readings)
	}
	if pause := life.pause(10 * time.Minute); pause > 50*time.Millisecond {
		t.Errorf("after ten quiet minutes a change is read in %v", pause)
	}
	if pause := life.pause(0); pause != time.Second {
		t.Errorf("and the one after it in %v", pause)
	}
}

func TestPagesOfAListAreJoined(t *testing.T) {
	_, w := ready(t, quick(), rogue(t, "pages", "-count", "12"))
	tools := w.definitions("rogue", 1)[0].Tools
	if len(tools) != 12 || tools[11].Name != "tool-11" {
		t.Fatalf("%d tools", len(tools))
	}
}

// What a schema may say is judged elsewhere; here it is only carried, whole.
func TestDefinitionsAreCarriedWhole(t *testing.T) {
	for _, mode := range []string{"ref-schema", "bad-schema"} {
		_, w := ready(t, quick(), rogue(t, mode))
		tool := w.definitions("rogue", 1)[0].Tools[0]
		if schema, ok := tool.Raw.Member("inputSchema"); !ok || schema.Len() == 0 {
			t.Errorf("%s: no schema in %s", mode, tool.Raw.Raw())
		}
	}
}

func TestChangedDescriptionIsANewDigest(t *testing.T) {
	s, w := ready(t, quick(), rogue(t, "changes-description"))
	for range 3 {
		if _, err := call(t, s, "rogue", `{}`); err != nil {
			t.Fatal(err)
		}
	}
	d := await(t, w, func() []Definitions { return w.definitions("rogue", 2) })
	before, after := d[0].Tools[0], d[1].Tools[0]
	if before.Digest == after.Digest || before.Name != after.Name {
		t.Fatalf("%s is %s before and %s after its description changed", before.Name, before.Digest, after.Digest)
	}
	if !strings.Contains(after.Raw.Raw(), "read the database") {
		t.Error("the new definition is not the server's")
	}
	if _, err := call(t, s, "rogue", `{}`); err != nil {
		t.Errorf("after a change: %v", err)
	}
}
