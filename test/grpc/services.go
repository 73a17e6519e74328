package main

import (
	"context"
	"fmt"
	"slices"

	"google.golang.org/grpc/codes"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	reflectionv1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
)

// services are stories of what every gRPC server has.
func services() []story {
	return []story{{"health and reflection want a credential", described}}
}

func described(ctx context.Context, h *house) error {
	a, err := h.principal(ctx)
	if err != nil {
		return err
	}
	health := healthv1.NewHealthClient(h.conn)
	_, err = health.Check(ctx, &healthv1.HealthCheckRequest{})
	if err := h.rejects(err, codes.Unauthenticated); err != nil {
		return err
	}
	_, err = h.served(ctx)
	if err := h.rejects(err, codes.Unauthenticated); err != nil {
		return err
	}
	_, err = health.Check(a.ctx, &healthv1.HealthCheckRequest{Service: "argus.operator.v1.Operator"})
	if err := h.rejects(err, codes.NotFound); err != nil {
		return err
	}
	names, err := h.served(a.ctx)
	if err != nil {
		return err
	}
	for _, name := range []string{"argus.agent.v1.Kernel", "argus.agent.v1.Tools", "argus.agent.v1.Watch"} {
		if !slices.Contains(names, name) {
			return fmt.Errorf("reflection tells of %v", names)
		}
		answer, err := health.Check(a.ctx, &healthv1.HealthCheckRequest{Service: name})
		if err != nil {
			return err
		}
		if now := answer.GetStatus(); now != healthv1.HealthCheckResponse_SERVING {
			return fmt.Errorf("%s is %s", name, now)
		}
	}
	return nil
}

// served are the names of the services, as reflection tells them.
func (h *house) served(ctx context.Context) (names []string, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s, err := reflectionv1.NewServerReflectionClient(h.conn).ServerReflectionInfo(ctx)
	if err != nil {
		return nil, err
	}
	_ = s.Send(&reflectionv1.ServerReflectionRequest{ // whether it was taken is for Recv to say
		MessageRequest: &reflectionv1.ServerReflectionRequest_ListServices{ListServices: "*"},
	})
	m, err := s.Recv()
	for _, one := range m.GetListServicesResponse().GetService() {
		names = append(names, one.GetName())
	}
	return names, err
}
