package sandboxkit

import (
	"crypto/rand"
	"errors"
	"io"
	"net"
	"path/filepath"
	"runtime"
)

// door is a socket outside that is not to be reached from inside.
type door struct{ network, address string }

// doors are those of a stage: of this machine's addresses, and of names.
type doors struct {
	network, local []door
	open           []io.Closer
}

// openDoors opens them, those with a path in folder. The caller must close them.
func openDoors(folder string) (d doors, err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, d.close())
		}
	}()
	for _, host := range []string{"127.0.0.1", "::1"} {
		address := net.JoinHostPort(host, "0")
		if l, err := net.Listen("tcp", address); err == nil {
			d.network, d.open = append(d.network, door{"tcp", l.Addr().String()}), append(d.open, l)
		}
		if l, err := net.ListenPacket("udp", address); err == nil {
			d.network, d.open = append(d.network, door{"udp", l.LocalAddr().String()}), append(d.open, l)
			go echo(l)
		}
	}
	if len(d.network) < 2 { // there may be no IPv6
		return d, errors.New("nothing can be listened for on this machine")
	}
	names := []string{filepath.Join(folder, "s")}
	if runtime.GOOS == "linux" {
		names = append(names, "@argus-"+rand.Text()) // a name without a path
	}
	for _, name := range names {
		l, err := net.Listen("unix", name)
		if err != nil {
			return d, err
		}
		d.local, d.open = append(d.local, door{"unix", name}), append(d.open, l)
	}
	name := filepath.Join(folder, "d")
	l, err := net.ListenPacket("unixgram", name)
	if err != nil {
		return d, err
	}
	d.local, d.open = append(d.local, door{"unixgram", name}), append(d.open, l)
	return d, nil
}

// echo sends back what comes, until l is closed.
func echo(l net.PacketConn) {
	b := make([]byte, 64)
	for {
		n, from, err := l.ReadFrom(b)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil {
			_, _ = l.WriteTo(b[:n], from) // who is gone needs no answer
		}
	}
}

func (d doors) close() error {
	var errs []error
	for _, c := range d.open {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}
