package desk

import (
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"

	"github.com/assaynet/assay/database"
	"github.com/assaynet/assay/protocol"
)

// databaseName is the desk's file in the miner's folder.
const databaseName = "desk.db"

const schemaVersion = 2

// readers is how many connections read at the same time.
const readers = 4

// The states of an assignment.
const (
	stateOpen   = 0 // its tasks may be answered
	stateSealed = 1 // its answers are items of the miner's index
	stateMissed = 2 // it was never sealed in time, or was handed out again
)

// The tables. What tasks show is apart, since it is dropped once they are over. Times
// are in milliseconds since 1970; a task's closing is the round at whose start it closes.
// The labeller of a lease stays when the lease has ended, until another one has the task;
// until is 0 then, once the lapse is noted. leases has how many leases of a task a
// labeller had, lapses when leases ended that were not answered.
const schema = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE assignments (
	digest    BLOB PRIMARY KEY,
	validator BLOB NOT NULL,
	program   TEXT NOT NULL,
	round     INTEGER NOT NULL,
	due       INTEGER NOT NULL,
	closing   INTEGER NOT NULL,
	content   BLOB NOT NULL,
	state     INTEGER NOT NULL
) STRICT;
CREATE INDEX assignments_due ON assignments (state, due);
CREATE TABLE tasks (
	id         BLOB PRIMARY KEY,
	assignment BLOB NOT NULL,
	place      INTEGER NOT NULL,
	program    TEXT NOT NULL,
	parents    BLOB NOT NULL,
	open       INTEGER NOT NULL,
	holder     TEXT NOT NULL,
	since      INTEGER NOT NULL,
	until      INTEGER NOT NULL
) STRICT;
CREATE INDEX tasks_open ON tasks (program) WHERE open = 1;
CREATE INDEX tasks_leased ON tasks (until) WHERE open = 1 AND until > 0;
CREATE INDEX tasks_assignment ON tasks (assignment, place);
CREATE TABLE shown (
	task  BLOB NOT NULL,
	place INTEGER NOT NULL,
	item  BLOB NOT NULL,
	PRIMARY KEY (task, place)
) STRICT;
CREATE TABLE answers (
	task      BLOB PRIMARY KEY,
	labeller  TEXT NOT NULL,
	program   TEXT NOT NULL,
	answer    TEXT NOT NULL,
	comment   TEXT NOT NULL,
	millis    INTEGER NOT NULL,
	signature BLOB NOT NULL,
	at        INTEGER NOT NULL,
	changes   INTEGER NOT NULL,
	truth     TEXT NOT NULL
) STRICT;
CREATE INDEX answers_labeller ON answers (labeller, at);
CREATE TABLE skips (
	task     BLOB NOT NULL,
	labeller TEXT NOT NULL,
	reason   TEXT NOT NULL,
	since    INTEGER NOT NULL,
	until    INTEGER NOT NULL,
	PRIMARY KEY (task, labeller)
) STRICT;
CREATE TABLE leases (
	task     BLOB NOT NULL,
	labeller TEXT NOT NULL,
	count    INTEGER NOT NULL,
	PRIMARY KEY (task, labeller)
) STRICT;
CREATE TABLE lapses (
	labeller TEXT NOT NULL,
	at       INTEGER NOT NULL
) STRICT;
CREATE INDEX lapses_labeller ON lapses (labeller, at);
CREATE INDEX lapses_at ON lapses (at);
CREATE TABLE labellers (
	program    TEXT NOT NULL,
	labeller   TEXT NOT NULL,
	answered   INTEGER NOT NULL,
	sealed     INTEGER NOT NULL,
	gold_asked INTEGER NOT NULL,
	gold_right INTEGER NOT NULL,
	PRIMARY KEY (labeller, program)
) STRICT;
`

// ErrOtherDesk is the database of another hotkey or subnet.
var ErrOtherDesk = errors.New("the labelling desk in the folder is another one: choose another folder")

// openDatabase makes the database when there is none, and checks it.
func (d *Desk) openDatabase() (err error) {
	path := filepath.Join(d.cfg.Dir, databaseName)
	d.writer, d.lock, err = database.Open(path, database.Options{
		Create: schema + "INSERT INTO meta VALUES ('schema', ?), ('netuid', ?), ('hotkey', ?)",
		Args:   []any{strconv.Itoa(schemaVersion), strconv.Itoa(int(d.cfg.Netuid)), d.cfg.Miner.String()},
		Lock:   d.cfg.Lock,
	})
	if err != nil {
		return err
	}
	if err := errors.Join(database.CheckVersion(d.writer, schemaVersion), database.CheckWhole(d.writer)); err != nil {
		return err
	}
	for _, want := range [][2]string{{"netuid", strconv.Itoa(int(d.cfg.Netuid))}, {"hotkey", d.cfg.Miner.String()}} {
		have, err := database.Meta(d.writer, want[0])
		if err != nil {
			return err
		}
		if have != want[1] {
			return fmt.Errorf("%w: it is that of %s %s, not %s", ErrOtherDesk, want[0], have, want[1])
		}
	}
	if d.reader, err = database.Reader(path); err != nil {
		return err
	}
	d.reader.SetMaxOpenConns(readers)
	d.reader.SetMaxIdleConns(readers)
	return nil
}

// write runs f in a transaction that is on the disk when write returns nil. A refusal
// within f changes nothing.
func (d *Desk) write(what string, f func(tx *sql.Tx) error) (err error) {
	defer func() { d.wrote(err) }()
	d.cfg.step(what + ": begin")
	tx, err := d.writer.Begin()
	if err != nil {
		return writeError(what, err)
	}
	defer tx.Rollback() // after a commit this does nothing
	if err := f(tx); err != nil {
		return writeError(what, err)
	}
	d.cfg.step(what + ": commit")
	if err := tx.Commit(); err != nil {
		return writeError(what, err)
	}
	d.cfg.step(what + ": done")
	return nil
}

// wrote notes whether the database takes what is written. What a refusal says is the
// caller's fault.
func (d *Desk) wrote(err error) {
	_, refused := errors.AsType[*refusal](err)
	_, failed := errors.AsType[*protocol.Failure](err)
	if !refused && !failed {
		d.trouble.Store(&err)
	}
}

// Trouble is why the last write failed, nil when it did not: a health check.
func (d *Desk) Trouble() error {
	if err := d.trouble.Load(); err != nil {
		return *err
	}
	return nil
}

// writeError says what failed, and what an operator can do about it.
func writeError(what string, err error) error {
	if r, ok := errors.AsType[*refusal](err); ok {
		return r
	}
	if remedy := database.Remedy(err); remedy != "" {
		return fmt.Errorf("store %s: %w (%s)", what, err, remedy)
	}
	return fmt.Errorf("store %s: %w", what, err)
}

// querier is a transaction, or the readers.
type querier interface {
	Query(query string, args ...any) (*sql.Rows, error)
	QueryRow(query string, args ...any) *sql.Row
}

// each calls f for every row of a query; scan is f's to call.
func each(q querier, f func(scan func(...any) error) error, query string, args ...any) error {
	rows, err := q.Query(query, args...)
	if err != nil {
		return database.ReadError(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows.Scan); err != nil {
			return err
		}
	}
	return database.ReadError(rows.Err())
}
