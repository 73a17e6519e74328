package service

import (
	"bytes"
	"encoding/xml"
	"strings"
)

const label = "argus.daemon"

// plist starts the daemon with the machine or the session, again when it failed, and gives it as long to end as the unit does. It is of the type
// that launchd does not slow down: every call of an agent waits for it. The log is made with the mask and for the user that stand here, so
// nobody else reads it.
func (s Spec) plist() string {
	var words strings.Builder
	for _, word := range s.command() {
		words.WriteString("\t\t<string>" + xmlText(word) + "</string>\n")
	}
	who := ""
	if s.System {
		who = "\t<key>UserName</key>\n\t<string>" + User + "</string>\n"
	}
	return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- ` + mark + ` -->
<plist version="1.0">
<dict>
	<key>Label</key>
	<string>` + label + `</string>
	<key>ProgramArguments</key>
	<array>
` + words.String() + `	</array>
` + who + `	<key>RunAtLoad</key>
	<true/>
	<key>KeepAlive</key>
	<dict>
		<key>SuccessfulExit</key>
		<false/>
	</dict>
	<key>ExitTimeOut</key>
	<integer>15</integer>
	<key>ProcessType</key>
	<string>Interactive</string>
	<key>StandardErrorPath</key>
	<string>` + xmlText(s.Log()) + `</string>
	<key>Umask</key>
	<integer>63</integer>
</dict>
</plist>
`
}

func xmlText(text string) string {
	var out bytes.Buffer
	_ = xml.EscapeText(&out, []byte(text)) // a buffer takes everything
	return out.String()
}
