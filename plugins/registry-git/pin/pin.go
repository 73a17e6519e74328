package pin

import (
	"slices"

	"argus/internal/tomlpos"
	"argus/plugin/sdk"
	"argus/plugin/sdk/registry"
	"argus/plugins/registry-git/content"
)

// Edit is one file to write.
type Edit struct {
	Name    string // in the folder
	Before  []byte // nil when the file is new
	After   []byte
	Added   int
	Changed int
}

// Plan works out the edit that a request asks for. With problems there is none. An edit that changes nothing has After equal to
// Before.
func Plan(files []content.File, request registry.PinRequest, capabilities []string) (Edit, tomlpos.Problems) {
	p := planner{capabilities: capabilities}
	p.check(request)
	p.find(files, request.Server)
	if len(p.problems) > 0 {
		return Edit{}, p.problems.Sorted()
	}
	changes, added := p.assign(request)
	target, ok := p.target(files, request.Server, changes)
	if !ok {
		return Edit{}, p.problems.Sorted()
	}
	edit := p.write(target, changes[target], added)
	if len(p.problems) > 0 {
		return Edit{}, p.problems.Sorted()
	}
	return edit, nil
}

type planner struct {
	capabilities []string
	sources      []*source
	problems     tomlpos.Problems
}

// source is a file with entries of the server.
type source struct {
	content.File
	doc     *tomlpos.Doc
	entries map[subject]string // to the key path of each
	isNew   bool
}

// subject is what a digest is about: a tool, or the instructions.
type subject struct {
	channel registry.Channel
	tool    string
}

// instructionsPath is the key path of the entry of instructions.
const instructionsPath = "channels.instructions"

// change is a new digest for an entry.
type change struct {
	path   string
	digest string
}

func (p *planner) check(request registry.PinRequest) {
	if !content.IsServer(request.Server) {
		p.problems.Add(tomlpos.Where{}, "use its name in argus.toml", "%s cannot be the name of a server", tomlpos.Quote(request.Server))
	}
	if len(request.Tools) == 0 && request.Instructions == "" {
		p.problems.Add(tomlpos.Where{}, "", "there is nothing to pin")
	}
	if request.Instructions != "" {
		if err := sdk.CheckDigest("the digest of the instructions", request.Instructions); err != nil {
			p.problems.Add(tomlpos.Where{}, "", "%v", err)
		}
	}
	seen := map[string]bool{}
	for _, t := range request.Tools {
		for _, err := range []error{sdk.CheckText("the name of a tool", t.Name, 1, 256), sdk.CheckDigest("the digest of a tool", t.Digest)} {
			if err != nil {
				p.problems.Add(tomlpos.Where{}, "", "%v", err)
			}
		}
		if seen[t.Name] {
			p.problems.Add(tomlpos.Where{}, "", "tool %s is asked for twice", tomlpos.Quote(t.Name))
		}
		seen[t.Name] = true
		for _, sink := range t.Sinks {
			if !sdk.IsSink(sink) {
				p.problems.Add(tomlpos.Where{}, "", "%s is not a sink", tomlpos.Quote(sink))
			}
		}
	}
}

// find reads the files that are about the server. One that cannot be read could be, so it stops the edit.
func (p *planner) find(files []content.File, server string) {
	for _, f := range files {
		if f.Name == content.FlowFile {
			continue
		}
		doc, problems := tomlpos.Parse(f.Path, f.Data)
		if doc == nil {
			p.problems = append(p.problems, problems...)
			continue
		}
		if doc.Values["server"] != server {
			continue
		}
		p.problems = append(p.problems, problems...)
		s := &source{File: f, doc: doc, entries: map[subject]string{}}
		p.sources = append(p.sources, s)
		p.index(s)
	}
}

func (p *planner) index(s *source) {
	tools, _ := s.doc.Values["tool"].([]any)
	for i, tool := range tools {
		path := tomlpos.Index("tool", i)
		entry, _ := tool.(map[string]any)
		name, ok := entry["name"].(string)
		if !ok {
			p.problems.Add(s.doc.Where(path), `add name = "…"`, "the entry names no tool")
			continue
		}
		p.enter(s, subject{registry.Tool, name}, path)
	}
	if s.doc.Has(instructionsPath) {
		p.enter(s, subject{channel: registry.Instructions}, instructionsPath)
	}
}

func (p *planner) enter(s *source, about subject, path string) {
	for _, other := range p.sources {
		if at, twice := other.entries[about]; twice {
			p.problems.Add(s.doc.Where(path), "keep one of the two", "a second entry of the %s: the first is at %v", about.channel, other.doc.Where(at))
		}
	}
	s.entries[about] = path
}

// assign finds the entries whose digests change. What has none is added.
func (p *planner) assign(request registry.PinRequest) (changes map[*source][]change, added registry.PinRequest) {
	changes, added = map[*source][]change{}, registry.PinRequest{Server: request.Server}
	entered := func(about subject, digest string) bool {
		i := slices.IndexFunc(p.sources, func(s *source) bool { _, has := s.entries[about]; return has })
		if i < 0 {
			return false
		}
		s := p.sources[i]
		if path := s.entries[about]; digestAt(s.doc.Values, path) != digest {
			changes[s] = append(changes[s], change{path, digest})
		}
		return true
	}
	for _, t := range request.Tools {
		if !entered(subject{registry.Tool, t.Name}, t.Digest) {
			added.Tools = append(added.Tools, t)
		}
	}
	if text := request.Instructions; text != "" && !entered(subject{channel: registry.Instructions}, text) {
		added.Instructions = text
	}
	return changes, added
}

// target is the one file to write: two files cannot be replaced as one.
func (p *planner) target(files []content.File, server string, changes map[*source][]change) (*source, bool) {
	var target *source
	for _, s := range p.sources {
		if _, changed := changes[s]; !changed {
			continue
		}
		if target != nil {
			p.problems.Add(tomlpos.Where{File: s.Path, Line: 1}, "move the entries of "+server+" into one file",
				"entries to change are in this file and in %s", target.Path)
			return nil, false
		}
		target = s
	}
	if target == nil && len(p.sources) > 0 {
		target = p.sources[0]
	}
	if target == nil {
		target = &source{File: content.File{Name: freeName(files, server)}, isNew: true}
	}
	return target, true
}

// freeName avoids the flow policy and files that are about another server.
func freeName(files []content.File, server string) string {
	name := server + ".toml"
	for slices.ContainsFunc(files, func(f content.File) bool { return f.Name == name }) || name == content.FlowFile {
		name = "server-" + name
	}
	return name
}
