package engine

import (
	"errors"
	"slices"
	"strings"

	"github.com/cedar-policy/cedar-go/types"

	"argus/plugin/sdk"
	"argus/plugin/sdk/oracle"
	"argus/plugins/oracle-cedar/internal/check"
)

// subject is who and what a question is about, as entities. It holds every entity that a policy can find.
type subject struct {
	agent, principal types.EntityUID // the agent is in the principal
	resource, server types.EntityUID // a tool is in the server; a sink is in nothing, then server is zero
}

var errSlash = errors.New("the server's name holds a slash, so the name of its tool could be another tool's")

// subjectOf names the entities of q. It refuses a question whose names could be read in two ways, or that is not one of Argus.
func subjectOf(q oracle.Question) (subject, error) {
	s := subject{
		agent:     types.NewEntityUID(check.Agent, types.String(q.Agent.ID)),
		principal: types.NewEntityUID(check.Principal, types.String(q.Agent.Principal)),
	}
	if q.Agent.ID == "" || q.Agent.Principal == "" {
		return subject{}, errors.New("the question does not say which agent of which principal asks")
	}
	switch about := q.About.(type) {
	case oracle.Call:
		if strings.Contains(about.Server, "/") {
			return subject{}, errSlash
		}
		if about.Server == "" || about.Tool == "" {
			return subject{}, errors.New("the question does not name a server and its tool")
		}
		s.resource = types.NewEntityUID(check.Tool, types.String(about.Server+"/"+about.Tool))
		s.server = types.NewEntityUID(check.Server, types.String(about.Server))
	case oracle.Egress:
		s.resource = types.NewEntityUID(check.Sink, types.String(about.Sink))
	default:
		return subject{}, errors.New("the question is about nothing")
	}
	return s, catalogued(q)
}

// catalogued refuses names of exposures and sinks that the policies cannot know of: a rule against a sink would pass them by.
func catalogued(q oracle.Question) error {
	exposures := []oracle.Exposure{q.Agent.Exposure, q.Agent.Speculative}
	var sinks []string
	switch about := q.About.(type) {
	case oracle.Call:
		exposures, sinks = append(exposures, about.Label), about.Sinks
	case oracle.Egress:
		sinks = []string{about.Sink}
	}
	for _, x := range exposures {
		if !sdk.IsLevel(x.Level) || !sdk.IsIntegrity(x.Integrity) {
			return errors.New("the question names a level or an integrity that does not exist")
		}
	}
	if slices.ContainsFunc(sinks, func(s string) bool { return !sdk.IsSink(s) }) {
		return errors.New("the question names a sink that does not exist")
	}
	return nil
}

// Get implements types.EntityGetter. Entities have no attributes: facts about the agent are in the context.
func (s subject) Get(uid types.EntityUID) (types.Entity, bool) {
	switch uid {
	case s.agent:
		return types.Entity{UID: uid, Parents: types.NewEntityUIDSet(s.principal)}, true
	case s.resource:
		if s.server.IsZero() {
			return types.Entity{UID: uid}, true
		}
		return types.Entity{UID: uid, Parents: types.NewEntityUIDSet(s.server)}, true
	default:
		return types.Entity{}, false
	}
}
