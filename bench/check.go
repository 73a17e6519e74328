package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
)

// odd are messages in forms that a gateway which reads more than it must would change: their order, spaces, escapes and numbers.
var odd = []string{
	`{"jsonrpc":"2.0","id":7,"method":"bench/params","params":{"a":1}}`,
	` { "params" : {"id":99, "nested":{"id":"x"}} ,  "method":"bench/params", "id" : "seven" , "jsonrpc":"2.0" } `,
	`{"method":"bench/params","params":{"é":"\u00e9\n\\\"","big":12345678901234567890,"e":1.50E+2,"list":[ 1,2 ,{"id":3}]},"jsonrpc":"2.0","id":-1}`,
	`{"jsonrpc":"2.0","params":{"text":"}{][,\":\"id\":4"},"id":12,"method":"bench/params"}`,
	`{"jsonrpc":"2.0","id":3,"method":"no/such/method","params":{}}`,
	`{"jsonrpc":"2.0","id":4,"method":"bench/params","params":{"long":"` + strings.Repeat("0123456789", 20_000) + `"}}`,
}

// compareBytes sends the odd messages directly and through the pass-through, and compares the answers to the byte. That each answer to a
// call is the expected bytes is checked at each call, of all systems.
func (b *bench) compareBytes() error {
	var from, through *caller
	for _, s := range b.systems {
		switch s.name {
		case direct:
			from = s.callers[0]
		case passThrough:
			through = s.callers[0]
		}
	}
	for _, message := range odd {
		for _, c := range []*caller{from, through} {
			if _, err := c.send([]byte(message), http.StatusOK); err != nil {
				return err
			}
		}
		if !bytes.Equal(from.got.Bytes(), through.got.Bytes()) {
			return fmt.Errorf("the pass-through does not carry the same bytes: directly %.300q, through it %.300q",
				from.got.Bytes(), through.got.Bytes())
		}
		b.echoed++
	}
	return nil
}

// control sends what the policy that reads arguments forbids, and must be refused: that policy is in force.
func (s *system) control() error {
	if s.argus == nil {
		return nil
	}
	c := s.callers[0]
	for _, tool := range []string{note, post} {
		const message = `{"jsonrpc":"2.0","id":"control","method":"tools/call","params":{"name":%q,"arguments":{"text":%q,"count":1}}}`
		if _, err := c.send(fmt.Appendf(nil, message, tool, forbidden), http.StatusOK); err != nil {
			return err
		}
		if got := c.got.Bytes(); !bytes.Contains(got, []byte(`"isError":true`)) || bytes.Contains(got, []byte("structuredContent")) {
			return fmt.Errorf("%s: a call that a policy forbids was not refused: %.300s", s.name, got)
		}
	}
	return nil
}

// nothingElse sees that only the controls were refused and that the installation has no problem now.
func (s *system) nothingElse(ctx context.Context) error {
	if s.argus == nil {
		return nil
	}
	told, err := s.argus.Status(ctx)
	if err != nil {
		return err
	}
	if told.Refused != 2 || len(told.Problems) > 0 {
		return fmt.Errorf("%s: %d calls were refused and not only the 2 controls, or there are problems: %v", s.name, told.Refused, told.Problems)
	}
	return nil
}
