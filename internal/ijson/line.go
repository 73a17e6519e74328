package ijson

// OnOneLine reports whether the text that v was parsed from has no line end,
// neither a proper one nor any that Unicode knows. It may say no of others.
func (v Value) OnOneLine() bool {
	v.node()
	return v.doc != nil && !v.doc.broken && !v.doc.wide
}

// AppendLine appends the source text of v on one line: every token exactly as
// it was written, without line ends between tokens.
//
// Use it wherever a line end frames messages, as in JSON-RPC over stdio. There,
// raw text is not safe to forward: {"a":⏎{"method":"tools/call"}⏎} is one valid
// value whose middle line is a message of its own.
func AppendLine(dst []byte, v Value) []byte {
	raw := v.Raw()
	if v.doc == nil || !v.doc.broken {
		return append(dst, raw...)
	}
	inString := false
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		switch {
		case !inString && (c == '\n' || c == '\r'):
			continue
		case inString && c == '\\':
			dst = append(dst, c)
			i++
			c = raw[i]
		case c == '"':
			inString = !inString
		}
		dst = append(dst, c)
	}
	return dst
}
