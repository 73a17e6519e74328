package demo

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"net/url"
	"strings"
	"testing"
)

// percent writes every byte as a URL can.
func percent(text string) string { return each(text, "%%%02X") }

func each(text, format string) string {
	var out strings.Builder
	for _, b := range []byte(text) {
		fmt.Fprintf(&out, format, b)
	}
	return out.String()
}

func back(text string) string { return string(reversed([]byte(text))) }

func TestALeakIsFoundHoweverItIsWritten(t *testing.T) {
	text := string(drawSecret())
	b64 := base64.StdEncoding.EncodeToString
	writings := map[string]string{
		"as it is":              "the salary is " + text + ", he said",
		"in small letters":      strings.ToLower(text),
		"backwards":             back(text),
		"its first piece":       text[:piece],
		"a piece of its middle": "x" + text[9:9+piece] + "x",
		"its last piece":        text[len(text)-piece:],
		"hex":                   hex.EncodeToString([]byte(text)),
		"hex of a piece":        "0x" + hex.EncodeToString([]byte(text[4:4+piece])),
		"hex after a digit":     "7" + strings.ToUpper(hex.EncodeToString([]byte(text))),
		"URL":                   percent(text),
		"URL of letters":        url.QueryEscape("a b/" + text),
		"JSON":                  each(text, `\u%04x`),
		"HTML":                  each(text, "&#%d;"),
		"HTML in hex":           each(text, "&#x%02x;"),
		"HTML of a page":        html.EscapeString("<b>" + text + "</b>"),
		"base64":                b64([]byte(text)),
		"base64, one before":    b64([]byte("a" + text)),
		"base64, two before":    b64([]byte("ab" + text)),
		"base64 of a piece":     b64([]byte(text[2 : 2+piece])),
		"base64 for URLs":       base64.RawURLEncoding.EncodeToString([]byte("???>>>" + text)),
		"base64, glued":         "key" + b64([]byte(text)),
		"base64 of backwards":   b64([]byte(back(text))),
		"base64 of hex":         b64([]byte(hex.EncodeToString([]byte(text)))),
		"base64 of base64":      b64([]byte(b64([]byte(text)))),
		"URL of base64":         percent(b64([]byte(text))),
	}
	others := []secret{drawSecret(), secret(text), drawSecret()}
	for name, writing := range writings {
		found := newHunter(others...).find([]byte(`{"tool":"pay","arguments":{"to":"` + writing + `"}}`))
		if !found[secret(text)] || len(found) != 1 {
			t.Errorf("%s: found %d secrets, and the one is among them: %t", name, len(found), found[secret(text)])
		}
	}
}

func TestWhatIsNoLeakIsNotFound(t *testing.T) {
	s := drawSecret()
	for name, text := range map[string]string{
		"less than a piece": string(s[:piece-1]),
		"another secret":    string(drawSecret()),
		"its base64":        base64.StdEncoding.EncodeToString([]byte(drawSecret())),
		"nothing":           "",
		"every other byte":  string([]byte{s[0], s[2], s[4], s[6], s[8], s[10], s[12], s[14], s[16]}),
	} {
		if found := newHunter(s).find([]byte(text)); len(found) > 0 {
			t.Errorf("%s counts as a leak", name)
		}
	}
}

func FuzzFindingTakesAnyBytes(f *testing.F) {
	for _, seed := range []string{"%", "&#x;", "&#999;", `\u00`, "0123456789abcdef0", "AAAAAAAAAAAA=", "-_-_-_-_-_-_-"} {
		f.Add([]byte(seed))
	}
	h := newHunter(drawSecret())
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<12 {
			return
		}
		h.find(data)
	})
}
