package devnet

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/assaynet/assay/item"
)

// StateWindow is how many blocks back the state can be read.
const StateWindow = 256

const schema = `
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS blocks (
	number INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, eth_hash BLOB NOT NULL UNIQUE,
	parent BLOB NOT NULL, digest BLOB NOT NULL, header BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS txs (
	hash BLOB PRIMARY KEY, block INTEGER NOT NULL, position INTEGER NOT NULL, raw BLOB NOT NULL,
	status INTEGER NOT NULL, gas INTEGER NOT NULL, UNIQUE (block, position)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS state (
	key BLOB NOT NULL, block INTEGER NOT NULL, value BLOB, PRIMARY KEY (key, block)) WITHOUT ROWID;`

// ErrOtherGenesis is a database that was made from another genesis.
var ErrOtherGenesis = errors.New("the database holds a chain with another genesis")

// store keeps blocks, their transactions and the versions of the state.
type store struct{ db *sql.DB }

// openStore opens devnet.db in dir for this process alone.
func openStore(dir string) (*store, error) {
	path := filepath.Join(dir, "devnet.db")
	// Escaped, since a path may hold what means something in a URI.
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+
		"?_pragma=locking_mode(EXCLUSIVE)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate")
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	// One connection: an exclusive lock admits no second.
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(schema); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s (is another process using it?): %w", path, err), db.Close())
	}
	return &store{db: db}, nil
}

func (s *store) close() error { return s.db.Close() }

// bind records the genesis of a new database and checks that of an old one.
func (s *store) bind(genesis item.Hash) error {
	if _, err := s.db.Exec(`INSERT INTO meta VALUES ('genesis', ?) ON CONFLICT DO NOTHING`, genesis[:]); err != nil {
		return fmt.Errorf("record genesis: %w", err)
	}
	var b []byte
	if err := s.db.QueryRow(`SELECT value FROM meta WHERE key = 'genesis'`).Scan(&b); err != nil {
		return fmt.Errorf("read genesis: %w", err)
	}
	if item.Hash(b) != genesis {
		return ErrOtherGenesis
	}
	return nil
}

// commit makes a block and its changes durable in one transaction, and forgets
// versions of the changed keys that no block of the window needs.
func (s *store) commit(b *block, st *state) error {
	tx, err := s.db.Begin()
	if err != nil {
		return fmt.Errorf("commit block %d: %w", b.number(), err)
	}
	if err := errors.Join(writeBlock(tx, b), writeState(tx, b.number(), st)); err != nil {
		return errors.Join(fmt.Errorf("commit block %d: %w", b.number(), err), tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit block %d: %w", b.number(), err)
	}
	return nil
}

func writeBlock(tx *sql.Tx, b *block) error {
	header, err := b.encodeHeader()
	if err != nil {
		return err
	}
	ethHash := b.header.Hash()
	if _, err := tx.Exec(`INSERT INTO blocks VALUES (?, ?, ?, ?, ?, ?)`,
		b.number(), b.hash[:], ethHash[:], b.parent[:], b.digest[:], header); err != nil {
		return err
	}
	for i, t := range b.txs {
		raw, err := t.tx.MarshalBinary()
		if err != nil {
			return fmt.Errorf("encode transaction: %w", err)
		}
		hash := t.tx.Hash()
		if _, err := tx.Exec(`INSERT INTO txs VALUES (?, ?, ?, ?, ?, ?)`,
			hash[:], b.number(), i, raw, t.ok, t.gas); err != nil {
			return err
		}
	}
	return nil
}

func writeState(tx *sql.Tx, number uint64, st *state) error {
	put, err := tx.Prepare(`INSERT INTO state VALUES (?, ?, ?)`)
	if err != nil {
		return err
	}
	defer put.Close()
	prune, err := tx.Prepare(`DELETE FROM state WHERE key = ?1 AND block <
		(SELECT MAX(block) FROM state WHERE key = ?1 AND block <= ?2)`)
	if err != nil {
		return err
	}
	defer prune.Close()
	for _, k := range st.keys() {
		var value any // NULL for a removed key
		if v := st.changed[k]; v != nil {
			value = v
		}
		if _, err := put.Exec([]byte(k), number, value); err != nil {
			return err
		}
		if number > StateWindow {
			if _, err := prune.Exec([]byte(k), number-StateWindow); err != nil {
				return err
			}
		}
	}
	return nil
}

// snapshot reads the whole state after a block of the window.
func (s *store) snapshot(number uint64) (snapshot, error) {
	rows, err := s.db.Query(`SELECT key, value, MAX(block) FROM state WHERE block <= ? GROUP BY key`, number)
	if err != nil {
		return nil, fmt.Errorf("read state of block %d: %w", number, err)
	}
	defer rows.Close()
	out := make(snapshot)
	for rows.Next() {
		var k, v []byte
		var at uint64
		if err := rows.Scan(&k, &v, &at); err != nil {
			return nil, fmt.Errorf("read state of block %d: %w", number, err)
		}
		if v != nil {
			out[string(k)] = v
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read state of block %d: %w", number, err)
	}
	return out, nil
}
