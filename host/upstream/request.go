package upstream

// Request is one call of a server. It goes out as it is, except that line ends between the tokens of its parameters become spaces and the
// line separators U+0085, U+2028 and U+2029 become escapes.
type Request struct {
	Server string
	Agent  string // on whose behalf; calls of one agent never wait for each other, unless another agent waits
	Method string
	Params []byte // one JSON object without _meta, already read strictly, or nil

	Listener  Listener  // nil: questions are told that the channel is closed, notices are dropped
	Abilities Abilities // the questions that may come to the Listener
	LogLevel  string    // the least level of log messages that may; empty for none
	Progress  bool      // whether notices of progress may
}
