package conformance

import (
	"encoding/json"
	"fmt"
)

// withMember is the JSON object settings with one more member.
func withMember(settings, name string) (string, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(settings), &members); err != nil || members == nil {
		return "", fmt.Errorf("the settings are no JSON object")
	}
	members[name] = json.RawMessage(`"x"`)
	text, err := json.Marshal(members)
	return string(text), err
}
