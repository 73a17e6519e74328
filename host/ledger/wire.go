package ledger

import (
	"fmt"
	"strings"

	"argus/kernel"
	"argus/kernel/ordered"
)

// The forms in which kernel values are kept: the protocol's names, so that a person can read a record without a table.

type exposureText kernel.Exposure

func (x exposureText) MarshalText() ([]byte, error) {
	return []byte(kernel.Exposure(x).String()), nil
}

func (x *exposureText) UnmarshalText(text []byte) error {
	level, integrity, _ := strings.Cut(string(text), "/")
	l, known := kernel.ParseLevel(level)
	i, knownToo := kernel.ParseIntegrity(integrity)
	if !known || !knownToo {
		return fmt.Errorf("no exposure: %.40q", text)
	}
	*x = exposureText{Level: l, Integrity: i}
	return nil
}

type sinksText kernel.Sinks

func (es sinksText) MarshalText() ([]byte, error) { return []byte(kernel.Sinks(es).String()), nil }

func (es *sinksText) UnmarshalText(text []byte) error {
	set, err := parseNames(string(text), kernel.ParseSink)
	if err != nil {
		return err
	}
	*es = sinksText(kernel.SinksOf(set...))
	return nil
}

type attributesText kernel.Attributes

func (as attributesText) MarshalText() ([]byte, error) {
	return []byte(kernel.Attributes(as).String()), nil
}

func (as *attributesText) UnmarshalText(text []byte) error {
	set, err := parseNames(string(text), kernel.ParseAttribute)
	if err != nil {
		return err
	}
	for _, a := range set {
		*as |= attributesText(a)
	}
	return nil
}

type endingText kernel.Ending

func (o endingText) MarshalText() ([]byte, error) { return []byte(kernel.Ending(o).String()), nil }

func (o *endingText) UnmarshalText(text []byte) error {
	e, known := kernel.ParseEnding(string(text))
	if !known {
		return fmt.Errorf("no ending: %.40q", text)
	}
	*o = endingText(e)
	return nil
}

func parseNames[T any](text string, parse func(string) (T, bool)) ([]T, error) {
	var values []T
	for name := range strings.SplitSeq(text, ",") {
		if name == "" {
			continue
		}
		v, known := parse(name)
		if !known {
			return nil, fmt.Errorf("no such name: %.40q", name)
		}
		values = append(values, v)
	}
	return values, nil
}

func list[K ~string](s ordered.Set[K]) []K {
	ks := make([]K, 0, s.Len())
	for k := range s.All() {
		ks = append(ks, k)
	}
	return ks
}

type readingWire struct {
	Read        attributesText      `json:"read,omitempty"`
	Caps        []kernel.Capability `json:"caps,omitempty"`
	Exposure    *exposureText       `json:"exposure,omitempty"`
	Speculative *exposureText       `json:"speculative,omitempty"`
	Depth       uint64              `json:"depth,omitempty"`
	Flights     uint64              `json:"flights,omitempty"`
}

// readingOf keeps only what was read: the kernel compares nothing else.
func readingOf(r kernel.Reading) readingWire {
	w := readingWire{Read: attributesText(r.Read)}
	if r.Read.Has(kernel.ReadCapabilities) {
		w.Caps = list(r.Caps)
	}
	if r.Read.Has(kernel.ReadExposure) {
		w.Exposure = (*exposureText)(&r.Exposure)
	}
	if r.Read.Has(kernel.ReadSpeculative) {
		w.Speculative = (*exposureText)(&r.Speculative)
	}
	if r.Read.Has(kernel.ReadDepth) {
		w.Depth = r.Depth
	}
	if r.Read.Has(kernel.ReadFlights) {
		w.Flights = r.Flights
	}
	return w
}

func (w readingWire) reading() kernel.Reading {
	r := kernel.Reading{
		Read: kernel.Attributes(w.Read), Caps: ordered.SetOf(w.Caps...), Depth: w.Depth, Flights: w.Flights,
	}
	if w.Exposure != nil {
		r.Exposure = kernel.Exposure(*w.Exposure)
	}
	if w.Speculative != nil {
		r.Speculative = kernel.Exposure(*w.Speculative)
	}
	return r
}
