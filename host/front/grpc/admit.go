package grpc

import (
	"context"
	"errors"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/tap"

	"argus/host/identity"
	"argus/host/mediate"
)

// The messages of statuses that carry no detail.
var (
	errCredential  = status.Error(codes.Unauthenticated, "a known credential is required: a token in the metadata, authorization: Bearer TOKEN, or a certificate")
	errConnections = status.Error(codes.ResourceExhausted, "too many connections of this agent are open: use one of them")
	errTooMany     = status.Error(codes.ResourceExhausted, "too many requests of this agent are open: wait for an answer")
)

type grantKey struct{}

// admit proves whose a request is before anything of it is read, and gives it a turn. It must not block.
func (f *Front) admit(ctx context.Context, info *tap.Info) (context.Context, error) {
	known, ok := peerOf(ctx)
	if !ok {
		return nil, errCredential
	}
	g, err := f.authenticate(known.proof(), info.Header)
	if err != nil {
		return nil, errCredential
	}
	name := g.Principal.Name
	if !known.asks(name) {
		return nil, errConnections
	}
	if !f.Turns.Take(name) {
		return nil, errTooMany
	}
	t := newTurn(ctx, known.connection, func() { f.Turns.Leave(name) })
	return context.WithValue(context.WithValue(ctx, grantKey{}, g), turnKey{}, t), nil
}

// authenticate takes one token, or, where none is sent, the certificate that the client proved to have the key of. A second token could be
// what another part of a path looks at.
func (f *Front) authenticate(proof identity.Proof, md metadata.MD) (identity.Grant, error) {
	sent := md.Get("authorization")
	if len(sent) == 0 {
		return f.Mediator.Authenticate(proof)
	}
	if len(sent) != 1 {
		return identity.Grant{}, identity.ErrCredential
	}
	token, ok := identity.BearerToken(sent[0])
	if !ok {
		return identity.Grant{}, identity.ErrCredential
	}
	proof.Token = token
	return f.Mediator.Authenticate(proof)
}

func grantOf(ctx context.Context) identity.Grant {
	g, _ := ctx.Value(grantKey{}).(identity.Grant) // the zero Grant allows nothing
	return g
}

func principalOf(ctx context.Context) identity.Principal { return grantOf(ctx).Principal }

// ended reports whether a request is over because its credential is.
func ended(ctx context.Context) bool { return errors.Is(context.Cause(ctx), identity.ErrCredential) }

// bind finds the agent as which a request acts. Whatever is wrong with a context id, the answer is one.
func (f *Front) bind(ctx context.Context, id string) (mediate.Caller, error) {
	who, err := f.Mediator.Bind(grantOf(ctx), identity.ContextID(id))
	if err != nil {
		return mediate.Caller{}, unbound(err)
	}
	return who, nil
}

// unbound is the status of a request that was bound to no agent.
func unbound(err error) error {
	switch {
	case errors.Is(err, identity.ErrCredential):
		return errCredential
	case errors.Is(err, identity.ErrNoAgent):
		return refused(&mediate.Refusal{Rule: ruleNoAgent, Sentence: "This agent has no present context."})
	}
	return errNoContext
}
