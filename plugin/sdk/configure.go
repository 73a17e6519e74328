package sdk

import (
	"context"
	"fmt"

	"google.golang.org/grpc"

	pluginv1 "argus/proto/argus/plugin/v1"
)

const maxConfigureReply = 4 << 20

// Describe asks a plugin what it is and refuses one of another kind. It is for the host, which sets the deadline.
func Describe(ctx context.Context, conn grpc.ClientConnInterface, kind Kind) (Info, error) {
	reply, err := pluginv1.NewPluginClient(conn).Describe(ctx, &pluginv1.DescribeRequest{}, grpc.MaxCallRecvMsgSize(maxConfigureReply))
	if err != nil {
		return Info{}, fmt.Errorf("describe: %w", err)
	}
	info, err := infoFromWire(reply, kind)
	if err != nil {
		return Info{}, fmt.Errorf("describe: the plugin's description does not hold: %w", err)
	}
	return info, nil
}

// Configure hands the settings over, which the host has checked against Info.SettingsSchema. It is for the host. Any problem means
// that the plugin did not take them.
func Configure(ctx context.Context, conn grpc.ClientConnInterface, s Settings) ([]Problem, error) {
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("configure: %w", err)
	}
	request := &pluginv1.ConfigureRequest{Settings: s.JSON, ConfigFolder: s.ConfigFolder, PluginFolder: s.PluginFolder}
	reply, err := pluginv1.NewPluginClient(conn).Configure(ctx, request, grpc.MaxCallRecvMsgSize(maxConfigureReply))
	if err != nil {
		return nil, fmt.Errorf("configure: %w", err)
	}
	problems, err := ProblemsFromWire(reply.GetProblems())
	if err = FirstError(CheckKnown("the reply", reply), err); err != nil {
		return nil, fmt.Errorf("configure: the plugin's problems do not hold: %w", err)
	}
	return problems, nil
}
