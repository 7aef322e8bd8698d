package source

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// Bounds of a local file of records.
const (
	MaxLine    = 1 << 20    // bytes of one line
	tailDigest = 64 << 10   // bytes before the offset that the cursor vouches for
	fileCursor = 1 + 8 + 32 // bytes: version, offset, digest
)

// line is the JSON form of a Record. All names are required but author, title, label and licence.
type line struct {
	URI     string `json:"uri"`
	Author  string `json:"author"`
	Title   string `json:"title"`
	Body    string `json:"body"`
	Label   string `json:"label"`
	Time    string `json:"time"` // RFC 3339
	Licence string `json:"licence"`
}

// DecodeLine reads one line of a records file: one JSON object with no unknown
// names and nothing behind it. Texts are brought to normal form; the result passes Record.Check.
func DecodeLine(b []byte) (Record, error) {
	if len(b) > MaxLine {
		return Record{}, fmt.Errorf("decode record: line over %d bytes", MaxLine)
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	var l line
	if err := dec.Decode(&l); err != nil {
		return Record{}, fmt.Errorf("decode record: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Record{}, errors.New("decode record: something follows the object")
	}
	t, err := time.Parse(time.RFC3339, l.Time)
	if err != nil {
		return Record{}, fmt.Errorf("decode record: %w", err)
	}
	r := Record{URI: l.URI, Author: Line(l.Author, MaxName), Title: Line(l.Title, MaxTitle), Body: Text(l.Body),
		Label: Line(l.Label, MaxName), Licence: Line(l.Licence, MaxName), Time: t.UTC().Truncate(time.Second)}
	if err := r.Check(); err != nil {
		return Record{}, fmt.Errorf("decode record: %w", err)
	}
	return r, nil
}

// EncodeLine writes the form that DecodeLine reads, with its newline.
func EncodeLine(r Record) ([]byte, error) {
	b, err := json.Marshal(line{r.URI, r.Author, r.Title, r.Body, r.Label, r.Time.UTC().Format(time.RFC3339), r.Licence})
	if err != nil {
		return nil, fmt.Errorf("encode record: %w", err)
	}
	return append(b, '\n'), nil
}

// File collects records from a local file of JSON lines that may grow.
type File struct{ path string }

// NewFile names the file; it is opened by Collect.
func NewFile(path string) *File { return &File{path} }

// Collect reads on from the cursor to the last whole line. A line without its
// newline is still being written and waits for the next call. If the bytes before the cursor are no longer those
// that were read, the file was replaced and is read from its start. A line that is not a record stops the
// reading with its offset: a file of one's own should be mended, not skipped.
func (f *File) Collect(ctx context.Context, cursor []byte, emit func(Record) error) ([]byte, error) {
	file, err := os.Open(f.path)
	if err != nil {
		return cursor, fmt.Errorf("collect from file: %w", err)
	}
	defer file.Close()
	at, err := resumeFile(file, cursor)
	if err != nil {
		return cursor, err
	}
	at, readErr := readLines(ctx, file, at, emit)
	next, err := encodeFileCursor(file, at)
	if err != nil {
		return cursor, errors.Join(readErr, err)
	}
	return next, readErr
}

func readLines(ctx context.Context, file *os.File, at int64, emit func(Record) error) (int64, error) {
	if _, err := file.Seek(at, io.SeekStart); err != nil {
		return at, fmt.Errorf("collect from file: %w", err)
	}
	lines := bufio.NewReaderSize(file, MaxLine+1)
	for {
		if err := ctx.Err(); err != nil {
			return at, err
		}
		b, err := lines.ReadSlice('\n')
		if errors.Is(err, io.EOF) {
			return at, nil
		}
		if err != nil {
			return at, fmt.Errorf("collect from file: line at byte %d: %w", at, err)
		}
		if len(bytes.TrimSpace(b)) > 0 {
			r, err := DecodeLine(b)
			if err != nil {
				return at, fmt.Errorf("collect from file: line at byte %d: %w", at, err)
			}
			if err := emit(r); err != nil {
				return at, err
			}
		}
		at += int64(len(b))
	}
}

// resumeFile gives the offset of a cursor, or 0 if the file is not the one it was.
func resumeFile(file *os.File, cursor []byte) (int64, error) {
	if len(cursor) == 0 {
		return 0, nil
	}
	at, digest, err := decodeFileCursor(cursor)
	if err != nil {
		return 0, err
	}
	info, err := file.Stat()
	if err != nil {
		return 0, fmt.Errorf("collect from file: %w", err)
	}
	if at > info.Size() {
		return 0, nil
	}
	now, err := digestBefore(file, at)
	if err != nil {
		return 0, err
	}
	if now != digest {
		return 0, nil
	}
	return at, nil
}

func decodeFileCursor(b []byte) (int64, [32]byte, error) {
	if len(b) != fileCursor || b[0] != cursorVersion {
		return 0, [32]byte{}, fmt.Errorf("decode cursor: %w", errCursor)
	}
	at := binary.BigEndian.Uint64(b[1:9])
	if at > 1<<62 {
		return 0, [32]byte{}, fmt.Errorf("decode cursor: %w", errCursor)
	}
	return int64(at), [32]byte(b[9:]), nil
}

func encodeFileCursor(file *os.File, at int64) ([]byte, error) {
	digest, err := digestBefore(file, at)
	if err != nil {
		return nil, err
	}
	b := binary.BigEndian.AppendUint64([]byte{cursorVersion}, uint64(at))
	return append(b, digest[:]...), nil
}

// digestBefore is SHA-256 over the last bytes before an offset.
func digestBefore(file *os.File, at int64) ([32]byte, error) {
	from := max(at-tailDigest, 0)
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(file, from, at-from)); err != nil {
		return [32]byte{}, fmt.Errorf("collect from file: %w", err)
	}
	return [32]byte(h.Sum(nil)), nil
}
