package miner

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// Bounds of what is remembered of assignments.
const (
	// rememberedRounds is for how many rounds after its last one an assignment is
	// remembered. Validators ask for the answers in the first of them, and again a few
	// times when an answer failed.
	rememberedRounds = 500
	// mostHanded is how many assignments of a program one validator may hand out in one
	// round. It hands out one; some more, for a round that it begins again.
	mostHanded = 4
)

// Stores that were made before miners labelled lack this table; the programs of that
// time leave it alone. A row's bucket is the part of a key that names it.
const assignmentSchema = `
CREATE TABLE IF NOT EXISTS assignments (
	bucket    BLOB PRIMARY KEY,
	digest    BLOB NOT NULL,
	validator BLOB NOT NULL,
	round     INTEGER NOT NULL,
	due       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS assignments_due ON assignments (due);
CREATE INDEX IF NOT EXISTS assignments_round ON assignments (validator, round);
`

// assignment is who handed out the work whose answers stand in a bucket. It is kept
// beside the answers and not with the desk, whose loss must not change who may see them.
type assignment struct {
	bucket    item.Bucket
	digest    item.Hash // of the request
	validator protocol.Hotkey
	round     uint64
	due       uint64
}

// bucketSize is how many bytes of a key name its bucket.
const bucketSize = 13

// ends are the least and the greatest key that a bucket could hold.
func ends(b item.Bucket) (first, last item.Key) {
	first = item.NewKey(b, item.Hash{})
	last = item.NewKey(b, item.Hash(bytes.Repeat([]byte{0xff}, len(item.Hash{}))))
	return first, last
}

// remember stores an assignment, and forgets those that were due before a round. It
// reports whether this one is new. One bucket is opened whole, so it is of one assignment:
// the answers of two would be shown to both validators.
func (s *store) remember(a assignment, before uint64) (fresh bool, err error) {
	var refusal error
	err = s.write("assignment", func(tx *sql.Tx) error {
		fresh, refusal = false, nil
		if _, err := tx.Exec(`DELETE FROM assignments WHERE due < ?`, int64(before)); err != nil {
			return err
		}
		first, last := ends(a.bucket)
		program, name := first[:len(a.bucket.Program)], first[:bucketSize]
		var digest []byte
		err := tx.QueryRow(`SELECT digest FROM assignments WHERE bucket = ?`, name).Scan(&digest)
		if err == nil && bytes.Equal(digest, a.digest[:]) {
			return nil
		}
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		taken := err == nil
		var held bool
		var handed int
		if err := tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM items WHERE key BETWEEN ? AND ?),
			(SELECT count(*) FROM assignments WHERE validator = ? AND round = ? AND substr(bucket, 1, 8) = ?)`,
			first[:], last[:], a.validator[:], int64(a.round), program).Scan(&held, &handed); err != nil {
			return err
		}
		switch {
		case taken || held:
			refusal = protocol.Fail(protocol.ReasonBusy, "another assignment begins with %08x as well: hand the tasks out again", a.bucket.Span)
			return nil
		case handed >= mostHanded:
			refusal = protocol.Fail(protocol.ReasonBusy, "%d assignments of a program in one round, no more are taken", handed)
			return nil
		}
		fresh = true
		_, err = tx.Exec(`INSERT INTO assignments VALUES (?, ?, ?, ?, ?)`, name, a.digest[:], a.validator[:], int64(a.round), int64(a.due))
		return err
	})
	if err == nil {
		err = refusal
	}
	return fresh && err == nil, err
}

// disclaim forgets an assignment that was not taken after all.
func (s *store) disclaim(b item.Bucket) error {
	return s.write("assignment", func(tx *sql.Tx) error {
		first, _ := ends(b)
		_, err := tx.Exec(`DELETE FROM assignments WHERE bucket = ?`, first[:bucketSize])
		return err
	})
}

// assignment is what is remembered of a bucket; ok is false when that is nothing.
func (s *store) assignment(b item.Bucket) (a assignment, ok bool, err error) {
	first, _ := ends(b)
	var digest, validator []byte
	var round, due int64
	err = s.reader.QueryRow(`SELECT digest, validator, round, due FROM assignments WHERE bucket = ?`, first[:bucketSize]).Scan(&digest, &validator, &round, &due)
	if errors.Is(err, sql.ErrNoRows) {
		return assignment{}, false, nil
	}
	if err != nil {
		return assignment{}, false, readError(err)
	}
	if len(digest) != len(a.digest) || len(validator) != len(a.validator) {
		return assignment{}, false, fmt.Errorf("assignment %08x is none: %w", b.Span, ErrCorrupt)
	}
	return assignment{b, item.Hash(digest), protocol.Hotkey(validator), uint64(round), uint64(due)}, true, nil
}

// holds reports whether an item of a bucket is in the store, committed to or not.
func (s *store) holds(b item.Bucket) (held bool, err error) {
	first, last := ends(b)
	err = s.reader.QueryRow(`SELECT EXISTS (SELECT 1 FROM items WHERE key BETWEEN ? AND ?)`, first[:], last[:]).Scan(&held)
	return held, readError(err)
}
