package config

import (
	"strings"
	"testing"
)

func TestSourcesAndUpstreamsAreDeclaredInWordsOfTheProtocol(t *testing.T) {
	good := required() + pluginTables() + "[source.mailbox]\nlevel = \"sensitive\"\nintegrity = \"untrusted\"\n[upstream.vendor]\nsink = \"llm_provider\"\n"
	c, err := Load(Options{File: write(t, good), Home: "/home/u"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Sources["mailbox"] != (Source{"sensitive", "untrusted"}) || c.Upstreams["vendor"].Sink != "llm_provider" || c.Upstreams["vendor"].URL != nil || c.LLM.Listen.IsValid() || c.GRPC.MaxRequestBytes != 4<<20 {
		t.Errorf("%+v %+v %+v", c.Sources, c.Upstreams, c.GRPC)
	}
	for table, says := range map[string]string{
		"[source.s]\nlevel = \"secret\"\nintegrity = \"verified\"\n":             "source.s.level",
		"[source.s]\nlevel = \"public\"\n":                                       "source.s.integrity",
		"[source.\"a b\"]\nlevel = \"public\"\nintegrity = \"verified\"\n":       "no name of a source",
		"[upstream.u]\nsink = \"destructive\"\n":                                 "upstream.u.sink",
		"[upstream.u]\n":                                                         "upstream.u.sink",
		"[grpc]\nlisten = \"0.0.0.0:1\"\nkey = \"k\"\n":                          "grpc.certificate is not set",
		"[grpc]\ncertificate = \"c\"\n":                                          "grpc.listen, which is not set",
		"[grpc]\nlisten = \"example.com:1\"\ncertificate = \"c\"\nkey = \"k\"\n": "an IP address",
		"[grpc]\nmax_request_bytes = 1\n":                                        "grpc.max_request_bytes",
	} {
		got := mistakes(t, required()+pluginTables()+table)
		if len(got) != 1 || !strings.Contains(got[0], says) {
			t.Errorf("%q: %q", table, got)
		}
	}
}
