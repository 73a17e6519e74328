package main

import (
	"testing"

	"argus/plugin/sdk"
	"argus/plugin/sdk/audit"
	"argus/plugin/sdk/conformance/auditkit"
	"argus/plugin/sdk/sdktest"
)

func TestItConforms(t *testing.T) {
	sdktest.Conform(t, auditkit.Kit(), sdktest.Subject{
		Settings: `{"file": "made/events.db", "max_events": 100000}`,
		New: func(t testing.TB) sdk.Service {
			p := &plugin{}
			t.Cleanup(p.close)
			return audit.Service(info, p)
		},
	})
}
