package main

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"sync"

	"github.com/hashicorp/go-hclog"

	"argus/plugin/sdk"
	"argus/plugin/sdk/registry"
	"argus/plugins/registry-git/content"
	"argus/plugins/registry-git/folder"
	"argus/plugins/registry-git/pin"
)

const settingsSchema = `{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "properties": {
    "folder": {"type": "string", "minLength": 1, "maxLength": 4096, "description": "The folder of TOML entries and flow.toml."}
  },
  "required": ["folder"],
  "additionalProperties": false
}`

// plugin serves one folder. It sends content with problems as it is: the host keeps what is in force and tells the person.
type plugin struct {
	log    hclog.Logger
	pace   folder.Pace
	latest sdk.Latest[registry.Content]

	mu     sync.Mutex // one reading or writing of the folder at a time
	folder folder.Folder
	cancel context.CancelFunc
	owned  sync.WaitGroup
}

func newPlugin(log hclog.Logger, pace folder.Pace) *plugin {
	return &plugin{log: log, pace: pace, cancel: func() {}}
}

// Configure takes the folder and reads it, so that the first content is there before anybody asks.
func (p *plugin) Configure(_ context.Context, settings sdk.Settings) []sdk.Problem {
	var s struct {
		Folder string `json:"folder"`
	}
	if err := settings.Decode(&s); err != nil {
		return []sdk.Problem{{Message: err.Error()}}
	}
	if s.Folder == "" {
		return []sdk.Problem{{Message: "the settings name no folder", Fix: `write settings = { folder = "registry" }`}}
	}
	p.folder = folder.Folder(settings.Path(s.Folder))
	p.look()
	ctx, cancel := context.WithCancel(context.Background())
	p.cancel = cancel
	p.owned.Go(func() { p.folder.Follow(ctx, p.pace, p.look) })
	return nil
}

// Close stops following and waits for it.
func (p *plugin) Close() {
	p.cancel()
	p.owned.Wait()
}

// Content is what the folder holds now.
func (p *plugin) Content() (registry.Content, <-chan struct{}) { return p.latest.Get() }

func (p *plugin) look() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refresh()
}

// refresh reads the folder and says so when it is another than before. The caller holds mu.
func (p *plugin) refresh() {
	files, problems := p.folder.Read()
	before, _ := p.latest.Get()
	revision := content.Revision(files)
	if len(problems) == 0 && before.Revision == revision {
		return
	}
	next := content.Broken(files, problems)
	if len(problems) == 0 {
		next = content.Read(files)
	}
	if next.Revision == before.Revision {
		return
	}
	for _, problem := range next.Problems {
		p.log.Error("the registry cannot be used as it is", "problem", problem.String())
	}
	p.log.Info("read the registry", "revision", next.Revision, "entries", len(next.Entries), "problems", len(next.Problems))
	p.latest.Set(next)
}

// Pin writes the edit that a request asks for, and reads the folder at once, so that the answer comes after the new content.
func (p *plugin) Pin(_ context.Context, request registry.PinRequest) (registry.PinReply, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	files, problems := p.folder.Read()
	if len(problems) > 0 {
		return registry.PinReply{Problems: problems}, nil
	}
	edit, mistakes := pin.Plan(files, request, content.Capabilities(files))
	if len(mistakes) > 0 {
		return registry.PinReply{Problems: content.Problems(mistakes)}, nil
	}
	path := filepath.Join(string(p.folder), edit.Name)
	if edit.Added == 0 && edit.Changed == 0 {
		return registry.PinReply{File: path}, nil
	}
	if err := p.folder.Replace(edit.Name, edit.Before, edit.After); err != nil {
		return refused(path, err)
	}
	p.refresh()
	return registry.PinReply{File: path, Added: edit.Added, Changed: edit.Changed}, nil
}

// refused tells a person what the person can mend; anything else is a fault.
func refused(path string, err error) (registry.PinReply, error) {
	if errors.Is(err, folder.ErrChanged) || errors.Is(err, fs.ErrPermission) {
		return registry.PinReply{Problems: []sdk.Problem{{File: path, Message: err.Error()}}}, nil
	}
	return registry.PinReply{}, err
}
