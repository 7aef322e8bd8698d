package log

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"github.com/gofrs/flock"

	"github.com/assaynet/assay/database"
	"github.com/assaynet/assay/evidence"
)

// Log is an open record. It is safe for concurrent use.
type Log struct {
	lock   *flock.Flock // nil when read-only, or when the caller holds it
	writer *sql.DB      // one connection; nil when read-only
	reader *sql.DB
	seen   *os.File // evidence.head; nil when read-only
	note   string   // its path
	step   func(string)

	mu     sync.Mutex
	head   evidence.Head
	failed error
}

// Option changes how a record is opened.
type Option func(*options)

type options struct {
	maxPages int
	step     func(string)
	lock     *flock.Flock
}

// Held says that the caller holds the folder's lock already (database.Lock), and
// frees it after Close.
func Held(lock *flock.Flock) Option { return func(o *options) { o.lock = lock } }

// MaxPages bounds the database to n pages of 4 KiB; an Append that needs more
// fails as on a full disk.
func MaxPages(n int) Option { return func(o *options) { o.maxPages = n } }

// Open opens the record in dir for writing, and creates it if there is none. It
// takes the folder's lock (ErrLocked), then checks the database, the chain and
// that no entry is missing from its end (*CorruptError).
func Open(dir string, opts ...Option) (_ *Log, err error) {
	o := options{step: func(string) {}}
	for _, opt := range opts {
		opt(&o)
	}
	l := &Log{step: o.step, note: filepath.Join(dir, headName)}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("open record in %s: %w", dir, err), l.Close())
		}
	}()
	path := filepath.Join(dir, databaseName)
	l.writer, l.lock, err = database.Open(path, database.Options{
		Create: schema + "; INSERT INTO meta VALUES ('schema', ?)", Args: []any{strconv.Itoa(schemaVersion)},
		MaxPages: o.maxPages, Lock: o.lock,
	})
	if err != nil {
		return nil, own(err)
	}
	if l.reader, err = database.Reader(path); err != nil {
		return nil, err
	}
	if l.head, err = check(l.writer); err != nil {
		return nil, err
	}
	if l.seen, err = openHead(l.note, l); err != nil {
		return nil, err
	}
	return l, nil
}

// OpenReadOnly opens the record in dir for reading, while another process may be
// writing it, and checks it as Open does. Head stays where the record ended then;
// Entries and Holds see what was added since. It does not look for entries that
// are missing from the end, so that what is left can be read: CheckEnd does.
func OpenReadOnly(dir string) (_ *Log, err error) {
	l := &Log{note: filepath.Join(dir, headName)}
	l.reader, err = database.Read(filepath.Join(dir, databaseName), func(db *sql.DB) (err error) {
		l.head, err = check(db)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open record in %s: %w", dir, own(err))
	}
	return l, nil
}

// Head is the last entry; of a read-only log, the last one when it was opened.
func (l *Log) Head() evidence.Head {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.head
}

// Close closes the record and frees its folder.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed == nil {
		l.failed = ErrClosed
	}
	var errs []error
	if l.reader != nil {
		errs = append(errs, l.reader.Close())
	}
	if l.writer != nil {
		errs = append(errs, l.writer.Close())
	}
	if l.seen != nil {
		errs = append(errs, l.seen.Close())
	}
	if l.lock != nil {
		errs = append(errs, l.lock.Unlock())
	}
	l.reader, l.writer, l.seen, l.lock = nil, nil, nil, nil
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("close record: %w", err)
	}
	return nil
}
