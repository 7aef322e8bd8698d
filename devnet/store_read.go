package devnet

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rlp"

	"github.com/assaynet/assay/item"
)

// lastBlock is the newest block, nil in a new database.
func (s *store) lastBlock() (*block, error) {
	return s.block(`SELECT hash, parent, digest, header FROM blocks ORDER BY number DESC LIMIT 1`)
}

func (s *store) blockByNumber(n uint64) (*block, error) {
	return s.block(`SELECT hash, parent, digest, header FROM blocks WHERE number = ?`, n)
}

func (s *store) blockByHash(h item.Hash) (*block, error) {
	return s.block(`SELECT hash, parent, digest, header FROM blocks WHERE hash = ?`, h[:])
}

func (s *store) blockByEthHash(h common.Hash) (*block, error) {
	return s.block(`SELECT hash, parent, digest, header FROM blocks WHERE eth_hash = ?`, h[:])
}

// block reads one block without its transactions; nil when there is none.
func (s *store) block(query string, args ...any) (*block, error) {
	var hash, parent, digest, header []byte
	err := s.db.QueryRow(query, args...).Scan(&hash, &parent, &digest, &header)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read block: %w", err)
	}
	if len(hash) != 32 || len(parent) != 32 || len(digest) != 32 {
		return nil, errors.New("read block: the record is damaged")
	}
	b := &block{hash: item.Hash(hash), parent: item.Hash(parent), digest: item.Hash(digest), header: new(types.Header)}
	if err := rlp.DecodeBytes(header, b.header); err != nil {
		return nil, fmt.Errorf("read block: %w", err)
	}
	if b.hash != b.computeHash() {
		return nil, fmt.Errorf("read block %d: the record does not match its hash", b.number())
	}
	return b, nil
}

// txs reads the transactions of a block.
func (s *store) txs(number uint64, signer types.Signer) ([]included, error) {
	rows, err := s.db.Query(`SELECT raw, status, gas FROM txs WHERE block = ? ORDER BY position`, number)
	if err != nil {
		return nil, fmt.Errorf("read transactions of block %d: %w", number, err)
	}
	defer rows.Close()
	var out []included
	for rows.Next() {
		var raw []byte
		var t included
		if err := rows.Scan(&raw, &t.ok, &t.gas); err != nil {
			return nil, fmt.Errorf("read transactions of block %d: %w", number, err)
		}
		if err := t.decode(raw, signer); err != nil {
			return nil, fmt.Errorf("read transactions of block %d: %w", number, err)
		}
		out = append(out, t)
	}
	return out, rows.Err()
}

// decode reads what encode wrote.
func (t *included) decode(raw []byte, signer types.Signer) (err error) {
	if len(raw) > 0 && raw[0] == nativeMark {
		t.native = raw[1:]
		return nil
	}
	t.tx = new(types.Transaction)
	if err := t.tx.UnmarshalBinary(raw); err != nil {
		return err
	}
	t.from, err = types.Sender(signer, t.tx)
	return err
}

// findTx is the block and position of a transaction; ok is false if no block has
// it.
func (s *store) findTx(h common.Hash) (number uint64, position int, ok bool, err error) {
	err = s.db.QueryRow(`SELECT block, position FROM txs WHERE hash = ?`, h[:]).Scan(&number, &position)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, 0, false, nil
	}
	if err != nil {
		return 0, 0, false, fmt.Errorf("find transaction: %w", err)
	}
	return number, position, true, nil
}
