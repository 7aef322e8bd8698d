package miner

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	sqlite "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/assaynet/assay/protocol"
)

// The files of a store, in its folder.
const (
	databaseName = "miner.db"
	lockName     = "lock"
)

// schemaVersion is the layout below. A store of another is refused, not altered.
const schemaVersion = 1

// The tables. Items are numbered 1, 2, … in the order of arrival, and a root
// commits to those up to its count. Bodies are apart so that the index is rebuilt
// without reading them. An item's body is its encoding, zstd-compressed.
const schema = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE items (
	id    INTEGER PRIMARY KEY,
	key   BLOB NOT NULL UNIQUE,
	size  INTEGER NOT NULL,
	attrs BLOB NOT NULL
) STRICT;
CREATE TABLE bodies (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
CREATE TABLE roots (
	seq       INTEGER PRIMARY KEY,
	hash      BLOB NOT NULL,
	bytes     INTEGER NOT NULL,
	count     INTEGER NOT NULL,
	signature BLOB NOT NULL
) STRICT;
CREATE TABLE receipts (
	validator BLOB NOT NULL,
	seq       INTEGER NOT NULL,
	root      BLOB NOT NULL,
	round     INTEGER NOT NULL,
	block     INTEGER NOT NULL,
	signature BLOB NOT NULL,
	PRIMARY KEY (validator, seq)
) STRICT;
CREATE TABLE anchors (
	validator BLOB NOT NULL,
	seq       INTEGER NOT NULL,
	hash      BLOB NOT NULL,
	round     INTEGER NOT NULL,
	PRIMARY KEY (validator, seq, hash)
) STRICT;
CREATE TABLE cursors (source TEXT PRIMARY KEY, cursor BLOB NOT NULL) STRICT;
`

// ErrLocked is a store that another process, or another Miner of this one, holds.
var ErrLocked = errors.New("the store is in use: stop the process that has it open, or choose another folder")

// ErrCorrupt is a store that is not what was written. Nothing is changed on the
// disk when it is found.
var ErrCorrupt = errors.New("the store is corrupt: keep the folder as it is and restore miner.db from the newest copy; " +
	"if roots were shown since that copy was made, start an empty folder with a new hotkey, since a root number must never be signed twice")

type mode int

const (
	readWrite mode = iota
	readOnly
	immutable // a folder that cannot be written, and so has no writer
)

// connect opens the database with one set of pragmas for all connections.
func connect(path string, m mode, maxPages int) (*sql.DB, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("find database: %w", err)
	}
	q := url.Values{"_pragma": {"busy_timeout(10000)", "trusted_schema(0)"}, "mode": {"ro"}}
	switch m {
	case readWrite:
		q.Set("mode", "rw")
		q.Set("_txlock", "immediate")
		q["_pragma"] = append(q["_pragma"], "journal_mode(wal)", "synchronous(full)", "journal_size_limit(67108864)")
		if maxPages > 0 {
			q["_pragma"] = append(q["_pragma"], fmt.Sprintf("max_page_count(%d)", maxPages))
		}
	case immutable:
		q.Set("immutable", "1")
	}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: abs, RawQuery: q.Encode()}).String())
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if m == readWrite {
		db.SetMaxOpenConns(1)
	} else {
		db.SetMaxOpenConns(readers)
		db.SetMaxIdleConns(readers)
	}
	return db, nil
}

// readers is how many connections read at the same time.
const readers = 4

// ensure makes an empty store if there is none. It is made beside and renamed, so
// that a file under the database's own name was complete once: an empty one there
// is a loss, and not a beginning that would sign root 1 again.
func ensure(path string, netuid uint16, owner protocol.Hotkey) error {
	if exists(path) {
		return nil
	}
	if exists(path + "-wal") {
		return fmt.Errorf("%s is missing, but its -wal is there: %w", databaseName, ErrCorrupt)
	}
	fresh := path + ".new"
	for _, leftover := range []string{fresh, fresh + "-wal", fresh + "-shm", fresh + "-journal"} {
		if err := os.Remove(leftover); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("clear an unfinished creation: %w", err)
		}
	}
	f, err := os.OpenFile(fresh, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("create database: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("create database: %w", err)
	}
	db, err := connect(fresh, readWrite, 0)
	if err != nil {
		return err
	}
	_, err = db.Exec(schema+"INSERT INTO meta VALUES ('schema', ?), ('netuid', ?), ('hotkey', ?)",
		strconv.Itoa(schemaVersion), strconv.Itoa(int(netuid)), owner.String())
	if err = errors.Join(err, db.Close()); err != nil {
		return fmt.Errorf("create database: %w", err)
	}
	if err := os.Rename(fresh, path); err != nil {
		return fmt.Errorf("create database: %w", err)
	}
	return syncFolder(filepath.Dir(path))
}

func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// checkSchema demands the layout that this program reads.
func checkSchema(db *sql.DB) error {
	version, err := meta(db, "schema")
	switch {
	case err != nil:
		return err
	case version != strconv.Itoa(schemaVersion):
		return fmt.Errorf("the store has schema %q, this program reads %d: use the release that wrote it", version, schemaVersion)
	}
	return nil
}

// checkWhole asks SQLite whether the file is whole.
func checkWhole(db *sql.DB) error {
	var verdict string
	if err := db.QueryRow(`PRAGMA quick_check(1)`).Scan(&verdict); err != nil {
		return readError(err)
	}
	if verdict != "ok" {
		return fmt.Errorf("%s: %w", strings.TrimSpace(verdict), ErrCorrupt)
	}
	return nil
}

func meta(db *sql.DB, name string) (string, error) {
	var value string
	if err := db.QueryRow(`SELECT substr(value, 1, 100) FROM meta WHERE name = ?`, name).Scan(&value); err != nil {
		return "", readError(err)
	}
	return value, nil
}

// readError classes an error of a read.
func readError(err error) error {
	c := code(err)
	noTable := c == sqlite3.SQLITE_ERROR && strings.Contains(err.Error(), "no such table")
	if noTable || c == sqlite3.SQLITE_CORRUPT || c == sqlite3.SQLITE_NOTADB || c == sqlite3.SQLITE_FORMAT || errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("read store: %w: %w", err, ErrCorrupt)
	}
	return fmt.Errorf("read store: %w", err)
}

// writeError adds to an error of a write what an operator can do about it.
func writeError(err error) error {
	switch code(err) {
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("%w (the disk is full: free some space; what was stored is safe)", err)
	case sqlite3.SQLITE_IOERR:
		return fmt.Errorf("%w (check the disk)", err)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return fmt.Errorf("%w (check the folder's permissions)", err)
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("%w: %w", err, ErrCorrupt)
	}
	return err
}

// code is SQLite's primary result code, 0 if the error is not SQLite's.
func code(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code() & 0xff
	}
	return 0
}
