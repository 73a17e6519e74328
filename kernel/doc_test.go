package kernel_test

import (
	"fmt"
	"testing"

	"argus/kernel"
	"argus/kernel/kerneltest"
)

// An agent reads something sensitive. From then on it cannot send, and no child of it can.
func Example() {
	theory, state := kerneltest.Universe(), kernel.Genesis(100)
	step := func(in kernel.Input) {
		switch out := kernel.Step(theory, state, in).(type) {
		case kernel.Accepted:
			state = out.State
			fmt.Printf("%T\n", out.Event)
		case kernel.Refused:
			fmt.Println(out.Rule()+":", out.Text())
		}
	}
	step(kernel.RegisterTool{Tool: kerneltest.ReadDB})
	step(kernel.RegisterTool{Tool: kerneltest.SendEmail})
	step(kernel.Delegate{By: kernel.Root, Caps: kerneltest.CapsOf(kerneltest.ReadDB, kerneltest.SendEmail), Bits: 10})
	step(kerneltest.Call(theory, state, "root.1", kerneltest.ReadDB, false))
	step(kernel.InvokeComplete{Agent: "root.1", Invocation: 0, Outcome: kernel.Success})
	step(kerneltest.Call(theory, state, "root.1", kerneltest.SendEmail, false))
	step(kernel.Delegate{By: "root.1", Caps: kerneltest.CapsOf(kerneltest.SendEmail)})
	step(kerneltest.Call(theory, state, "root.1.1", kerneltest.SendEmail, false))

	// Output:
	// kernel.Registered
	// kernel.Registered
	// kernel.Delegated
	// kernel.Started
	// kernel.Completed
	// 2a: What the agent has met may not go where this call goes.
	// kernel.Delegated
	// 2a: What the agent has met may not go where this call goes.
}

func TestBuiltinCatalogueHoldsTheProtocolsCapabilities(t *testing.T) {
	seen := map[kernel.Capability]bool{}
	for _, k := range kernel.BuiltinCapabilities() {
		if k == "" || seen[k] {
			t.Errorf("capability %q", k)
		}
		seen[k] = true
	}
	if len(seen) != 15 || !seen["filesystem_read"] || !seen["ipc"] || !seen["execution_shell"] {
		t.Errorf("%v", seen)
	}
}
