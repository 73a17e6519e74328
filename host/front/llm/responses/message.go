package responses

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"argus/host/front/llm/sse"
	"argus/internal/ijson"
)

// message is what a client is told in place of a call, as a message of the model's.
type message struct{ id, text string }

// saying is the id of the message that stands in place of a call: by it, the message is recognised when it is sent back.
func saying(call string) string {
	sum := sha256.Sum256([]byte(call))
	return "msg_argus_" + hex.EncodeToString(sum[:16])
}

// item is the message as an item, whole or as it begins.
func (m message) item(whole bool) string {
	status, content := "in_progress", ""
	if whole {
		status, content = "completed", m.part(m.text)
	}
	return `{"id":"` + m.id + `","type":"message","status":"` + status + `","content":[` + content + `],"role":"assistant"}`
}

func (m message) part(text string) string {
	return `{"type":"output_text","annotations":[],"logprobs":[],"text":` + quote(text) + `}`
}

// stream appends the events by which the vendor would send the message.
func (m message) stream(dst []byte, n *numbers, place int) []byte {
	event := func(name, rest string) {
		dst = sse.Append(dst, name, `{"type":"`+name+`","sequence_number":`+n.take()+`,"output_index":`+digits(place)+rest+`}`)
	}
	in := `,"item_id":"` + m.id + `","content_index":0`
	event("response.output_item.added", `,"item":`+m.item(false))
	event("response.content_part.added", in+`,"part":`+m.part(""))
	event("response.output_text.delta", in+`,"delta":`+quote(m.text)+`,"logprobs":[]`)
	event("response.output_text.done", in+`,"text":`+quote(m.text)+`,"logprobs":[]`)
	event("response.content_part.done", in+`,"part":`+m.part(m.text))
	event("response.output_item.done", `,"item":`+m.item(true))
	return dst
}

func quote(text string) string { return string(ijson.AppendString(nil, text)) }

func digits(n int) string { return strconv.Itoa(n) }
