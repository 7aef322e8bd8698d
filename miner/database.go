package miner

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/assaynet/assay/database"
)

// databaseName is the file of a store, in its folder.
const databaseName = "miner.db"

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
var ErrLocked = database.ErrLocked

// ErrOtherStore is the store of another hotkey or subnet.
var ErrOtherStore = errors.New("the store in the folder is another one: choose another folder")

// ErrCorrupt is a store that is not what was written. Nothing is changed on the
// disk when it is found.
var ErrCorrupt = errors.New("the store is corrupt: keep the folder as it is and restore miner.db from the newest copy; " +
	"if roots were shown since that copy was made, start an empty folder with a new hotkey, since a root number must never be signed twice")

// checkSchema demands the layout that this program reads.
func checkSchema(db *sql.DB) error { return own(database.CheckVersion(db, schemaVersion)) }

// readError classes an error of a read.
func readError(err error) error { return own(database.ReadError(err)) }

// own is ErrCorrupt as well where the database is.
func own(err error) error {
	if database.IsCorrupt(err) && !errors.Is(err, ErrCorrupt) {
		return fmt.Errorf("%w: %w", err, ErrCorrupt)
	}
	return err
}

// writeError adds to an error of a write what an operator can do about it.
func writeError(err error) error {
	if remedy := database.Remedy(err); remedy != "" && !database.IsCorrupt(err) {
		return fmt.Errorf("%w (%s; what was stored is safe)", err, remedy)
	}
	return own(err)
}
