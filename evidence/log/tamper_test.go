package log

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// closedRecord is a folder with a record of n entries, its writer gone, and the heads.
func closedRecord(t testing.TB, n int) (string, []evidence.Head) {
	t.Helper()
	dir := t.TempDir()
	l := open(t, dir)
	heads := fill(t, l, 0, n)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return dir, heads
}

// verify opens a record for reading and reads it through, as replay does.
func verify(dir string) error {
	l, err := OpenReadOnly(dir)
	if err != nil {
		return err
	}
	defer l.Close()
	_, err = read(l, 1)
	return err
}

func TestTamper(t *testing.T) {
	type tamper struct {
		name string
		sql  string
		seq  uint64 // the entry that must be named
	}
	for _, tc := range []tamper{
		{"kind to another", "UPDATE entries SET kind = 'closed' WHERE seq = 4", 4},
		{"kind to none", "UPDATE entries SET kind = 'nonsense' WHERE seq = 4", 4},
		{"kind longer", "UPDATE entries SET kind = kind || 'x' WHERE seq = 4", 4},
		{"kind in capitals", "UPDATE entries SET kind = 'OPENED' WHERE seq = 4", 4},
		{"round", "UPDATE entries SET round = round + 1 WHERE seq = 5", 5},
		{"round removed", "UPDATE entries SET round = NULL WHERE seq = 5", 5},
		{"round added", "UPDATE entries SET round = 0 WHERE seq = 2", 2},
		{"prev", "UPDATE entries SET prev = zeroblob(32) WHERE seq = 6", 6},
		{"prev short", "UPDATE entries SET prev = x'00' WHERE seq = 6", 6},
		{"hash", "UPDATE entries SET hash = zeroblob(32) WHERE seq = 6", 6},
		{"hash long", "UPDATE entries SET hash = zeroblob(33) WHERE seq = 6", 6},
		{"body", "UPDATE entries SET body = (SELECT body FROM entries WHERE seq = 16) WHERE seq = 7", 7},
		{"body empty", "UPDATE entries SET body = x'' WHERE seq = 7", 7},
		{"body huge", "UPDATE entries SET body = zeroblob(17000000) WHERE seq = 7", 7},
		{"first removed", "DELETE FROM entries WHERE seq = 1", 1},
		{"middle removed", "DELETE FROM entries WHERE seq = 9", 9},
		{"middle removed and the rest moved up", "DELETE FROM entries WHERE seq = 9; UPDATE entries SET seq = seq - 1 WHERE seq > 9", 9},
		{"two swapped", "UPDATE entries SET seq = 100 WHERE seq = 9; UPDATE entries SET seq = 9 WHERE seq = 10; UPDATE entries SET seq = 10 WHERE seq = 100", 9},
		{"one put in front", "INSERT INTO entries SELECT 0, kind, round, prev, hash, body FROM entries WHERE seq = 1", 0},
		{"another table", "CREATE TABLE more (x)", 0},
		{"a trigger", "CREATE TRIGGER t AFTER INSERT ON entries BEGIN DELETE FROM meta; END", 0},
		{"entries a view", "ALTER TABLE entries RENAME TO e; CREATE VIEW entries AS SELECT * FROM e", 0},
		{"no schema version", "DELETE FROM meta", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir, _ := closedRecord(t, 18)
			if err := verify(dir); err != nil {
				t.Fatalf("untouched: %v", err)
			}
			tamperWith(t, dir, tc.sql)
			var bad *CorruptError
			if err := verify(dir); !errors.As(err, &bad) || bad.Seq != tc.seq {
				t.Errorf("got %v, want a corrupt entry %d", err, tc.seq)
			}
		})
	}
}

func TestOtherSchemaVersion(t *testing.T) {
	dir, _ := closedRecord(t, 1)
	tamperWith(t, dir, "UPDATE meta SET value = '2'")
	_, err := Open(dir)
	var bad *CorruptError
	if err == nil || errors.As(err, &bad) {
		t.Errorf("a later schema gives %v, want an error that is not corruption", err)
	}
}

