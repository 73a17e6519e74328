package upstream

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"golang.org/x/sys/unix"

	"argus/internal/ijson"
)

// writeStep is how much is written under one deadline.
const writeStep = 64 << 10

// keptBuffer is the biggest buffer that is used again.
const keptBuffer = 1 << 20

var errQueueFull = errors.New("too much is waiting to be written; the server does not read")

// outbox holds what one server has still to read. Senders append and go on. When nothing waits, the sender offers its message
// to the pipe itself, which saves waking a goroutine; else one goroutine writes all there is at once.
type outbox struct {
	to    *os.File
	raw   syscall.RawConn
	limit int
	wake  chan struct{}

	mu      sync.Mutex
	queue   []byte
	writing bool // the goroutine has a batch: nothing may overtake it
	taken   int  // by the last offer
}

func newOutbox(to *os.File, limit int) *outbox {
	raw, err := to.SyscallConn()
	if err != nil {
		panic(err) // only for a nil file
	}
	return &outbox{to: to, raw: raw, limit: limit, wake: make(chan struct{}, 1)}
}

// headroom is kept for our own notifications and answers: whoever fills the queue with calls and gives them up must not have the server ended for it.
// It holds one for each call that may be open.
const headroom = 1 << 20

// add appends one message, which build writes without its line end, of about size bytes.
func (o *outbox) add(size int, build func(dst []byte) []byte) error {
	return o.addUpTo(o.limit, size, build)
}

func (o *outbox) addUpTo(limit, size int, build func(dst []byte) []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.queue)+size > limit {
		return errQueueFull
	}
	o.queue = append(build(o.queue), '\n')
	if !o.writing && o.offer() {
		return nil
	}
	select {
	case o.wake <- struct{}{}:
	default: // the writer is awake or about to be
	}
	return nil
}

// offer lets the pipe take what it has room for, without waiting, and reports whether that was all.
func (o *outbox) offer() bool {
	o.taken = 0
	if err := o.raw.Write(o.writeOnce); err != nil {
		return false // the writer will meet it too, and say so
	}
	left := copy(o.queue, o.queue[o.taken:])
	o.queue = o.queue[:left]
	return left == 0
}

func (o *outbox) writeOnce(fd uintptr) (done bool) {
	if n, err := unix.Write(int(fd), o.queue); err == nil {
		o.taken = n
	}
	return true
}

// envelope is more than any message has beside its params, method and id.
const envelope = 64

const opening = `{"jsonrpc":"` + mcp.JSONRPC_VERSION + `",`

// request sends a request. members come before those of its params, or are nil.
func (o *outbox) request(id int64, method string, params, members []byte) error {
	return o.add(2*envelope+len(method)+len(params)+len(members), func(dst []byte) []byte {
		dst = append(dst, opening+`"id":`...)
		dst = strconv.AppendInt(dst, id, 10)
		return appendMethod(append(dst, ','), method, params, members)
	})
}

func (o *outbox) notify(method string, params []byte) error {
	return o.addUpTo(o.limit+headroom, envelope+len(method)+len(params), func(dst []byte) []byte {
		return appendMethod(append(dst, opening...), method, params, nil)
	})
}

// answer answers a request of the server's. outcome is a member: result or error.
func (o *outbox) answer(id ijson.Value, outcome []byte) error {
	return o.addUpTo(o.limit+headroom, envelope+len(id.Raw())+len(outcome), func(dst []byte) []byte {
		dst = append(dst, opening+`"id":`...)
		dst = append(dst, id.Raw()...)
		return append(append(append(dst, ','), outcome...), '}')
	})
}

func appendMethod(dst []byte, method string, params, members []byte) []byte {
	dst = ijson.AppendString(append(dst, `"method":`...), method)
	switch {
	case members != nil:
		dst = appendParams(append(dst, `,"params":`...), params, members)
	case params != nil:
		dst = appendOneLine(append(dst, `,"params":`...), params)
	}
	return append(dst, '}')
}

// appendParams puts members first into the object params, which has none of them.
func appendParams(dst, params, members []byte) []byte {
	dst = append(append(dst, '{'), members...)
	rest := bytes.TrimLeft(bytes.TrimPrefix(bytes.TrimLeft(params, blanks), []byte("{")), blanks)
	if len(rest) == 0 {
		return append(dst, '}') // there are none
	}
	if rest[0] != '}' {
		dst = append(dst, ',')
	}
	return appendOneLine(dst, rest)
}

// blanks may stand between the tokens of JSON.
const blanks = " \t\r\n"

// write writes until ended is closed, and returns nil then, or why it can not go on.
func (o *outbox) write(within time.Duration, ended <-chan struct{}) error {
	var batch []byte
	for {
		select {
		case <-o.wake:
		case <-ended:
			return nil
		}
		batch = o.takeAll(batch)
		if err := o.writeAll(batch, within); err != nil {
			return err
		}
		if cap(batch) > keptBuffer {
			batch = nil
		}
	}
}

// takeAll exchanges the queue for a buffer that was written.
func (o *outbox) takeAll(written []byte) []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	batch := o.queue
	o.queue, o.writing = written[:0], true
	return batch
}

func (o *outbox) writeAll(batch []byte, within time.Duration) error {
	for len(batch) > 0 {
		if err := o.to.SetWriteDeadline(time.Now().Add(within)); err != nil {
			return fmt.Errorf("write to the server: %w", err)
		}
		n, err := o.to.Write(batch[:min(len(batch), writeStep)])
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return violation("it does not read what it is sent")
		}
		if err != nil {
			return fmt.Errorf("write to the server: %w", err)
		}
		batch = batch[n:]
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.writing = false
	return o.to.SetWriteDeadline(time.Time{}) // else it would end a later offer
}
