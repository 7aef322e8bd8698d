package log

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// body makes the i-th entry of a test record; all kinds take turns.
func body(i int) evidence.Body {
	h := item.Sum("test", []byte(fmt.Sprint(i)))
	key := protocol.Hotkey(h)
	switch i % 9 {
	case 0:
		return &evidence.Started{Software: "test", Validator: key, Netuid: 7, Genesis: h, Tip: h, Length: 10, Fold: 1}
	case 1:
		return &evidence.Parameters{Source: []byte("alpha: 0.01")}
	case 2:
		return &evidence.Program{Source: []byte("name: forum")}
	case 3:
		return &evidence.Opened{Round: uint64(i), Block: 9, BlockHash: h, Neurons: []evidence.Neuron{{UID: 1, Hotkey: key}}, Rules: h}
	case 4:
		return &evidence.Exchange{Round: uint64(i), Miner: key, Calls: []evidence.Call{{Request: []byte("ask"), Answer: []byte("answer"), Outcome: evidence.Answered}}}
	case 5:
		return &evidence.Reference{Round: uint64(i), Fetches: []evidence.Fetch{{URI: "http://example.org/1", Status: evidence.FetchFound, ID: h}}}
	case 6:
		return &evidence.Closed{Round: uint64(i), Secret: h}
	case 7:
		return &evidence.Intent{Epoch: 3, Block: 40, UIDs: []uint16{1, 2}, Weights: []uint16{65535, 1}}
	}
	return &evidence.Landed{Epoch: 3, Intent: h, Block: 41, Tx: h}
}

func open(t testing.TB, dir string, opts ...Option) *Log {
	t.Helper()
	l, err := Open(dir, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// fill appends entries from..to-1 and returns the head after each, the zero head first.
func fill(t testing.TB, l *Log, from, to int) []evidence.Head {
	t.Helper()
	heads := []evidence.Head{l.Head()}
	for i := from; i < to; i++ {
		e, err := l.Append(body(i))
		if err != nil {
			t.Fatal(err)
		}
		if e.Head() != l.Head() {
			t.Fatalf("head is %v after entry %v", l.Head(), e.Head())
		}
		heads = append(heads, e.Head())
	}
	return heads
}

// read is the heads of the entries that a record yields, and its error.
func read(l *Log, from uint64) (heads []evidence.Head, err error) {
	for e, err := range l.Entries(from) {
		if err != nil {
			return heads, err
		}
		heads = append(heads, e.Head())
	}
	return heads, nil
}

func TestAppendReopen(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a folder ? with # odd % names")
	l := open(t, dir)
	heads := fill(t, l, 0, 20)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Append(body(0)); !errors.Is(err, ErrClosed) {
		t.Errorf("append after close: %v", err)
	}
	if _, err := read(l, 1); !errors.Is(err, ErrClosed) {
		t.Errorf("read after close: %v", err)
	}

	l = open(t, dir)
	if l.Head() != heads[20] {
		t.Fatalf("head after reopening is %v, want %v", l.Head(), heads[20])
	}
	heads = append(heads, fill(t, l, 20, 30)[1:]...)
	for _, from := range []uint64{0, 1, 2, 20, 30, 31, 40} {
		got, err := read(l, from)
		if err != nil {
			t.Fatalf("entries from %d: %v", from, err)
		}
		want := heads[min(max(from, 1), 31):]
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("entries from %d are %d, want %d", from, len(got), len(want))
		}
	}
	i := 0
	for e, err := range l.Entries(1) {
		if err != nil {
			t.Fatal(err)
		}
		want, err := evidence.Next(heads[i], body(i))
		if err != nil || fmt.Sprintf("%+v", e.Body) != fmt.Sprintf("%+v", want.Body) || string(e.Bytes) != string(want.Bytes) || e.Prev != heads[i].Hash {
			t.Fatalf("entry %d reads back as %+v, %v", i+1, e, err)
		}
		if i++; i == 5 {
			break // a reader may leave early
		}
	}
	for _, h := range heads {
		if err := l.Holds(h.Anchor()); err != nil {
			t.Errorf("holds its own head %d: %v", h.Seq, err)
		}
	}
}

func TestEntriesWhileAppending(t *testing.T) {
	l := open(t, t.TempDir())
	fill(t, l, 0, 5)
	n := 0
	for _, err := range l.Entries(1) {
		if err != nil {
			t.Fatal(err)
		}
		n++
		fill(t, l, 5+n, 6+n) // must neither deadlock nor be seen
	}
	if n != 5 || l.Head().Seq != 10 {
		t.Errorf("read %d entries while appending, head %d; want 5 and 10", n, l.Head().Seq)
	}
}

func TestReadOnlyBesideWriter(t *testing.T) {
	dir := t.TempDir()
	if _, err := OpenReadOnly(dir); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("reading where there is no record: %v", err)
	}
	w := open(t, dir)
	heads := fill(t, w, 0, 5)
	r, err := OpenReadOnly(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if r.Head() != heads[5] {
		t.Fatalf("reader's head is %v, want %v", r.Head(), heads[5])
	}
	if _, err := r.Append(body(0)); err == nil {
		t.Error("a read-only record took an entry")
	}
	more := fill(t, w, 5, 12)
	if got, err := read(r, 1); err != nil || len(got) != 12 || got[11] != more[7] {
		t.Errorf("reader sees %d entries, %v; want 12", len(got), err)
	}
	if got, err := read(r, 10); err != nil || len(got) != 3 {
		t.Errorf("reader sees %d entries from 10, %v; want 3", len(got), err)
	}
	if err := r.Holds(more[7].Anchor()); err != nil {
		t.Error(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := read(r, 1); err != nil || len(got) != 12 {
		t.Errorf("after the writer closed, reader sees %d entries, %v", len(got), err)
	}
}

func TestReadOnlyFolder(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write anywhere")
	}
	dir := t.TempDir()
	l := open(t, dir)
	fill(t, l, 0, 5)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(dir, 0o700)
	r, err := OpenReadOnly(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got, err := read(r, 1); err != nil || len(got) != 5 {
		t.Errorf("read %d entries, %v", len(got), err)
	}
}

func TestLocked(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	fill(t, l, 0, 2)
	if _, err := Open(dir); !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), dir) {
		t.Fatalf("second open: %v", err)
	}
	fill(t, l, 2, 4) // the refused one did no harm
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, dir)
}

