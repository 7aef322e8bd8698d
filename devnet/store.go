package devnet

import (
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"

	"github.com/gofrs/flock"

	"github.com/assaynet/assay/database"
	"github.com/assaynet/assay/item"
)

// StateWindow is how many blocks back the state can be read.
const StateWindow = 256

// schemaVersion is the layout below and that of the records in state. A database of another is refused, not altered.
const schemaVersion = 2

const schema = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE blocks (
	number INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, eth_hash BLOB NOT NULL UNIQUE,
	parent BLOB NOT NULL, digest BLOB NOT NULL, header BLOB NOT NULL);
CREATE TABLE txs (
	hash BLOB PRIMARY KEY, block INTEGER NOT NULL, position INTEGER NOT NULL, raw BLOB NOT NULL,
	status INTEGER NOT NULL, gas INTEGER NOT NULL, UNIQUE (block, position)) WITHOUT ROWID;
CREATE TABLE state (
	key BLOB NOT NULL, block INTEGER NOT NULL, value BLOB, PRIMARY KEY (key, block)) WITHOUT ROWID;
`

// ErrOtherGenesis is a database that was made from another genesis.
var ErrOtherGenesis = errors.New("the chain in it was begun with other settings: give --netuid, --tempo, --block-time, --commit-reveal, --validator, --fund, --owner and --loopback-axons as at its first start, or another folder with --dir")

// store keeps blocks, their transactions and the versions of the state.
type store struct {
	db   *sql.DB
	lock *flock.Flock
}

// openStore opens devnet.db in dir for this process alone, made for a genesis when
// there is none.
func openStore(dir string, genesis item.Hash) (_ *store, err error) {
	path := filepath.Join(dir, "devnet.db")
	defer func() {
		if err != nil {
			err = fmt.Errorf("open %s: %w", path, err)
		}
		if remedy := database.Remedy(err); remedy != "" {
			err = fmt.Errorf("%w (%s)", err, remedy)
		}
	}()
	db, lock, err := database.Open(path, database.Options{
		Create: schema + "INSERT INTO meta VALUES ('schema', ?), ('genesis', ?)",
		Args:   []any{strconv.Itoa(schemaVersion), genesis[:]}, Exclusive: true,
	})
	if err != nil {
		return nil, err
	}
	s := &store{db, lock}
	if err := s.check(genesis); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *store) close() error { return errors.Join(s.db.Close(), s.lock.Unlock()) }

// check demands a whole database of this layout and of the genesis.
func (s *store) check(genesis item.Hash) error {
	if err := database.CheckWhole(s.db); err != nil {
		return err
	}
	// The first layout did not say its version.
	if _, err := s.db.Exec(`INSERT INTO meta VALUES ('schema', '1') ON CONFLICT DO NOTHING`); err != nil {
		return fmt.Errorf("record schema: %w", err)
	}
	if err := database.CheckVersion(s.db, schemaVersion); err != nil {
		return fmt.Errorf("%w, or begin a new chain in an empty folder", err)
	}
	have, err := database.Meta(s.db, "genesis")
	if err != nil {
		return err
	}
	if have != string(genesis[:]) {
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
		raw, err := t.encode()
		if err != nil {
			return fmt.Errorf("encode transaction: %w", err)
		}
		hash := t.hash()
		if _, err := tx.Exec(`INSERT INTO txs VALUES (?, ?, ?, ?, ?, ?)`,
			hash[:], b.number(), i, raw, t.ok, t.gas); err != nil {
			return err
		}
	}
	return nil
}

// nativeMark comes before a native extrinsic in the table of transactions. An
// Ethereum transaction begins with its type, 1 or 2, or with the length of a list.
const nativeMark = 0

func (t included) encode() ([]byte, error) {
	if t.native != nil {
		return append([]byte{nativeMark}, t.native...), nil
	}
	return t.tx.MarshalBinary()
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
