// Hung is a plugin that starts and never says a word. As falters it says one and ends, as waits it says one and hangs too.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
)

func main() {
	switch filepath.Base(os.Args[0]) {
	case "falters":
		fmt.Fprintln(os.Stderr, "no licence")
		os.Exit(7)
	case "waits":
		fmt.Fprintln(os.Stderr, "waiting for a word")
	}
	for {
		time.Sleep(time.Hour)
	}
}
