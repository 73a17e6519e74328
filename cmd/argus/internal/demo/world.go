package demo

import (
	"embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// The tools of the stories, each server with those that its sandbox fits. The registry's entries for them are in registry/.
var servers = []server{
	{name: "mail", tools: "list_mails,read_mail"},
	{name: "files", tools: "read-file", folder: "workspace"},
	{name: "vault", tools: "read-file", folder: "private"},
	{name: "office", tools: "read-db,query-api,summarize,delete-repo,pay", database: true},
	{name: "notes", tools: "remember,recall"},
	{name: "internet", tools: "send-email,post-slack,search-web,read-page,export-db", database: true, network: true},
}

type server struct {
	name     string
	tools    string
	folder   string // of the world, that it reads
	database bool   // reads the database
	network  bool   // has a network
}

// privateFile is a tool of the server vault: two servers offer a read-file, so the registry calls this one differently toward agents.
const privateFile = "read-private-file"

// direct is where a tool is found when there is no Argus between.
func direct(tool string) (server, name string) {
	if tool == privateFile {
		return "vault", "read-file"
	}
	for _, s := range servers {
		if slices.Contains(strings.Split(s.tools, ","), tool) {
			return s.name, tool
		}
	}
	return "", tool
}

// tools are the names toward agents of all tools.
func tools() []string {
	var all []string
	for _, s := range servers {
		if s.name == "vault" {
			all = append(all, privateFile)
			continue
		}
		all = append(all, strings.Split(s.tools, ",")...)
	}
	return all
}

// capability is the one that a tool requires.
func capability(tool string) string { return strings.ReplaceAll(tool, "-", "_") }

//go:embed registry/*.toml
var entries embed.FS

// world is the files that the servers work on.
type world struct{ dir string }

const (
	databaseFile = "customers.txt"
	privateName  = "salaries.txt"
	publicName   = "handbook.txt"
)

// makeWorld fills a folder. Secrets come with each story.
func makeWorld(dir string) (world, error) {
	w := world{dir}
	var errs []error
	for _, folder := range []string{"database", "private", "workspace"} {
		errs = append(errs, os.MkdirAll(filepath.Join(dir, folder), 0o700))
	}
	errs = append(errs, os.WriteFile(filepath.Join(dir, "workspace", publicName),
		[]byte("Our team meets on Mondays at ten. The coffee machine is on the third floor.\n"), 0o600))
	if err := errors.Join(errs...); err != nil {
		return w, fmt.Errorf("make the world of the servers: %w", err)
	}
	return w, nil
}

// keep puts a secret where the story's tools will read it. The files stay the same ones: sandboxes were opened for them.
func (w world) keep(s secret) error {
	for _, file := range []string{filepath.Join("database", databaseFile), filepath.Join("private", privateName)} {
		if err := os.WriteFile(filepath.Join(w.dir, file), []byte(string(s)+"\n"), 0o600); err != nil {
			return fmt.Errorf("put the secret in its place: %w", err)
		}
	}
	return nil
}

// arguments of a server's program. Its log is a file in the folder that it runs in unless log says otherwise.
func (w world) arguments(s server, collector, log string) []string {
	args := []string{"-tools", s.tools, "-log", log}
	if s.folder != "" {
		args = append(args, "-folder", filepath.Join(w.dir, s.folder))
	}
	if s.database {
		args = append(args, "-secret-file", filepath.Join(w.dir, "database", databaseFile))
	}
	if s.network {
		args = append(args, "-collector", collector)
	}
	return args
}

// logName is a server's log in its scratch folder.
const logName = "calls.jsonl"

// config is what a person adds to argus.toml for these servers.
func (w world) config(program, collector string) string {
	var text strings.Builder
	for _, s := range servers {
		var read []string
		if s.folder != "" {
			read = append(read, strconv.Quote(filepath.Join(w.dir, s.folder)))
		}
		if s.database {
			read = append(read, strconv.Quote(filepath.Join(w.dir, "database")))
		}
		var args []string
		for _, arg := range w.arguments(s, collector, logName) {
			args = append(args, strconv.Quote(arg))
		}
		fmt.Fprintf(&text, "\n[profile.%s]\nread = [%s]\nnetwork = %t\n", s.name, strings.Join(read, ", "), s.network)
		fmt.Fprintf(&text, "\n[[server]]\nname = %q\ncommand = %q\nargs = [%s]\nprofile = %q\nprefix = \"\"\n",
			s.name, program, strings.Join(args, ", "), s.name)
	}
	return text.String()
}
