package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"argus/cmd/argus/internal/show"
	"argus/host/front/operator"
)

// review is what a person is to look at: definitions and instructions that are not pinned as they are now.
type review []operator.Tool

func reviewOf(tools []operator.Tool) review {
	var r review
	for _, t := range tools {
		if t.Definition != "" && !t.Pinned() {
			r = append(r, t)
		}
	}
	return r
}

func (r review) shown() operator.Shown {
	s := operator.Shown{Tools: map[string]string{}}
	for _, t := range r {
		if t.IsInstructions() {
			s.Instructions = t.Digest
		} else {
			s.Tools[t.Tool] = t.Digest
		}
	}
	return s
}

// narrowable reports whether there are tools without an entry: each gets one that a person has to narrow.
func (r review) narrowable() bool {
	return slices.ContainsFunc(r, func(t operator.Tool) bool { return !t.IsInstructions() && t.Entry == "" })
}

// digest names exactly these definitions. A name is quoted, so that none can pass for two.
func (r review) digest() string {
	var lines []string
	for _, t := range r {
		lines = append(lines, fmt.Sprintf("%s %q %s\n", t.Channel, t.Tool, t.Digest))
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "")))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// write shows every definition whole. What it was before is not known any more, so all of it is marked as added.
func (r review) write(c *console, server string) error {
	c.printf("%s\n", c.paint.Paint(show.Bold, fmt.Sprintf("%d definitions of %s to approve", len(r), show.Plain(server))))
	c.printf("Everything behind a + is what the server says of itself. Do not trust it.\n")
	for _, t := range r {
		state := "new"
		if t.Entry != "" {
			state = "changed since it was pinned at " + show.Plain(t.Entry)
		}
		c.printf("\n%s\n", c.paint.Paint(show.Warn, state))
		title := "name: " + show.Plain(t.Tool)
		if t.IsInstructions() {
			title = "instructions to every agent:"
		}
		c.printf("%s", show.Block(title, "+ "))
		if err := writeDefinition(c, t, "+ "); err != nil {
			return err
		}
		c.printf("  digest %s\n", show.Plain(t.Digest))
	}
	c.printf("\ndigest of all that was shown: %s\n", r.digest())
	return nil
}
