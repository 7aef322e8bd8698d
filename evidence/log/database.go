package log

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/assaynet/assay/database"
)

// schemaVersion is the layout below. A record of another is refused, not altered.
const schemaVersion = 1

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
	schema = createEntries + ";" + createMeta
)

// checkDatabase asks SQLite whether the file is whole, and demands exactly the
// tables above: a record may come from a stranger, and a view or trigger has no
// place in it.
func checkDatabase(db *sql.DB) error {
	var tables string
	err := db.QueryRow(`SELECT coalesce(group_concat(sql, ';'), '') FROM (
		SELECT substr(sql, 1, 1000) AS sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name LIMIT 8)`).Scan(&tables)
	if err != nil {
		return corrupt(err)
	}
	if tables != schema {
		return &CorruptError{What: "its tables are not those of a record"}
	}
	if err := database.CheckVersion(db, schemaVersion); err != nil {
		return own(err)
	}
	return own(database.CheckWhole(db))
}

// corrupt classes an error of a read.
func corrupt(err error) error { return own(database.ReadError(err)) }

// own says of a record what package database says of its file.
func own(err error) error {
	if c, ok := errors.AsType[*database.CorruptError](err); ok {
		return &CorruptError{What: c.What, Err: c.Err}
	}
	return err
}

// hint is what an operator can do about a failed write.
func hint(err error) string {
	if remedy := database.Remedy(err); remedy != "" {
		return fmt.Sprintf("%s, then start again", remedy)
	}
	return "look at the error, then start again"
}
