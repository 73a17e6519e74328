package journal

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// The test binary is also the process that gets killed; see kill_test.go.
func TestMain(m *testing.M) {
	if dir := os.Getenv(writerFolder); dir != "" {
		os.Exit(appendUntilKilled(dir))
	}
	goleak.VerifyTestMain(m)
}
