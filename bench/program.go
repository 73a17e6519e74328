package main

// programs are the bench's own, by where they go beside those of an installation.
var programs = map[string]string{
	"echo":         "argus/bench/echo",
	"passthrough":  "argus/bench/passthrough",
	"vendor":       "argus/bench/vendor",
	"reverseproxy": "argus/bench/reverseproxy",
}
