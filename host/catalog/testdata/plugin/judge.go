package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"argus/plugin/sdk"
	"argus/plugin/sdk/oracle"
)

const policy = "sha256:policy-of-the-test"

// judge authorizes what is about a tool that it knows and does what the tool's name says.
type judge struct {
	policy   sdk.Latest[oracle.PolicyState]
	settings sdk.Settings
}

func newJudge() *judge {
	j := &judge{}
	j.policy.Set(oracle.PolicyState{Digest: policy, Policies: 1})
	return j
}

func (j *judge) Configure(_ context.Context, s sdk.Settings) []sdk.Problem {
	var v struct {
		Greeting string `json:"greeting"`
	}
	if err := s.Decode(&v); err != nil {
		return []sdk.Problem{{Message: err.Error()}}
	}
	if v.Greeting == "rude" {
		return []sdk.Problem{{File: "argus.toml", Line: 7, Message: "the greeting is rude", Fix: `greeting = "hello"`}}
	}
	j.settings = s
	return nil
}

func (j *judge) Policy() (oracle.PolicyState, <-chan struct{}) { return j.policy.Get() }

func (j *judge) Ask(ctx context.Context, q oracle.Question) oracle.Answer {
	call, ok := q.About.(oracle.Call)
	if !ok {
		return oracle.Answer{PolicyDigest: policy}
	}
	answer := oracle.Answer{PolicyDigest: policy, Authorized: true, Vouched: true}
	answer.Reasons = j.act(ctx, call.Tool)
	return answer
}

func (j *judge) act(ctx context.Context, tool string) []string {
	switch tool {
	case "die":
		os.Exit(7)
	case "wait":
		<-ctx.Done()
	case "stall":
		time.Sleep(time.Hour)
	case "environment":
		return os.Environ()
	case "stdin":
		data, err := io.ReadAll(os.Stdin)
		return []string{fmt.Sprintf("%d bytes, %v", len(data), err)}
	case "descriptors":
		return descriptors()
	case "settings":
		return []string{j.settings.JSON, j.settings.ConfigFolder, j.settings.PluginFolder}
	case "print":
		fmt.Println("printed through os.Stdout")
		fmt.Fprintln(os.Stderr, "printed through os.Stderr")
		syscall.Write(1, []byte("1|1|unix|/tmp/x|grpc|\n"))
		syscall.Write(1, []byte("printed to descriptor 1\n"))
	case "log":
		log := sdk.Logger("judge")
		log.Warn("the policy is old")
		log.Error("the policy is gone")
		log.Info("screen\x1b[2J", "fact", "\x1b]0;title\a", "nested", []string{"\x1b[31m"})
	case "flood":
		line := bytes.Repeat([]byte("x"), 1<<20)
		line[len(line)-1] = '\n'
		for range 100 {
			syscall.Write(2, line)
		}
	case "child":
		cmd := exec.Command("/bin/sleep", "1000")
		if err := cmd.Start(); err != nil {
			return []string{err.Error()}
		}
		return []string{strconv.Itoa(cmd.Process.Pid)}
	case "deaf": // a child outside the group that holds our output open
		cmd := exec.Command("/bin/sleep", "3")
		cmd.Stdout, cmd.Stderr = os.NewFile(1, "stdout"), os.NewFile(2, "stderr")
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		if err := cmd.Start(); err != nil {
			return []string{err.Error()}
		}
	}
	return nil
}

// descriptors are what this process has open.
func descriptors() []string {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return []string{err.Error()}
	}
	var out []string
	for _, e := range entries {
		target, err := os.Readlink("/proc/self/fd/" + e.Name())
		if err == nil {
			out = append(out, e.Name()+" "+target)
		}
	}
	return out
}
