// Package log keeps a validator's record durably: the hash chain of evidence in
// one SQLite database, evidence.db, that any tool can read.
//
// One process at a time may write a record; any number may read it meanwhile. An
// entry that Append returned is on the disk (WAL, synchronous=FULL). A failed
// Append is final: the log answers every later one with the same error until it
// is opened again, so nobody goes on speaking about what may not be recorded.
//
// What is read is never trusted. Open and OpenReadOnly check the database and the
// whole chain, Entries checks each entry once more as it decodes it, and nothing
// is ever repaired by starting over: a record that does not check out is an error
// that names the first bad entry. Beside the database lies evidence.head, the
// last head that Append returned; a database that ends before it has lost
// entries, even if all that is left fits together.
package log

import (
	"errors"
	"fmt"

	"github.com/assaynet/assay/database"
)

// The files of a record, in its folder.
const (
	databaseName = "evidence.db"
	headName     = "evidence.head"
)

// ErrLocked is a folder that another process, or another Log of this one, has
// open for writing.
var ErrLocked = database.ErrLocked

// ErrFailed is a log on which an Append has failed. What was recorded before is
// safe; the process must stop and open the record anew.
var ErrFailed = errors.New("the record takes no more entries until it is opened again")

// ErrClosed is a log after Close.
var ErrClosed = errors.New("the record is closed")

// CorruptError is a record that is not what was written. Nothing is changed on
// the disk when it is found.
type CorruptError struct {
	Seq  uint64 // the first bad entry; 0 when the database as a whole is bad
	What string // what is wrong, for people
	Err  error  // the cause, if there is one
}

// Error names the entry, what is wrong and what to do.
func (e *CorruptError) Error() string {
	where := "record"
	if e.Seq > 0 {
		where = fmt.Sprintf("entry %d of the record", e.Seq)
	}
	what := e.What
	if e.Err != nil {
		what += ": " + e.Err.Error()
	}
	return fmt.Sprintf("%s is corrupt: %s (keep the folder as it is and restore evidence.db from a copy; a new record needs an empty folder)", where, what)
}

// Unwrap gives the cause.
func (e *CorruptError) Unwrap() error { return e.Err }
