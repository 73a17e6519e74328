package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"

	plugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"argus/internal/authority"
	"argus/plugin/sdk/oracle"
)

// serveWith serves the clerk as Serve does, to more clients than the host.
func serveWith(clients tls.ClientAuthType) {
	path := filepath.Join(os.Getenv("PLUGIN_UNIX_SOCKET_DIR"), "s")
	ours, hosts := must(authority.Stranger()), x509.NewCertPool()
	hosts.AppendCertsFromPEM([]byte(os.Getenv("PLUGIN_CLIENT_CERT")))
	listener := must(net.Listen("unix", path))
	ended := make(chan struct{})
	silence, _ := io.Pipe()
	server := &plugin.GRPCServer{
		Server: func(options []grpc.ServerOption) *grpc.Server {
			return oracle.Service(info, &clerk{}).NewServer(options...)
		},
		TLS:    &tls.Config{Certificates: []tls.Certificate{ours}, ClientAuth: clients, ClientCAs: hosts},
		DoneCh: ended, Stdout: silence, Stderr: silence,
	}
	must(0, server.Init())
	go server.Serve(listener)
	fmt.Printf("1|1|unix|%s|grpc|%s\n", path, base64.RawStdEncoding.EncodeToString(ours.Certificate[0]))
	<-ended
}

func must[T any](what T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return what
}
