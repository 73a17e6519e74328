package main

import (
	"bufio"
	"errors"
	"io"
)

// serveLines answers one message a line. Answers wait for each other while more messages have already come, so that many are written at
// once.
func serveLines(in io.Reader, out io.Writer) error {
	lines := bufio.NewReaderSize(in, 256<<10)
	var answers, long []byte
	for {
		line, err := lines.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			if long = append(long, line...); len(long) > maxMessage {
				return errors.New("a message is too long")
			}
			continue
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if len(long) > 0 {
			line = append(long, line...)
		}
		before := len(answers)
		if answers = appendAnswer(answers, line); len(answers) > before {
			answers = append(answers, '\n')
		}
		long = long[:0]
		if lines.Buffered() > 0 && len(answers) < 64<<10 {
			continue
		}
		if _, err := out.Write(answers); err != nil {
			return err
		}
		answers = answers[:0]
	}
}
