//go:build linux

package upstream

import (
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// helperName makes the test binary act as the helper of a plan.
const helperName = "upstream-test-helper"

// runHelper is a helper that confines nothing. Its arguments are: how to report, the report's descriptor, the lifeline's,
// "--", the server's argv.
func runHelper(args []string) {
	how, rest := args[0], args[4:]
	if err := unix.CloseRange(3, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC); err != nil {
		panic(err)
	}
	reporting := descriptor(args[1])
	alive := descriptor(args[2])
	switch how {
	case "silent":
		time.Sleep(time.Minute)
	case "dies":
		os.Exit(7)
	case "less":
		fmt.Fprintln(reporting, `{"protections":["files"]}`)
	case "refuses":
		fmt.Fprintln(reporting, `{"error":"this kernel is too old"}`)
	case "endless":
		fmt.Fprint(reporting, strings.Repeat(" ", 1<<20))
	case "nonsense":
		fmt.Fprintln(reporting, `{"Protections":["files","network"],"abi":7}`)
	default:
		fmt.Fprintln(reporting, `{"protections":["files","network"]}`)
	}
	server := exec.Command(rest[0], rest[1:]...)
	server.Stdin, server.Stdout, server.Stderr = os.Stdin, os.Stdout, os.Stderr
	if how == "leaky" {
		server.ExtraFiles = []*os.File{reporting}
	} else {
		reporting.Close()
	}
	server.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if how == "no-signal" {
		signal.Ignore(syscall.SIGTERM)
	}
	runtime.LockOSThread()
	if err := server.Start(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(8)
	}
	if how != "no-lifeline" {
		go func() {
			io.Copy(io.Discard, alive)
			server.Process.Kill()
		}()
	}
	server.Wait()
	os.Exit(server.ProcessState.ExitCode())
}

func descriptor(text string) *os.File {
	n, err := strconv.Atoi(text)
	if err != nil {
		panic(err)
	}
	return os.NewFile(uintptr(n), "descriptor "+text)
}
