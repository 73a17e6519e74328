package upstream

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestStoryServerOffersItsToolsPromptsAndResources(t *testing.T) {
	s, w := ready(t, quick(), spec(t, "stub", "-set", "all"))
	d := w.definitions("stub", 1)[0]
	if d.Protocol != "2025-11-25" || d.ServerName != "stub" || !d.Prompts || !d.Resources || len(d.Tools) != 15 {
		t.Fatalf("the server offers %+v", d)
	}
	for method, params := range map[string]string{
		"prompts/list": "", "prompts/get": `{"name":"briefing","arguments":{"topic":"beans"}}`,
		"resources/list": "", "resources/templates/list": "", "resources/read": `{"uri":"stub://about"}`,
	} {
		var raw []byte
		if params != "" {
			raw = []byte(params)
		}
		if r, err := s.Call(t.Context(), Request{Server: "stub", Method: method, Params: raw}); err != nil || r.Error != nil {
			t.Errorf("%s: %v %v", method, r.Error, err)
		}
	}
}

func TestFlightsOverlap(t *testing.T) {
	one := spec(t, "stub", "-tools", "remember,recall")
	s, _ := ready(t, quick(), one)
	begun := time.Now()
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			r, err := call(t, s, "stub", fmt.Sprintf(`{"name":"remember","arguments":{"note":"n%d","delay_ms":200}}`, i))
			if err != nil || text(t, r) != "noted" {
				t.Errorf("got %v %v", r, err)
			}
		})
	}
	all.Wait()
	if took := time.Since(begun); took > 2*time.Second {
		t.Errorf("twenty calls of 200 ms took %v", took)
	}
	r, err := call(t, s, "stub", `{"name":"recall","arguments":{}}`)
	if err != nil || len(strings.Fields(text(t, r))) != 20 {
		t.Errorf("recalled %v %v", r, err)
	}
	log, err := os.ReadFile(filepath.Join(one.Scratch, "calls.jsonl"))
	if err != nil || strings.Count(string(log), "\n") != 21 {
		t.Errorf("the server's log has %d lines, %v", strings.Count(string(log), "\n"), err)
	}
}
