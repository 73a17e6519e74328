package connect

import (
	"bufio"
	"errors"
	"io"
)

// maxLine is the largest message from the client: the most that mcp.max_request_bytes can be.
const maxLine = 64 << 20

var errLong = errors.New("the line is longer than a message may be")

// lines reads one message a line.
type lines struct {
	in   *bufio.Reader
	most int
}

func newLines(in io.Reader, most int) *lines {
	return &lines{in: bufio.NewReaderSize(in, 64<<10), most: most}
}

// next returns the next line without its end. After errLong, which has taken the whole line and kept none of it, there may be more.
func (l *lines) next() ([]byte, error) {
	var line []byte
	long := false
	for {
		part, err := l.in.ReadSlice('\n')
		end := 0
		if err == nil {
			end = 1 // of the line, which does not count
		}
		if long = long || len(line)+len(part)-end > l.most; long {
			line = nil
		} else {
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case long:
			return nil, errLong
		case err != nil && (len(line) == 0 || !errors.Is(err, io.EOF)):
			return nil, err
		default:
			return trimmed(line), nil
		}
	}
}

// trimmed drops the blanks around a message, and the carriage return that some clients write.
func trimmed(line []byte) []byte {
	for len(line) > 0 && blank(line[len(line)-1]) {
		line = line[:len(line)-1]
	}
	for len(line) > 0 && blank(line[0]) {
		line = line[1:]
	}
	return line
}

func blank(b byte) bool { return b == ' ' || b == '\t' || b == '\r' || b == '\n' }
