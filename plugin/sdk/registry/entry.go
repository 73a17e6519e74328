package registry

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"argus/plugin/sdk"
	registryv1 "argus/proto/argus/registry/v1"
)

// nameSet finds a name in a list that a registry may make as long as the bounds allow.
type nameSet map[string]bool

func entriesFromWire(ws []*registryv1.Entry, capabilities nameSet) ([]Entry, error) {
	if len(ws) > maxEntries {
		return nil, fmt.Errorf("more than %d entries", maxEntries)
	}
	type subject struct {
		server  string
		channel Channel
		tool    string
	}
	seen, aliases := map[subject]bool{}, map[string]bool{}
	var entries []Entry
	for i, w := range ws {
		e, err := entryFromWire(w, capabilities)
		if err != nil {
			return nil, fmt.Errorf("entry %d: %w", i+1, err)
		}
		about := subject{e.Server, e.Channel, e.Tool}
		if seen[about] {
			return nil, fmt.Errorf("entry %d is the second about its tool or channel", i+1)
		}
		if e.Alias != "" && aliases[e.Alias] {
			return nil, fmt.Errorf("entry %d has the alias of another", i+1)
		}
		seen[about], aliases[e.Alias] = true, true
		entries = append(entries, e)
	}
	return entries, nil
}

func entryFromWire(w *registryv1.Entry, capabilities nameSet) (Entry, error) {
	channel, ok := channelFromWire(w.GetChannel())
	if !ok {
		return Entry{}, errors.New("its channel is unspecified or unknown")
	}
	origin, err := originFromWire(w.GetOrigin())
	if err != nil {
		return Entry{}, err
	}
	e := Entry{
		Server: w.GetServer(), Channel: channel, Tool: w.GetTool(), Digest: w.GetDigest(), Capabilities: w.GetCapabilities(),
		Level: w.GetLevel(), Integrity: w.GetIntegrity(), Sinks: w.GetSinks(), Endorsed: w.GetEndorsed(),
		Alias: w.GetAlias(), Issuer: w.GetIssuer(), Origin: origin,
	}
	if w.GetStores() != nil {
		e.Stores = &Stores{Reads: w.GetStores().GetReads(), Writes: w.GetStores().GetWrites()}
	}
	return e, sdk.FirstError(
		checkServer(e.Server),
		checkSubject(e, capabilities),
		sdk.CheckText("its issuer", e.Issuer, 1, maxIssuer),
	)
}

// checkSubject admits what an entry says of its kind of subject.
func checkSubject(e Entry, capabilities nameSet) error {
	switch e.Channel {
	case Tool:
		return sdk.FirstError(
			sdk.CheckText("its tool", e.Tool, 1, maxToolName),
			sdk.CheckDigest("its digest", e.Digest),
			checkAlias(e.Alias),
			checkDecided(e, capabilities),
		)
	case Instructions:
		if e.Level+e.Integrity != "" || len(e.Capabilities)+len(e.Sinks) > 0 || e.Stores != nil {
			return errors.New("an entry about instructions says more than their digest")
		}
		return sdk.FirstError(checkChannel(e), sdk.CheckDigest("its digest", e.Digest))
	}
	if e.Digest != "" {
		return errors.New("an entry about a channel names a digest")
	}
	return sdk.FirstError(checkChannel(e), checkDecided(e, capabilities))
}

// checkChannel refuses what only an entry about a tool may say.
func checkChannel(e Entry) error {
	if e.Tool != "" || e.Alias != "" || e.Endorsed {
		return errors.New("an entry about a channel names a tool, an alias or an endorsement")
	}
	return nil
}

// checkDecided admits what the theory takes from an entry.
func checkDecided(e Entry, capabilities nameSet) error {
	return sdk.FirstError(
		checkRequired(e.Capabilities, capabilities),
		checkLabel(e.Level, e.Integrity),
		checkSinks(e.Sinks),
		checkStores(e.Stores),
	)
}

// checkServer admits what can stand before the slash of SERVER/TOOL.
func checkServer(name string) error {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	if err := sdk.CheckText("its server", name, 1, maxServer); err != nil {
		return err
	}
	if strings.Trim(name, letters+"_.-") != "" || !strings.Contains(letters, name[:1]) {
		return errors.New("its server's name is not letters, digits, _, . and -, starting with a letter or digit")
	}
	return nil
}

func checkRequired(required []string, added nameSet) error {
	seen := nameSet{}
	for _, name := range required {
		if !added[name] && !sdk.IsCapability(name) {
			return errors.New("a capability it requires is in no catalogue")
		}
		if seen[name] {
			return fmt.Errorf("capability %s is listed twice", name)
		}
		seen[name] = true
	}
	return nil
}

func checkLabel(level, integrity string) error {
	if !sdk.IsLevel(level) {
		return errors.New("its level is unknown")
	}
	if !sdk.IsIntegrity(integrity) {
		return errors.New("its integrity is unknown")
	}
	return nil
}

func checkSinks(names []string) error {
	for i, name := range names {
		if !sdk.IsSink(name) {
			return errors.New("one of its sinks is unknown")
		}
		if slices.Contains(names[:i], name) {
			return fmt.Errorf("sink %s is listed twice", name)
		}
	}
	return nil
}

func checkStores(s *Stores) error {
	if s == nil {
		return nil
	}
	for _, listed := range [][]string{s.Reads, s.Writes} {
		if len(listed) > maxStores {
			return fmt.Errorf("more than %d stores", maxStores)
		}
		seen := nameSet{}
		for _, name := range listed {
			if err := sdk.CheckText("a store", name, 1, maxStoreName); err != nil {
				return err
			}
			if seen[name] {
				return errors.New("a store is listed twice")
			}
			seen[name] = true
		}
	}
	return nil
}

func checkAlias(alias string) error {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-/"
	if len(alias) > maxAlias || strings.Trim(alias, letters) != "" {
		return fmt.Errorf("its alias is not at most %d letters, digits, _, ., - and /", maxAlias)
	}
	return nil
}
