package fakevendor

import "time"

// Frames are the events of a streamed answer as they stand on the wire, for whoever wants to send them at a pace of his own. Each has at most
// so many bytes of the text.
func Frames(api API, model, text string, piece int) [][]byte {
	d := map[API]dialect{Chat: chat, Responses: responses, Messages: messages}[api]
	t := turn{
		question: question{Conversation: Conversation{API: api, Model: model, Stream: true}},
		Answer:   Answer{Text: text}, serial: "000000", at: time.Now().Unix(), manner: Manner{Piece: piece},
	}
	var frames [][]byte
	for _, e := range d.events(t) {
		frames = append(frames, e.append(nil))
	}
	return frames
}
