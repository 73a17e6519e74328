package llm

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"mime"
	"net/http"

	"argus/host/doorway"
	"argus/host/front/llm/wire"
)

const mediaJSON, mediaSSE = "application/json", "text/event-stream"

// mediaOf is the type of a body without its parameters; empty where the header is none.
func mediaOf(h http.Header) string {
	media, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return media
}

// body reads the request's body, decoded, and hands it to use, which must not keep it.
func (x *exchange) body(use func([]byte) *wire.Failure) (denied *wire.Failure) {
	most := x.f.MaxRequestBytes
	err := doorway.WithBody(x.w, x.r, most, x.f.patience.body, func(body []byte) error {
		switch x.r.Header.Get("Content-Encoding") {
		case "", "identity":
		case "gzip":
			if body, denied = unzipped(body, most); denied != nil {
				return nil
			}
		default:
			denied = deniedMedia
			return nil
		}
		denied = use(body)
		return nil
	})
	switch {
	case errors.Is(err, doorway.ErrLarge):
		return deniedLarge
	case err != nil:
		return deniedSlow
	}
	return denied
}

func unzipped(body []byte, most int64) ([]byte, *wire.Failure) {
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, deniedGzip
	}
	plain, err := io.ReadAll(io.LimitReader(z, most+1))
	switch {
	case err != nil:
		return nil, deniedGzip
	case int64(len(plain)) > most:
		return nil, deniedLarge
	}
	return plain, nil
}
