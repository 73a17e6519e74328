package ijson

import (
	"encoding/json"
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestDoubleSaysWhetherItHoldsTheNumber(t *testing.T) {
	held := map[Number]float64{
		"0": 0, "-0": 0, "-0.0e5": 0, "0e999999999": 0, "1": 1, "-1": -1, "1.0": 1, "1e0": 1, "10e-1": 1, "1E2": 100,
		"9007199254740992": 1 << 53, "9007199254740994": 1<<53 + 2, "1152921504606846976": 1 << 60, "1e22": 1e22,
		"4.2168791772922093e-81": 0x1p-267, "0.1": 0.1, "0.10": 0.1, "1e-1": 0.1, "-2.5": -2.5, "5e-324": 5e-324, "1.7976931348623157e-300": 1.7976931348623157e-300,
		"999999999999999": 999999999999999, "3.141592653589793": math.Pi, "100000000000000000000": 1e20,
	}
	for n, want := range held {
		f, ok := n.Double()
		if !ok || f != want || math.Signbit(f) != math.Signbit(want) {
			t.Errorf("%s: got %v, %v", n, f, ok)
		}
	}
	for _, n := range []Number{
		"9007199254740993", "-9007199254740993", "1152921504606847000", "1e23", "1e400", "-1e400", "1e999999999", "1e-400",
		"1e-999999999", "0.1000000000000000055511151231257827", "4.9406564584124654e-324", "3.14159265358979323846",
		"0.30000000000000000001", "9007199254740992.5",
		"", "x", "+1", "01", "00", "1_0", "0x10", "Inf", "NaN", "1 ", "1e1000000000",
	} {
		if f, ok := n.Double(); ok || f != 0 {
			t.Errorf("%s: got %v, %v", n, f, ok)
		}
	}
}

func TestEveryFiniteDoubleIsHeldAsItIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.Float64().Draw(t, "f")
		if math.IsInf(f, 0) || math.IsNaN(f) || f == math.Trunc(f) && math.Abs(f) >= 1<<53 {
			return
		}
		written, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		v := mustParseRapid(t, string(written))
		n, _ := v.Number()
		if got, ok := n.Double(); !ok || got != f {
			t.Fatalf("%s: got %v, %v", n, got, ok)
		}
	})
}

func TestInt64ReadsEverySpelling(t *testing.T) {
	for n, want := range map[Number]int64{
		"0": 0, "-0": 0, "5": 5, "5.0": 5, "50e-1": 5, "5e0": 5, "-12e2": -1200,
		"9223372036854775807": math.MaxInt64, "-9223372036854775808": math.MinInt64,
	} {
		if got, ok := n.Int64(); !ok || got != want {
			t.Errorf("%s: got %d, %v", n, got, ok)
		}
	}
	for _, n := range []Number{"0.5", "9223372036854775808", "-9223372036854775809", "1e19", "1e999999999", "1e-1", "", "x"} {
		if got, ok := n.Int64(); ok {
			t.Errorf("%s: got %d", n, got)
		}
	}
}

func TestWidthWarnsOfExpansion(t *testing.T) {
	for n, want := range map[Number]int64{
		"0": 1, "7": 1, "1200": 4, "1e999999999": 1_000_000_000, "1e-3": 3, "12.5": 3, "0.00000000001": 11,
	} {
		if got := n.Width(); got != want {
			t.Errorf("%s: got %d, want %d", n, got, want)
		}
	}
	if Number("x").Width() < 1<<40 {
		t.Error("a text that is no number looks narrow")
	}
}
