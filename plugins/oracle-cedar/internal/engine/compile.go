package engine

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/ast"

	"argus/plugin/sdk"
	"argus/plugins/oracle-cedar/internal/check"
	"argus/plugins/oracle-cedar/internal/source"
)

// Version is part of every digest. It changes with anything that could change an answer to the same question by the same files:
// the schema, the reading of arguments, or the version of Cedar.
const Version = "argus-oracle-cedar/1 cedar-go/1.9.0"

// Compile builds the engine of files. Any problem means that there is none; all problems are returned together.
func Compile(files []source.File) (*Engine, []sdk.Problem) {
	e := &Engine{digest: source.Digest(Version, files), index: newIndex()}
	var problems []sdk.Problem
	ids := map[types.PolicyID]bool{}
	for _, f := range slices.SortedFunc(slices.Values(files), func(a, b source.File) int { return strings.Compare(a.Name, b.Name) }) {
		policies, mistakes := parse(f)
		problems = append(problems, mistakes...)
		for _, p := range policies {
			if ids[p.id] {
				problems = append(problems, sdk.Problem{
					File: f.Name, Line: p.compiled.Position().Line,
					Message: fmt.Sprintf("another policy has the id %q already", p.id), Fix: "give each policy an @id of its own",
				})
			}
			ids[p.id] = true
			e.policies = append(e.policies, p)
			e.index.add(p)
		}
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return e, nil
}

// parse reads the policies of one file and checks each.
func parse(f source.File) ([]*policy, []sdk.Problem) {
	if problem, ok := source.Guard(f); !ok {
		return nil, []sdk.Problem{problem}
	}
	list, err := cedar.NewPolicyListFromBytes(f.Name, f.Content)
	if err != nil {
		return nil, []sdk.Problem{syntaxProblem(f.Name, err)}
	}
	var problems []sdk.Problem
	policies := make([]*policy, len(list))
	for i, compiled := range list {
		end := len(f.Content)
		if i+1 < len(list) {
			end = list[i+1].Position().Offset
		}
		position := compiled.Position()
		tree := (*ast.Policy)(compiled.AST())
		problems = append(problems, check.Policy(f.Name, string(f.Content[position.Offset:end]), position.Line, tree)...)
		reading := check.Reads(tree)
		policies[i] = &policy{
			id: identify(f.Name, i, compiled), compiled: compiled, tree: tree,
			reading: reading, want: wanted{reading.Context, reading.Agent, reading.ArgumentNames()},
		}
	}
	return policies, problems
}

// identify names a policy as the operator will see it.
func identify(file string, i int, p *cedar.Policy) types.PolicyID {
	if id := p.Annotations()["id"]; id != "" {
		return types.PolicyID(file + ":" + string(id))
	}
	return types.PolicyID(file + "#" + strconv.Itoa(i+1))
}

// place is how the parser names a line and column.
var place = regexp.MustCompile(`(?:parse error at )?<input>:(\d+):\d+:? ?`)

// mismatch is how the parser tells what it found instead of what.
var mismatch = regexp.MustCompile(`^"[^"]*": exact got (.*) want (.+)$`)

// syntaxProblem finds the line that the parser complains about, if it names one.
func syntaxProblem(file string, err error) sdk.Problem {
	message, line := strings.TrimPrefix(err.Error(), "parser error: "), 0
	if at := place.FindStringSubmatchIndex(message); at != nil {
		line, _ = strconv.Atoi(message[at[2]:at[3]])
		message = message[:at[0]] + message[at[1]:]
	}
	if m := mismatch.FindStringSubmatch(message); m != nil {
		found := strconv.Quote(m[1]) + " stands"
		if m[1] == "" {
			found = "the file ends"
		}
		message = found + " where " + strconv.Quote(m[2]) + " is expected"
	}
	return sdk.Problem{File: file, Line: line, Message: "this is not Cedar: " + message, Fix: "correct the policy there or just before"}
}
