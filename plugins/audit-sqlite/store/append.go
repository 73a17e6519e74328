package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"argus/plugin/sdk/audit"
)

const insert = `INSERT INTO events (sequence, chain, reference, time, what, principal, agent, tool, invocation, level, integrity, rule, detail, count)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (reference) DO UPDATE SET count = max(count, excluded.count)`

// span notes the times of the events after an id.
const span = `INSERT INTO spans SELECT id - id % 1000, min(time), max(time) FROM events WHERE id > ? GROUP BY id - id % 1000
ON CONFLICT DO UPDATE SET oldest = min(oldest, excluded.oldest), newest = max(newest, excluded.newest)`

// word lets the texts of the events after an id be found.
const word = `INSERT INTO words (rowid, text) SELECT id, ` + everything + ` FROM events WHERE id > ?`

// Append keeps events in one transaction. A step that is kept already is an error, and nothing is kept.
func (s *Store) Append(ctx context.Context, events []audit.Event) (audit.Kept, error) {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return audit.Kept{}, fmt.Errorf("keep events: %w", err)
	}
	defer tx.Rollback()
	statement, err := tx.PrepareContext(ctx, insert)
	if err != nil {
		return audit.Kept{}, fmt.Errorf("keep events: %w", err)
	}
	defer statement.Close()
	var last int64
	if err := tx.QueryRowContext(ctx, "SELECT coalesce(max(id), 0) FROM events").Scan(&last); err != nil {
		return audit.Kept{}, fmt.Errorf("keep events: %w", err)
	}
	for _, e := range events {
		if _, err := statement.ExecContext(ctx, columns(e)...); err != nil {
			return audit.Kept{}, fmt.Errorf("keep events: %w", err)
		}
	}
	for _, index := range []string{span, word} {
		if _, err := tx.ExecContext(ctx, index, last); err != nil {
			return audit.Kept{}, fmt.Errorf("keep events: %w", err)
		}
	}
	before, err := kept(ctx, tx)
	if err != nil {
		return audit.Kept{}, err
	}
	now := before.Then(events)
	if _, err := tx.ExecContext(ctx, "UPDATE kept SET sequence = ?, chain = ?, reference = ?, count = ?",
		int64(now.Sequence), now.Chain[:], now.Reference, int64(now.Count)); err != nil {
		return audit.Kept{}, fmt.Errorf("keep events: %w", err)
	}
	if err := s.prune(ctx, tx, len(events)); err != nil {
		return audit.Kept{}, err
	}
	return now, tx.Commit()
}

func columns(e audit.Event) []any {
	var sequence, invocation sql.NullInt64
	var reference sql.NullString
	var chain []byte
	if e.What == audit.Refused {
		reference = sql.NullString{String: e.Reference, Valid: true}
	} else {
		sequence, chain = sql.NullInt64{Int64: int64(e.Sequence), Valid: true}, e.Chain[:]
	}
	if e.Invocation != nil {
		invocation = sql.NullInt64{Int64: int64(*e.Invocation), Valid: true}
	}
	return []any{
		sequence, chain, reference, e.Time.UnixNano(), e.What, e.Principal, e.Agent, e.Tool, invocation, e.Level, e.Integrity, e.Rule, e.Detail, int64(e.Count),
	}
}

// prune lets the oldest go, now and then.
func (s *Store) prune(ctx context.Context, tx *sql.Tx, added int) error {
	if s.since += added; s.since < pruneEvery && int64(s.since) < s.most {
		return nil
	}
	s.since = 0
	var last int64
	err := tx.QueryRowContext(ctx, "SELECT id FROM events ORDER BY id DESC LIMIT 1 OFFSET ?", s.most).Scan(&last)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	for _, statement := range []string{
		"DELETE FROM words WHERE rowid <= ?", "DELETE FROM events WHERE id <= ?", "DELETE FROM spans WHERE first + 999 <= ?",
	} {
		if err == nil {
			_, err = tx.ExecContext(ctx, statement, last)
		}
	}
	if err != nil {
		return fmt.Errorf("let the oldest events go: %w", err)
	}
	return nil
}
