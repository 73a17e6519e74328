package llm

import (
	"strings"

	"argus/host/inventory"
	"argus/internal/ijson"
)

// fetching is what a vendor does with the address of a picture or a file: a tool of its own that no request declares, known in the registry by the
// name url. Whoever chose the address can say something with it to whoever is there.
var fetching = func() inventory.Definition {
	const text = `{"type":"url"}`
	raw := ijson.MustParse(text)
	return inventory.Definition{Name: "url", Digest: ijson.Digest(raw), Raw: raw}
}()

// addressesOf are the arguments of the vendor's fetching. The addresses are texts that were read, so that they can be read again; if they could not,
// the zero Value would fit no call.
func addressesOf(addresses []string) ijson.Value {
	var list []string
	for _, a := range addresses {
		list = append(list, string(ijson.AppendString(nil, a)))
	}
	text := `{"urls":[` + strings.Join(list, ",") + `]}`
	v, _ := ijson.ParseString(text, ijson.AtMost(len(text)))
	return v
}
