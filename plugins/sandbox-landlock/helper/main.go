//go:build linux

// Command argus-confine starts one server inside its sandbox:
//
//	argus-confine --profile JSON --report-fd 3 --lifeline-fd 4 -- COMMAND ARGUMENT...
//
// COMMAND is an absolute path. Standard input, output and error and the environment become the server's, untouched. One line of
// JSON comes out of the report descriptor, after everything is applied and before COMMAND runs; if it holds an error, COMMAND never
// runs. When the lifeline ends, when this process gets SIGTERM or its parent dies, or when COMMAND ends, every descendant is
// killed. It exits with the status of COMMAND, or 125.
//
// It decides nothing: what is allowed is in the profile. It trusts its command line and its two descriptors, and never the
// server.
package main

import (
	"fmt"
	"os"
	"runtime"

	"argus/plugin/sdk/sandbox/report"
	"argus/plugins/sandbox-landlock/internal/confine"
	"argus/plugins/sandbox-landlock/internal/supervise"
)

// couldNot is the status when the server's program did not run.
const couldNot = 125

// Where the confined stage finds what the supervisor passed on.
const (
	stageReport   = 3
	stageHandover = 4
)

// The first thread is the one that the kernel ties deaths to; main must not leave it.
func init() { runtime.LockOSThread() }

func main() {
	o, err := parse(os.Args[1:])
	if err != nil {
		fmt.Fprintf(os.Stderr, "argus-confine: %v\n", err)
		os.Exit(couldNot)
	}
	if o.stage {
		os.Exit(runStage(o))
	}
	os.Exit(runSupervisor(o))
}

func runSupervisor(o options) int {
	told := os.NewFile(uintptr(o.report), "report")
	lifeline := os.NewFile(uintptr(o.lifeline), "lifeline")
	if told == nil || lifeline == nil {
		fmt.Fprintln(os.Stderr, "argus-confine: the report or the lifeline descriptor is not open")
		return couldNot
	}
	status, err := supervise.Run(supervise.Order{
		Arguments: o.stageArguments(),
		Processes: o.profile.Processes(),
		Writable:  o.profile.Writable(),
		Report:    told,
		Lifeline:  lifeline,
	})
	if err != nil {
		return refuse(told, err)
	}
	return status
}

func runStage(o options) int {
	told := os.NewFile(stageReport, "report")
	err := confine.Become(o.profile, o.argv, supervise.Handover{Descriptor: stageHandover}, func(applied []report.Protection) error {
		if err := report.Write(told, report.Report{Protections: applied}); err != nil {
			return err
		}
		return told.Close()
	})
	return refuse(told, err)
}

// refuse reports why the server does not run. After a report that was closed, only standard error is left to tell it.
func refuse(told *os.File, cause error) int {
	if err := report.Write(told, report.Report{Error: cause.Error()}); err != nil {
		fmt.Fprintf(os.Stderr, "argus-confine: %v\n", cause)
	}
	return couldNot
}
