package catalog

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"argus/plugin/sdk"
)

// BenchmarkAsk asks a real plugin over its socket with mTLS on: one asker waits for each answer, many share the stream.
func BenchmarkAsk(b *testing.B) {
	folder, err := os.MkdirTemp("", "cat")
	if err != nil {
		b.Fatal(err)
	}
	defer os.RemoveAll(folder)
	plugins := filepath.Join(folder, "plugins")
	if err := os.Mkdir(plugins, 0o755); err != nil {
		b.Fatal(err)
	}
	if err := os.Link(built, filepath.Join(plugins, "judge")); err != nil {
		b.Fatal(err)
	}
	sum, err := Pin(built)
	if err != nil {
		b.Fatal(err)
	}
	options := Options{PluginDir: plugins, RunDir: filepath.Join(folder, "run"), CheckSettings: func(string, string) error { return nil }}
	spec := Spec{Kind: sdk.KindOracle, Name: "judge", Binary: "judge", SHA256: sum, ConfigFolder: plugins}
	c, err := Open(b.Context(), options, []Spec{spec})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	if err := c.Ready(b.Context()); err != nil {
		b.Fatal(err)
	}
	askOnce := func(b *testing.B) {
		if _, err := c.Oracle().Ask(context.Background(), question("x")); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("alone", func(b *testing.B) {
		for b.Loop() {
			askOnce(b)
		}
	})
	for _, askers := range []int{8, 64} {
		b.Run(fmt.Sprint("shared by ", askers), func(b *testing.B) {
			b.SetParallelism(askers)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					askOnce(b)
				}
			})
		})
	}
}
