// Hung is a plugin that starts and never says a word. As falters it says one and ends.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
)

func main() {
	if filepath.Base(os.Args[0]) == "falters" {
		fmt.Fprintln(os.Stderr, "no licence")
		os.Exit(7)
	}
	for {
		time.Sleep(time.Hour)
	}
}
