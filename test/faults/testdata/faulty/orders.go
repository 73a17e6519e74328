package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"argus/plugin/sdk"
)

// The faults that a plugin can be told. Those that need no help from it, such as its death, are the test's own doing.
const (
	none        = ""
	late        = "answers late"     // holds every answer until it is told otherwise
	lost        = "never answers"    // drops every answer to a question, and keeps a call that waits for one open
	slowed      = "slowed"           // takes its time for every answer
	twice       = "answers twice"    // says everything twice
	tooBig      = "too big"          // makes answers larger than any contract allows
	garbage     = "garbage"          // sends what is no message
	otherNonce  = "another nonce"    // answers under a nonce that was never asked under
	otherAnswer = "another question" // gives the answer to an earlier question
	closes      = "closes"           // ends every stream and call, at once
	floods      = "floods"           // fills all that it can write to, all the time and before each answer
	dies        = "dies when asked"  // ends in place of an answer
	notServing  = "not serving"      // is well, and says that it is not
	exits       = "exits at start"   // ends before it says a word
)

// Files of the installation's folder by which the test and the plugin talk.
const (
	ordersFile  = "faulty.json"  // what to do
	obeyedFile  = "faulty.now"   // the fault that is in force
	doneFile    = "faulty.done"  // a line for each answer to which a fault was done
	exitedFile  = "faulty.exits" // a byte for each exit at start
	maxWayUp    = 8
	ordersEvery = 10 * time.Millisecond
)

// orders are what the test tells this plugin.
type orders struct {
	folder string // of the installation
	kind   sdk.Kind
	real   string // path of the plugin that this one stands for
	fault  sdk.Latest[string]
}

// findOrders finds the folder of the installation above that of the socket, which is all that a plugin is told before it serves.
func findOrders() (*orders, error) {
	folder := os.Getenv("PLUGIN_UNIX_SOCKET_DIR")
	for range maxWayUp {
		if _, err := os.Stat(filepath.Join(folder, ordersFile)); err == nil {
			o := &orders{folder: folder}
			return o, o.read()
		}
		folder = filepath.Dir(folder)
	}
	return nil, errors.New("nobody has left orders above the folder of the socket")
}

func (o *orders) read() error {
	text, err := os.ReadFile(filepath.Join(o.folder, ordersFile))
	if err != nil {
		return err
	}
	var told struct{ Kind, Real, Fault string }
	if err := json.Unmarshal(text, &told); err != nil {
		return err
	}
	kind, known := sdk.ParseKind(told.Kind)
	if !known {
		return fmt.Errorf("no kind %q", told.Kind)
	}
	o.kind, o.real = kind, told.Real
	if now, _ := o.fault.Get(); now != told.Fault {
		o.fault.Set(told.Fault)
	}
	return nil
}

// endNow reports whether this start is to fail, and counts it.
func (o *orders) endNow() (bool, error) {
	if now, _ := o.fault.Get(); now != exits {
		return false, nil
	}
	return true, o.add(exitedFile, ".")
}

// done tells the test that a fault was done to an answer. It ends the plugin where it cannot, since the test would judge what did not
// happen.
func (o *orders) done(fault string) {
	if err := o.add(doneFile, fault+"\n"); err != nil {
		fmt.Fprintln(os.Stderr, "faulty:", err)
		os.Exit(1)
	}
}

func (o *orders) add(name, text string) error {
	file, err := os.OpenFile(filepath.Join(o.folder, name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	return errors.Join(err, file.Close())
}

// follow takes every new order, and says so once it is in force.
func (o *orders) follow(out output) {
	for obeyed := "nothing yet"; ; time.Sleep(ordersEvery) {
		if err := o.read(); err != nil {
			fmt.Fprintln(os.Stderr, "faulty:", err)
			os.Exit(1)
		}
		now, changed := o.fault.Get()
		if now == obeyed {
			continue
		}
		if now == floods {
			out.flood(changed)
		}
		if os.WriteFile(filepath.Join(o.folder, obeyedFile), []byte(now), 0o600) == nil {
			obeyed = now
		}
	}
}
