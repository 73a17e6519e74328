package catalog

import (
	"fmt"

	"github.com/hashicorp/go-hclog"

	"argus/plugin/sdk"
)

// clientLog takes what go-plugin says of its own doings down to debug: the supervisor tells what a person must know, once, and
// the end of a process that we ended is no error. What the plugin itself logs, under the plugin's name, keeps its level.
type clientLog struct {
	hclog.Logger
	plugin string
}

func (l clientLog) Info(message string, facts ...any)  { l.Debug(message, facts...) }
func (l clientLog) Warn(message string, facts ...any)  { l.Debug(message, facts...) }
func (l clientLog) Error(message string, facts ...any) { l.Debug(message, facts...) }

// Named is how go-plugin parts the plugin's log from its own.
func (l clientLog) Named(name string) hclog.Logger {
	if name == l.plugin {
		return pluginLog{l.Logger.Named(name)}
	}
	return clientLog{Logger: l.Logger.Named(name), plugin: l.plugin}
}

// pluginLog is the log of a plugin's own code. A plugin handles what agents and servers wrote, and its JSON can hold what a
// terminal obeys, so nothing unprintable passes.
type pluginLog struct{ hclog.Logger }

func (l pluginLog) Trace(message string, facts ...any) {
	l.Logger.Trace(clean(message), cleanFacts(facts)...)
}
func (l pluginLog) Debug(message string, facts ...any) {
	l.Logger.Debug(clean(message), cleanFacts(facts)...)
}
func (l pluginLog) Info(message string, facts ...any) {
	l.Logger.Info(clean(message), cleanFacts(facts)...)
}
func (l pluginLog) Warn(message string, facts ...any) {
	l.Logger.Warn(clean(message), cleanFacts(facts)...)
}
func (l pluginLog) Error(message string, facts ...any) {
	l.Logger.Error(clean(message), cleanFacts(facts)...)
}

func clean(text string) string { return sdk.Clip(text, maxLine) }

// cleanFacts turns every fact into printable text; go-plugin has read them from JSON, nested or not.
func cleanFacts(facts []any) []any {
	out := make([]any, len(facts))
	for i, fact := range facts {
		if text, ok := fact.(string); ok {
			out[i] = clean(text)
		} else {
			out[i] = clean(fmt.Sprint(fact))
		}
	}
	return out
}
