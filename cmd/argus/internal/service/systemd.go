package service

import "strings"

// unit lets the daemon settle what is open when it is stopped, and kills what is left of it. It restricts nothing that the sandboxes of servers need to
// set up.
func (s Spec) unit() string {
	var words []string
	for _, word := range s.command() {
		words = append(words, systemdWord(word))
	}
	who, target := "", "default.target"
	if s.System {
		who, target = "User="+User+"\nGroup="+User+"\n", "multi-user.target"
	}
	return "# " + mark + `
[Unit]
Description=Argus, between agents and their tools
StartLimitIntervalSec=60
StartLimitBurst=10

[Service]
` + who + "ExecStart=" + strings.Join(words, " ") + `
Restart=on-failure
RestartSec=1
TimeoutStopSec=15
UMask=0077
NoNewPrivileges=yes

[Install]
WantedBy=` + target + "\n"
}

// systemdWord is one word of a command line of a unit, whatever is in it.
func systemdWord(word string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `%`, `%%`, `$`, `$$`).Replace(word) + `"`
}
