package ijson

// equal reports whether a and b are the same JSON value: members in any order,
// strings by their text, numbers by their exact value. The zero Value equals
// nothing, itself included.
func equal(a, b Value) bool {
	if a.Kind() != b.Kind() {
		return false
	}
	switch a.Kind() {
	case Invalid:
		return false
	case Null:
		return true
	case Bool:
		return a.Raw() == b.Raw()
	case Numeric:
		return sameNumber(Number(a.Raw()), Number(b.Raw()))
	case String:
		x, _ := a.Text()
		y, _ := b.Text()
		return x == y
	case Array:
		return sameItems(a, b)
	case Object:
		return sameMembers(a, b)
	}
	return false
}

func sameNumber(a, b Number) bool {
	if a == b {
		return true
	}
	var x, y [64]byte
	d, ok := a.decimal(x[:])
	e, also := b.decimal(y[:])
	return ok && also && d.equal(e)
}

func sameItems(a, b Value) bool {
	if a.Len() != b.Len() {
		return false
	}
	at := b.i + 1
	for _, item := range a.Items() {
		if !equal(item, b.at(at)) {
			return false
		}
		at = b.doc.nodes[at].next
	}
	return true
}

func sameMembers(a, b Value) bool {
	if a.Len() != b.Len() {
		return false
	}
	for name, member := range a.Members() {
		if other, ok := b.Member(name); !ok || !equal(member, other) {
			return false
		}
	}
	return true
}
