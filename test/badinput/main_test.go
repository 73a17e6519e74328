package badinput

import (
	"testing"

	"argus/test/daemon"
)

var programs daemon.Programs

func TestMain(m *testing.M) {
	daemon.Main(m, &programs, func() error { return nil },
		"argus/examples/servers/stub", "argus/examples/servers/rogue", "argus/test/badinput/testdata/oracle")
}

// TestBadInput attacks one daemon, case by case; only what needs another configuration has a test of its own.
func TestBadInput(t *testing.T) {
	w := newWorld(t, modes...)
	w.pinAll(t)
	for _, c := range []struct {
		promise string
		test    func(*testing.T, *world)
	}{
		{"MessagesThatAreNotStrictJSONHaveNoEffect", strictJSON},
		{"RequestsOutOfPlaceAreRefused", outOfPlace},
		{"LargeBodiesCostNoMemory", largeBodies},
		{"PoliciesReadArgumentsTruthfullyOrRefuse", truthfulArguments},
		{"EscapesOfCedarArePlainData", plainData},
		{"PolicyThatErrsRefuses", erringPolicy},
		{"ChannelsAreJudgedToo", channels},
		{"SchemasThatCannotBeUsedAreQuarantined", badSchemas},
		{"ServersThatMisbehaveHarmNobodyElse", badServers},
		{"GigabyteWithoutALineEndCostsNoMemory", gigabyte},
		{"ChangedDescriptionIsNotCallable", changedDescription},
		{"WhateverIsKilledComesBack", killed},
		{"ExposureOutlivesConnectionsAndSessions", exposureStays},
		{"ExposureOfOpenCallsCounts", exposureOfOpenCalls},
		{"MistakesInFoldersLeaveTheOldInForce", mistakes},
		{"ExposureOutlivesKill", exposureOutlivesKill},
		{"NothingRanWithoutARecordedStart", nothingUnrecorded},
	} {
		t.Run(c.promise, func(t *testing.T) {
			c.test(t, w)
			w.lives(t)
		})
	}
}
