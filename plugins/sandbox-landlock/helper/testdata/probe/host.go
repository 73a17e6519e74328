//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
)

// host plays the daemon: HELPER PROFILE INHERIT ARGV... With an empty HELPER it starts ARGV unconfined, for the control. The report
// goes to its own descriptor 3. The helper's lifeline is a pipe whose other end only this process holds; INHERIT is a file that it
// leaves open at 5. With LIFELINE=stdin the lifeline is its standard input, which whoever started it holds.
func host(args []string) int {
	runtime.LockOSThread()
	helper, profile, inherit, argv := args[0], args[1], args[2], args[3:]
	lifeline, held, err := os.Pipe()
	if err != nil {
		fmt.Println(err)
		return notTried
	}
	defer held.Close()
	left, err := os.Open(inherit)
	if err != nil {
		fmt.Println(err)
		return notTried
	}
	if helper != "" {
		argv = append([]string{helper, "--profile", profile, "--report-fd", "3", "--lifeline-fd", "4", "--"}, argv...)
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if os.Getenv("LIFELINE") == "stdin" {
		cmd.Stdin, lifeline = nil, os.Stdin
	}
	cmd.ExtraFiles = []*os.File{os.NewFile(3, "report"), lifeline, left}
	if err := cmd.Start(); err != nil {
		fmt.Println(err)
		return notTried
	}
	os.NewFile(3, "report").Close()
	lifeline.Close()
	state, err := cmd.Process.Wait()
	if err != nil {
		fmt.Println(err)
		return notTried
	}
	if !state.Exited() {
		fmt.Println(state)
		return refused
	}
	return state.ExitCode()
}
