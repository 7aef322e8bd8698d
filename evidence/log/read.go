package log

import (
	"database/sql"
	"errors"
	"fmt"
	"iter"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// selectEntries reads rows from a sequence number on. Columns are cut or nulled
// where they are longer than an entry's can be, before they reach memory.
const selectEntries = `SELECT seq, substr(kind, 1, 32), round,
	CASE WHEN length(prev) = 32 THEN prev END,
	CASE WHEN length(hash) = 32 THEN hash END,
	CASE WHEN length(body) <= ? THEN body END
	FROM entries WHERE seq >= ? ORDER BY seq`

// Entries reads the record from an entry on (0 and 1 are the first), each checked
// against its predecessor, its columns and its canonical encoding. The sequence
// ends after the first error, a *CorruptError naming the entry if the record is to
// blame. It reads one snapshot: entries appended meanwhile may not be in it.
func (l *Log) Entries(from uint64) iter.Seq2[evidence.Entry, error] {
	from = max(from, 1)
	return func(yield func(evidence.Entry, error) bool) {
		reader, head, err := l.handle()
		if err != nil {
			yield(evidence.Entry{}, err)
			return
		}
		at, err := before(reader, from)
		switch {
		case errors.Is(err, sql.ErrNoRows) && from > head.Seq+1:
			return // beyond the end
		case errors.Is(err, sql.ErrNoRows):
			yield(evidence.Entry{}, &CorruptError{Seq: from - 1, What: "it is missing"})
			return
		case err != nil:
			yield(evidence.Entry{}, corrupt(err))
			return
		}
		last, err := scan(reader, at, func(e evidence.Entry, r row) (bool, error) {
			if e.Body, err = evidence.Decode(r.kind, e.Bytes); err != nil {
				return false, &CorruptError{Seq: e.Seq, What: "its body is not an entry's", Err: err}
			}
			if want := roundColumn(e.Body); r.round != want {
				return false, &CorruptError{Seq: e.Seq, What: "its round column is not its body's round"}
			}
			return yield(e, nil), nil
		})
		switch {
		case errors.Is(err, errEnough):
		case err != nil:
			yield(evidence.Entry{}, err)
		case last.Seq < head.Seq:
			yield(evidence.Entry{}, &CorruptError{Seq: last.Seq + 1, What: "it is missing"})
		}
	}
}

// Holds checks that the record contains the entry that an anchor names, so that
// nothing up to it was removed, reordered or changed since a peer was shown it.
func (l *Log) Holds(a protocol.Anchor) error {
	if a.Seq == 0 && a.Hash.IsZero() {
		return nil // the empty record is part of any
	}
	reader, _, err := l.handle()
	if err != nil {
		return err
	}
	var hash []byte
	err = reader.QueryRow(`SELECT hash FROM entries WHERE seq = ? AND length(hash) = 32`, int64(a.Seq)).Scan(&hash)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return &CorruptError{Seq: a.Seq, What: "it is missing, but was shown to others"}
	case err != nil:
		return corrupt(err)
	case item.Hash(hash) != a.Hash:
		return &CorruptError{Seq: a.Seq, What: "it is not the entry that was shown to others"}
	}
	return nil
}

func (l *Log) handle() (*sql.DB, evidence.Head, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.reader == nil {
		return nil, evidence.Head{}, ErrClosed
	}
	return l.reader, l.head, nil
}

// check checks the database and its whole chain, and returns its head. Bodies
// are hashed, not decoded; Entries does that.
func check(db *sql.DB) (evidence.Head, error) {
	if err := checkDatabase(db); err != nil {
		return evidence.Head{}, err
	}
	var extra bool
	if err := db.QueryRow(`SELECT EXISTS (SELECT 1 FROM entries WHERE seq < 1)`).Scan(&extra); err != nil {
		return evidence.Head{}, corrupt(err)
	}
	if extra {
		return evidence.Head{}, &CorruptError{What: "it has an entry numbered below 1"}
	}
	return scan(db, evidence.Head{}, func(evidence.Entry, row) (bool, error) { return true, nil })
}

// before is the head that an entry follows, or sql.ErrNoRows.
func before(db *sql.DB, seq uint64) (evidence.Head, error) {
	if seq == 1 {
		return evidence.Head{}, nil
	}
	var hash []byte
	err := db.QueryRow(`SELECT hash FROM entries WHERE seq = ? AND length(hash) = 32`, int64(seq-1)).Scan(&hash)
	if err != nil {
		return evidence.Head{}, err
	}
	return evidence.Head{Seq: seq - 1, Hash: item.Hash(hash)}, nil
}

// row is what a row says beside the entry itself.
type row struct {
	kind  evidence.Kind
	round sql.NullInt64
}

// errEnough ends a scan whose visitor wants no more.
var errEnough = errors.New("enough")

// scan walks the chain from after a head: sequence numbers without gap, prev and
// hash as they must be. It returns the last head, and ends early with errEnough
// if visit returns false.
func scan(db *sql.DB, at evidence.Head, visit func(evidence.Entry, row) (bool, error)) (evidence.Head, error) {
	rows, err := db.Query(selectEntries, evidence.MaxEntryBytes, int64(at.Seq)+1)
	if err != nil {
		return at, corrupt(err)
	}
	defer rows.Close()
	for rows.Next() {
		e, r, err := next(rows, at)
		if err != nil {
			return at, err
		}
		at = e.Head()
		if more, err := visit(e, r); err != nil {
			return at, err
		} else if !more {
			return at, errEnough
		}
	}
	if err := rows.Err(); err != nil {
		return at, corrupt(err)
	}
	return at, nil
}

// next reads a row and checks that it is the entry that follows a head.
func next(rows *sql.Rows, at evidence.Head) (e evidence.Entry, r row, err error) {
	var seq int64
	var kind string
	var prev, hash []byte
	if err := rows.Scan(&seq, &kind, &r.round, &prev, &hash, &e.Bytes); err != nil {
		return e, r, fmt.Errorf("read entry %d: %w", at.Seq+1, err)
	}
	wrong := func(what string) (evidence.Entry, row, error) {
		return e, r, &CorruptError{Seq: at.Seq + 1, What: what}
	}
	known := false
	r.kind, known = evidence.KindOf(kind)
	switch {
	case seq != int64(at.Seq)+1:
		return wrong("it is missing")
	case !known:
		return wrong("its kind is unknown")
	case e.Bytes == nil:
		return wrong("its body is empty or too long")
	case string(prev) != string(at.Hash[:]):
		return wrong("it does not follow its predecessor")
	case len(hash) != 32 || item.Hash(hash) != evidence.Digest(uint64(seq), at.Hash, r.kind, e.Bytes):
		return wrong("its content does not have its hash")
	}
	e.Seq, e.Prev, e.Hash = uint64(seq), at.Hash, item.Hash(hash)
	return e, r, nil
}
