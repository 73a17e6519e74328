package upstream

import (
	"bufio"
	"errors"
	"io"
	"strings"
)

// readBuffer is what one read of a pipe brings at most. Most frames fit, and are copied once.
const readBuffer = 64 << 10

var (
	errFrameTooLong = violation("a message is longer than the limit")
	errFrameCut     = violation("the output ended inside a message")
	errOutputEnded  = errors.New("the server closed its output")
)

// frames reads lines of at most limit bytes. It holds no more of a longer one, and grows towards the limit only as bytes
// arrive: a server pays for the host's memory byte by byte.
type frames struct {
	in    *bufio.Reader
	limit int
}

func newFrames(in io.Reader, limit int) *frames {
	return &frames{in: bufio.NewReaderSize(in, min(readBuffer, limit+1)), limit: limit}
}

// next returns the next line without its end.
func (f *frames) next() (string, error) {
	part, err := f.in.ReadSlice('\n')
	if err == nil {
		return string(part[:len(part)-1]), nil
	}
	// Kept in pieces: a buffer that is enlarged by copying holds the same bytes twice.
	var pieces []string
	length := 0
	for errors.Is(err, bufio.ErrBufferFull) {
		if length += len(part); length > f.limit {
			return "", f.skip(pieces, length, part)
		}
		pieces = append(pieces, string(part))
		part, err = f.in.ReadSlice('\n')
	}
	if err != nil {
		return "", ended(err, length+len(part))
	}
	if length+len(part)-1 > f.limit {
		return "", f.skip(pieces, length+len(part), part)
	}
	return strings.Join(append(pieces, string(part[:len(part)-1])), ""), nil
}

// skip passes over a message that is too long, of which the pieces and a last part were read, and says what is known of it. Of one that
// is far too long, or no answer, nothing more is read.
func (f *frames) skip(pieces []string, length int, part []byte) error {
	var s skim
	for _, piece := range pieces {
		if !skimmed(&s, piece) {
			return errFrameTooLong
		}
	}
	for {
		if !skimmed(&s, part) || length > maxSkimmed*f.limit {
			return errFrameTooLong
		}
		if part[len(part)-1] == '\n' {
			return s.answer()
		}
		var err error
		if part, err = f.in.ReadSlice('\n'); err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return ended(err, length)
		}
		length += len(part)
	}
}

// ended says why reading ended with so many bytes of a message left over.
func ended(err error, left int) error {
	switch {
	case !errors.Is(err, io.EOF):
		return err
	case left > 0:
		return errFrameCut
	default:
		return errOutputEnded
	}
}
