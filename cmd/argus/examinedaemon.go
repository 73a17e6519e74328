package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"

	"argus/host"
	"argus/host/config"
	"argus/host/front/operator"
	"argus/host/journal"
)

// examineDaemon looks at what the running daemon told, or at why none did.
func examineDaemon(at *place, c config.Config, s operator.Status, err error) []finding {
	if err == nil {
		return examineStatus(s)
	}
	if _, none := errors.AsType[*operator.NoDaemon](err); none {
		found := append([]finding{{"daemon", stateNote, err.Error(), ""}}, examineDoors(c)...)
		if otherUser(c.State) != "" {
			return found
		}
		return append(found, examineRecord(filepath.Join(c.State, host.JournalFolder))...)
	}
	if other := otherUser(c.State); other != "" {
		return []finding{{"daemon", stateNote, err.Error(), asUser(at, other)}}
	}
	return []finding{{"daemon", stateBad, err.Error(), ""}}
}

// asUser is how to ask as the user whose Argus it is.
func asUser(at *place, user string) string {
	return "ask as that user: sudo -u " + user + " " + at.command("doctor")
}

func examineStatus(s operator.Status) []finding {
	if s.Halted != "" {
		return []finding{{"daemon", stateBad, "nothing is allowed any more: " + s.Halted, "start the daemon again: it recovers"}}
	}
	found := []finding{{"daemon", stateGood, "argus " + s.Version + ", agents connect to " + s.MCPAddress, ""}}
	for _, p := range append(s.Plugins, s.Servers...) {
		if p.State != "running" && p.State != "ready" {
			found = append(found, finding{"daemon: " + p.Name, stateBad, p.State + ": " + p.Detail, "argus status tells how it goes on"})
		}
	}
	for _, problem := range s.Problems {
		found = append(found, finding{"daemon: problem", stateBad, problem, ""})
	}
	return found
}

// examineRecord reads the record, if there is one, as a daemon that is started now would.
func examineRecord(folder string) []finding {
	if !exists(folder) {
		return nil
	}
	report, err := journal.Check(folder)
	f := finding{"record", stateGood, fmt.Sprintf("%d records are as they were written", report.Records), ""}
	switch {
	case err != nil:
		f.State, f.Detail = stateBad, err.Error()
	case report.Bad != nil:
		f.State, f.Detail, f.Fix = stateBad, report.Bad.Error(), next(folder, report.Bad)
	case !report.Anchored:
		f.State, f.Detail = stateNote, "nothing beside the journal says which record is its last: if some are gone from its end, nobody can tell"
		f.Fix = "the next daemon that is started notes what it finds"
	}
	return []finding{f}
}

// examineDoors tries the addresses at which a daemon that is started now would listen.
func examineDoors(c config.Config) []finding {
	var found []finding
	for _, door := range []struct {
		setting string
		at      netip.AddrPort
	}{{"mcp.listen", c.MCP.Listen}, {"grpc.listen", c.GRPC.Listen}, {"llm.listen", c.LLM.Listen}} {
		if !door.at.IsValid() || door.at.Port() == 0 {
			continue
		}
		l, err := net.Listen("tcp", door.at.String())
		if err != nil {
			found = append(found, finding{door.setting, stateBad, err.Error(), "end what listens there, or name another address: " + door.setting + " in the configuration"})
			continue
		}
		_ = l.Close()
		found = append(found, finding{door.setting, stateGood, door.at.String() + " is free", ""})
	}
	return found
}
