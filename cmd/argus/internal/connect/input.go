package connect

import (
	"context"
	"errors"
	"io"

	"argus/internal/ijson"
)

// line is what was read: a line, or why there is none.
type line struct {
	text []byte
	err  error
}

// takeAll takes line after line. A read that waits is left alone when ctx ends: nothing can end it, and the process is about to.
func (s *shim) takeAll(ctx context.Context, in io.Reader) error {
	read := make(chan line)
	go func() {
		for l := newLines(in, maxLine); ; {
			text, err := l.next()
			select {
			case read <- line{text, err}:
			case <-s.life.Done():
				return
			}
			if err != nil && !errors.Is(err, errLong) {
				return
			}
		}
	}()
	for {
		select {
		case l := <-read:
			switch {
			case errors.Is(l.err, io.EOF):
				return nil
			case errors.Is(l.err, errLong):
				s.out.fail(ijson.Value{}, codeInvalid, l.err.Error())
			case l.err != nil:
				return l.err
			case len(l.text) > 0:
				s.take(l.text)
			}
		case <-s.life.Done():
			return context.Cause(s.life)
		case <-ctx.Done():
			return nil
		}
	}
}

// take takes one line. It waits for nobody but, when a session begins, for the door.
func (s *shim) take(text []byte) {
	m, err := read(text)
	if err != nil {
		code := int64(codeParse)
		if errors.Is(err, errBatch) || errors.Is(err, errMessage) {
			code = codeInvalid
		}
		s.out.fail(ijson.Value{}, code, err.Error())
		return
	}
	switch {
	case m.kind == request && m.method == "initialize" && m.modern == "":
		s.session.open(m)
	case m.kind == request:
		s.begin(m)
	case m.method == "notifications/cancelled":
		s.cancel(m)
	default:
		s.queue(post{message: m})
	}
}
