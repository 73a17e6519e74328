package ijson

import "strconv"

// Place is a JSON pointer that is fit to be shown: names that could carry
// content, being long or spelled with anything but letters, digits and "_.$-",
// stand as "*". It says where, and cannot be resolved. The zero value is the
// whole document.
type Place string

// maxShown is the length up to which a name is shown.
const maxShown = 64

// Member returns the place of a member.
func (p Place) Member(name string) Place {
	if !showable(name) {
		return p.Any()
	}
	return p + "/" + Place(name)
}

// Item returns the place of an array's item.
func (p Place) Item(i int) Place { return p + "/" + Place(strconv.Itoa(i)) }

// Any returns the place of a member that stays unnamed.
func (p Place) Any() Place { return p + "/*" }

// String gives the place, and a word instead of the empty pointer.
func (p Place) String() string {
	if p == "" {
		return "the top"
	}
	return string(p)
}

func showable(name string) bool {
	for _, c := range []byte(name) {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && c != '_' && c != '.' && c != '$' && c != '-' {
			return false
		}
	}
	return name != "" && len(name) <= maxShown
}
