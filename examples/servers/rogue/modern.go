package main

import (
	"encoding/json"
	"os"
	"strings"
)

// atDiscover are the modes that know server/discover. Each is of the era 2026-07-28, or betrays in its own way that it is not.
var atDiscover = map[string]func(*rogue, message){
	"modern":         discovered,
	"modern-listens": discovered, // when it is asked for the third time
	"modern-second": func(r *rogue, m message) {
		if r.discoveries > 1 {
			discovered(r, m)
			return
		}
		r.frame(m, `"error":{"code":-32022,"message":"no","data":{"supported":["2026-07-28"],"requested":"x"}}`)
	},
	"modern-never": func(r *rogue, m message) {
		r.frame(m, `"error":{"code":-32022,"message":"no","data":{"supported":["2026-07-28"],"requested":"x"}}`)
	},
	"modern-slow": func(r *rogue, m message) {
		first := r.await(func(m message) bool { return m.Method == "initialize" })
		discovered(r, m)
		r.noSuchMethod(first)
	},
	"old-in-new-words": func(r *rogue, m message) {
		r.frame(m, `"error":{"code":-32022,"message":"no","data":{"supported":["2025-11-25"],"requested":"2026-07-28"}}`)
	},
	"old-result":  func(r *rogue, m message) { r.result(m.ID, `{"supportedVersions":["2026-07-28"]}`) },
	"old-exits":   func(*rogue, message) { os.Exit(1) },
	"old-ignores": func(*rogue, message) {},
	"old-hangs":   func(*rogue, message) { hang() },
}

func isModern(mode string) bool { return strings.HasPrefix(mode, "modern") }

func discovered(r *rogue, m message) {
	r.result(m.ID, `{"resultType":"complete","supportedVersions":["2026-07-28"],"ttlMs":0,"cacheScope":"private",`+
		`"capabilities":{"tools":{"listChanged":true},"prompts":{"listChanged":true},"resources":{"subscribe":true}},"instructions":"be kind",`+
		`"_meta":{"io.modelcontextprotocol/serverInfo":{"name":"rogue","version":"1"}}}`)
}

// listen agrees to all that it is asked for, except resources whose URI says that they are refused. A resource that says silent gets no answer.
func (r *rogue) listen(m message) {
	var params struct {
		Notifications map[string]json.RawMessage `json:"notifications"`
	}
	if err := json.Unmarshal(m.Params, &params); err != nil {
		r.noSuchMethod(m)
		return
	}
	const resources = "resourceSubscriptions"
	if r.listened++; r.mode == "modern-listens" && r.listened < 3 {
		r.noSuchMethod(m)
		return
	}
	if wanted := string(params.Notifications[resources]); strings.Contains(wanted, "silent") {
		return
	} else if strings.Contains(wanted, "refused") {
		delete(params.Notifications, resources)
	}
	agreed, err := json.Marshal(params.Notifications)
	if err != nil {
		panic(err) // it was read from JSON
	}
	r.listens = m.ID
	r.write(`{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":` +
		string(m.ID) + `},"notifications":` + string(agreed) + `}}`)
}

func (r *rogue) noSuchMethod(m message) {
	r.frame(m, `"error":{"code":-32601,"message":"no such method"}`)
}
