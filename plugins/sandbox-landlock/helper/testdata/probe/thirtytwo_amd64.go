//go:build linux

package main

import (
	"fmt"
	"os"
)

// getpid32 asks through the gate of 32-bit programs, whose numbers are others.
func getpid32() int32

func thirtyTwoBit([]string) error {
	if got := getpid32(); int(got) != os.Getpid() {
		return skip("the kernel has no 32-bit gate", fmt.Errorf("answer %d", got))
	}
	return nil
}
