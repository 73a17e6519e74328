//go:build !linux

package main

import "errors"

// limitFiles fails: this system has no limits that another process sets.
func limitFiles(int, uint64) error { return errors.ErrUnsupported }
