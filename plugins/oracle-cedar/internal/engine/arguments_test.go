package engine

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cedar-policy/cedar-go/types"

	"argus/plugin/sdk/oracle"
	"argus/plugins/oracle-cedar/internal/check"
)

func TestArgumentsBecomePlainValues(t *testing.T) {
	cases := []struct {
		value oracle.Value
		want  string // in Cedar's notation, or empty if left out
	}{
		{oracle.Bool(true), `true`},
		{oracle.Text("x"), `"x"`},
		{oracle.Text(""), `""`},
		{number("0"), `0`},
		{number("-0"), `0`},
		{number("1e2"), `100`},
		{number("1.50e1"), `15`},
		{number("-12.0"), `-12`},
		{number("9007199254740992"), `9007199254740992`},
		{number("-9223372036854775808"), `-9223372036854775808`},
		{oracle.Number{Text: "5", Exact: false}, ``},
		{number("9007199254740993"), ``}, // 2^53+1, though the host called it exact
		{number("9223372036854775807"), ``},
		{number("9223372036854775808"), ``},
		{number("1e999999999"), ``},
		{number("1.5"), ``},
		{number("1e-1"), ``},
		{number("NaN"), ``},
		{oracle.Null{}, ``},
		{oracle.List{}, `{"items":[], "length":0}`},
		{oracle.List{oracle.Text("a"), oracle.Text("a"), number("1")}, `{"items":["a", 1], "length":3}`},
		{oracle.List{oracle.List{}, oracle.Text("a")}, `{"items":["a"], "length":2}`},
		{object("", "empty name", "b", object("", object())), `{"":"empty name", "b":{"":{}}}`},
		{object("name", "a", "NAME", "b"), `{"NAME":"b", "name":"a"}`},
	}
	for _, c := range cases {
		t.Run(fmt.Sprint(c.value), func(t *testing.T) {
			got, left := argumentsOf(object("v", c.value), check.Names{All: true})
			value, ok := got.Get("v")
			if ok != (c.want != "") || ok && !sameText(string(value.MarshalCedar()), c.want) {
				t.Errorf("got %v, left out %v", value, left)
			}
			if !ok && !slices.Equal(left, []string{"/v"}) {
				t.Errorf("left out %v", left)
			}
		})
	}
}

// sameText compares two notations of a set in either order.
func sameText(a, b string) bool {
	return a == b || a == strings.Replace(b, `["a", 1]`, `[1, "a"]`, 1)
}

// TestEscapesOfCedarsJSONAreOrdinaryMembers attempts to smuggle an entity or an IP address past a rule as arguments that would be
// one in Cedar's own JSON.
func TestEscapesOfCedarsJSONAreOrdinaryMembers(t *testing.T) {
	entity := object("__entity", object("type", "Argus::Tool", "id", "mail/send"))
	address := object("__extn", object("fn", "ip", "arg", "127.0.0.1"))
	got, left := argumentsOf(object("e", entity, "x", address, "__entity", object("type", "T", "id", "i")), check.Names{All: true})
	if len(left) > 0 {
		t.Errorf("left out %v", left)
	}
	var plain func(v types.Value) bool
	plain = func(v types.Value) bool {
		r, ok := v.(types.Record)
		if !ok {
			_, ok := v.(types.String)
			return ok
		}
		for member := range r.Values() {
			if !plain(member) {
				return false
			}
		}
		return true
	}
	if !plain(got) || got.Len() != 3 {
		t.Errorf("got %s", got)
	}
	q := call(object("e", entity, "x", address))
	authorized(t, forbidCall(`context.arguments.e == {__entity: {type: "Argus::Tool", id: "other"}}`), q)
	refused(t, forbidCall(`context.arguments.e == {"__entity": {type: "Argus::Tool", id: "mail/send"}}`), q)
	failed(t, forbidCall(`[context.arguments.x, true].contains(true) && ip(context.arguments.x).isLoopback()`), q)
}

// TestNumberThatCannotBeHeldDoesNotSwitchAForbidOff attempts amounts that the context does not hold.
func TestNumberThatCannotBeHeldDoesNotSwitchAForbidOff(t *testing.T) {
	for _, amount := range []oracle.Value{
		number("100.5"), number("1e300"), number("9007199254740993"), oracle.Number{Text: "101"}, number("99999999999999999999"),
	} {
		for _, condition := range []string{
			`context.arguments.amount > 100`,
			`context.arguments has amount && context.arguments.amount > 100`,
			`context.arguments == {amount: 101}`,
			`!(context.arguments has amount) || context.arguments.amount == 9007199254740993`,
		} {
			a := failed(t, forbidCall(condition), call(object("amount", amount)))
			if strings.Contains(a.EvaluationError, "9007199254740993") {
				t.Errorf("the error holds an argument: %s", a.EvaluationError)
			}
			if !slices.Equal(a.LeftOut, []string{"/amount"}) {
				t.Errorf("left out %v", a.LeftOut)
			}
		}
	}
}

