package mcp

import (
	"strings"

	"argus/internal/ijson"
)

// maxInstructions bounds what agents are told of their servers before anything else. A text that does not fit is left out whole.
const maxInstructions = 64 << 10

// appendInstructions appends a member with the pinned texts of all servers, each under its server's name, if there are any.
func (f *Front) appendInstructions(dst []byte) []byte {
	stock := f.Mediator.Inventory()
	if stock == nil || len(stock.Instructions()) == 0 {
		return dst
	}
	var out strings.Builder
	for _, of := range stock.Instructions() {
		one := "# " + of.Server + "\n\n" + of.Text + "\n\n"
		if out.Len()+len(one) <= maxInstructions {
			out.WriteString(one)
		}
	}
	return ijson.AppendString(append(dst, `,"instructions":`...), strings.TrimSuffix(out.String(), "\n\n"))
}
