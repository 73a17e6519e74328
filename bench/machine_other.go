//go:build !linux

package main

import (
	"errors"
	"time"
)

var errLinux = errors.New("the bench reads the CPU time of other processes as Linux has it, and runs there only")

func family(int) ([]int, error) { return nil, errLinux }

func cpuOf([]int) (time.Duration, error) { return 0, errLinux }

func ownCPU() (time.Duration, error) { return 0, errLinux }

func cpuModel() string { return "" }

func kernelRelease() string { return "" }

func realDisk(string) (string, error) { return "", errLinux }
