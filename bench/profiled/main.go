// Command profiled serves as `argus serve` does and keeps a CPU profile and a profile of what was allocated, to see where a call's time
// goes: go run ./bench --serve PROGRAM. The product itself has no such door.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"syscall"

	"github.com/hashicorp/go-hclog"

	"argus/host"
	"argus/host/config"
)

func main() {
	file := flag.String("config", "", "read this `file`")
	plugins := flag.String("plugin-dir", "", "`folder` of the plugins")
	flag.Parse()
	if err := run(*file, *plugins); err != nil {
		fmt.Fprintln(os.Stderr, "profiled:", err)
		os.Exit(1)
	}
}

// run serves until SIGTERM; the profiles lie beside the configuration then.
func run(file, plugins string) error {
	c, err := config.Load(config.Options{File: file, Environ: os.Environ()})
	if err != nil {
		return err
	}
	folder := filepath.Dir(file)
	cpu, err := os.Create(filepath.Join(folder, "cpu.pprof"))
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	h, err := host.Open(ctx, host.Options{Config: c, PluginDir: plugins, Logger: hclog.New(&hclog.LoggerOptions{Level: hclog.Info})})
	if err != nil {
		return err
	}
	fmt.Println(h.URL())
	if err := pprof.StartCPUProfile(cpu); err != nil {
		return errors.Join(err, h.Close())
	}
	err = h.Run(ctx)
	pprof.StopCPUProfile()
	return errors.Join(err, cpu.Close(), keepAllocations(folder), h.Close())
}

func keepAllocations(folder string) error {
	runtime.GC()
	f, err := os.Create(filepath.Join(folder, "allocs.pprof"))
	if err != nil {
		return err
	}
	return errors.Join(pprof.Lookup("allocs").WriteTo(f, 0), f.Close())
}
