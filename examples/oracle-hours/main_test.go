package main

import (
	"testing"
	"testing/synctest"
	"time"

	"argus/plugin/sdk"
	"argus/plugin/sdk/conformance/oraclekit"
	"argus/plugin/sdk/oracle"
	"argus/plugin/sdk/sdktest"
)

func TestItConforms(t *testing.T) {
	sdktest.Conform(t, oraclekit.Kit(), sdktest.Subject{
		New:      func(testing.TB) sdk.Service { return oracle.Service(info, &hours{}) },
		Settings: `{"from": 0, "to": 24}`,
	})
}

func TestTheHourIsHeldAndTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		today := time.Now()
		time.Sleep(time.Until(time.Date(today.Year(), today.Month(), today.Day()+1, 8, 59, 0, 0, time.Local)))
		h := &hours{}
		if problems := h.Configure(t.Context(), sdk.Settings{JSON: `{"from": 9, "to": 17}`}); len(problems) > 0 {
			t.Fatal(problems)
		}
		told := map[string]bool{}
		for _, next := range []struct {
			after time.Duration
			open  bool
		}{{0, false}, {2 * time.Minute, true}, {7 * time.Hour, true}, {time.Hour, false}} {
			time.Sleep(next.after)
			synctest.Wait()
			state, _ := h.Policy()
			answer := h.Ask(t.Context(), oracle.Question{})
			if answer.Authorized != next.open || answer.PolicyDigest != state.Digest {
				t.Errorf("at %v: %+v under %+v", time.Now(), answer, state)
			}
			told[state.Digest] = next.open
		}
		if len(told) != 2 {
			t.Errorf("policies told: %v", told)
		}
	})
}

func TestHoursThatNeverComeAreAProblem(t *testing.T) {
	if problems := (&hours{}).Configure(t.Context(), sdk.Settings{JSON: `{"from": 17, "to": 9}`}); len(problems) != 1 || problems[0].Fix == "" {
		t.Errorf("problems = %v", problems)
	}
}
