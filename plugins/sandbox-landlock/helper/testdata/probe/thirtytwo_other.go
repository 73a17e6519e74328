//go:build linux && !amd64

package main

import "errors"

func thirtyTwoBit([]string) error {
	return skip("this architecture has no such gate", errors.ErrUnsupported)
}
