package service

import "strings"

// hardening takes from the daemon, its plugins and its servers what none of them needs. It leaves them what the profiles of servers may name (homes,
// temporary files, the network), the users of others, by whom the doors tell who is at the other end, and memory that is written and then executed,
// which runtimes of servers need. The manager of a user could set up little of it, so only a service for the machine has it.
const hardening = `CapabilityBoundingSet=
LockPersonality=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProtectSystem=yes
RemoveIPC=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallErrorNumber=EPERM
SystemCallFilter=~@clock @cpu-emulation @module @mount @obsolete @raw-io @reboot @swap
`

// unit lets the daemon settle what is open when it is stopped, and kills what is left of it. It restricts nothing that the sandboxes of servers need to
// set up.
func (s Spec) unit() string {
	var words []string
	for _, word := range s.command() {
		words = append(words, systemdWord(word))
	}
	who, limits, target := "", "", "default.target"
	if s.System {
		who, limits, target = "User="+User+"\nGroup="+User+"\n", hardening, "multi-user.target"
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
` + limits + `
[Install]
WantedBy=` + target + "\n"
}

// systemdWord is one word of a command line of a unit, whatever is in it.
func systemdWord(word string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `%`, `%%`, `$`, `$$`).Replace(word) + `"`
}
