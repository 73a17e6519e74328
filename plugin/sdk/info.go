package sdk

import (
	"fmt"

	pluginv1 "argus/proto/argus/plugin/v1"
)

// Info is what a plugin says of itself.
type Info struct {
	Name    string // at most 64 bytes, for people
	Version string // at most 64 bytes, for people
	// SettingsSchema is the JSON Schema (2020-12) of the settings. The host checks the settings against it before it hands them
	// over. Empty means that the plugin takes no setting at all.
	SettingsSchema string
}

const (
	maxInfoText = 64
	maxSchema   = 256 << 10
)

func (i Info) wire(kind Kind) *pluginv1.DescribeReply {
	return &pluginv1.DescribeReply{Kind: kind.wire(), Name: i.Name, Version: i.Version, SettingsSchema: i.SettingsSchema}
}

func infoFromWire(r *pluginv1.DescribeReply, want Kind) (Info, error) {
	if r.GetKind() != want.wire() {
		return Info{}, fmt.Errorf("it is not of kind %s", want)
	}
	err := FirstError(
		CheckKnown("the description", r),
		CheckText("name", r.GetName(), 1, maxInfoText),
		CheckText("version", r.GetVersion(), 1, maxInfoText),
	)
	if err != nil {
		return Info{}, err
	}
	if len(r.GetSettingsSchema()) > maxSchema {
		return Info{}, fmt.Errorf("its settings schema is longer than %d bytes", maxSchema)
	}
	return Info{Name: r.GetName(), Version: r.GetVersion(), SettingsSchema: r.GetSettingsSchema()}, nil
}
