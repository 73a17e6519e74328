package upstream

// violation is a breach of the protocol, in fixed words. It ends the server's life: what follows a frame that two readers
// could read differently has no meaning that could be relied on.
type violation string

func (v violation) Error() string { return "protocol violation: " + string(v) }
