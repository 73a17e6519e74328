//go:build linux

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

var familyVerbs = map[string]verb{
	"echo": func([]string) error { _, err := io.Copy(os.Stdout, os.Stdin); return err },
	"exit": func(a []string) error { os.Exit(pid(a[0])); return nil },
	"die":  func([]string) error { _ = unix.Kill(os.Getpid(), unix.SIGKILL); select {} },
	"stay": stay,
	// PROGRAM: three generations, each in a session of its own, none waited for; each says its id.
	"orphans": orphans,
	"orphan":  orphan,
	// PROGRAM COUNT: tries to have that many processes at once, and says how many it had.
	"bomb": bomb,
	// COUNT: that many processes, one after another.
	"one-by-one": func(a []string) error {
		for range pid(a[0]) {
			if err := run("/bin/true"); err != nil {
				return err
			}
		}
		return nil
	},
	// COUNT: tries to have that many threads.
	"threads": threads,
	// PROGRAM: a chain in which each process starts the next and ends.
	"chain":       chain,
	"close-stdio": closeStdio,
}

// stay says its id and ignores every signal that can be ignored.
func stay([]string) error {
	signal.Ignore(unix.SIGTERM, unix.SIGINT, unix.SIGHUP, unix.SIGQUIT)
	fmt.Println(os.Getpid())
	time.Sleep(time.Minute)
	return nil
}

func orphans(a []string) error {
	for range 2 {
		if err := detached(a[0], "orphan", a[0]); err != nil {
			return err
		}
	}
	return stay(nil)
}

func orphan(a []string) error {
	return detached(a[0], "stay")
}

func detached(program string, args ...string) error {
	cmd := exec.Command(program, args...)
	cmd.Stdout = os.Stdout
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return cmd.Start()
}

func bomb(a []string) error {
	had := 1
	for range pid(a[1]) {
		err := detached("/bin/sleep", "30")
		if errors.Is(err, unix.EAGAIN) {
			continue
		}
		if err != nil {
			return err
		}
		had++
	}
	fmt.Println(had)
	return nil
}

func threads(a []string) error {
	var started sync.WaitGroup
	for range pid(a[0]) {
		started.Add(1)
		go func() {
			runtime.LockOSThread()
			started.Done()
			select {}
		}()
	}
	started.Wait()
	return nil
}

func chain(a []string) error {
	if len(a) == 1 {
		fmt.Println(os.Getpid())
	}
	err := detached(a[0], "chain", a[0], "on")
	if len(a) == 1 && err == nil {
		time.Sleep(200 * time.Millisecond)
	}
	return err
}

// closeStdio closes standard output and stays.
func closeStdio([]string) error {
	if err := os.Stdout.Close(); err != nil {
		return err
	}
	time.Sleep(time.Minute)
	return nil
}
