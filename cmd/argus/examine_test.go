package main

import (
	"strings"
	"syscall"
	"testing"
)

func TestWithoutRoomNothingIsGood(t *testing.T) {
	for _, c := range []struct {
		free uint64
		err  error
		want string
	}{
		{1 << 30, nil, stateGood}, {littleRoom, nil, stateGood}, {littleRoom - 1, nil, stateNote}, {noRoom - 1, nil, stateBad}, {0, nil, stateBad},
		{1 << 30, syscall.EROFS, stateBad},
	} {
		f := roomFinding("/state", c.free, c.err)
		if f.State != c.want || (f.Fix == "") != (c.want == stateGood) || !strings.Contains(f.Detail, "/state") {
			t.Errorf("%d bytes, %v: %+v", c.free, c.err, f)
		}
	}
}
