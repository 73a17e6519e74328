package main

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"

	"github.com/rogpeppe/go-internal/testscript"
)

// The form of a segment, as far as whoever tampers with one needs it.
const (
	segmentHead = 108
	frameHead   = 72
)

// tamper changes the first segment of a journal: tamper flip|cut|end|remove|reorder|insert FOLDER.
func tamper(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(filepath.Join(args[1], "00000001.journal"))
	text, err := os.ReadFile(path)
	ts.Check(err)
	frames := framesOf(text[segmentHead:])
	if len(frames) < 5 {
		ts.Fatalf("the segment has %d frames", len(frames))
	}
	switch args[0] {
	case "flip":
		frames[2][frameHead+3] ^= 1
	case "cut":
		frames = frames[:3]
		frames[2] = frames[2][:frameHead+3]
	case "end":
		frames = frames[:2]
	case "remove":
		frames = slices.Delete(frames, 2, 3)
	case "reorder":
		frames[2], frames[3] = frames[3], frames[2]
	case "insert":
		frames = slices.Insert(frames, 2, frames[1])
	default:
		ts.Fatalf("there is no way of tampering %q", args[0])
	}
	ts.Check(os.WriteFile(path, append(slices.Clone(text[:segmentHead]), slices.Concat(frames...)...), 0o600))
}

func framesOf(text []byte) [][]byte {
	var frames [][]byte
	for len(text) >= frameHead {
		end := frameHead + int(binary.LittleEndian.Uint32(text[4:]))
		frames = append(frames, text[:end:end])
		text = text[end:]
	}
	return frames
}
