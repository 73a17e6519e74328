//go:build !linux

package catalog

import "syscall"

// ownGroup puts a child into a group of its own, so that it is killed with all that it starts. That it ends with us is up to the
// SDK here, which watches for another parent.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