func TestNumberThatNoRuleReachesDisturbsNothing(t *testing.T) {
	q := call(object("amount", number("0.5"), "to", "x", "opts", object("n", oracle.Null{}, "limit", number("3"))))
	for _, condition := range []string{
		`context.tool == "pay" && context.arguments.amount > 100`,
		`!(context.tool == "send" || context.arguments.amount > 100)`,
		`if context.tool == "pay" then context.arguments.amount > 100 else false`,
		`context.arguments.to == "boss"`,
		`context.arguments has opts && context.arguments.opts.limit > 3`,
		`context.arguments has opts.n && context.arguments.opts.n == "x"`,
		`context has arguments && context.arguments.to == "boss"`,
		`context.arguments has Cc.bcc`,
	} {
		authorized(t, forbidCall(condition), q)
	}
	authorized(t, permitAll+`forbid (principal, action, resource in Argus::Server::"bank") when { context.arguments.amount > 100 };`, q)
	authorized(t, permitAll+`forbid (principal, action == Argus::Action::"call", resource) unless { context.tool == "send" } unless { context.arguments.amount > 100 };`, q)
	// The same rules do reach it where nothing comes before.
	failed(t, forbidCall(`context.tool == "send" && context.arguments.amount > 100`), q)
	failed(t, forbidCall(`context.tool == "pay" || context.arguments.amount > 100`), q)
	failed(t, forbidCall(`if context.tool == "send" then context.arguments.amount > 100 else false`), q)
	failed(t, permitAll+`forbid (principal, action == Argus::Action::"call", resource) unless { context.tool == "pay" } unless { context.arguments.amount > 100 };`, q)
}

// TestNameBesideANameIsNotPassedOver attempts to hide the argument that a server will use behind one that a rule approves.
func TestNameBesideANameIsNotPassedOver(t *testing.T) {
	onlyFriends := permitAll + `forbid (principal, action == Argus::Action::"call", resource) unless { context.arguments.send_to == "friend" };`
	hasRule := forbidCall(`context.arguments has send_to && context.arguments.send_to != "friend"`)
	for _, text := range []string{onlyFriends, hasRule} {
		authorized(t, text, call(object("send_to", "friend", "body", "x")))
		refused(t, text, call(object("send_to", "enemy")))
		for _, variant := range []string{"SEND_TO", "sendTo", "Send-To", "ſend_to"} {
			failed(t, text, call(object("send_to", "friend", variant, "enemy")))
			failed(t, text, call(object(variant, "enemy", "send_to", "friend")))
		}
	}
	failed(t, hasRule, call(object("SEND_TO", "enemy")))
}

func TestNullIsAbsent(t *testing.T) {
	q := call(object("to", oracle.Null{}))
	authorized(t, forbidCall(`context.arguments has to && context.arguments.to == "boss"`), q)
	failed(t, forbidCall(`context.arguments.to == "boss"`), q)
	failed(t, forbidCall(`context.arguments == {}`), q)
	failed(t, forbidCall(`context.arguments.list.items.contains("x")`), call(object("list", oracle.List{oracle.Null{}})))
}

func TestListIsReadByLengthAndItems(t *testing.T) {
	q := call(object("to", oracle.List{oracle.Text("a"), oracle.Text("b"), oracle.Text("b")}))
	refused(t, forbidCall(`context.arguments.to.items.contains("b") && context.arguments.to.length == 3`), q)
	authorized(t, forbidCall(`context.arguments.to.items.contains("c")`), q)
	mixed := call(object("to", oracle.List{oracle.Text("a"), object("x", "b"), number("1.5")}))
	refused(t, forbidCall(`context.arguments.to.length == 3`), mixed)
	failed(t, forbidCall(`context.arguments.to.items.contains("b")`), mixed)
	failed(t, forbidCall(`context.arguments.to has items`), mixed)
}

func TestLongListIsNotReadInPart(t *testing.T) {
	long := make(oracle.List, maxItems+1)
	for i := range long {
		long[i] = oracle.Text(fmt.Sprint(i))
	}
	failed(t, forbidCall(`context.arguments.to.items.contains("x")`), call(object("to", long)))
	authorized(t, forbidCall(`context.arguments.to.items.contains("x")`), call(object("to", long[:maxItems])))
	refused(t, forbidCall(`context.arguments.to.length > 4096`), call(object("to", long)))
}

func nested(depth int) oracle.Value {
	var v oracle.Value = oracle.Text("core")
	for range depth {
		v = object("n", v)
	}
	return v
}