// Any single byte of any column matters.
func TestTamperAnyByte(t *testing.T) {
	dir, _ := closedRecord(t, 18)
	db, err := sql.Open("sqlite", filepath.Join(dir, databaseName))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	l, err := OpenReadOnly(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	rapid.Check(t, func(t *rapid.T) {
		seq := rapid.Uint64Range(1, 18).Draw(t, "seq")
		column := rapid.SampledFrom([]string{"kind", "prev", "hash", "body"}).Draw(t, "column")
		var old []byte
		if err := db.QueryRow(fmt.Sprintf("SELECT CAST(%s AS BLOB) FROM entries WHERE seq = ?", column), seq).Scan(&old); err != nil {
			t.Fatal(err)
		}
		changed := append([]byte(nil), old...)
		at := rapid.IntRange(0, len(old)-1).Draw(t, "at")
		changed[at] ^= rapid.ByteRange(1, 255).Draw(t, "flip")
		set := func(v []byte) {
			var arg any = v
			if column == "kind" {
				arg = string(v)
			}
			if _, err := db.Exec(fmt.Sprintf("UPDATE entries SET %s = ? WHERE seq = ?", column), arg, seq); err != nil {
				t.Fatal(err)
			}
		}
		set(changed)
		_, err := read(l, 1)
		set(old)
		var bad *CorruptError
		if !errors.As(err, &bad) || bad.Seq != seq {
			t.Fatalf("byte %d of %s of entry %d changed: %v", at, column, seq, err)
		}
		if _, err := read(l, 1); err != nil {
			t.Fatalf("put right again: %v", err)
		}
	})
}

// What the chain cannot see, an anchor that a peer holds does.
func TestAnchors(t *testing.T) {
	dir, heads := closedRecord(t, 10)
	tamperWith(t, dir, "DELETE FROM entries WHERE seq = 10")
	if err := verify(dir); err != nil {
		t.Fatalf("a shorter chain is a chain: %v", err)
	}
	l, err := OpenReadOnly(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var bad *CorruptError
	if err := l.Holds(heads[10].Anchor()); !errors.As(err, &bad) || bad.Seq != 10 {
		t.Errorf("last entry removed: %v", err)
	}
	if err := l.Holds(heads[9].Anchor()); err != nil {
		t.Errorf("an earlier anchor: %v", err)
	}
	if err := l.Holds(protocol.Anchor{Seq: 9, Hash: item.Hash{1}}); !errors.As(err, &bad) || bad.Seq != 9 {
		t.Errorf("another record's anchor: %v", err)
	}
	if err := l.Holds(protocol.Anchor{}); err != nil {
		t.Errorf("the empty record's anchor: %v", err)
	}
	if err := l.Holds(protocol.Anchor{Hash: item.Hash{1}}); err == nil {
		t.Error("an anchor 0 with a hash holds")
	}
	// The writer's own note is such an anchor.
	if _, err := Open(dir); !errors.As(err, &bad) || bad.Seq != 10 {
		t.Errorf("opening a record whose last entry is gone: %v", err)
	}
}

// A chain rewritten from some entry on fits together, but not with an anchor.
func TestRewrittenHistory(t *testing.T) {
	dir, heads := closedRecord(t, 6)
	tamperWith(t, dir, "DELETE FROM entries WHERE seq > 3")
	if err := os.Remove(filepath.Join(dir, headName)); err != nil {
		t.Fatal(err)
	}
	l := open(t, dir)
	fill(t, l, 30, 35)
	if _, err := read(l, 1); err != nil {
		t.Fatal(err)
	}
	var bad *CorruptError
	if err := l.Holds(heads[5].Anchor()); !errors.As(err, &bad) || bad.Seq != 5 {
		t.Errorf("rewritten history: %v", err)
	}
}

// A non-canonical body with a fitting hash is refused where it is decoded.
func TestBodyMustBeCanonical(t *testing.T) {
	dir, heads := closedRecord(t, 1)
	for name, b := range map[string][]byte{
		"longer length": {0x81, 0x58, 0x01, 'x'}, // [h'78'] with a one-byte length in two bytes
		"trailing byte": {0x81, 0x41, 'x', 0},
		"not a program": {0x82, 0x41, 'x', 0},
	} {
		hash := evidence.Digest(2, heads[1].Hash, evidence.KindProgram, b)
		tamperWith(t, dir, "DELETE FROM entries WHERE seq = 2",
			fmt.Sprintf("INSERT INTO entries VALUES (2, 'program', NULL, x'%x', x'%x', x'%x')", heads[1].Hash[:], hash[:], b))
		var bad *CorruptError
		if err := verify(dir); !errors.As(err, &bad) || bad.Seq != 2 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestBrokenDatabase(t *testing.T) {
	big := func(t *testing.T) string {
		dir := t.TempDir()
		l := open(t, dir)
		for range 20 {
			if _, err := l.Append(&evidence.Program{Source: make([]byte, 10_000)}); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	size := func(t *testing.T, path string) int64 {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	for name, spoil := range map[string]func(t *testing.T, path string) error{
		"empty":          func(_ *testing.T, p string) error { return os.Truncate(p, 0) },
		"a stub":         func(_ *testing.T, p string) error { return os.Truncate(p, 7) },
		"header only":    func(_ *testing.T, p string) error { return os.Truncate(p, 100) },
		"half":           func(t *testing.T, p string) error { return os.Truncate(p, size(t, p)/2) },
		"one page short": func(t *testing.T, p string) error { return os.Truncate(p, size(t, p)-4096) },
		"garbage": func(_ *testing.T, p string) error {
			return os.WriteFile(p, []byte("not a database at all, just text"), 0o600)
		},
		"gone, log left":   func(_ *testing.T, p string) error { return os.Rename(p, p+"-wal") },
		"garbage in pages": scribble,
	} {
		t.Run(name, func(t *testing.T) {
			dir := big(t)
			path := filepath.Join(dir, databaseName)
			if err := spoil(t, path); err != nil {
				t.Fatal(err)
			}
			before, _ := os.ReadFile(path)
			var bad *CorruptError
			if _, err := Open(dir); !errors.As(err, &bad) {
				t.Errorf("open: %v", err)
			}
			if after, _ := os.ReadFile(path); string(before) != string(after) {
				t.Error("opening a broken record changed it")
			}
			if name == "gone, log left" {
				return
			}
			if _, err := OpenReadOnly(dir); !errors.As(err, &bad) {
				t.Errorf("open read-only: %v", err)
			}
		})
	}
}

func scribble(_ *testing.T, path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	junk := make([]byte, 6000)
	for i := range junk {
		junk[i] = byte(i * 7)
	}
	_, err = f.WriteAt(junk, 9000)
	return err
}
