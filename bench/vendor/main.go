// Command vendor streams answers of a model as the APIs of vendors do, for the bench to compare ways to them: at a pace, each piece with the time
// at which it was sent, or all at once.
//
// Which of the two is asked for by the name of the model. It keeps nothing and checks nothing.
package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"argus/internal/fakevendor"
)

const (
	pace        = 2 * time.Millisecond
	pacedPieces = 100
	bulkPieces  = 4000
)

// stamp stands where the time goes, in nanoseconds since 1970.
const stamp = "t=0000000000000000000 ab "

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "vendor:", err)
		os.Exit(1)
	}
}

func run() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	for path, api := range map[string]fakevendor.API{
		"/v1/chat/completions": fakevendor.Chat, "/v1/responses": fakevendor.Responses, "/v1/messages": fakevendor.Messages,
	} {
		mux.Handle("POST "+path, answers{
			paced: fakevendor.Frames(api, "paced", strings.Repeat(stamp, pacedPieces), len(stamp)),
			bulk:  bytes.Join(fakevendor.Frames(api, "bulk", strings.Repeat(stamp, bulkPieces), len(stamp)), nil),
		})
	}
	fmt.Printf("http://%s\n", l.Addr())
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	return server.Serve(l)
}

// answers are the two of one API.
type answers struct {
	paced [][]byte
	bulk  []byte
}

func (a answers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return
	}
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	if bytes.Contains(body, []byte(`"bulk"`)) {
		_, _ = w.Write(a.bulk)
		return
	}
	flusher := http.NewResponseController(w)
	for _, frame := range a.paced {
		if bytes.Count(frame, []byte("t=")) == 1 { // those at the end have the whole text
			time.Sleep(pace)
			now := fmt.Appendf(nil, "t=%019d", time.Now().UnixNano())
			frame = bytes.Replace(frame, []byte(stamp[:len(now)]), now, 1)
		}
		if _, err := w.Write(frame); err != nil {
			return
		}
		if err := flusher.Flush(); err != nil {
			return
		}
	}
}
