// Command plugin is every plugin of the catalog's tests. The name under which it runs selects how it starts; the tool that a
// question is about selects what it does then.
package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"argus/plugin/sdk"
	"argus/plugin/sdk/oracle"
	"argus/plugin/sdk/registry"
	"argus/plugin/sdk/sandbox"
)

const schema = `{"type": "object", "properties": {"greeting": {"type": "string"}}, "additionalProperties": false}`

func main() {
	name := filepath.Base(os.Args[0])
	info := sdk.Info{Name: name, Version: "1.0", SettingsSchema: schema}
	switch {
	case name == "hangs":
		select {
		case <-time.After(time.Hour):
		}
	case name == "mute":
		handshakeAndHang()
	case name == "elsewhere":
		fmt.Println("1|1|unix|/tmp/elsewhere.sock|grpc|")
		time.Sleep(time.Hour)
	case name == "tcp":
		fmt.Println("1|1|tcp|127.0.0.1:1|grpc|")
		time.Sleep(time.Hour)
	case name == "netrpc":
		fmt.Printf("1|1|unix|%s/s|netrpc|\n", os.Getenv("PLUGIN_UNIX_SOCKET_DIR"))
		time.Sleep(time.Hour)
	case name == "exits":
		os.Exit(3)
	case name == "complains":
		fmt.Fprintln(os.Stderr, "no licence\nbuy one")
		os.Exit(4)
	case name == "welcomes":
		fmt.Println("Welcome")
		time.Sleep(time.Hour)
	case name == "version":
		fmt.Fprintln(os.Stderr, "old")
		fmt.Printf("1|9|unix|%s/s|grpc|\n", os.Getenv("PLUGIN_UNIX_SOCKET_DIR"))
		time.Sleep(time.Hour)
	case name == "sandbox":
		sandbox.Serve(info, planner{})
	case name == "registry":
		registry.Serve(info, &shelf{})
	case strings.HasPrefix(name, "raw-"):
		sdk.Serve(breaker(info, strings.TrimPrefix(name, "raw-")))
	default:
		if name == "prints-early" {
			fmt.Println("hello from an init function")
			fmt.Println("1|1|not a handshake")
		}
		if name == "plain" {
			os.Unsetenv("PLUGIN_CLIENT_CERT") // serves without TLS then
		}
		oracle.Serve(info, newJudge())
	}
}

// handshakeAndHang says where it listens and then never answers.
func handshakeAndHang() {
	path := filepath.Join(os.Getenv("PLUGIN_UNIX_SOCKET_DIR"), "s")
	if _, err := net.Listen("unix", path); err != nil {
		os.Exit(1)
	}
	fmt.Printf("1|1|unix|%s|grpc|\n", path)
	time.Sleep(time.Hour)
}
