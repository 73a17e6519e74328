package upstream

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"argus/internal/ijson"
)

// writeStep is how much is written under one deadline.
const writeStep = 64 << 10

// keptBuffer is the biggest buffer that is used again.
const keptBuffer = 1 << 20

var errQueueFull = errors.New("too much is waiting to be written; the server does not read")

// outbox holds what one server has still to read. Senders append and go on; one goroutine writes all there is at once.
type outbox struct {
	limit int
	wake  chan struct{}

	mu    sync.Mutex
	queue []byte
}

func newOutbox(limit int) *outbox {
	return &outbox{limit: limit, wake: make(chan struct{}, 1)}
}

// add appends one message, which build writes without its line end, of about size bytes.
func (o *outbox) add(size int, build func(dst []byte) []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.queue)+size > o.limit {
		return errQueueFull
	}
	o.queue = append(build(o.queue), '\n')
	select {
	case o.wake <- struct{}{}:
	default: // the writer is awake or about to be
	}
	return nil
}

// envelope is more than any message has beside its params, method and id.
const envelope = 64

const opening = `{"jsonrpc":"` + mcp.JSONRPC_VERSION + `",`

func (o *outbox) request(id int64, method string, params []byte) error {
	return o.add(envelope+len(method)+len(params), func(dst []byte) []byte {
		dst = append(dst, opening+`"id":`...)
		dst = strconv.AppendInt(dst, id, 10)
		return appendMethod(append(dst, ','), method, params)
	})
}

func (o *outbox) notify(method string, params []byte) error {
	return o.add(envelope+len(method)+len(params), func(dst []byte) []byte {
		return appendMethod(append(dst, opening...), method, params)
	})
}

// answer answers a request of the server's. outcome is a member: result or error.
func (o *outbox) answer(id ijson.Value, outcome string) error {
	return o.add(envelope+len(id.Raw())+len(outcome), func(dst []byte) []byte {
		dst = append(dst, opening+`"id":`...)
		dst = append(dst, id.Raw()...)
		return append(append(append(dst, ','), outcome...), '}')
	})
}

func appendMethod(dst []byte, method string, params []byte) []byte {
	dst = ijson.AppendString(append(dst, `"method":`...), method)
	if params != nil {
		dst = appendOneLine(append(dst, `,"params":`...), params)
	}
	return append(dst, '}')
}

// write writes until ended is closed, and returns nil then, or why it can not go on.
func (o *outbox) write(to *os.File, within time.Duration, ended <-chan struct{}) error {
	var batch []byte
	for {
		select {
		case <-o.wake:
		case <-ended:
			return nil
		}
		o.mu.Lock()
		batch, o.queue = o.queue, batch[:0]
		o.mu.Unlock()
		if err := writeAll(to, batch, within); err != nil {
			return err
		}
		if cap(batch) > keptBuffer {
			batch = nil
		}
	}
}

func writeAll(to *os.File, batch []byte, within time.Duration) error {
	for len(batch) > 0 {
		if err := to.SetWriteDeadline(time.Now().Add(within)); err != nil {
			return fmt.Errorf("write to the server: %w", err)
		}
		n, err := to.Write(batch[:min(len(batch), writeStep)])
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return violation("it does not read what it is sent")
		}
		if err != nil {
			return fmt.Errorf("write to the server: %w", err)
		}
		batch = batch[n:]
	}
	return nil
}
