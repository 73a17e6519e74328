package service

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// mark is in every text that is ours.
const mark = "Written by argus service."

// Install writes the text to its place. A file there that is not ours is left alone.
func Install(path, text string) error {
	if err := ours(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("make the folder of services: %w", err)
	}
	return os.WriteFile(path, []byte(text), 0o644)
}

// Remove removes the text from its place. The error is os.ErrNotExist where there is none, and a file that is not ours is left alone.
func Remove(path string) error {
	if err := ours(path); err != nil {
		return err
	}
	return os.Remove(path)
}

// Ours reports whether there is a file that argus service wrote.
func Ours(path string) bool { return ours(path) == nil }

// ours follows no link: what it leads to would be written over.
func ours(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	var text []byte
	if info.Mode().IsRegular() {
		text, err = os.ReadFile(path)
	}
	if err == nil && !bytes.Contains(text, []byte(mark)) {
		err = fmt.Errorf("%s was not written by argus service: move it away", path)
	}
	return err
}
