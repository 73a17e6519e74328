package upstream

import (
	"argus/internal/ijson"
	"argus/plugin/sdk/registry"
)

// News is what a server says outside any call. It is the server's words.
type News struct {
	Kind    NewsKind
	Channel registry.Channel // Resources, Prompts or Log
	URI     string           // of the resource that was updated
	Params  ijson.Value      // of a log message
}

// NewsKind is what happened. The zero kind is none.
type NewsKind uint8

// The kinds of news.
const (
	_           NewsKind = iota
	Updated              // a resource
	ListChanged          // the list of the channel; a changed list of tools is read again instead
	Logged               // a message that belongs to no call
)
