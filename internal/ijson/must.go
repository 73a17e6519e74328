package ijson

// MustParse reads text that this program wrote. It panics where that is no
// JSON, and so is never for what came from outside.
func MustParse[T string | []byte](text T) Value {
	v, err := ParseString(string(text), AtMost(len(text)))
	if err != nil {
		panic(err)
	}
	return v
}
