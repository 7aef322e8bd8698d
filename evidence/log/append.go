package log

import (
	"database/sql"
	"fmt"

	"github.com/assaynet/assay/evidence"
)

// Append adds an entry after the head and returns it once it is on the disk. An
// error is final: see ErrFailed, which it wraps together with its cause. Whether
// the entry of a failed Append is in the record shows when it is opened again.
func (l *Log) Append(body evidence.Body) (evidence.Entry, error) {
	entries, err := l.AppendAll(body)
	if err != nil {
		return evidence.Entry{}, err
	}
	return entries[0], nil
}

// AppendAll is Append for several entries, of which all or none are on the disk
// afterwards. They are held in memory meanwhile.
func (l *Log) AppendAll(bodies ...evidence.Body) ([]evidence.Entry, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed != nil {
		return nil, l.failed
	}
	if l.writer == nil {
		return nil, fmt.Errorf("append entry: the record is open for reading only")
	}
	if len(bodies) == 0 {
		return nil, nil
	}
	entries, at := make([]evidence.Entry, len(bodies)), l.head
	var err error
	for i, body := range bodies {
		if entries[i], err = evidence.Next(at, body); err != nil {
			break
		}
		at = entries[i].Head()
	}
	if err == nil {
		err = l.write(entries)
	}
	if err != nil {
		l.failed = fmt.Errorf("append entry %d: %w: %w (%s)", l.head.Seq+1, err, ErrFailed, hint(err))
		return nil, l.failed
	}
	l.head = at
	return entries, nil
}

// write makes entries durable, then notes the head.
func (l *Log) write(entries []evidence.Entry) error {
	l.step("before")
	tx, err := l.writer.Begin()
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer tx.Rollback() // after a commit this does nothing
	for _, e := range entries {
		_, err = tx.Exec(`INSERT INTO entries (seq, kind, round, prev, hash, body) VALUES (?, ?, ?, ?, ?, ?)`,
			int64(e.Seq), e.Body.Kind().String(), roundColumn(e.Body), e.Prev[:], e.Hash[:], e.Bytes)
		if err != nil {
			return fmt.Errorf("insert: %w", err)
		}
	}
	l.step("inserted")
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	l.step("committed")
	if err := writeHead(l.seen, entries[len(entries)-1].Head()); err != nil {
		return err
	}
	l.step("noted")
	return nil
}

// roundColumn is the round that a body belongs to, NULL if none. A round above
// MaxInt64 is stored as its two's complement.
func roundColumn(body evidence.Body) sql.NullInt64 {
	var round uint64
	switch b := body.(type) {
	case *evidence.Opened:
		round = b.Round
	case *evidence.Exchange:
		round = b.Round
	case *evidence.Reference:
		round = b.Round
	case *evidence.Closed:
		round = b.Round
	default:
		return sql.NullInt64{}
	}
	return sql.NullInt64{Int64: int64(round), Valid: true}
}
