package main

import (
	"strconv"

	"argus/internal/ijson"
	"argus/kernel"
)

// Tools of the echo server. What tells them apart is the registry: a note goes nowhere, so its start need only be written before the call
// is made; a post has a sink, so its start must be on the disk.
const (
	note = "note"
	post = "post"
)

// appendArguments appends the arguments of one call. No two serials give the same, so no answer can be anybody's but the caller's.
func appendArguments(dst []byte, serial uint64) []byte {
	dst = append(dst, `{"text":"call `...)
	dst = strconv.AppendUint(dst, serial, 10)
	dst = append(dst, ` of the bench, about as long as what people write in one","count":`...)
	dst = strconv.AppendUint(dst, serial, 10)
	dst = append(dst, `,"tags":["bench","t`...)
	dst = strconv.AppendUint(dst, serial%7, 10)
	return append(dst, `"]}`...)
}

// appendCall appends the message of one call. The serial is its id.
func appendCall(dst []byte, tool string, serial uint64) []byte {
	dst = append(dst, `{"jsonrpc":"2.0","id":`...)
	dst = strconv.AppendUint(dst, serial, 10)
	dst = append(dst, `,"method":"tools/call","params":{"name":"`...)
	dst = append(dst, tool...)
	dst = append(dst, `","arguments":`...)
	return append(appendArguments(dst, serial), `}}`...)
}

// appendEcho appends the answer that a call must have, to the byte.
func appendEcho(dst []byte, serial uint64) []byte {
	dst = append(dst, `{"jsonrpc":"2.0","id":`...)
	dst = strconv.AppendUint(dst, serial, 10)
	dst = append(dst, `,"result":{"content":[{"type":"text","text":"echo"}],"structuredContent":`...)
	return append(appendArguments(dst, serial), `}}`...)
}

// digestOf is how the journal names the arguments of a call.
func digestOf(serial uint64) (kernel.Digest, error) {
	raw := appendArguments(nil, serial)
	v, err := ijson.Parse(raw, ijson.AtMost(len(raw)))
	if err != nil {
		return "", err
	}
	return kernel.Digest(ijson.Digest(v)), nil
}

// calls are the serials [from, to) that were called with one tool.
type calls struct {
	tool     string
	from, to uint64
}
