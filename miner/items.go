package miner

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/assaynet/assay/item"
)

// row is an item on its way into the store.
type row struct {
	leaf item.Leaf
	body []byte // the item's encoding, compressed
}

// cursorAt is how far a source has been read.
type cursorAt struct {
	source string
	cursor []byte
}

// put stores items and, in the same transaction, how far their source has been
// read, if at is not nil. An item whose key is there stays as it is. It returns
// how many were new, and their bytes.
func (s *store) put(rows []row, at *cursorAt) (added item.Sums, err error) {
	err = s.write("items", func(tx *sql.Tx) error {
		added = item.Sums{}
		var last int64
		if err := tx.QueryRow(`SELECT coalesce(max(id), 0) FROM items`).Scan(&last); err != nil {
			return err
		}
		for _, r := range rows {
			fresh, err := insert(tx, last+1, r)
			if err != nil {
				return err
			}
			if fresh {
				last++
				added.Count++
				added.Bytes += r.leaf.Bytes
			}
		}
		if at == nil {
			return nil
		}
		_, err := tx.Exec(`INSERT INTO cursors VALUES (?, ?) ON CONFLICT DO UPDATE SET cursor = excluded.cursor`, at.source, at.cursor)
		return err
	})
	return added, err
}

func insert(tx *sql.Tx, id int64, r row) (fresh bool, err error) {
	res, err := tx.Exec(`INSERT INTO items VALUES (?, ?, ?, ?) ON CONFLICT (key) DO NOTHING`,
		id, r.leaf.Key[:], int64(r.leaf.Bytes), r.leaf.Attrs[:])
	if err != nil {
		return false, err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return false, err
	}
	_, err = tx.Exec(`INSERT INTO bodies VALUES (?, ?)`, id, r.body)
	return true, err
}

// cursor is how far a source has been read; nil when not at all.
func (s *store) cursor(source string) ([]byte, error) {
	var cursor []byte
	err := s.reader.QueryRow(`SELECT cursor FROM cursors WHERE source = ?`, source).Scan(&cursor)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, readError(err)
	}
	return cursor, nil
}

// sums is the size of everything in the store, committed or not.
func (s *store) sums() (item.Sums, error) {
	var count, size int64
	if err := s.reader.QueryRow(`SELECT count(*), coalesce(sum(size), 0) FROM items`).Scan(&count, &size); err != nil {
		return item.Sums{}, readError(err)
	}
	return item.Sums{Bytes: uint64(size), Count: uint64(count)}, nil
}

// leaves are those of the items numbered above after, up to and with upTo.
func (s *store) leaves(after, upTo int64) ([]item.Leaf, error) {
	rows, err := s.reader.Query(`SELECT key, size, attrs FROM items WHERE id > ? AND id <= ? ORDER BY id`, after, upTo)
	if err != nil {
		return nil, readError(err)
	}
	defer rows.Close()
	var leaves []item.Leaf
	for rows.Next() {
		var key, attrs sql.RawBytes
		var size int64
		if err := rows.Scan(&key, &size, &attrs); err != nil {
			return nil, readError(err)
		}
		var l item.Leaf
		if len(key) != len(l.Key) || len(attrs) != len(l.Attrs) || size <= 0 {
			return nil, fmt.Errorf("item after number %d is no leaf: %w", after+int64(len(leaves)), ErrCorrupt)
		}
		copy(l.Key[:], key)
		copy(l.Attrs[:], attrs)
		l.Bytes = uint64(size)
		leaves = append(leaves, l)
	}
	if err := rows.Err(); err != nil {
		return nil, readError(err)
	}
	return leaves, nil
}

// item is the encoding of the item that a leaf commits to, and its kind. It is checked
// against the leaf: a miner pays for serving another one, not for a fault of its disk.
func (s *store) item(ctx context.Context, l item.Leaf) ([]byte, item.Kind, error) {
	var packed []byte
	if err := s.body.QueryRowContext(ctx, l.Key[:]).Scan(&packed); err != nil {
		return nil, 0, readError(err)
	}
	raw, it, err := s.unpack(packed)
	if err != nil {
		return nil, 0, err
	}
	if it.ID() != l.Key.ID() || it.Attrs() != l.Attrs || uint64(len(it.Canonical)) != l.Bytes {
		return nil, 0, fmt.Errorf("item %s is not what its leaf says: %w", l.Key, ErrCorrupt)
	}
	return raw, it.Kind, nil
}

func (s *store) pack(raw []byte) []byte { return s.packer.EncodeAll(raw, nil) }

func (s *store) unpack(packed []byte) ([]byte, *item.Item, error) {
	raw, err := s.opener.DecodeAll(packed, nil)
	if err != nil {
		return nil, nil, fmt.Errorf("unpack item: %w: %w", err, ErrCorrupt)
	}
	it, err := item.Decode(raw)
	if err != nil {
		return nil, nil, fmt.Errorf("unpack item: %w: %w", err, ErrCorrupt)
	}
	return raw, it, nil
}

// page are up to pageItems items numbered above after, up to and with upTo.
func (s *store) page(after, upTo int64) ([]*item.Item, error) {
	rows, err := s.reader.Query(`SELECT body FROM bodies WHERE id > ? AND id <= ? ORDER BY id LIMIT ?`, after, upTo, pageItems)
	if err != nil {
		return nil, readError(err)
	}
	defer rows.Close()
	var items []*item.Item
	for rows.Next() {
		var packed sql.RawBytes
		if err := rows.Scan(&packed); err != nil {
			return nil, readError(err)
		}
		_, it, err := s.unpack(packed)
		if err != nil {
			return nil, err
		}
		items = append(items, it)
	}
	if err := rows.Err(); err != nil {
		return nil, readError(err)
	}
	return items, nil
}

const pageItems = 64
