package miner

import (
	"database/sql"
	"fmt"
	"path/filepath"

	"github.com/assaynet/assay/database"
	"github.com/assaynet/assay/protocol"
)

// Anchor is a head of a validator's record as the validator signed it to this
// miner, in a request of a round. A record that lacks it, or has another entry in
// its place, was altered.
type Anchor struct {
	Validator protocol.Hotkey
	protocol.Anchor
	Round uint64
}

// Anchors reads the heads that the miner of a folder was shown, by validator and
// sequence number. It changes nothing there, and the miner may be running.
func Anchors(dir string) (anchors []Anchor, err error) {
	db, err := database.Read(filepath.Join(dir, databaseName), func(db *sql.DB) (err error) {
		if err = checkSchema(db); err == nil {
			anchors, err = readAnchors(db)
		}
		return err
	})
	if err == nil {
		err = db.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("read anchors in %s: %w", dir, own(err))
	}
	return anchors, nil
}

func readAnchors(db *sql.DB) ([]Anchor, error) {
	rows, err := db.Query(`SELECT validator, seq, hash, round FROM anchors ORDER BY validator, seq, hash`)
	if err != nil {
		return nil, readError(err)
	}
	defer rows.Close()
	var anchors []Anchor
	for rows.Next() {
		var a Anchor
		var seq, round int64
		var validator, hash sql.RawBytes
		if err := rows.Scan(&validator, &seq, &hash, &round); err != nil {
			return nil, readError(err)
		}
		if len(validator) != len(a.Validator) || len(hash) != len(a.Hash) {
			return nil, fmt.Errorf("anchor %d is none: %w", seq, ErrCorrupt)
		}
		a.Seq, a.Round = uint64(seq), uint64(round)
		copy(a.Validator[:], validator)
		copy(a.Hash[:], hash)
		anchors = append(anchors, a)
	}
	if err := rows.Err(); err != nil {
		return nil, readError(err)
	}
	return anchors, nil
}
