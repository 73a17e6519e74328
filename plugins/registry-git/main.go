// Registry-git is the registry plugin of Argus: it holds, in a folder of TOML files, what was decided about the tools of each
// server, and the flow policy.
//
// It decides whether the folder is fit to be used and tells the line of every mistake. It trusts the folder's owner, and nobody
// else who could write there. It never talks to a server or to the network, and changes a file only when the host asks it to
// pin, which the host does only after the operator key has signed.
package main

import (
	"argus/plugin/sdk"
	"argus/plugin/sdk/registry"
	"argus/plugins/registry-git/folder"
)

func main() {
	info := sdk.Info{Name: "registry-git", Version: "0.1.0", SettingsSchema: settingsSchema}
	p := newPlugin(sdk.Logger(info.Name), folder.DefaultPace)
	defer p.Close()
	registry.Serve(info, p)
}
