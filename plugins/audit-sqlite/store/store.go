// Package store keeps events in one SQLite file, and finds them.
//
// It decides when a refusal is one that it has already: by its reference. Everything that Append was given is on the
// disk when it returns. It is bounded: the oldest events go when there are too many. It never changes or forgets an event otherwise, but for the
// count of a refusal that happened again.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver

	"argus/plugin/sdk/audit"
)

const (
	version    = 3
	defaultMax = 10_000_000
	// pruneEvery is after how many kept events the oldest are looked for again.
	pruneEvery = 10_000
	// readers is how many questions are answered at once.
	readers = 4
)

const schema = `
CREATE TABLE events (
	id         INTEGER PRIMARY KEY AUTOINCREMENT,
	sequence   INTEGER UNIQUE,              -- of a step's record in the journal; NULL of a refusal
	chain      BLOB,                        -- hash of that record and of all before it; NULL of a refusal
	reference  TEXT UNIQUE,                 -- of a refusal; NULL of a step
	time       INTEGER NOT NULL,            -- nanoseconds since 1970
	what       TEXT NOT NULL,
	principal  TEXT NOT NULL,
	agent      TEXT NOT NULL,
	tool       TEXT NOT NULL,
	invocation INTEGER,                     -- of a start or an outcome
	level      TEXT NOT NULL,
	integrity  TEXT NOT NULL,
	rule       TEXT NOT NULL,
	detail     TEXT NOT NULL,
	count      INTEGER NOT NULL
) STRICT;
CREATE INDEX by_principal ON events (principal, id);
CREATE INDEX by_principal_and_what ON events (principal, what, id);
CREATE INDEX by_what ON events (what, id);
CREATE INDEX by_agent ON events (agent, id);
CREATE INDEX by_tool ON events (tool, id);
CREATE INDEX by_rule ON events (rule, id);
CREATE VIRTUAL TABLE words USING fts5(text, tokenize = 'trigram', detail = none, content = '', contentless_delete = 1);
CREATE TABLE spans (
	first  INTEGER PRIMARY KEY,             -- of a thousand ids that follow each other
	oldest INTEGER NOT NULL,                -- the times of their events
	newest INTEGER NOT NULL
) STRICT;
CREATE TABLE kept (
	only_one  INTEGER PRIMARY KEY CHECK (only_one = 1),
	sequence  INTEGER NOT NULL,             -- of the last step
	chain     BLOB NOT NULL,
	reference TEXT NOT NULL,                -- of the refusal that was given last
	count     INTEGER NOT NULL              -- that it came with
) STRICT;
INSERT INTO kept VALUES (1, 0, zeroblob(32), '', 0);
`

// Store is an open file. Append is for one goroutine at a time.
type Store struct {
	write *sql.DB // one connection
	read  *sql.DB
	most  int64
	since int // kept since the oldest were looked for
}

// Open opens the file, making it and its folder when absent. most is how many events are kept; 0 is the default.
func Open(ctx context.Context, path string, most int64) (*Store, error) {
	if most <= 0 {
		most = defaultMax
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of the events: %w", err)
	}
	if err := private(path); err != nil {
		return nil, err
	}
	write, err := connect(path, 1, "immediate")
	if err != nil {
		return nil, err
	}
	s := &Store{write: write, most: most, since: pruneEvery} // a program that never lives long would never look
	if err := s.prepare(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), write.Close())
	}
	if s.read, err = connect(path, readers, "deferred"); err != nil {
		return nil, errors.Join(err, write.Close())
	}
	return s, nil
}

// private makes the file before SQLite does, for its owner alone.
func private(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("open the events: %w", err)
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.Mode().Perm()&0o077 != 0 {
		return errors.Join(fmt.Errorf("%s is open to others: run chmod 600 on it", path), err)
	}
	return nil
}

func connect(path string, connections int, lock string) (*sql.DB, error) {
	options := url.Values{"_txlock": {lock}, "_pragma": {"journal_mode(WAL)", "synchronous(FULL)", "busy_timeout(10000)"}}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+options.Encode())
	if err != nil {
		return nil, fmt.Errorf("open the events: %w", err)
	}
	db.SetMaxOpenConns(connections)
	return db, nil
}

// prepare makes the tables of an empty file, and refuses those of another version.
func (s *Store) prepare(ctx context.Context) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("open the events: %w", err)
	}
	defer tx.Rollback()
	var found int
	if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&found); err != nil {
		return fmt.Errorf("open the events: %w", err)
	}
	switch found {
	case version:
		return nil
	case 0:
		if _, err := tx.ExecContext(ctx, schema+fmt.Sprintf("PRAGMA user_version = %d;", version)); err != nil {
			return fmt.Errorf("make the tables of the events: %w", err)
		}
		return tx.Commit()
	}
	return fmt.Errorf("the events were written by another version of this program (%d, this is %d): move the file away, and a new one is fed from the journal", found, version)
}

// Close closes the file.
func (s *Store) Close() error { return errors.Join(s.read.Close(), s.write.Close()) }

// Kept tells up to where events were kept.
func (s *Store) Kept(ctx context.Context) (audit.Kept, error) { return kept(ctx, s.read) }

type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func kept(ctx context.Context, from querier) (audit.Kept, error) {
	var k audit.Kept
	var sequence, count int64
	var chain []byte
	if err := from.QueryRowContext(ctx, "SELECT sequence, chain, reference, count FROM kept").Scan(&sequence, &chain, &k.Reference, &count); err != nil {
		return audit.Kept{}, fmt.Errorf("read what is kept: %w", err)
	}
	if len(chain) != len(k.Chain) {
		return audit.Kept{}, fmt.Errorf("read what is kept: a chain of %d bytes", len(chain))
	}
	k.Sequence, k.Chain, k.Count = uint64(sequence), audit.Chain(chain), uint64(count)
	return k, nil
}
