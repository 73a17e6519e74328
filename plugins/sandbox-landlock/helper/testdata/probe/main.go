//go:build linux

// Command probe is what the tests run inside the sandbox: each verb tries one thing and tells by its exit status whether it could.
package main

import (
	"errors"
	"fmt"
	"os"
)

// The answers of a verb.
const (
	could    = 0
	refused  = 10
	notTried = 11 // this machine does not let the thing be tried, for a reason that has nothing to do with the sandbox
)

// errNotTried marks what could not be tried.
var errNotTried = errors.New("not tried")

// verb tries one thing. nil means that it could do it.
type verb func(args []string) error

func main() {
	if len(os.Args) < 2 {
		os.Exit(notTried)
	}
	name, args := os.Args[1], os.Args[2:]
	if name == "host" {
		os.Exit(host(args))
	}
	v, ok := verbs()[name]
	if !ok {
		fmt.Println("no such verb:", name)
		os.Exit(notTried)
	}
	err := v(args)
	switch {
	case err == nil:
		os.Exit(could)
	case errors.Is(err, errNotTried):
		fmt.Println(err)
		os.Exit(notTried)
	default:
		fmt.Println(err)
		os.Exit(refused)
	}
}

func verbs() map[string]verb {
	all := map[string]verb{}
	for _, group := range []map[string]verb{fileVerbs, attributeVerbs, networkVerbs, socketVerbs, processVerbs, kernelVerbs, familyVerbs} {
		for name, v := range group {
			all[name] = v
		}
	}
	return all
}

func skip(reason string, err error) error { return fmt.Errorf("%w: %s: %v", errNotTried, reason, err) }
