//go:build linux

package upstream

import (
	"bufio"
	"io"
	"os/exec"
	"testing"
)

var echoParams = []byte(`{"name":"echo","arguments":{"text":"a call of ordinary length, with one or two facts in it","n":12345}}`)

// BenchmarkEcho is one call and its answer; BenchmarkRawPipe is the same bytes without a client.
func BenchmarkEcho(b *testing.B) {
	s, _ := ready(b, Options{}, rogue(b, ""))
	ctx := b.Context()
	b.Run("alone", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := s.Call(ctx, Request{Server: "rogue", Method: "tools/call", Params: echoParams}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("64 callers", func(b *testing.B) {
		b.ReportAllocs()
		b.SetParallelism(32)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := s.Call(ctx, Request{Server: "rogue", Method: "tools/call", Params: echoParams}); err != nil {
					b.Error(err)
					return
				}
			}
		})
	})
}

func BenchmarkRawPipe(b *testing.B) {
	server := exec.Command(binaries + "/rogue")
	in, err := server.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := server.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := server.Start(); err != nil {
		b.Fatal(err)
	}
	lines := bufio.NewReader(out)
	message := append(append([]byte(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":`), echoParams...), '}', '\n')
	for b.Loop() {
		if _, err := in.Write(message); err != nil {
			b.Fatal(err)
		}
		if _, err := lines.ReadSlice('\n'); err != nil {
			b.Fatal(err)
		}
	}
	in.Close()
	_, _ = io.Copy(io.Discard, out)
	if err := server.Wait(); err != nil {
		b.Fatal(err)
	}
}