func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir, MaxPages(40))
	var heads []evidence.Head
	var failure error
	for i := range 1000 {
		e, err := l.Append(&evidence.Program{Source: []byte(strings.Repeat(fmt.Sprint(i%10), 3000))})
		if err != nil {
			failure = err
			break
		}
		heads = append(heads, e.Head())
	}
	if !errors.Is(failure, ErrFailed) || !strings.Contains(fmt.Sprint(failure), "free some space") {
		t.Fatalf("a full disk gives %v", failure)
	}
	if _, err := l.Append(&evidence.Closed{}); err != failure {
		t.Errorf("append after a failure: %v, want the same error", err)
	}
	if got, err := read(l, 1); err != nil || fmt.Sprint(got) != fmt.Sprint(heads) {
		t.Errorf("after the failure %d entries read, %v; want %d", len(got), err, len(heads))
	}
	if l.Head() != heads[len(heads)-1] {
		t.Errorf("head moved to %v by a failed append", l.Head())
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = open(t, dir)
	if got, err := read(l, 1); err != nil || fmt.Sprint(got) != fmt.Sprint(heads) {
		t.Errorf("after reopening %d entries read, %v; want %d", len(got), err, len(heads))
	}
	fill(t, l, 0, 1)
}

func TestOversizeEntryIsFinal(t *testing.T) {
	l := open(t, t.TempDir())
	fill(t, l, 0, 1)
	if _, err := l.Append(&evidence.Program{Source: make([]byte, evidence.MaxEntryBytes+1)}); !errors.Is(err, ErrFailed) {
		t.Fatalf("oversize entry: %v", err)
	}
	if _, err := l.Append(body(1)); !errors.Is(err, ErrFailed) {
		t.Fatalf("append after it: %v", err)
	}
}

// tamperWith runs statements against the database of a closed record, as any tool
// could.
func tamperWith(t testing.TB, dir string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, databaseName))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	for _, size := range []int{1 << 10, 64 << 10, 1 << 20} {
		b.Run(fmt.Sprintf("%dKiB", size>>10), func(b *testing.B) {
			l := open(b, b.TempDir())
			entry := &evidence.Exchange{Round: 1, Calls: []evidence.Call{{Request: make([]byte, 500), Answer: make([]byte, size)}}}
			b.SetBytes(int64(size))
			for b.Loop() {
				if _, err := l.Append(entry); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
