package miner

import (
	"bytes"
	"database/sql"
	"fmt"

	"github.com/assaynet/assay/protocol"
)

// putRoot stores a signed root, and drops the roots and receipts that are no
// longer kept. A root that is stored already is left as it is, and must be equal.
func (s *store) putRoot(r protocol.SignedRoot, dropped []uint64) error {
	return s.write("root", func(tx *sql.Tx) error {
		res, err := tx.Exec(`INSERT INTO roots VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			int64(r.Seq), r.Hash[:], int64(r.Bytes), int64(r.Count), r.Signature[:])
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err != nil {
			return err
		}
		var hash []byte
		if n == 0 {
			if err := tx.QueryRow(`SELECT hash FROM roots WHERE seq = ?`, int64(r.Seq)).Scan(&hash); err != nil {
				return err
			}
			if !bytes.Equal(hash, r.Hash[:]) {
				return fmt.Errorf("root %d is stored with another content: %w", r.Seq, ErrCorrupt)
			}
		}
		for _, seq := range dropped {
			if _, err := tx.Exec(`DELETE FROM roots WHERE seq = ?`, int64(seq)); err != nil {
				return err
			}
			if _, err := tx.Exec(`DELETE FROM receipts WHERE seq = ?`, int64(seq)); err != nil {
				return err
			}
		}
		return nil
	})
}

// roots are the kept roots, oldest first, without netuid and miner.
func (s *store) roots() ([]protocol.SignedRoot, error) {
	rows, err := s.reader.Query(`SELECT seq, hash, bytes, count, signature FROM roots ORDER BY seq`)
	if err != nil {
		return nil, readError(err)
	}
	defer rows.Close()
	var roots []protocol.SignedRoot
	for rows.Next() {
		var r protocol.SignedRoot
		var seq, size, count int64
		var hash, signature sql.RawBytes
		if err := rows.Scan(&seq, &hash, &size, &count, &signature); err != nil {
			return nil, readError(err)
		}
		if len(hash) != len(r.Hash) || len(signature) != len(r.Signature) {
			return nil, fmt.Errorf("root %d is none: %w", seq, ErrCorrupt)
		}
		r.Seq, r.Bytes, r.Count = uint64(seq), uint64(size), uint64(count)
		copy(r.Hash[:], hash)
		copy(r.Signature[:], signature)
		roots = append(roots, r)
	}
	if err := rows.Err(); err != nil {
		return nil, readError(err)
	}
	return roots, nil
}

// anchorsKept is how many heads of one validator's record are kept: those of the
// greatest sequence numbers.
const anchorsKept = 1024

// putHeard stores what a request handed over: the head of the sender's record, if
// it has one, and a receipt, if not nil. A later receipt of the same root replaces
// an earlier one, since a validator gives another only when its own record does
// not have the first.
func (s *store) putHeard(a Anchor, r *protocol.Receipt) error {
	return s.write("heard", func(tx *sql.Tx) error {
		if a.Seq > 0 {
			if err := putAnchor(tx, a); err != nil {
				return err
			}
		}
		if r == nil {
			return nil
		}
		_, err := tx.Exec(`INSERT INTO receipts VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE
			SET root = excluded.root, round = excluded.round, block = excluded.block, signature = excluded.signature`,
			r.Validator[:], int64(r.Seq), r.Root[:], int64(r.Round), int64(r.Block), r.Signature[:])
		return err
	})
}

func putAnchor(tx *sql.Tx, a Anchor) error {
	_, err := tx.Exec(`INSERT INTO anchors VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		a.Validator[:], int64(a.Seq), a.Hash[:], int64(a.Round))
	if err != nil {
		return err
	}
	_, err = tx.Exec(`DELETE FROM anchors WHERE rowid IN (
		SELECT rowid FROM anchors WHERE validator = ? ORDER BY seq DESC, hash LIMIT -1 OFFSET ?)`, a.Validator[:], anchorsKept)
	return err
}

// receipts are all that are kept, by validator and sequence number.
func (s *store) receipts() ([]protocol.Receipt, error) {
	rows, err := s.reader.Query(`SELECT validator, seq, root, round, block, signature FROM receipts ORDER BY validator, seq`)
	if err != nil {
		return nil, readError(err)
	}
	defer rows.Close()
	var receipts []protocol.Receipt
	for rows.Next() {
		var r protocol.Receipt
		var seq, round, block int64
		var validator, root, signature sql.RawBytes
		if err := rows.Scan(&validator, &seq, &root, &round, &block, &signature); err != nil {
			return nil, readError(err)
		}
		if len(validator) != len(r.Validator) || len(root) != len(r.Root) || len(signature) != len(r.Signature) {
			return nil, fmt.Errorf("receipt of root %d is none: %w", seq, ErrCorrupt)
		}
		r.Seq, r.Round, r.Block = uint64(seq), uint64(round), uint64(block)
		copy(r.Validator[:], validator)
		copy(r.Root[:], root)
		copy(r.Signature[:], signature)
		receipts = append(receipts, r)
	}
	if err := rows.Err(); err != nil {
		return nil, readError(err)
	}
	return receipts, nil
}
