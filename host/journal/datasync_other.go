//go:build !linux

package journal

import "os"

// datasync on macOS is F_FULLFSYNC, by way of os: plain fsync there does not flush the drive.
func datasync(f *os.File) error { return f.Sync() }
