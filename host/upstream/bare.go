package upstream

import (
	"errors"
	"slices"
	"strings"

	"argus/internal/ijson"
)

// reserved begins the names in _meta that the protocol keeps for itself.
const reserved = "io.modelcontextprotocol/"

// resultKind is the member that says what kind of result it is, in the modern era.
const resultKind = "resultType"

// hints are members with which a modern server tells how long a result may be kept.
var hints = []string{"ttlMs", "cacheScope"}

// bare is a result without what belongs to its wire rather than to the call: whoever passes it on writes that for a wire of its own.
func bare(result ijson.Value) ijson.Value {
	meta, _ := result.Member("_meta")
	if !hasAny(result, resultKind, hints[0], hints[1]) && !hasReserved(meta) {
		return result
	}
	var kept []byte
	if inner := appendMembers(nil, meta, func(name string) bool { return !strings.HasPrefix(name, reserved) }); len(inner) > 0 {
		kept = append(append(append(kept, `"_meta":{`...), inner...), '}')
	}
	return object(appendMembers(kept, result, func(name string) bool {
		return name != resultKind && name != "_meta" && !slices.Contains(hints, name)
	}))
}

func hasAny(v ijson.Value, names ...string) bool {
	for _, name := range names {
		if _, has := v.Member(name); has {
			return true
		}
	}
	return false
}

func hasReserved(meta ijson.Value) bool {
	for name := range meta.Members() {
		if strings.HasPrefix(name, reserved) {
			return true
		}
	}
	return false
}

var errResultKind = errors.New("the server answered with a kind of result that there is not")

// complete is nil for a result that ends its call.
func complete(result ijson.Value) error {
	kind, told := result.Member(resultKind)
	if text, _ := kind.Text(); told && text != "complete" {
		return errResultKind
	}
	return nil
}

// asks reports whether a result asks something before the call can go on.
func asks(result ijson.Value) bool {
	kind, _ := result.Member(resultKind)
	text, _ := kind.Text()
	return text == "input_required"
}
