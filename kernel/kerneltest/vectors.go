package kerneltest

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"os"
	"strings"
)

// ReadVectors calls a function with each line of a file of vectors: a command as a [Trace] tells it, and the answer of
// the reference program if it is a step.
func ReadVectors(path string, each func(command, answer string)) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	unpacked, err := gzip.NewReader(f)
	if err != nil {
		return fmt.Errorf("unpack %s: %w", path, err)
	}
	lines := bufio.NewScanner(unpacked)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		command, answer, _ := strings.Cut(lines.Text(), "\t")
		each(command, answer)
	}
	return lines.Err()
}

// WriteVectors writes the lines that a function tells to a file.
func WriteVectors(path string, run func(tell func(command, answer string))) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	packed, err := gzip.NewWriterLevel(f, gzip.BestCompression)
	if err != nil {
		return err
	}
	run(func(command, answer string) {
		if err == nil {
			_, err = fmt.Fprintf(packed, "%s\t%s\n", command, answer)
		}
	})
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := packed.Close(); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return f.Close()
}
