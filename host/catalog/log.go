package catalog

import "github.com/hashicorp/go-hclog"

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
		return l.Logger.Named(name)
	}
	return clientLog{Logger: l.Logger.Named(name), plugin: l.plugin}
}
