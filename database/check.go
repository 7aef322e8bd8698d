package database

import (
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	sqlite "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// CorruptError is a database that is not what was written. Nothing is changed on
// the disk when it is found.
type CorruptError struct {
	What string // what is wrong, for people
	Err  error  // the cause, if there is one
}

// Error says what is wrong; Remedy says what to do.
func (e *CorruptError) Error() string {
	if e.Err != nil {
		return e.What + ": " + e.Err.Error()
	}
	return e.What
}

// Unwrap gives the cause.
func (e *CorruptError) Unwrap() error { return e.Err }

// Meta reads a value of the table meta, which each database has: two columns, a
// name and a value, whatever they are called.
func Meta(db *sql.DB, name string) (string, error) {
	var value string
	err := db.QueryRow(`WITH m (name, value) AS (SELECT * FROM meta) SELECT substr(value, 1, 100) FROM m WHERE name = ?`, name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", &CorruptError{What: "it lacks its " + name}
	}
	return value, ReadError(err)
}

// CheckVersion demands the layout that this program reads, by the value "schema"
// of the table meta. A database of another layout is refused, not altered.
func CheckVersion(db *sql.DB, want int) error {
	have, err := Meta(db, "schema")
	if err == nil && have != strconv.Itoa(want) {
		err = fmt.Errorf("the database has schema %q, this program reads %d: use the release that wrote it", have, want)
	}
	return err
}

// CheckWhole asks SQLite whether the file is whole.
func CheckWhole(db *sql.DB) error {
	var verdict string
	if err := db.QueryRow(`PRAGMA quick_check(1)`).Scan(&verdict); err != nil {
		return ReadError(err)
	}
	if verdict != "ok" {
		return &CorruptError{What: strings.TrimSpace(verdict)}
	}
	return nil
}

// ReadError classes an error of a read: a *CorruptError if the database is to
// blame, also where a row is missing that must be there.
func ReadError(err error) error {
	_, classed := errors.AsType[*CorruptError](err)
	switch {
	case err == nil || classed:
		return err
	case IsCorrupt(err):
		return &CorruptError{What: "the database does not read", Err: err}
	case errors.Is(err, sql.ErrNoRows):
		return &CorruptError{What: "a row is missing", Err: err}
	}
	return fmt.Errorf("read database: %w", err)
}

// IsCorrupt reports whether an error says that the database is not what was
// written.
func IsCorrupt(err error) bool {
	if _, ok := errors.AsType[*CorruptError](err); ok {
		return true
	}
	switch code(err) {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT:
		return true
	case sqlite3.SQLITE_ERROR: // of statements that are right, so the tables are not
		return strings.Contains(err.Error(), "no such table") || strings.Contains(err.Error(), "no such column")
	}
	return false
}

// Remedy is what an operator can do about an error, "" when that is not known.
func Remedy(err error) string {
	if IsCorrupt(err) {
		return "keep the folder as it is and restore the database from a copy"
	}
	switch code(err) {
	case sqlite3.SQLITE_FULL:
		return "the disk is full: free some space"
	case sqlite3.SQLITE_IOERR:
		return "check the disk"
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return "check the folder's permissions"
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return "stop the other process that has the database open"
	}
	return ""
}

// code is SQLite's primary result code, 0 if the error is not SQLite's.
func code(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code() & 0xff
	}
	return 0
}
