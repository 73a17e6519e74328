package kerneltest

import "testing"

// TestKernelAnswersAsTheReferenceProgramDid compares the kernel with answers of the reference program that were kept, so
// that it needs no OCaml. formal/reference keeps them.
func TestKernelAnswersAsTheReferenceProgramDid(t *testing.T) {
	var told, got string
	r := NewTrace(func(command, answer string) { told, got = command, answer })
	steps, accepted := 0, 0
	err := ReadVectors("testdata/vectors.gz", func(command, want string) {
		if err := r.Do(command); err != nil {
			t.Fatal(err)
		}
		if want == "" {
			return
		}
		if told != command || got != want {
			t.Fatalf("step %d: %s\nkernel    %s\nreference %s", steps, command, got, want)
		}
		steps++
		if want[0] == 'A' {
			accepted++
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if steps < 10_000 || accepted < steps/5 {
		t.Errorf("%d steps, %d accepted: too few to tell anything", steps, accepted)
	}
}
