package main

import "encoding/json"

// One prompt and one resource, to show their shape.
var (
	briefing = object{
		"name":        "briefing",
		"description": "Start the day",
		"arguments":   []object{{"name": "topic", "description": "What about", "required": true}},
	}
	about = object{
		"uri":      aboutURI,
		"name":     "about",
		"title":    "About this server",
		"mimeType": "text/plain",
	}
)

const aboutURI = "stub://about"

func getPrompt(raw json.RawMessage) (any, error) {
	var params struct {
		Name      string            `json:"name"`
		Arguments map[string]string `json:"arguments"`
	}
	topic := ""
	if json.Unmarshal(raw, &params) == nil {
		topic = params.Arguments["topic"]
	}
	if params.Name != "briefing" || topic == "" {
		return nil, invalid("there is one prompt, briefing, and it takes a topic")
	}
	message := object{
		"role":    "user",
		"content": object{"type": "text", "text": "Brief me about " + topic + "."},
	}
	return object{"messages": []object{message}}, nil
}

func readResource(raw json.RawMessage) (any, error) {
	var params struct {
		URI string `json:"uri"`
	}
	if json.Unmarshal(raw, &params) != nil || params.URI != aboutURI {
		return nil, invalid("there is one resource, " + aboutURI)
	}
	content := object{"uri": aboutURI, "mimeType": "text/plain", "text": "A server that plays the tools of stories."}
	return object{"contents": []object{content}}, nil
}
