package ijson

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// texts are what the hot path meets: a call's envelope, a page of prose, a
// table of records.
func texts() map[string][]byte {
	call := `{"jsonrpc":"2.0","id":17,"method":"tools/call","params":{"name":"search-web","arguments":{"query":"weather in Reykjavík","limit":10,"safe":true},"_meta":{"progressToken":"abc"}}}`
	prose := `{"content":[{"type":"text","text":"` + strings.Repeat(`The quick brown fox jumps over the lazy dog.\n`, 200) + `"}]}`
	var rows []string
	for i := range 500 {
		rows = append(rows, fmt.Sprintf(`{"id":%d,"name":"row %d","score":%d.25,"tags":["a","b"],"ok":true,"parent":null}`, i, i, i))
	}
	return map[string][]byte{"call": []byte(call), "prose": []byte(prose), "rows": []byte("[" + strings.Join(rows, ",") + "]")}
}

func BenchmarkParse(b *testing.B) {
	for name, text := range texts() {
		b.Run(name+"/ijson", func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(text, AtMost(1<<20)); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/encoding-json", func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				var v any
				if err := json.Unmarshal(text, &v); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkDigest(b *testing.B) {
	for name, text := range texts() {
		v, err := Parse(text, AtMost(1<<20))
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				Digest(v)
			}
		})
	}
}
