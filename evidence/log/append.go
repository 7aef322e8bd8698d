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
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed != nil {
		return evidence.Entry{}, l.failed
	}
	if l.writer == nil {
		return evidence.Entry{}, fmt.Errorf("append entry: the record is open for reading only")
	}
	e, err := evidence.Next(l.head, body)
	if err == nil {
		err = l.write(e)
	}
	if err != nil {
		l.failed = fmt.Errorf("append entry %d: %w: %w (%s)", l.head.Seq+1, err, ErrFailed, hint(err))
		return evidence.Entry{}, l.failed
	}
	l.head = e.Head()
	return e, nil
}

// write makes an entry durable, then notes its head.
func (l *Log) write(e evidence.Entry) error {
	l.step("before")
	tx, err := l.writer.Begin()
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer tx.Rollback() // after a commit this does nothing
	_, err = tx.Exec(`INSERT INTO entries (seq, kind, round, prev, hash, body) VALUES (?, ?, ?, ?, ?, ?)`,
		int64(e.Seq), e.Body.Kind().String(), roundColumn(e.Body), e.Prev[:], e.Hash[:], e.Bytes)
	if err != nil {
		return fmt.Errorf("insert: %w", err)
	}
	l.step("inserted")
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	l.step("committed")
	if err := writeHead(l.seen, e.Head()); err != nil {
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
