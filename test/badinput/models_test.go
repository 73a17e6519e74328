package badinput

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"argus/internal/fakevendor"
	"argus/internal/fakevendor/ask"
	"argus/test/daemon"
)

// TestBadInputToModels attacks the door for requests to models, from the side of agents and from that of vendors.
func TestBadInputToModels(t *testing.T) {
	m := newModels(t)
	for _, c := range []struct {
		promise string
		test    func(*testing.T, *models)
	}{
		{"RequestsThatAreNotStrictJSONReachNoVendor", strictRequests},
		{"LargeRequestsCostNoMemory", largeRequests},
		{"ArgumentsThatAreNoObjectAreNeverForwarded", noObjects},
		{"CallsOfOneIDAreNotTwoCalls", sameIDs},
		{"AnswersThatBreakAreErrorsOfTheVendorsKind", brokenAnswers},
		{"LargeEventsCostNoMemory", largeEvents},
		{"ErrorsOfVendorsArePassedOn", vendorErrors},
		{"CompressedBodiesAreReadBothWays", compressed},
		{"ClientThatLeavesLeavesNothingOpen", leaving},
	} {
		t.Run(c.promise, func(t *testing.T) {
			m.vendor.Forget()
			c.test(t, m)
			m.behaves(fakevendor.Manner{}, fakevendor.Answer{Calls: []fakevendor.Call{posting1}})
			for _, api := range apis {
				m.forwards(t, api)
			}
		})
	}
}

const vendorKey = "sk-of-the-vendor"

var apis = []fakevendor.API{fakevendor.Chat, fakevendor.Responses, fakevendor.Messages}

// postTool is what the client declares, and posting1 is a call of it.
var (
	postTool = ask.Tool{Name: "post", Argument: "text"}
	posting1 = fakevendor.Call{Tool: "post", Arguments: `{"text":"hello"}`}
)

// models is a world with a vendor whose model says what it is told to.
type models struct {
	*world
	vendor *fakevendor.Vendor
	says   atomic.Pointer[fakevendor.Answer]
	door   string
	made   int // agents
}

const mostModelAgents = 400

func newModels(t *testing.T) *models {
	t.Helper()
	m := &models{world: newWorld(t)}
	m.says.Store(&fakevendor.Answer{Text: "hello"})
	m.vendor = fakevendor.New(vendorKey, func(fakevendor.Conversation) fakevendor.Answer { return *m.says.Load() })
	server := httptest.NewServer(m.vendor)
	t.Cleanup(server.Close)
	m.daemon.Stop()
	m.Write(t, "vendor.key", vendorKey)
	m.Edit(t, "argus.toml", `listen = "127.0.0.1:8743"`, `listen = "127.0.0.1:0"`)
	var names []string
	for i := range mostModelAgents {
		names = append(names, fmt.Sprintf(`"m%d"`, i))
	}
	for name, format := range map[string]string{"openai": "openai", "anthropic": "anthropic"} {
		m.Configure(t, fmt.Sprintf("[upstream.%s]\nsink = \"llm_provider\"\nurl = %q\nformat = %q\nkey = \"file:vendor.key\"\n", name, server.URL, format))
	}
	m.Configure(t, "[[client]]\nname = \"office\"\nagents = ["+strings.Join(names, ", ")+"]\n")
	m.up(t)
	m.door = m.Status(t).LLMAddress
	m.pinAll(t)
	if _, err := ask.Of(t.Context(), fakevendor.Chat, m.place(t, fakevendor.Chat), "hello", false, postTool); err != nil {
		t.Fatal(err)
	}
	m.Run(t, "registry", "pin", "office", "--yes")
	m.Write(t, "registry/office.toml", fmt.Sprintf("server = \"office\"\n\n[[tool]]\nname = \"post\"\ndigest = %q\ncapabilities = []\n"+
		"label = { level = \"public\", integrity = \"verified\" }\nsinks = [\"network_external\"]\nstores = { reads = [], writes = [] }\n",
		m.Tool(t, "office", "post").Digest))
	daemon.Until(t, "the client's tool is callable", func() bool {
		m.behaves(fakevendor.Manner{}, fakevendor.Answer{Calls: []fakevendor.Call{posting1}})
		got, err := m.ask(t, fakevendor.Chat, false)
		return err == nil && len(got.Calls) == 1
	})
	return m
}

// behaves has the vendor answer from now on.
func (m *models) behaves(manner fakevendor.Manner, says fakevendor.Answer) {
	m.vendor.Carry(manner)
	m.says.Store(&says)
}

// place is where a new agent asks by an API.
func (m *models) place(t *testing.T, api fakevendor.API) ask.Place {
	t.Helper()
	if m.made == mostModelAgents {
		t.Fatal("the configuration names no more agents")
	}
	p := ask.Place{Base: m.door + "/openai", Key: m.NewAgent(t, fmt.Sprint("m", m.made))}
	m.made++
	if api == fakevendor.Messages {
		p.Base = m.door + "/anthropic"
	}
	return p
}

// ask has a new agent ask.
func (m *models) ask(t *testing.T, api fakevendor.API, stream bool) (fakevendor.Answer, error) {
	t.Helper()
	return ask.Of(t.Context(), api, m.place(t, api), "post it", stream, postTool)
}

// forwards is the control: a call that nobody has anything against arrives as the model made it.
func (m *models) forwards(t *testing.T, api fakevendor.API) {
	t.Helper()
	for _, stream := range []bool{false, true} {
		got, err := m.ask(t, api, stream)
		if err != nil || len(got.Calls) != 1 || got.Calls[0].Arguments != posting1.Arguments {
			t.Errorf("the control by %s, streamed %v: %v %v", api, stream, got, err)
		}
	}
}

// paths are where the APIs are asked.
var paths = map[fakevendor.API]string{
	fakevendor.Chat: "/v1/chat/completions", fakevendor.Responses: "/v1/responses", fakevendor.Messages: "/v1/messages",
}

// requests are small ones that mean something, cut where the attacks change them.
var requests = map[fakevendor.API]string{
	fakevendor.Chat:      `{"model":"m","messages":[{"role":"user","content":"hello"}]}`,
	fakevendor.Responses: `{"model":"m","input":[{"role":"user","content":"hello"}]}`,
	fakevendor.Messages:  `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"hello"}]}`,
}

// raw sends a body as it is.
func (m *models) raw(t *testing.T, api fakevendor.API, body io.Reader, encoding string) (status int, said string, err error) {
	t.Helper()
	p := m.place(t, api)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.Base+paths[api], body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+p.Key)
	r.Header.Set("Content-Type", "application/json")
	if encoding != "" {
		r.Header.Set("Content-Encoding", encoding)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	all, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(all), err
}

// shaped reports whether an error has the shape of the API's vendor.
func shaped(api fakevendor.API, said string) bool {
	var told struct {
		Type  string
		Error struct{ Message, Type string }
	}
	if json.NewDecoder(bytes.NewReader([]byte(said))).Decode(&told) != nil || told.Error.Message == "" || told.Error.Type == "" {
		return false
	}
	return (told.Type == "error") == (api == fakevendor.Messages)
}
