package main

import "bytes"

// idOf finds the value of the member "id" of a message's outermost object: message[from:to]. ok is false when there is none. It trusts
// that the message is JSON: what is not goes to the server as it is, which then says so.
func idOf(message []byte) (from, to int, ok bool) {
	depth := 0
	name := false // the next string at depth 1 is a member's name
	for i := 0; i < len(message); i++ {
		switch message[i] {
		case '{', '[':
			depth++
			name = depth == 1
		case '}', ']':
			depth--
		case ',':
			name = depth == 1
		case '"':
			end := textEnd(message, i)
			if name && depth == 1 && string(message[i:end]) == `"id"` {
				from, to = valueAt(message, end)
				return from, to, to > from
			}
			name = false
			i = end - 1
		}
	}
	return 0, 0, false
}

// textEnd is the place behind the string that begins at i.
func textEnd(message []byte, i int) int {
	for i++; i < len(message); i++ {
		switch message[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(message)
}

// valueAt finds the string or number behind a name and its colon.
func valueAt(message []byte, i int) (from, to int) {
	for i < len(message) && (message[i] == ':' || message[i] <= ' ') {
		i++
	}
	if i < len(message) && message[i] == '"' {
		return i, textEnd(message, i)
	}
	if n := bytes.IndexAny(message[i:], ",} \t\r\n"); n >= 0 {
		return i, i + n
	}
	return i, len(message)
}
