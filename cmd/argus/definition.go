package main

import (
	"encoding/json"
	"fmt"

	"argus/cmd/argus/internal/show"
	"argus/host/front/operator"
)

// writeDefinition shows all of a server's definition: its description as the lines that a model would read, the rest as JSON. Instructions
// are such lines alone. Every line is behind prefix.
func writeDefinition(c *console, t operator.Tool, prefix string) error {
	if t.Definition == "" {
		return nil // any other channel has none
	}
	if t.IsInstructions() {
		var text string
		if err := json.Unmarshal([]byte(t.Definition), &text); err != nil {
			return fmt.Errorf("the instructions of %q: %w", t.Server, err)
		}
		c.printf("%s", show.Block(text, prefix+"  "))
		return nil
	}
	members := map[string]json.RawMessage{}
	if err := json.Unmarshal([]byte(t.Definition), &members); err != nil {
		return fmt.Errorf("the definition of %q: %w", t.Tool, err)
	}
	var description string
	if raw, has := members["description"]; has && json.Unmarshal(raw, &description) == nil {
		delete(members, "description")
		c.printf("%s%s", show.Block("description:", prefix), show.Block(description, prefix+"  "))
	}
	delete(members, "name") // told by the caller
	rest, err := show.Document(members)
	if err != nil {
		return err
	}
	c.printf("%s", show.Block(string(rest), prefix))
	return nil
}
