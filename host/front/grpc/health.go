package grpc

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
)

// healthService says whether anything can be allowed: a journal that halted never goes on. It wants a credential like every other service.
type healthService struct {
	healthv1.UnimplementedHealthServer
	*Front
}

func (h healthService) now() *healthv1.HealthCheckResponse {
	select {
	case <-h.Mediator.Halted():
		return &healthv1.HealthCheckResponse{Status: healthv1.HealthCheckResponse_NOT_SERVING}
	default:
		return &healthv1.HealthCheckResponse{Status: healthv1.HealthCheckResponse_SERVING}
	}
}

func (h healthService) known(service string) bool {
	_, served := h.server.GetServiceInfo()[service]
	return served || service == ""
}

func (h healthService) Check(_ context.Context, q *healthv1.HealthCheckRequest) (*healthv1.HealthCheckResponse, error) {
	if !h.known(q.GetService()) {
		return nil, status.Error(codes.NotFound, "no such service")
	}
	return h.now(), nil
}

func (h healthService) Watch(q *healthv1.HealthCheckRequest, s grpc.ServerStreamingServer[healthv1.HealthCheckResponse]) error {
	if !h.known(q.GetService()) {
		return status.Error(codes.NotFound, "no such service")
	}
	now := h.now()
	if err := s.Send(now); err != nil {
		return err
	}
	if now.GetStatus() == healthv1.HealthCheckResponse_SERVING {
		select {
		case <-h.Mediator.Halted():
			if err := s.Send(h.now()); err != nil {
				return err
			}
		case <-s.Context().Done():
		}
	}
	<-s.Context().Done()
	return s.Context().Err()
}
