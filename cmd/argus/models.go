package main

import (
	"fmt"
	"slices"
	"strings"

	"argus/cmd/argus/internal/show"
	"argus/host/front/operator"
)

// model is what a program is to be told to reach the models of one vendor through Argus.
type model struct {
	Vendor      string            `json:"vendor"`
	Format      string            `json:"format"`
	URL         string            `json:"url"`
	Environment map[string]string `json:"environment"` // ${AGENT_TOKEN} stands for the token
	Header      string            `json:"header"`      // that it sends beside the vendor's own key; empty where the token stands in the key's place
}

// variables are those of a vendor's SDKs.
var variables = map[string]struct{ url, token string }{
	"openai":    {"OPENAI_BASE_URL", "OPENAI_API_KEY"},
	"anthropic": {"ANTHROPIC_BASE_URL", "ANTHROPIC_AUTH_TOKEN"},
}

const tokenVariable = "${AGENT_TOKEN}"

func modelsOf(vendors []operator.Vendor) []model {
	models := []model{}
	for _, v := range vendors {
		name, known := variables[v.Format]
		if !known {
			continue
		}
		m := model{Vendor: v.Name, Format: v.Format, URL: v.URL, Environment: map[string]string{name.url: v.URL}}
		if v.Key {
			m.Environment[name.token] = tokenVariable
		} else {
			m.Header = "Argus-Authorization: Bearer " + tokenVariable
		}
		models = append(models, m)
	}
	return models
}

// tellModels says how to point a program at the models, and what becomes of the program's own tools.
func tellModels(c *console, agent, tokenFile string, models []model, programs []operator.Program) {
	if len(models) == 0 {
		return
	}
	c.printf("\na program that calls models, in its environment\n")
	if tokenFile != "" {
		c.printf("\nexport AGENT_TOKEN=\"$(cat %s)\"\n", inShell(tokenFile))
	}
	for _, m := range models {
		c.printf("\n# %s\n", show.Plain(m.Vendor))
		for _, name := range []string{variables[m.Format].url, variables[m.Format].token} {
			if value, set := m.Environment[name]; set {
				c.printf("export %s=\"%s\"\n", name, show.Plain(value))
			}
		}
		if m.Header != "" {
			c.printf("# and with each request, beside the vendor's own key, the header\n# %s\n", show.Plain(m.Header))
		}
	}
	c.printf("\n%s\n", ownTools(agent, programs))
}

// ownTools says what a person has to do about the tools of the program that runs the agent.
func ownTools(agent string, programs []operator.Program) string {
	for _, p := range programs {
		if slices.Contains(p.Agents, agent) {
			return fmt.Sprintf("calls of the program's own tools are refused until they are pinned: after its first request, argus registry pin %s", show.Plain(p.Name))
		}
	}
	return fmt.Sprintf("calls of the program's own tools are refused: no [[client]] of the configuration has agents = [%q]", agent)
}

// inShell quotes a text for a shell.
func inShell(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
