package store

import (
	"context"
	"database/sql"
	"fmt"
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

// statement asks for what is given. Every value of the question is a parameter.
func statement(q audit.Query) (text string, args []any) {
	where := []string{"id > ?"}
	args = []any{int64(q.AfterID)}
	with := func(condition string, values ...any) {
		where, args = append(where, condition), append(args, values...)
	}
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
	if !q.From.IsZero() {
		with("time >= ?", q.From.UnixNano())
	}
	if !q.Before.IsZero() {
		with("time < ?", q.Before.UnixNano())
	}
	if q.Text != "" {
		const everything = "principal || ' ' || agent || ' ' || tool || ' ' || what || ' ' || rule || ' ' || detail || ' ' || coalesce(reference, '')"
		with("instr(lower("+everything+"), lower(?)) > 0", q.Text)
	}
	order := "DESC"
	if q.OldestFirst {
		order = "ASC"
	}
	return "SELECT id, sequence, chain, reference, time, what, principal, agent, tool, invocation, level, integrity, rule, detail, count FROM events WHERE " +
		strings.Join(where, " AND ") + " ORDER BY id " + order + " LIMIT ?", append(args, q.Limit)
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
