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
	changes, added := p.assign(request.Tools)
	target, ok := p.target(files, request.Server, changes)
	if !ok {
		return Edit{}, p.problems.Sorted()
	}
	edit := p.write(target, changes[target], added, request.Server)
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
	doc   *tomlpos.Doc
	tools map[string]string // name to key path of the entry
	isNew bool
}

// change is a new digest for an entry.
type change struct {
	path   string
	digest string
}

func (p *planner) check(request registry.PinRequest) {
	if !content.IsServer(request.Server) {
		p.problems.Add(tomlpos.Where{}, "use its name in argus.toml", "%s cannot be the name of a server", tomlpos.Quote(request.Server))
	}
	if len(request.Tools) == 0 {
		p.problems.Add(tomlpos.Where{}, "", "there is no tool to pin")
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
		s := &source{File: f, doc: doc, tools: map[string]string{}}
		p.index(s)
		p.sources = append(p.sources, s)
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
		for _, other := range p.sources {
			if at, twice := other.tools[name]; twice {
				p.problems.Add(s.doc.Where(path), "keep one of the two", "a second entry of the tool: the first is at %v", other.doc.Where(at))
			}
		}
		if at, twice := s.tools[name]; twice {
			p.problems.Add(s.doc.Where(path), "keep one of the two", "a second entry of the tool: the first is at %v", s.doc.Where(at))
		}
		s.tools[name] = path
	}
}

// assign finds for each tool the entry whose digest changes, or that it needs a new one.
func (p *planner) assign(tools []registry.PinTool) (map[*source][]change, []registry.PinTool) {
	changes, added := map[*source][]change{}, []registry.PinTool{}
	for _, t := range tools {
		i := slices.IndexFunc(p.sources, func(s *source) bool { _, has := s.tools[t.Name]; return has })
		if i < 0 {
			added = append(added, t)
			continue
		}
		s := p.sources[i]
		path := s.tools[t.Name]
		if value(s.doc.Values, path, "digest") != t.Digest {
			changes[s] = append(changes[s], change{path, t.Digest})
		}
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
