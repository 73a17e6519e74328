package oracle

// Value is JSON after the host's one strict reading: Null, Bool, Number, Text, List or Object. A nil Value is not JSON and is
// refused. Values are shared between goroutines and must not be changed.
type Value interface{ value() }

// Null is the JSON null.
type Null struct{}

// Bool is a JSON boolean.
type Bool bool

// Number is a JSON number.
type Number struct {
	Text  string // exactly as it was sent
	Exact bool   // whether a double holds it exactly. A rule must not read a number that is not
}

// Text is a JSON string.
type Text string

// List is a JSON array.
type List []Value

// Object is a JSON object in the order in which it was sent. Names are distinct.
type Object []Member

// Member is one member of an Object.
type Member struct {
	Name  string // may be empty
	Value Value
}

func (Null) value()   {}
func (Bool) value()   {}
func (Number) value() {}
func (Text) value()   {}
func (List) value()   {}
func (Object) value() {}

// Get is the member of that exact name.
func (o Object) Get(name string) (Value, bool) {
	for _, m := range o {
		if m.Name == name {
			return m.Value, true
		}
	}
	return nil, false
}
