//go:build reference

// Package reference compares the kernel with the reference program, which is the kernel translated into Gallina and extracted to
// OCaml: every step, verdict and whole state. It is built only with the tag reference, because it needs the program that make
// formal builds.
package reference

import (
	"bufio"
	"flag"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"argus/kernel/kerneltest"
)

const vectors = "../../kernel/kerneltest/testdata/vectors.gz"

var update = flag.Bool("update", false, "keep new vectors for the tests that run without OCaml")

// program is the reference program while it runs.
type program struct {
	tb    testing.TB
	in    *bufio.Writer
	out   *bufio.Reader
	steps int
}

func start(tb testing.TB) *program {
	tb.Helper()
	cmd := exec.Command("./reference")
	in, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			tb.Error(err)
		}
	})
	return &program{tb: tb, in: bufio.NewWriter(in), out: bufio.NewReaderSize(out, 1<<20)}
}

// tell passes a command on, and compares the answer to a step with the kernel's. What Go alone understands it leaves out.
func (p *program) tell(command, answer string) {
	if answer == "" {
		if command[:4] != "spec" {
			fmt.Fprintln(p.in, command)
		}
		return
	}
	p.steps++
	fmt.Fprintln(p.in, command)
	p.in.Flush()
	got, err := p.out.ReadString('\n')
	if err != nil {
		p.tb.Fatalf("%s\nthe reference program ended: %v", command, err)
	}
	if got != answer+"\n" {
		p.tb.Fatalf("%s\nkernel    %s\nreference %s", command, answer, got)
	}
}

func TestEveryStepOfATinyUniverseIsTheReferences(t *testing.T) {
	p := start(t)
	kerneltest.Explore(kerneltest.NewTrace(p.tell), 300)
	t.Log(p.steps, "steps")
}

func TestLongWalksAreTheReferences(t *testing.T) {
	p := start(t)
	for seed := range 20 {
		kerneltest.Walk(kerneltest.NewTrace(p.tell), seed*1_000_000, 1000)
	}
	t.Log(p.steps, "steps")
}

// TestVectorsAreTheReferences: what plain go test compares the kernel with is what the reference program says.
func TestVectorsAreTheReferences(t *testing.T) {
	p := start(t)
	if *update {
		err := kerneltest.WriteVectors(vectors, func(tell func(command, answer string)) {
			r := kerneltest.NewTrace(func(command, answer string) {
				p.tell(command, answer)
				if !strings.HasPrefix(command, "theory") {
					tell(command, answer)
				}
			})
			kerneltest.Explore(r, 60)
			for seed := range 30 {
				kerneltest.Walk(r, -1-seed*1_000_000, 200)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	var kernels string
	r := kerneltest.NewTrace(func(command, answer string) {
		p.tell(command, answer)
		kernels = answer
	})
	if err := kerneltest.ReadVectors(vectors, func(command, kept string) {
		if err := r.Do(command); err != nil {
			t.Fatal(err)
		}
		if kernels != kept {
			t.Fatalf("%s\nkept      %s\nreference %s", command, kept, kernels)
		}
	}); err != nil {
		t.Fatal(err)
	}
	t.Log(p.steps, "steps")
}
