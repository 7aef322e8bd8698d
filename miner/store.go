package miner

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"

	"github.com/gofrs/flock"
	"github.com/klauspost/compress/zstd"

	"github.com/assaynet/assay/database"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// store is the database of one miner. It is safe for concurrent use.
type store struct {
	lock   *flock.Flock // nil when the caller holds it
	writer *sql.DB      // one connection
	reader *sql.DB
	body   *sql.Stmt // the body of a key
	packer *zstd.Encoder
	opener *zstd.Decoder
	step   func(string)
	health health
}

// readers is how many connections read at the same time.
const readers = 4

// openStore locks the folder, makes the store when there is none, and checks that
// it is whole and belongs to the hotkey.
func openStore(cfg Config, owner protocol.Hotkey) (_ *store, err error) {
	s := &store{step: cfg.step, health: health{failing: map[string]error{}}}
	path := filepath.Join(cfg.Dir, databaseName)
	s.writer, s.lock, err = database.Open(path, database.Options{
		Create:   schema + "INSERT INTO meta VALUES ('schema', ?), ('netuid', ?), ('hotkey', ?)",
		Args:     []any{strconv.Itoa(schemaVersion), strconv.Itoa(int(cfg.Netuid)), owner.String()},
		MaxPages: cfg.maxPages,
		Lock:     cfg.Lock,
	})
	if err != nil {
		return nil, own(err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if err := s.check(cfg.Netuid, owner); err != nil {
		return nil, err
	}
	if _, err := s.writer.Exec(assignmentSchema); err != nil {
		return nil, writeError(err)
	}
	if s.reader, err = database.Reader(path); err != nil {
		return nil, err
	}
	s.reader.SetMaxOpenConns(readers)
	s.reader.SetMaxIdleConns(readers)
	if err := openAll(s.reader); err != nil {
		return nil, readError(err)
	}
	if s.body, err = s.reader.Prepare(`SELECT b.body FROM items i JOIN bodies b ON b.id = i.id WHERE i.key = ?`); err != nil {
		return nil, readError(err)
	}
	return s, s.codec()
}

// openAll opens every reading connection now, so that none has to be opened while
// a validator waits.
func openAll(db *sql.DB) error {
	var held []*sql.Conn
	var err error
	for range readers {
		var c *sql.Conn
		if c, err = db.Conn(context.Background()); err != nil {
			break
		}
		held = append(held, c)
	}
	for _, c := range held {
		err = errors.Join(err, c.Close())
	}
	return err
}

func (s *store) check(netuid uint16, owner protocol.Hotkey) error {
	if err := checkSchema(s.writer); err != nil {
		return err
	}
	if err := database.CheckWhole(s.writer); err != nil {
		return own(err)
	}
	for _, want := range [][2]string{{"netuid", strconv.Itoa(int(netuid))}, {"hotkey", owner.String()}} {
		have, err := database.Meta(s.writer, want[0])
		if err != nil {
			return own(err)
		}
		if have != want[1] {
			return fmt.Errorf("%w: it is that of %s %s, not %s", ErrOtherStore, want[0], have, want[1])
		}
	}
	return nil
}

// codec sets up compression. An item is short, so the window is small; what a
// body unpacks to is bounded by what an item may be.
func (s *store) codec() (err error) {
	s.packer, err = zstd.NewWriter(nil, zstd.WithWindowSize(item.MaxItemBytes), zstd.WithEncoderConcurrency(1), zstd.WithZeroFrames(true))
	if err != nil {
		return fmt.Errorf("set up compression: %w", err)
	}
	s.opener, err = zstd.NewReader(nil, zstd.WithDecoderMaxMemory(item.MaxItemBytes), zstd.WithDecoderConcurrency(readers))
	if err != nil {
		return fmt.Errorf("set up compression: %w", err)
	}
	return nil
}

func (s *store) close() error {
	var errs []error
	if s.body != nil {
		errs = append(errs, s.body.Close())
	}
	if s.reader != nil {
		errs = append(errs, s.reader.Close())
	}
	if s.writer != nil {
		errs = append(errs, s.writer.Close())
	}
	if s.opener != nil {
		s.opener.Close()
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Unlock())
	}
	return errors.Join(errs...)
}

// write runs f in a transaction that is on the disk when write returns nil.
func (s *store) write(what string, f func(tx *sql.Tx) error) (err error) {
	defer func() { s.health.wrote(what, err) }()
	s.step(what + ": begin")
	tx, err := s.writer.Begin()
	if err != nil {
		return fmt.Errorf("store %s: %w", what, writeError(err))
	}
	defer tx.Rollback() // after a commit this does nothing
	if err := f(tx); err != nil {
		return fmt.Errorf("store %s: %w", what, writeError(err))
	}
	s.step(what + ": commit")
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("store %s: %w", what, writeError(err))
	}
	s.step(what + ": done")
	return nil
}
