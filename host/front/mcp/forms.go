package mcp

import (
	"mime"
	"net/http"
	"strings"
)

// forms are those in which a client takes an answer.
type forms struct{ json, sse bool }

// form checks how the message is sent and how it may be answered. Whatever JSON a browser sends without asking first is not called JSON.
func form(r *http.Request) (takes forms, denied *denial) {
	if media := r.Header["Content-Type"]; len(media) != 1 || media[0] != mediaJSON && !isJSON(media[0]) {
		return forms{}, deniedMedia
	}
	takes = accepted(r.Header["Accept"])
	if takes == (forms{}) {
		return forms{}, deniedAccept
	}
	return takes, nil
}

func isJSON(header string) bool {
	media, params, err := mime.ParseMediaType(header)
	charset, said := params["charset"]
	return err == nil && media == mediaJSON && (!said || strings.EqualFold(charset, "utf-8"))
}

// accepted reads an Accept header; without one everything is. Weights are not read: a client that names a form gets it.
func accepted(headers []string) (takes forms) {
	if len(headers) == 0 {
		return forms{json: true, sse: true}
	}
	for _, header := range headers {
		for part := range strings.SplitSeq(header, ",") {
			media, _, _ := strings.Cut(part, ";")
			switch strings.ToLower(strings.TrimSpace(media)) {
			case "*/*":
				takes = forms{json: true, sse: true}
			case mediaJSON, "application/*":
				takes.json = true
			case mediaSSE, "text/*":
				takes.sse = true
			}
		}
	}
	return takes
}
