package demo

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
)

func post(t *testing.T, c *collector, header, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.url+"path?query=in-the-address", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Header", header)
	if response, err := http.DefaultClient.Do(r); err == nil {
		response.Body.Close()
	}
}

func TestTheCollectorKeepsEveryByte(t *testing.T) {
	c, err := collect()
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	post(t, c, "in-a-header", "in-the-body")
	post(t, c, "again", "and-again")
	got, err := c.bytes()
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"in-the-address", "in-a-header", "in-the-body", "again", "and-again"} {
		if !bytes.Contains(got, []byte(part)) {
			t.Errorf("%q was not kept", part)
		}
	}
}

func TestMoreThanTheCollectorKeepsIsAnError(t *testing.T) {
	c := &collector{}
	one := c.tap()
	c.keep(one, make([]byte, maxReceived))
	if _, err := c.bytes(); err != nil {
		t.Fatalf("the control: %v", err)
	}
	c.keep(one, []byte("x"))
	if _, err := c.bytes(); err == nil {
		t.Error("what was dropped is not told")
	}
}
