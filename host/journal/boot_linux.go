package journal

import (
	"encoding/hex"
	"os"
	"strings"
)

func currentBoot() bootID {
	text, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return bootID{}
	}
	raw, err := hex.DecodeString(strings.ReplaceAll(strings.TrimSpace(string(text)), "-", ""))
	if err != nil || len(raw) != len(bootID{}) {
		return bootID{}
	}
	return bootID(raw)
}