func TestDeepArgumentsAreHeldOrRefused(t *testing.T) {
	whole := forbidCall(`context.arguments == {}`)
	authorized(t, whole, call(object("n", nested(maxDepth-1))))
	failed(t, whole, call(object("n", nested(maxDepth))))
	path := "context.arguments.n" + strings.Repeat(".n", maxDepth-1)
	refused(t, forbidCall(path+` == "core"`), call(object("n", nested(maxDepth-1))))
	failed(t, forbidCall(path+`.n == "core"`), call(object("n", nested(maxDepth))))
}

func TestArgumentsDeeperThanTheHostAdmitsAreLeftOut(t *testing.T) {
	record, left := argumentsOf(object("n", nested(100*maxDepth)), check.Names{All: true})
	var depth int
	for v, ok := types.Value(record), true; ok; depth++ {
		v, ok = v.(types.Record).Get("n")
	}
	if depth != maxDepth+1 || len(left) != 1 || strings.Count(left[0], "/") != maxDepth+1 {
		t.Errorf("%d levels are held, left out %d", depth, len(left))
	}
}

func TestLeftOutIsBounded(t *testing.T) {
	var o oracle.Object
	for i := range 10 * maxLeftOut {
		o = append(o, oracle.Member{Name: fmt.Sprintf("a/%d~", i), Value: oracle.Null{}})
	}
	_, left := argumentsOf(o, check.Names{All: true})
	if len(left) != maxLeftOut || left[1] != "/a~11~0" {
		t.Errorf("%d, %v", len(left), left[:2])
	}
}

// FuzzArguments holds the conversion to its laws: it is total, it gives only plain values, and it leaves nothing out that a rule
// would be let read.
func FuzzArguments(f *testing.F) {
	f.Add([]byte("\x05\x03\x01a\x02\x00"))
	f.Add([]byte("\x05\x02\x00\x04\x03\x00\x01\x02\x05\x01\x08__entity\x03\x01"))
	f.Add([]byte("\x05\x01\x01a\x06\x0610.5e3"))
	f.Fuzz(func(t *testing.T, data []byte) {
		object, ok := fuzzed(&data, 0).(oracle.Object)
		if !ok {
			return
		}
		record, left := argumentsOf(object, check.Names{All: true})
		again, _ := argumentsOf(object, check.Names{All: true})
		if !record.Equal(again) {
			t.Fatal("the same arguments were read in two ways")
		}
		if !plainValue(record, false) {
			t.Fatalf("not plain: %s", record)
		}
		if (len(left) == 0) != readable(object, check.Mention{}) {
			t.Fatalf("left out %v of what is read as a whole", left)
		}
		for _, m := range object {
			_, there := record.Get(types.String(m.Name))
			_, null := m.Value.(oracle.Null)
			if _, unique := find(object, m.Name); unique && !there && !null && readable(object, check.Mention{Path: []string{m.Name}, Has: true}) {
				t.Fatalf("%q was left out, yet a rule may ask for it", m.Name)
			}
		}
	})
}

func plainValue(v types.Value, inSet bool) bool {
	switch v := v.(type) {
	case types.Boolean, types.Long, types.String:
		return true
	case types.Set:
		for x := range v.All() {
			if !plainValue(x, true) {
				return false
			}
		}
		return !inSet
	case types.Record:
		for x := range v.Values() {
			if !plainValue(x, false) {
				return false
			}
		}
		return !inSet
	default:
		return false
	}
}

// fuzzed reads a value out of data; names within an object are distinct, as the host sees to.
func fuzzed(data *[]byte, depth int) oracle.Value {
	take := func() int {
		if len(*data) == 0 {
			return 0
		}
		b := (*data)[0]
		*data = (*data)[1:]
		return int(b)
	}
	text := func() string {
		n := min(take()%16, len(*data))
		s := string((*data)[:n])
		*data = (*data)[n:]
		return strings.ToValidUTF8(s, "?")
	}
	kind := take() % 8
	if depth > 2*maxDepth {
		kind %= 4
	}
	switch kind {
	case 0:
		return oracle.Null{}
	case 1:
		return oracle.Bool(take()%2 == 0)
	case 2:
		return oracle.Number{Text: fmt.Sprintf("%d.%de%d", take(), take()%10, take()%20), Exact: take()%4 > 0}
	case 3, 7:
		return oracle.Text(text())
	case 6:
		return oracle.Number{Text: text(), Exact: true}
	case 4:
		list := make(oracle.List, take()%8)
		for i := range list {
			list[i] = fuzzed(data, depth+1)
		}
		return list
	default:
		o := oracle.Object{}
		for range take() % 8 {
			name := text()
			if _, ok := o.Get(name); !ok {
				o = append(o, oracle.Member{Name: name, Value: fuzzed(data, depth+1)})
			}
		}
		return o
	}
}
