package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
)

// tool is one entry of the catalogue. A tool with choices answers with one of
// them and nothing else: its output schema is bounded.
type tool struct {
	name, description string
	properties        []property
	choiceName        string
	choices           []string
	play              func(context.Context, *world, arguments) (string, error)
}

var stories = []tool{
	{name: "read-db", description: "Read the customer database", play: readDB},
	{name: "export-db", description: "Send the customer database to the backup company", play: exportDB},
	{name: "send-email", description: "Send an email to anyone", play: send,
		properties: []property{text("to", "Address"), text("subject", "Subject"), text("body", "Body")}},
	{name: "post-slack", description: "Post to a Slack channel", play: send,
		properties: []property{text("channel", "Channel"), text("text", "Message")}},
	{name: "query-api", description: "Ask the company's internal API", play: queryAPI,
		properties: []property{text("query", "Question")}},
	{name: "read-file", description: "Read a file of the workspace", play: readFile,
		properties: []property{text("path", "Path below the workspace")}},
	{name: "search-web", description: "Ask a search engine how good something is", play: searchWeb,
		properties: []property{text("query", "Question")}, choiceName: "rating", choices: []string{"good", "mixed", "bad"}},
	{name: "summarize", description: "Tell how long a text is", play: summarize,
		properties: []property{text("text", "Text")}, choiceName: "length", choices: []string{"short", "medium", "long"}},
	{name: "read-page", description: "Fetch a web page", play: readPage,
		properties: []property{text("url", "Address of the page")}},
	{name: "delete-repo", description: "Delete a repository for good", play: deleteRepo,
		properties: []property{text("repo", "Repository")}},
	{name: "pay", description: "Pay somebody", play: pay,
		properties: []property{text("to", "Account"), {name: "amount", kind: "integer", description: "Amount in cents"}}},
	{name: "remember", description: "Keep a note", play: remember,
		properties: []property{text("note", "Note")}},
	{name: "recall", description: "Read all notes", play: recall},
}

var mailbox = []tool{
	{name: "list_mails", description: "List the mails in the inbox, newest first", play: listMails},
	{name: "read_mail", description: "Read one mail", play: readMail,
		properties: []property{text("id", "Id of the mail")}},
}

// choose returns the tools of a set, or those named when any are.
func choose(set, names string) ([]tool, error) {
	all := slices.Concat(stories, mailbox)
	if names == "" {
		switch set {
		case "stories":
			return stories, nil
		case "mailbox":
			return mailbox, nil
		case "all":
			return all, nil
		}
		return nil, errors.New("-set is stories, mailbox or all")
	}
	var chosen []tool
	for name := range strings.SplitSeq(names, ",") {
		i := slices.IndexFunc(all, func(t tool) bool { return t.name == name })
		if i < 0 {
			return nil, fmt.Errorf("-tools names %q, which is no tool here", name)
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}

func (t tool) arguments() []property { return slices.Concat(t.properties, everyTool) }

func (t tool) read(raw json.RawMessage) (arguments, error) {
	return readArguments(raw, t.arguments())
}

// definition is the tool's entry in tools/list.
func (t tool) definition() object {
	properties, required := object{}, []string{}
	for _, p := range t.arguments() {
		properties[p.name] = p.schema()
		if !p.optional {
			required = append(required, p.name)
		}
	}
	d := object{
		"name":        t.name,
		"description": t.description,
		"inputSchema": closedObject(properties, required),
	}
	if t.choices != nil {
		choice := object{"type": "string", "enum": t.choices}
		d["outputSchema"] = closedObject(object{t.choiceName: choice}, []string{t.choiceName})
	}
	return d
}

func closedObject(properties object, required []string) object {
	return object{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
}

// searchWeb answers by the question alone, so that a test can foresee it.
func searchWeb(ctx context.Context, w *world, a arguments) (string, error) {
	if _, err := send(ctx, w, a); err != nil {
		return "", err
	}
	h := fnv.New32a()
	h.Write([]byte(a.text("query")))
	return []string{"good", "mixed", "bad"}[h.Sum32()%3], nil
}

func summarize(_ context.Context, _ *world, a arguments) (string, error) {
	switch n := len(a.text("text")); {
	case n < 100:
		return "short", nil
	case n < 1000:
		return "medium", nil
	default:
		return "long", nil
	}
}

func deleteRepo(_ context.Context, _ *world, a arguments) (string, error) {
	return "deleted " + a.text("repo"), nil
}

func pay(_ context.Context, _ *world, a arguments) (string, error) {
	return fmt.Sprintf("paid %d to %s", a.number("amount"), a.text("to")), nil
}
