package sandbox

import (
	"context"

	"argus/plugin/sdk"
	"argus/plugin/sdk/sandbox/report"
)

// Sandbox is what an author implements.
type Sandbox interface {
	// Configure takes the settings; see sdk.Configurer.
	sdk.Configurer
	// Survey tells what this machine can enforce.
	Survey(ctx context.Context) []Layer
	// Plan answers with what confines one server. What this machine can not enforce is a *Missing, never a weaker plan. It is
	// called from several goroutines at once.
	Plan(ctx context.Context, r Request) (Plan, error)
}

// Layer is one mechanism of the machine.
type Layer struct {
	Name      string // landlock, seccomp, ...
	Available bool
	Detail    string // the version found, or what is missing and how to get it
}

// Protection is one promise; package report has the catalogue.
type Protection = report.Protection

// Profile is what a server may do. Nothing is allowed that is not listed.
type Profile struct {
	Read         []string // absolute paths, files or folders: read and execute
	Write        []string // absolute paths: read, write and create
	Scratch      string   // absolute path of the server's private folder: read and write
	Network      bool
	MaxProcesses uint64 // 0: the sandbox's default
	MaxMemory    uint64 // bytes of address space; 0: no limit
}

// Request asks for the plan of one server.
type Request struct {
	Server  string
	Profile Profile
	Command string // absolute path of the program that will run
	Folder  string // absolute working folder
}

// Plan is how to start the server.
type Plan struct {
	Helper             string   // file name in the plugin folder
	HelperSHA256       string   // lower-case hex
	Arguments          []string // before the server's argv
	ReportDescriptor   int      // 3 or more: where the helper writes its report
	LifelineDescriptor int      // 3 or more: reads end of file when the daemon is gone
	Protections        []Protection
}

// Missing is the error of a Plan that this machine can not enforce. What tells a person what is missing and how to get it.
type Missing struct{ What string }

func (m *Missing) Error() string { return "this machine can not enforce it: " + m.What }

// FaultKind is how the host sorts the error.
func (m *Missing) FaultKind() string { return string(sdk.Invalid) }

// Baseline is what the host requires for p unless a person allowed less: the whole catalogue, and the network only where the
// profile grants it.
func Baseline(p Profile) []Protection {
	var required []Protection
	for _, protection := range report.All() {
		if protection == report.Network && p.Network {
			continue
		}
		required = append(required, protection)
	}
	return required
}
