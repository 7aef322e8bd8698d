// Package database opens the one SQLite file in a node's folder, in the same safe
// way for all that keep one: the folder's lock, creation that is complete or has
// not happened, one set of pragmas, reading beside a writer or in a folder that
// cannot be written, the check that a file is whole and of the layout that the
// program reads, and what an error of SQLite means and what to do about it. The
// tables and statements are those of the packages that use it.
package database

import (
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// lockName is the file in a folder that its one process holds locked.
const lockName = "lock"

// ErrLocked is a folder that another process, or another part of this one, has
// open for writing.
var ErrLocked = errors.New("the folder is in use: stop the process that has it open, or choose another folder")

// Options says how a database is opened for writing.
type Options struct {
	Create    string // statements that make a new one; see Meta for the table they must make
	Args      []any  // their arguments
	MaxPages  int    // of 4 KiB, beyond which the disk counts as full; 0 is no bound
	Exclusive bool   // not even a reader beside the writer
	// Lock is the folder's, from Lock, if the caller holds it already. It stays the
	// caller's, and Open hands out none.
	Lock *flock.Flock
}

// Lock makes the folder when there is none and takes its lock (ErrLocked). Whoever
// has more to do there than to open the database does that first.
func Lock(dir string) (*flock.Flock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make folder: %w", err)
	}
	lock := flock.New(filepath.Join(dir, lockName))
	held, err := lock.TryLock()
	switch {
	case err != nil:
		return nil, fmt.Errorf("lock folder: %w", err)
	case !held:
		return nil, ErrLocked
	}
	return lock, nil
}

// Open opens the database at path for writing, on one connection. It makes the
// folder when there is none, takes its lock (ErrLocked), and makes the database
// when there is none. An empty file, one that is no database, and a write-ahead
// log without its database are a loss and not a beginning: a *CorruptError. The
// caller checks what is in it (CheckVersion, CheckWhole), and frees both at the
// end, the lock last.
func Open(path string, o Options) (*sql.DB, *flock.Flock, error) {
	var lock *flock.Flock
	free := func() error { return nil }
	if o.Lock == nil {
		var err error
		if lock, err = Lock(filepath.Dir(path)); err != nil {
			return nil, nil, err
		}
		free = lock.Unlock
	}
	if err := ensure(path, o); err != nil {
		return nil, nil, errors.Join(err, free())
	}
	db, err := connect(path, readWrite, o)
	if err != nil {
		return nil, nil, errors.Join(err, free())
	}
	return db, lock, nil
}

// ensure makes a database if there is none. It is made beside and renamed, so that
// a file under the database's own name was complete once.
func ensure(path string, o Options) error {
	if err := sniff(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	name := filepath.Base(path)
	if exists(path + "-wal") {
		return &CorruptError{What: name + " is missing, but its " + name + "-wal is there"}
	}
	fresh := path + ".new"
	for _, leftover := range []string{fresh, fresh + "-wal", fresh + "-shm", fresh + "-journal"} {
		if err := os.Remove(leftover); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("clear an unfinished creation: %w", err)
		}
	}
	if err := fill(fresh, o); err != nil {
		return fmt.Errorf("create database: %w", err)
	}
	if err := os.Rename(fresh, path); err != nil {
		return fmt.Errorf("create database: %w", err)
	}
	return syncFolder(filepath.Dir(path))
}

// fill makes a file with the tables in it; closing it folds its log in.
func fill(path string, o Options) error {
	if err := os.WriteFile(path, nil, 0o600); err != nil { // SQLite would let others read it
		return err
	}
	db, err := connect(path, readWrite, Options{})
	if err != nil {
		return err
	}
	_, err = db.Exec(o.Create, o.Args...)
	return errors.Join(err, db.Close())
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
		return &CorruptError{What: filepath.Base(path) + " is empty"}
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("read database: %w", err)
	case string(b) != magic:
		return &CorruptError{What: filepath.Base(path) + " is not an SQLite database"}
	}
	return nil
}

func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err == nil {
		err = errors.Join(f.Sync(), f.Close())
	}
	if err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
