// This file lists the built-in catalogue of capabilities and the closed sets of the protocol.

//argus:untranslated
package kernel

import "iter"

// The built-in capabilities. The set is open: a theory may have others.
const (
	CapFilesystemRead   Capability = "filesystem_read"
	CapFilesystemWrite  Capability = "filesystem_write"
	CapFilesystemDelete Capability = "filesystem_delete"
	CapNetworkEgress    Capability = "network_egress"
	CapNetworkIngress   Capability = "network_ingress"
	CapExecutionShell   Capability = "execution_shell"
	CapExecutionCode    Capability = "execution_code"
	CapCredentials      Capability = "credentials"
	CapSystemInfo       Capability = "system_info"
	CapSystemModify     Capability = "system_modify"
	CapClipboard        Capability = "clipboard"
	CapBrowserNavigate  Capability = "browser_navigate"
	CapDatabaseRead     Capability = "database_read"
	CapDatabaseWrite    Capability = "database_write"
	CapIPC              Capability = "ipc"
)

// BuiltinCapabilities is the built-in catalogue.
func BuiltinCapabilities() []Capability {
	return []Capability{
		CapFilesystemRead, CapFilesystemWrite, CapFilesystemDelete, CapNetworkEgress, CapNetworkIngress,
		CapExecutionShell, CapExecutionCode, CapCredentials, CapSystemInfo, CapSystemModify, CapClipboard,
		CapBrowserNavigate, CapDatabaseRead, CapDatabaseWrite, CapIPC,
	}
}

// Levels yields every level, from the strictest.
func Levels() iter.Seq[Level] { return upTo(levelCount) }

// Integrities yields every integrity, from the strictest.
func Integrities() iter.Seq[Integrity] { return upTo(integrityCount) }

// AllSinks yields every sink.
func AllSinks() iter.Seq[Sink] { return upTo(sinkCount) }

// Modes yields every mode, from the strictest.
func Modes() iter.Seq[Mode] { return upTo(modeCount) }

func upTo[T ~uint8](n T) iter.Seq[T] {
	return func(yield func(T) bool) {
		for v := range n {
			if !yield(v) {
				return
			}
		}
	}
}

// SinksOf is the set of these sinks. A sink outside the catalogue is not lost: it makes the set one that
// [NewTheory] and [Step] refuse.
func SinksOf(sinks ...Sink) Sinks {
	var es Sinks
	for _, e := range sinks {
		es |= 1 << min(e, sinkCount)
	}
	return es
}

// List is the sinks of the set, in order.
func (es Sinks) List() []Sink {
	var list []Sink
	for e := range sinkCount {
		if es.Has(e) {
			list = append(list, e)
		}
	}
	return list
}
