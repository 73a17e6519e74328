package store

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"strings"
	"time"

	"argus/plugin/sdk/audit"
)

// Query finds events.
func (s *Store) Query(ctx context.Context, q audit.Query) ([]audit.Found, error) {
	text, args := statement(q)
	rows, err := s.read.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, fmt.Errorf("find events: %w", err)
	}
	defer rows.Close()
	var found []audit.Found
	for rows.Next() {
		f, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("find events: %w", err)
		}
		found = append(found, f)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("find events: %w", err)
	}
	return found, nil
}

// everything is all texts of an event.
const everything = "principal || ' ' || agent || ' ' || tool || ' ' || what || ' ' || rule || ' ' || detail || ' ' || coalesce(reference, '')"

// statement asks for what is given. Every value of the question is a parameter.
func statement(q audit.Query) (text string, args []any) {
	from, id := "events", "id"
	var where []string
	with := func(condition string, values ...any) {
		where, args = append(where, condition), append(args, values...)
	}
	if q.Text != "" {
		if match := trigrams(q.Text); match != "" {
			from, id = "words CROSS JOIN events ON id = words.rowid", "words.rowid"
			with("words MATCH ?", match)
		}
		with("instr(lower("+everything+"), lower(?)) > 0", q.Text)
	}
	with(id+" > ?", int64(q.AfterID))
	for _, exact := range []struct{ column, value string }{
		{"principal", q.Principal}, {"tool", q.Tool}, {"rule", q.Rule}, {"what", q.What},
	} {
		if exact.value != "" {
			with(exact.column+" = ?", exact.value)
		}
	}
	if q.Agent != "" {
		// Ids of the agents below one begin with its own and a dot; '/' is the character after the dot.
		with("(agent = ? OR agent > ? AND agent < ?)", q.Agent, q.Agent+".", q.Agent+"/")
	}
	if !q.From.IsZero() || !q.Before.IsZero() {
		// Times nearly rise with ids. No index is over both, so the ids are bounded by those of the spans that reach into the time.
		since, until := int64(math.MinInt64), int64(math.MaxInt64)
		if !q.From.IsZero() {
			since = q.From.UnixNano()
		}
		if !q.Before.IsZero() {
			until = q.Before.UnixNano()
		}
		with(id+" >= (SELECT min(first) FROM spans WHERE newest >= ? AND oldest < ?)", since, until)
		with(id+" < (SELECT max(first) + 1000 FROM spans WHERE newest >= ? AND oldest < ?)", since, until)
		with("time >= ? AND time < ?", since, until)
	}
	order := "DESC"
	if q.OldestFirst {
		order = "ASC"
	}
	return "SELECT id, sequence, chain, reference, time, what, principal, agent, tool, invocation, level, integrity, rule, detail, count FROM " + from +
		" WHERE " + strings.Join(where, " AND ") + " ORDER BY " + id + " " + order + " LIMIT ?", append(args, q.Limit)
}

// mostTrigrams is how many of a long text are looked up: what they find is held to the text anyway.
const mostTrigrams = 32

// trigrams asks for the events that have all trigrams of a text, each of which stands between quotes and so is no operator. A text of less than
// three characters has none: then every event is looked at.
func trigrams(text string) string {
	runes := []rune(text)
	var all []string
	for i := 0; i+3 <= len(runes) && len(all) < mostTrigrams; i++ {
		all = append(all, `"`+strings.ReplaceAll(string(runes[i:i+3]), `"`, `""`)+`"`)
	}
	return strings.Join(all, " ")
}

func scan(rows *sql.Rows) (audit.Found, error) {
	var f audit.Found
	var sequence, invocation sql.NullInt64
	var reference sql.NullString
	var nanos int64
	var chain []byte
	err := rows.Scan(&f.ID, &sequence, &chain, &reference, &nanos, &f.What, &f.Principal, &f.Agent, &f.Tool, &invocation, &f.Level, &f.Integrity, &f.Rule,
		&f.Detail, &f.Count)
	f.Time = time.Unix(0, nanos).UTC()
	f.Sequence, f.Reference = uint64(sequence.Int64), reference.String
	copy(f.Chain[:], chain)
	if invocation.Valid {
		f.Invocation = new(uint64(invocation.Int64))
	}
	return f, err
}
