package log

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
)

// headBytes is the length of evidence.head: sequence number, hash, and the first
// eight bytes of a digest over both, against a torn write.
const headBytes = 8 + 32 + 8

// openHead opens the note of the last head and compares the record with it. The
// note is written after the entry is durable, so it may lag behind the record, and
// after a power cut it may be torn, but it is never ahead.
func openHead(path string, l *Log) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open head: %w", err)
	}
	err = l.holdsNoted(f)
	if err == nil {
		err = writeHead(f, l.head)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// CheckEnd compares the record with the note beside it of the last entry that was
// written: a *CorruptError says that entries are missing from the end, or were
// written anew. A folder without a note, such as a copy of the database alone, has
// nothing to compare with.
func (l *Log) CheckEnd() error {
	f, err := os.Open(l.note)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open head: %w", err)
	}
	defer f.Close()
	return l.holdsNoted(f)
}

// holdsNoted demands that the noted entry is in the record.
func (l *Log) holdsNoted(f *os.File) error {
	noted, ok, err := readHead(f)
	if err != nil || !ok {
		return err
	}
	err = l.Holds(noted.Anchor())
	if c, bad := errors.AsType[*CorruptError](err); bad && c.Seq == noted.Seq {
		what := "it is not the entry that " + headName + " names"
		if last := l.Head().Seq; last < noted.Seq {
			what = fmt.Sprintf("it is missing: the record ends at entry %d, but %s says that %d was written", last, headName, noted.Seq)
		}
		return &CorruptError{Seq: noted.Seq, What: what}
	}
	return err
}

func readHead(f *os.File) (evidence.Head, bool, error) {
	b := make([]byte, headBytes)
	if _, err := f.ReadAt(b, 0); errors.Is(err, io.EOF) {
		return evidence.Head{}, false, nil
	} else if err != nil {
		return evidence.Head{}, false, fmt.Errorf("read head: %w", err)
	}
	sum := item.Sum("assay/head/v1", b[:40])
	if string(sum[:8]) != string(b[40:]) {
		return evidence.Head{}, false, nil
	}
	return evidence.Head{Seq: binary.BigEndian.Uint64(b), Hash: item.Hash(b[8:40])}, true, nil
}

// writeHead is not synced: a note that lags is harmless.
func writeHead(f *os.File, h evidence.Head) error {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, headBytes), h.Seq)
	b = append(b, h.Hash[:]...)
	sum := item.Sum("assay/head/v1", b)
	if _, err := f.WriteAt(append(b, sum[:8]...), 0); err != nil {
		return fmt.Errorf("note head: %w", err)
	}
	return nil
}
