package connect

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"argus/host/front/mcp"
)

func TestRequestsAreAnsweredAtOnceWhileNobodyListens(t *testing.T) {
	state := stateFolder(t)
	p := start(t, state, quick)
	p.say(hello, initialized)
	p.wants(`"id":0`, "-32010", "Argus does not run. Start it with: argus serve.", "Nothing had effect")
	began := time.Now()
	for i := range 2000 {
		p.say(call(i, "tools/call", `{}`))
		p.wants(fmt.Sprintf(`"id":%d,`, i), "-32010")
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("2000 answers took %v", took)
	}
	open(t, state, fine)
	p.say(hello, call("now", "ping", `{}`))
	p.wants(`"id":0,"result"`)
	p.wants(`"id":"now","result":{"of":"ping"}`)
}

func TestTokenGoesToNobodyInAFolderThatOthersCanEnter(t *testing.T) {
	state := stateFolder(t)
	d := open(t, state, fine)
	p := start(t, state, quick)
	folder := filepath.Join(state, mcp.SocketFolder)
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	p.say(hello, call(1, "ping", `{}`))
	p.wants(`"id":0`, "-32010", "open to others", "Nothing had effect")
	p.wants(`"id":1`, "-32010", "open to others")
	if n := len(d.heard("")); n != 0 {
		t.Fatalf("%d requests were sent", n)
	}
	if err := os.Chmod(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	p.say(call(2, "ping", `{}`))
	p.wants(`"id":2,"result"`)
}

func TestCallOfADaemonThatDiesIsAnErrorAndNotMadeAgain(t *testing.T) {
	for name, dies := range map[string]func(w http.ResponseWriter){
		"before it answers": func(http.ResponseWriter) {},
		"in its answer": func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", mediaJSON)
			w.Header().Set("Content-Length", "1000")
			w.Write([]byte(`{"jsonrpc":"2.0","id":1,"result":{`))
		},
		"in an event": func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", mediaEvents)
			w.Write([]byte(`data: {"jsonrpc"`))
		},
		"between events": func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", mediaEvents)
			w.Write([]byte(": sign of life\n\n"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			state := stateFolder(t)
			d := open(t, state, func(w http.ResponseWriter, r *http.Request, body string) {
				if strings.Contains(body, "tools/call") {
					dies(w)
					http.NewResponseController(w).Flush()
					panic(http.ErrAbortHandler)
				}
				fine(w, r, body)
			})
			p := start(t, state, quick)
			p.say(hello)
			p.wants(`"result"`)
			p.say(call(1, "tools/call", `{}`))
			p.wants(`"id":1`, "-32010", "may have had effect", "not sent again")
			p.say(call(2, "ping", `{}`))
			p.wants(`"id":2,"result"`)
			if n := len(d.heard("tools/call")); n != 1 {
				t.Errorf("the call was made %d times", n)
			}
		})
	}
}

func TestDaemonThatFallsSilentHangsNobody(t *testing.T) {
	state := stateFolder(t)
	release := make(chan struct{})
	mute := make(chan struct{})
	d := open(t, state, func(w http.ResponseWriter, r *http.Request, body string) {
		if r.Method == http.MethodHead {
			select {
			case <-mute:
				<-r.Context().Done()
			default:
				w.WriteHeader(http.StatusMethodNotAllowed)
			}
			return
		}
		if strings.Contains(body, "slow") {
			select {
			case <-release:
			case <-r.Context().Done():
				return
			}
		}
		fine(w, r, body)
	})
	p := start(t, state, quick)
	p.say(call(1, "slow", `{}`))
	d.hears("slow", 1)
	time.Sleep(3 * quick.pulse) // the door lives, so a call may take its time
	p.silent()
	close(release)
	p.wants(`"id":1,"result"`)

	release = make(chan struct{})
	p.say(call(2, "slow", `{}`))
	d.hears("slow", 2)
	close(mute)
	p.wants(`"id":2`, "-32010", "does not answer", "may have had effect")
}

func TestInitializeOfASilentDaemonEnds(t *testing.T) {
	state := stateFolder(t)
	d := open(t, state, nil)
	d.server.Handler = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) // after it the server sees that the client goes away
		<-r.Context().Done()
	})
	p := start(t, state, quick)
	p.say(hello)
	p.wants(`"id":0`, "-32010", "does not answer")
}

func TestAnswersThatAreNoneAreErrors(t *testing.T) {
	for name, c := range map[string]struct {
		media, body string
		status      int
	}{
		"another form": {"text/html", "<p>hello</p>", 200},
		"no JSON":      {mediaJSON, "hello", 200},
		"no message":   {mediaJSON, `{"jsonrpc":"2.0","id":1}`, 200},
		"nothing":      {"", "", 202},
		"event of one": {mediaEvents, "data: [\n\n", 200},
		"too much":     {mediaJSON, `"` + strings.Repeat("a", maxAnswer) + `"`, 200},
		"loud event":   {mediaEvents, "data: " + strings.Repeat("a", maxAnswer+1) + "\n\n", 200},
		"loud events":  {mediaEvents, strings.Repeat("data: "+strings.Repeat("a", 1<<20)+"\n", 33) + "\n", 200},
	} {
		t.Run(name, func(t *testing.T) {
			state := stateFolder(t)
			open(t, state, func(w http.ResponseWriter, r *http.Request, body string) {
				if !strings.Contains(body, "odd") {
					fine(w, r, body)
					return
				}
				w.Header().Set("Content-Type", c.media)
				w.WriteHeader(c.status)
				w.Write([]byte(c.body))
			})
			p := start(t, state, quick)
			p.say(call(1, "odd", `{}`))
			p.wants(`"id":1`, "-32010", "may have had effect")
			p.say(call(2, "ping", `{}`))
			p.wants(`"id":2,"result"`)
		})
	}
}
