package connect

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"

	"argus/internal/ijson"
)

// maxAnswer is the largest message from the daemon, which takes no larger ones from servers.
const maxAnswer = 32 << 20

var (
	errCut  = errors.New("the answer ended before it was whole")
	errLoud = errors.New("the answer is larger than a message may be")
)

// messages hands over what comes as the body of a response, one message after the other, until listen wants no more or the body ends. The
// error is nil only where listen wanted no more.
func messages(response *http.Response, listen func(ijson.Value) (more bool)) error {
	media, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	switch media {
	case mediaEvents:
		return events(response.Body, listen)
	case mediaJSON:
		body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
		if err != nil {
			return errors.Join(errCut, err)
		}
		more, err := hand(body, listen)
		if err == nil && more {
			err = errCut
		}
		return err
	}
	return fmt.Errorf("the daemon answered with status %d and no message", response.StatusCode)
}

// hand reads one message and hands it over.
func hand(text []byte, listen func(ijson.Value) (more bool)) (more bool, err error) {
	if len(text) > maxAnswer {
		return false, errLoud
	}
	v, err := ijson.Parse(text, ijson.AtMost(maxAnswer))
	if err != nil {
		return false, fmt.Errorf("read what the daemon sent: %w", err)
	}
	return listen(v), nil
}

// events reads a stream of events, of which only the data matters here.
func events(body io.Reader, listen func(ijson.Value) (more bool)) error {
	in := bufio.NewReaderSize(body, 64<<10)
	var data []byte
	for {
		line, err := eventLine(in)
		if err != nil {
			return err
		}
		text, isData := bytes.CutPrefix(line, []byte("data:"))
		switch {
		case isData:
			if len(data) > 0 {
				data = append(data, '\n')
			}
			if data = append(data, bytes.TrimPrefix(text, []byte(" "))...); len(data) > maxAnswer {
				return errLoud
			}
		case len(line) == 0 && len(data) > 0:
			if more, err := hand(data, listen); err != nil || !more {
				return err
			}
			data = data[:0]
		}
	}
}

// eventLine reads a line without its end. The line is good until the next is read.
func eventLine(in *bufio.Reader) ([]byte, error) {
	line, err := in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		line = bytes.Clone(line)
	}
	for errors.Is(err, bufio.ErrBufferFull) {
		if len(line) > maxAnswer {
			return nil, errLoud
		}
		var part []byte
		part, err = in.ReadSlice('\n')
		line = append(line, part...)
	}
	if err != nil {
		return nil, errors.Join(errCut, err)
	}
	return bytes.TrimSuffix(line[:len(line)-1], []byte("\r")), nil
}
