package store

import (
	"context"
	"database/sql"
	"fmt"

	"argus/plugin/sdk/audit"
)

const insert = `INSERT INTO events (sequence, reference, time, what, principal, agent, tool, invocation, level, integrity, rule, detail, count)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (sequence) DO NOTHING
ON CONFLICT (reference) DO UPDATE SET count = max(count, excluded.count)`

// Append keeps events in one transaction.
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
	var sequence, refusal int64
	for _, e := range events {
		if _, err := statement.ExecContext(ctx, columns(e)...); err != nil {
			return audit.Kept{}, fmt.Errorf("keep events: %w", err)
		}
		if e.What == audit.Refused {
			refusal = max(refusal, e.Time.UnixNano())
		} else {
			sequence = max(sequence, int64(e.Sequence))
		}
	}
	if _, err := tx.ExecContext(ctx, "UPDATE kept SET sequence = max(sequence, ?), refusal = max(refusal, ?)", sequence, refusal); err != nil {
		return audit.Kept{}, fmt.Errorf("keep events: %w", err)
	}
	if err := s.prune(ctx, tx, len(events)); err != nil {
		return audit.Kept{}, err
	}
	now, err := kept(ctx, tx)
	if err != nil {
		return audit.Kept{}, err
	}
	return now, tx.Commit()
}

func columns(e audit.Event) []any {
	var sequence, invocation sql.NullInt64
	var reference sql.NullString
	if e.What == audit.Refused {
		reference = sql.NullString{String: e.Reference, Valid: true}
	} else {
		sequence = sql.NullInt64{Int64: int64(e.Sequence), Valid: true}
	}
	if e.Invocation != nil {
		invocation = sql.NullInt64{Int64: int64(*e.Invocation), Valid: true}
	}
	return []any{
		sequence, reference, e.Time.UnixNano(), e.What, e.Principal, e.Agent, e.Tool, invocation, e.Level, e.Integrity, e.Rule, e.Detail, int64(e.Count),
	}
}

// prune lets the oldest go, now and then.
func (s *Store) prune(ctx context.Context, tx *sql.Tx, added int) error {
	if s.since += added; s.since < pruneEvery && int64(s.since) < s.most {
		return nil
	}
	s.since = 0
	if _, err := tx.ExecContext(ctx, "DELETE FROM events WHERE id <= (SELECT id FROM events ORDER BY id DESC LIMIT 1 OFFSET ?)", s.most); err != nil {
		return fmt.Errorf("let the oldest events go: %w", err)
	}
	return nil
}
