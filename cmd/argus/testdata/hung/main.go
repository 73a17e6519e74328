// Hung is a plugin that starts and never says a word.
package main

import "time"

func main() {
	for {
		time.Sleep(time.Hour)
	}
}
