package llm

import (
	"argus/host/front/llm/chat"
	"argus/host/front/llm/messages"
	"argus/host/front/llm/responses"
	"argus/host/front/llm/wire"
)

// VendorOf is a vendor whose API Argus knows, or one that speaks the same, with further members that requests and answers may have. What passes it
// by default lists models and makes vectors of what the client says: it reads nothing that the vendor keeps for others.
func VendorOf(format string, members []string) (Vendor, bool) {
	switch format {
	case "openai":
		shape, newer := chat.New(members...), responses.New(members...)
		return Vendor{
			Formats: map[string]wire.Format{"/v1/chat/completions": shape, "/v1/responses": newer},
			Counts:  map[string]wire.Format{"/v1/responses/input_tokens": newer},
			Shape:   shape, KeyIn: headerBearer, Bearer: true,
			Pass: []Pass{
				{Method: "GET", Path: "/v1/models"}, {Method: "GET", Path: "/v1/models/*"}, {Method: "POST", Path: "/v1/embeddings"},
			},
		}, true
	case "anthropic":
		shape := messages.New(members...)
		return Vendor{
			Formats: map[string]wire.Format{"/v1/messages": shape}, Counts: map[string]wire.Format{"/v1/messages/count_tokens": shape},
			Shape: shape, KeyIn: headerKey,
			Pass: []Pass{{Method: "GET", Path: "/v1/models"}, {Method: "GET", Path: "/v1/models/*"}},
		}, true
	}
	return Vendor{}, false
}

// anyShape is that of errors where the vendor is not known.
var anyShape = chat.New()
