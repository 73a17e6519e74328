//go:build linux

package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// helper is the program that confines, in the plugin's folder.
const helper = "argus-confine"

const maxHelper = 64 << 20

// trustedHelper is the checksum of the helper in the plugin's folder, which is the pinned one if any is. The host pins the plugin but
// learns the helper's checksum from it; only the settings say which helper the person meant.
func trustedHelper(folder, pinned string) (string, error) {
	sum, err := hashHelper(folder)
	if err == nil && pinned != "" && sum != pinned {
		return "", fmt.Errorf("the helper %s is not the one that was pinned: its checksum is %s, helper_sha256 says %s; find out who "+
			"changed it before you pin it anew with: argus plugin pin %s", helper, sum, pinned, helper)
	}
	return sum, err
}

// hashHelper is the checksum that the host must find again. It reads the file each time: a helper that was replaced by an update is
// told apart, and the host's pin decides whether it runs.
func hashHelper(folder string) (string, error) {
	if folder == "" {
		return "", errors.New("the plugin is not configured")
	}
	path := filepath.Join(folder, helper)
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return "", fmt.Errorf("open the helper: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return "", fmt.Errorf("the helper %q is not a file", path)
	}
	sum := sha256.New()
	n, err := io.Copy(sum, io.LimitReader(f, maxHelper+1))
	if err != nil {
		return "", fmt.Errorf("read the helper: %w", err)
	}
	if n > maxHelper {
		return "", fmt.Errorf("the helper %q is longer than %d bytes", path, maxHelper)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
