package log

import (
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	sqlite "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// schemaVersion is the layout below. A record of another is refused, not altered.
const schemaVersion = "1"

// The tables. kind and round repeat what the body says, for people with a SQL
// shell; round is NULL for an entry that belongs to no round.
const (
	createEntries = `CREATE TABLE entries (
	seq   INTEGER PRIMARY KEY,
	kind  TEXT NOT NULL,
	round INTEGER,
	prev  BLOB NOT NULL,
	hash  BLOB NOT NULL,
	body  BLOB NOT NULL
) STRICT`
	createMeta = `CREATE TABLE meta (
	name  TEXT PRIMARY KEY,
	value TEXT NOT NULL
) STRICT`
)

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
	q := url.Values{"_pragma": {"busy_timeout(10000)", "trusted_schema(0)"}}
	switch m {
	case readWrite:
		q.Set("mode", "rw")
		q.Set("_txlock", "immediate")
		q["_pragma"] = append(q["_pragma"], "journal_mode(wal)", "synchronous(full)", "journal_size_limit(67108864)")
		if maxPages > 0 {
			q["_pragma"] = append(q["_pragma"], fmt.Sprintf("max_page_count(%d)", maxPages))
		}
	case readOnly:
		q.Set("mode", "ro")
	case immutable:
		q.Set("mode", "ro")
		q.Set("immutable", "1")
	}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: abs, RawQuery: q.Encode()}).String())
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if m == readWrite {
		db.SetMaxOpenConns(1)
	}
	return db, nil
}

// ensure makes an empty record if there is none. It is made beside and renamed,
// so that a database under its own name is always one that was complete: an empty
// file there is a loss and not a beginning.
func ensure(path string) error {
	if exists(path) {
		return sniff(path)
	}
	if exists(path + "-wal") {
		return &CorruptError{What: databaseName + " is missing, but its " + databaseName + "-wal is there"}
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
	_, err = db.Exec(createEntries + ";" + createMeta + "; INSERT INTO meta VALUES ('schema', '" + schemaVersion + "')")
	if err = errors.Join(err, db.Close()); err != nil {
		return fmt.Errorf("create database: %w", err)
	}
	if err := os.Rename(fresh, path); err != nil {
		return fmt.Errorf("create database: %w", err)
	}
	return syncFolder(filepath.Dir(path))
}

// sniff refuses a file that SQLite would take for a new database, or would
// complain about in words of its own.
func sniff(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	defer f.Close()
	const magic = "SQLite format 3\x00"
	b := make([]byte, len(magic))
	n, err := io.ReadFull(f, b)
	switch {
	case n == 0 && errors.Is(err, io.EOF):
		return &CorruptError{What: databaseName + " is empty"}
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("read database: %w", err)
	case string(b) != magic:
		return &CorruptError{What: databaseName + " is not an SQLite database"}
	}
	return nil
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

// checkDatabase asks SQLite whether the file is whole, and demands exactly the
// tables above: a record may come from a stranger, and a view or trigger has no
// place in it.
func checkDatabase(db *sql.DB) error {
	var tables, want string
	err := db.QueryRow(`SELECT coalesce(group_concat(sql, ';'), '') FROM (
		SELECT substr(sql, 1, 1000) AS sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name LIMIT 8)`).Scan(&tables)
	if err != nil {
		return corrupt(err)
	}
	if want = createEntries + ";" + createMeta; tables != want {
		return &CorruptError{What: "its tables are not those of a record"}
	}
	var version string
	if err := db.QueryRow(`SELECT substr(value, 1, 20) FROM meta WHERE name = 'schema'`).Scan(&version); err != nil {
		return corrupt(err)
	}
	if version != schemaVersion {
		return fmt.Errorf("the record has schema %q, this program reads %q: use the release that wrote it", version, schemaVersion)
	}
	var verdict string
	if err := db.QueryRow(`PRAGMA quick_check(1)`).Scan(&verdict); err != nil {
		return corrupt(err)
	}
	if verdict != "ok" {
		return &CorruptError{What: strings.TrimSpace(verdict)}
	}
	return nil
}

// corrupt classes an error of a read.
func corrupt(err error) error {
	switch code(err) {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT:
		return &CorruptError{What: "the database does not read", Err: err}
	}
	if errors.Is(err, sql.ErrNoRows) {
		return &CorruptError{What: "it lacks its schema version"}
	}
	return fmt.Errorf("read database: %w", err)
}

// hint is what an operator can do about a failed write.
func hint(err error) string {
	switch code(err) {
	case sqlite3.SQLITE_FULL:
		return "free some space on the disk and start again"
	case sqlite3.SQLITE_IOERR:
		return "check the disk, then start again"
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return "check the folder's permissions, then start again"
	}
	return "look at the error, then start again"
}

// code is SQLite's primary result code, 0 if the error is not SQLite's.
func code(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code() & 0xff
	}
	return 0
}

func cannotOpen(err error) bool {
	c := code(err)
	return c == sqlite3.SQLITE_CANTOPEN || c == sqlite3.SQLITE_READONLY
}
