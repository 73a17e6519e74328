package upstream

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"argus/internal/ijson"
)

// Of whatever is JSON, skimming tells the id that the strict reading tells, and only of an answer.
func FuzzSkimmedIDIsTheOneThatIsRead(f *testing.F) {
	for _, line := range []string{
		`{"jsonrpc":"2.0","id":1,"result":{}}`, `{"result":{"id":2,"a":["id",{"id":3}]},"jsonrpc":"2.0","id":4}`,
		`{"id":5,"error":{"code":1,"message":"\"id\":6}"}}`, `{"id":"7","result":{}}`, `{"id":8,"method":"result","params":{}}`,
		`{"\u0069d":9,"result":{}}`, `{"id":10,"result":{},"error":{}}`, `{ "id" : -11 , "result" : "}\\" }`, `[{"id":12,"result":{}}]`,
		`{"id":13,"result":{}}{}`, `{"id":1.4e1,"result":{}}`, `{"id":{},"result":{}}`, ``, `"`, `{"id":99999999999999999999,"result":1}`,
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		v, err := ijson.ParseString(line, ijson.AtMost(1<<16))
		if err != nil || v.Exact(envelopeNames...) != nil {
			return
		}
		var s skim
		var long answerTooLong
		found := skimmed(&s, line) && errors.As(s.answer(), &long)
		id, _ := v.Member("id")
		_, isRequest := v.Member("method")
		_, isResult := v.Member("result")
		_, isError := v.Member("error")
		number, err := strconv.ParseInt(id.Raw(), 10, 64)
		switch {
		case found && (err != nil || number != long.id || isRequest || isResult == isError):
			t.Errorf("%s was taken for the answer to %d", line, long.id)
		case !found && err == nil && !isRequest && isResult != isError && !strings.Contains(line, `\u`): // no name is written with escapes
			t.Errorf("%s was not taken for an answer", line)
		}
	})
}
