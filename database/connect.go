package database

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"

	sqlite3 "modernc.org/sqlite/lib"
)

type mode int

const (
	readWrite mode = iota
	readOnly
	immutable // a folder that cannot be written, and so has no writer
)

// connect opens a database with one set of pragmas for all connections. Its path
// is escaped, since it may hold what means something in a URI.
func connect(path string, m mode, o Options) (*sql.DB, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("find database: %w", err)
	}
	pragmas := []string{"busy_timeout(10000)", "trusted_schema(0)"}
	q := url.Values{"mode": {"ro"}}
	switch m {
	case readWrite:
		q.Set("mode", "rw")
		q.Set("_txlock", "immediate")
		pragmas = append(pragmas, "journal_mode(wal)", "synchronous(full)", "journal_size_limit(67108864)")
		if o.MaxPages > 0 {
			pragmas = append(pragmas, fmt.Sprintf("max_page_count(%d)", o.MaxPages))
		}
		if o.Exclusive {
			pragmas = append(pragmas, "locking_mode(exclusive)")
		}
	case immutable:
		q.Set("immutable", "1")
	}
	q["_pragma"] = pragmas
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: abs, RawQuery: q.Encode()}).String())
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if m == readWrite {
		db.SetMaxOpenConns(1)
	}
	return db, nil
}

// Reader opens the database at path for reading beside this process's writer.
func Reader(path string) (*sql.DB, error) { return connect(path, readOnly, Options{}) }

// Read opens the database at path for reading, while another process may be
// writing it, and returns it when check accepts it. A folder that cannot be
// written is read as one that nobody writes.
func Read(path string, check func(*sql.DB) error) (*sql.DB, error) {
	if err := sniff(path); err != nil {
		return nil, err
	}
	db, err := readAs(path, readOnly, check)
	if c := code(err); (c == sqlite3.SQLITE_CANTOPEN || c == sqlite3.SQLITE_READONLY) && !exists(path+"-wal") {
		return readAs(path, immutable, check)
	}
	return db, err
}

func readAs(path string, m mode, check func(*sql.DB) error) (*sql.DB, error) {
	db, err := connect(path, m, Options{})
	if err != nil {
		return nil, err
	}
	if err := check(db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}
