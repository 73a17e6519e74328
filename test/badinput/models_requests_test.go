package badinput

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"

	"argus/internal/fakevendor"
)

// strictRequests sends bodies that two readers could read differently, or none at all.
func strictRequests(t *testing.T, m *models) {
	for _, api := range apis {
		whole := requests[api]
		for attack, body := range map[string]string{
			"no JSON":             `hello`,
			"an empty body":       ``,
			"half a request":      whole[:len(whole)-4],
			"two requests":        whole + whole,
			"a list":              `[` + whole + `]`,
			"a byte order mark":   "\xef\xbb\xbf" + whole,
			"invalid UTF-8":       strings.Replace(whole, "hello", "\xff\xfe", 1),
			"half a surrogate":    strings.Replace(whole, "hello", `\ud800`, 1),
			"model twice":         `{"model":"other",` + whole[1:],
			"a role twice":        strings.Replace(whole, `"role"`, `"role":"system","role"`, 1),
			"Model beside model":  `{"Model":"other",` + whole[1:],
			"10,000 arrays":       `{"metadata":` + nested(10_000) + `,` + whole[1:],
			"an unknown member":   `{"run_this":"now",` + whole[1:],
			"stream that is text": `{"stream":"true",` + whole[1:],
		} {
			status, said, err := m.raw(t, api, strings.NewReader(body), "")
			if err != nil || status != http.StatusBadRequest || !shaped(api, said) {
				t.Errorf("%s at %s: %d %s %v", attack, api, status, said, err)
			}
		}
		if arrived := m.vendor.Requests(); len(arrived) > 0 {
			t.Fatalf("%d bad requests at %s reached the vendor", len(arrived), api)
		}
		if status, said, err := m.raw(t, api, strings.NewReader(whole), ""); err != nil || status != http.StatusOK {
			t.Errorf("the control at %s: %d %s %v", api, status, said, err)
		}
		m.vendor.Forget()
	}
}

// largest is what the daemon may hold of one request: four times llm.max_request_bytes, since a buffer doubles while it is filled and what it
// outgrew stays until the next collection.
const largest = 4 * 32 << 20

// highest bounds the daemon after any number of large requests, one after the other.
const highest = 3 * largest

// largeRequests are refused when they are larger than may be, packed or not.
func largeRequests(t *testing.T, m *models) {
	for _, api := range apis {
		large := strings.Replace(requests[api], "hello", strings.Repeat("a", 100<<20), 1)
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		if _, err := io.Copy(z, strings.NewReader(large)); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		for attack, send := range map[string]func() (io.Reader, string){
			"100 MB, announced":          func() (io.Reader, string) { return strings.NewReader(large), "" },
			"100 MB, in chunks":          func() (io.Reader, string) { return io.MultiReader(strings.NewReader(large)), "" },
			"100 MB, packed into 100 KB": func() (io.Reader, string) { return bytes.NewReader(packed.Bytes()), "gzip" },
		} {
			body, encoding := send()
			grown := m.growth(t, largest, func() {
				status, said, err := m.raw(t, api, body, encoding)
				// The daemon need not read on when it has refused, so the sender may only see that the connection is gone.
				if err == nil && (status != http.StatusRequestEntityTooLarge || !shaped(api, said)) {
					t.Errorf("%s at %s: %d %s", attack, api, status, said)
				}
			})
			say(t, attack+" at "+string(api), "refused; "+grown)
		}
	}
	if now := m.peak(t); now >= highest {
		t.Errorf("the daemon has grown to %d bytes", now)
	}
	if arrived := m.vendor.Requests(); len(arrived) > 0 {
		t.Errorf("%d large requests reached the vendor", len(arrived))
	}
}

// compressed bodies mean what they mean without.
func compressed(t *testing.T, m *models) {
	m.behaves(fakevendor.Manner{Gzip: true}, fakevendor.Answer{Text: "packed"})
	for _, api := range apis {
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		if _, err := io.WriteString(z, requests[api]); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		status, said, err := m.raw(t, api, bytes.NewReader(packed.Bytes()), "gzip")
		if err != nil || status != http.StatusOK || !strings.Contains(said, "packed") {
			t.Errorf("%s: %d %s %v", api, status, said, err)
		}
		status, said, err = m.raw(t, api, bytes.NewReader(packed.Bytes()[:packed.Len()-6]), "gzip")
		if err != nil || status != http.StatusBadRequest || !shaped(api, said) {
			t.Errorf("%s, cut: %d %s %v", api, status, said, err)
		}
		for _, stream := range []bool{false, true} {
			if got, err := m.ask(t, api, stream); err != nil || got.Text != "packed" {
				t.Errorf("%s, streamed %v: %v %v", api, stream, got, err)
			}
		}
	}
}
