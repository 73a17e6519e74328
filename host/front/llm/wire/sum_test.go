package wire

import "testing"

func TestAccountsAddUp(t *testing.T) {
	before := `{"total":8,"details":{"cached":2,"of":"x"},"cost":0.5,"gone":3,"big":9007199254740991,"null":null}`
	now := `{"total": 5, "details": {"cached": 1, "new": 4, "of": "y"}, "cost": 0.25, "big": 9007199254740991, "huge": 1e30, "null": 2}`
	want := `{"total": 13, "details": {"cached": 3, "new": 4, "of": "y"}, "cost": 0.25, "big": 18014398509481982, "huge": 1e30, "null": 2}`
	if got := Sum(parsed(t, before), parsed(t, now)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := Sum(parsed(t, `7`), parsed(t, now)); got != now {
		t.Errorf("nothing before: %s", got)
	}
}
