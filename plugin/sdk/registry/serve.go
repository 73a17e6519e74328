package registry

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"argus/plugin/sdk"
	registryv1 "argus/proto/argus/registry/v1"
)

// maxContent bounds one revision on the wire.
const maxContent = 32 << 20

// Serve serves impl to the host and returns when the host is done; call it last in main.
func Serve(info sdk.Info, impl Registry) { sdk.Serve(Service(info, impl)) }

// Service is impl ready to be served. Tests use it to serve impl without a process of its own.
func Service(info sdk.Info, impl Registry) sdk.Service {
	return sdk.Service{
		Kind:      sdk.KindRegistry,
		Info:      info,
		Configure: impl.Configure,
		Register:  func(server *grpc.Server) { registryv1.RegisterRegistryServer(server, &adapter{impl: impl}) },
	}
}

// adapter stands between the wire and the author.
type adapter struct {
	registryv1.UnimplementedRegistryServer
	impl Registry
}

func (a *adapter) Watch(_ *registryv1.WatchRequest, stream grpc.ServerStreamingServer[registryv1.Content]) error {
	for {
		content, changed := a.impl.Content()
		if err := stream.Send(contentToWire(content)); err != nil {
			return err
		}
		select {
		case <-changed:
		case <-stream.Context().Done():
			return nil
		}
	}
}

func (a *adapter) Pin(ctx context.Context, r *registryv1.PinRequest) (*registryv1.PinReply, error) {
	pinner, is := a.impl.(Pinner)
	if !is {
		return nil, status.Error(codes.Unimplemented, ErrReadOnly.Error())
	}
	reply, err := pinner.Pin(ctx, pinFromWire(r))
	if err != nil {
		return nil, status.Error(codes.Internal, sdk.Clip(err.Error(), 4<<10))
	}
	return pinReplyToWire(reply), nil
}
