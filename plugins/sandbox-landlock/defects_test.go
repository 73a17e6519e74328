//go:build linux

package main

import (
	"os"
	"path/filepath"
	"slices"

	"argus/plugin/sdk/sandbox"
	"argus/plugin/sdk/sandbox/report"
)

// defect is what one plugin does otherwise. The zero defect is none.
type defect struct {
	survey    func([]sandbox.Layer)
	request   func(*sandbox.Request) // what is planned in place of what was asked
	plan      func(*sandbox.Plan)    // what is answered in place of the plan
	helper    []edit                 // of the source of its helper
	forgetful bool                   // of nonces
}

// link is another name of the helper, which is no file of the plugin folder.
const link = "link"

// defects have the names that planted.Each wants.
var defects = map[string]defect{
	"SBX-01": {survey: func(layers []sandbox.Layer) { layers[0].Detail = "" }},
	"SBX-02": {forgetful: true},
	"SBX-03": {plan: func(p *sandbox.Plan) {
		p.Protections = slices.DeleteFunc(p.Protections, func(p sandbox.Protection) bool { return p == report.Signals })
	}},
	"SBX-04 checksum": {plan: func(p *sandbox.Plan) { p.HelperSHA256 = p.HelperSHA256[32:] + p.HelperSHA256[:32] }},
	"SBX-04 link":     {plan: func(p *sandbox.Plan) { p.Helper = link }},
	"SBX-05": {request: func(r *sandbox.Request) {
		r.Profile.Read = slices.DeleteFunc(slices.Clone(r.Profile.Read), func(path string) bool { _, err := os.Stat(path); return err != nil })
	}},
	"SBX-06 report":              {helper: reportsLess},
	"SBX-06 environment":         {helper: dropsEnvironment},
	"SBX-07 unlisted":            {request: func(r *sandbox.Request) { r.Profile.Read = append(slices.Clone(r.Profile.Read), beside(r, "outside")) }},
	"SBX-07 read only":           {request: func(r *sandbox.Request) { r.Profile.Write = append(slices.Clone(r.Profile.Write), beside(r, "read")) }},
	"SBX-08 all of it":           {helper: leavesNetwork},
	"SBX-08 datagrams":           {helper: leavesDatagrams},
	"SBX-09 without network":     {helper: leavesLocalSockets},
	"SBX-09 with network":        {helper: leavesLocalSocketsOnline},
	"SBX-10":                     {helper: sendsSignals},
	"SBX-11":                     {helper: leavesOwnDescriptor},
	"SBX-12":                     {helper: leavesPrivileges},
	"SBX-13 the server":          {helper: outlivesLifeline},
	"SBX-13 what it has started": {helper: endsServerAlone},
	"SBX-14 processes":           {request: func(r *sandbox.Request) { r.Profile.MaxProcesses = 1000 }},
	"SBX-14 memory":              {request: func(r *sandbox.Request) { r.Profile.MaxMemory = 0 }},
}

// beside is a folder of the kit beside the server's.
func beside(r *sandbox.Request, name string) string {
	return filepath.Join(filepath.Dir(r.Folder), name)
}

// The sources that are edited.
const (
	program     = "helper/main.go"
	confining   = "internal/confine/confine.go"
	descriptors = "internal/confine/descriptors.go"
	fileRights  = "internal/confine/files.go"
	callNames   = "internal/confine/calls.go"
	callRules   = "internal/confine/rules.go"
	supervising = "internal/supervise/supervise.go"
	changes     = "internal/supervise/attributes.go"
)

// unproven is a helper that does not prove what it reports: the proof from inside would find each hole.
var unproven = edit{confining, `verify(p, held); err != nil`, `verify(p, held); false`}

var reportsLess = []edit{{confining, `p.Promised()`, `p.Promised()[1:]`}}

var dropsEnvironment = []edit{{confining, `environment := os.Environ()`, `environment := os.Environ()[:0]`}}

// leavesNetwork confines as if the profile granted it.
var leavesNetwork = []edit{unproven, {confining, `restrict(p, argv[0], supervisor)`,
	`restrict(profile.Profile{Read: p.Read, Write: p.Write, Scratch: p.Scratch, Network: true}, argv[0], supervisor)`}}

// leavesDatagrams stops TCP and nothing else, as Landlock alone does.
var leavesDatagrams = append(offline(`low(0), oneOf(unix.AF_INET), low(1), and(socketTypes), oneOf(unix.SOCK_DGRAM)`), unproven)

var leavesLocalSockets = append(offline(`low(0), oneOf(unix.AF_UNIX)`), unproven, anySocketFile)

var leavesLocalSocketsOnline = []edit{unproven, anySocketFile,
	{callRules, `oneOf(unix.AF_INET, unix.AF_INET6)`, `oneOf(unix.AF_INET, unix.AF_INET6, unix.AF_UNIX)`}}

// offline admits the sockets that a rule admits, without network, and lets them be connected.
func offline(rule string) []edit {
	return []edit{
		{callNames, `"socket", "connect", `, ``},
		{callRules, `	if network {`, `	if !network {
		all = append(all, rule{"socket", body(` + rule + `, allow)})
	} else {`},
	}
}

// anySocketFile has Landlock not look at the paths of sockets, as it would from ABI 9 on.
var anySocketFile = edit{fileRights, `	if p.Network {`, `	config.HandledAccessFS &^= ll.AccessFSResolveUnix
	if p.Network {`}

// sendsSignals has the supervisor, which is outside, send them for the server.
var sendsSignals = []edit{
	unproven,
	{callRules, `{"fork", body(ask)},`, `{"fork", body(ask)}, {"kill", body(ask)},`},
	{changes, `	unix.SYS_UTIMENSAT: setTimes,`, `	unix.SYS_UTIMENSAT: setTimes,
	unix.SYS_KILL: func(_ []string, _ asker, args [6]uint64) error {
		if int32(args[0]) <= 0 {
			return unix.EPERM
		}
		return unix.Kill(int(int32(args[0])), unix.Signal(args[1]))
	},`},
}

// leavesOwnDescriptor leaves open by which it speaks with its supervisor.
var leavesOwnDescriptor = []edit{unproven, {descriptors, `firstOwn = 3`, `firstOwn = 5`}}

// leavesPrivileges confines all but a server that asks for its privileges. The kernel lets an ordinary user confine no process that could
// gain some, so a helper cannot leave out this protection and keep the others: it leaves out all, and only where the one check looks.
var leavesPrivileges = []edit{
	{program, `	"runtime"
`, `	"runtime"
	"syscall"
`},
	{program, `func runSupervisor(o options) int {`, `func runSupervisor(o options) int {
	if o.argv[len(o.argv)-1] == "privileges" {
		told := os.NewFile(uintptr(o.report), "report")
		_ = report.Write(told, report.Report{Protections: report.All()})
		_ = told.Close()
		_ = syscall.Exec(o.argv[0], o.argv, os.Environ())
	}`},
}

var outlivesLifeline = []edit{{supervising, `	case <-gone:
`, ``}}

var endsServerAlone = []edit{{supervising, `	return attend(scope, family, ends, gone(o.Lifeline)), nil`, `	lifeline := gone(o.Lifeline)
	select {
	case <-lifeline:
		_ = unix.Kill(main, unix.SIGKILL)
		<-family.ended
		return killedStatus, nil
	case <-family.mainEnded:
		return attend(scope, family, ends, lifeline), nil
	}`}}
