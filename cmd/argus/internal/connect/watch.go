package connect

import (
	"context"
	"errors"
	"time"

	"argus/host/socket"
)

// watch looks now and then, while requests are open, whether the daemon still answers anybody.
func (s *shim) watch() {
	ticks := time.NewTicker(s.pulse)
	defer ticks.Stop()
	for {
		select {
		case <-ticks.C:
			if s.flights.open() > 0 && s.door.silent(s.life, s.patience) {
				s.flights.abort(errSilent)
			}
		case <-s.life.Done():
			return
		}
	}
}

var errSilent = errors.New("the daemon does not answer any more")

// explain tells a client, and through it a person, what is wrong and what to do.
func (s *shim) explain(err error) string {
	nothing, none := errors.AsType[harmless](err)
	switch {
	case none && socket.Nobody(err):
		return "Argus does not run. Start it with: " + s.serve + ". Nothing had effect; try again then."
	case none:
		return "Argus cannot be reached: " + nothing.Error() + ". Nothing had effect."
	case errors.Is(err, errSilent), errors.Is(err, context.DeadlineExceeded):
		return "Argus does not answer, and " + mayHave
	case errors.Is(err, errLoud):
		return "The answer of Argus is too large for argus connect, and " + mayHave
	}
	return "The connection to Argus broke before the answer, and " + mayHave + " If Argus has ended, start it with: " + s.serve + "."
}

const mayHave = "the request may have had effect. It is not sent again."
