package real

import (
	"slices"
	"testing"
	"time"
)

// onlyCommands gives the SDK what argus agent new says to give to a client, and nothing else.
func onlyCommands(t *testing.T, w *world) {
	var made struct {
		Token   string
		Clients []struct {
			Client string
			Config map[string]map[string]struct {
				Type, Command string
				Args          []string
			}
		}
	}
	w.Ask(t, &made, "agent", "new", "streams")
	if made.Token != "" || len(made.Clients) == 0 {
		t.Fatalf("argus agent new: %+v", made)
	}
	start := made.Clients[0].Config["mcpServers"]["argus"]
	for _, c := range made.Clients {
		list := "mcpServers"
		if c.Client == "VS Code" {
			list = "servers"
		}
		if got := c.Config[list]["argus"]; got.Type != "http" && (got.Command != start.Command || !slices.Equal(got.Args, start.Args)) {
			t.Errorf("%s is told %+v", c.Client, c.Config)
		}
	}
	a := runAgent(t, "streams")
	if said := a.do("connect", object{"command": start.Command, "args": start.Args}); said.Error != nil {
		t.Fatalf("connect: %+v", said.Error)
	}
	if names := a.toolNames(); !slices.Contains(names, "filesystem__read_file") || !slices.Contains(names, "everything__echo") {
		t.Errorf("listed: %v", names)
	}
	if got := a.call("everything__echo", object{"message": "über die Leitung\n"}).text(); got != "Echo: über die Leitung\n" {
		t.Errorf("echo: %q", got)
	}
	image := a.call("everything__get-tiny-image", nil)
	if !slices.ContainsFunc(image.Content, func(c struct{ Type, Text, Data, MimeType, URI string }) bool {
		return c.Type == "image" && len(c.Data) > 100
	}) {
		t.Errorf("get-tiny-image: %+v", image)
	}

	w.cancel(t, a, "everything")

	began := time.Now()
	a.ask("close", nil, &struct{}{})
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("the SDK had to wait %v for the end of argus connect, and then kills it", took)
	}
}
