package source_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/assaynet/assay/source"
)

func recordNumber(i int) source.Record {
	return source.Record{URI: "https://forum.example/p/" + string(rune('a'+i)), Author: "Ann", Title: "T", Body: "One.\n\nTwo.",
		Label: "cats", Time: time.Date(2026, 1, 2, 3, 4, i, 0, time.UTC), Licence: "CC0-1.0"}
}

func writeRecords(t *testing.T, path string, from, to int, tail string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for i := from; i < to; i++ {
		b, err := source.EncodeLine(recordNumber(i))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.WriteString(tail); err != nil {
		t.Fatal(err)
	}
}

func collect(t *testing.T, f *source.File, cursor []byte) ([]source.Record, []byte) {
	t.Helper()
	var got []source.Record
	next, err := f.Collect(t.Context(), cursor, func(r source.Record) error {
		got = append(got, r)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got, next
}

func TestFileGrows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "records.jsonl")
	half := `{"uri":"https://forum.example/p/`
	writeRecords(t, path, 0, 3, half)
	f := source.NewFile(path)
	got, cursor := collect(t, f, nil)
	if len(got) != 3 || !got[2].Equal(recordNumber(2)) {
		t.Fatalf("first read: %+v", got)
	}
	if got, _ = collect(t, f, cursor); len(got) != 0 {
		t.Errorf("a half line was read: %+v", got)
	}
	rest, err := source.EncodeLine(recordNumber(3))
	if err != nil {
		t.Fatal(err)
	}
	writeRecords(t, path, 0, 0, strings.TrimPrefix(string(rest), half))
	writeRecords(t, path, 4, 6, "\n")
	if got, cursor = collect(t, f, cursor); len(got) != 3 || !got[0].Equal(recordNumber(3)) {
		t.Errorf("second read: %+v", got)
	}
	// Another file in its place is read from its start.
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	writeRecords(t, path, 7, 20, "")
	if got, _ = collect(t, f, cursor); len(got) != 13 {
		t.Errorf("a replaced file gave %d records, want 13", len(got))
	}
}

func TestFileStopsAndResumes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "records.jsonl")
	writeRecords(t, path, 0, 6, "")
	f := source.NewFile(path)
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	cursor, err := f.Collect(ctx, nil, func(source.Record) error {
		if n++; n == 2 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	full := errors.New("full")
	cursor, err = f.Collect(t.Context(), cursor, func(source.Record) error { return full })
	if !errors.Is(err, full) {
		t.Fatal(err)
	}
	if got, _ := collect(t, f, cursor); len(got) != 4 || !got[0].Equal(recordNumber(2)) {
		t.Errorf("resumed with %+v", got)
	}
}

func TestFileNamesTheBadLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "records.jsonl")
	writeRecords(t, path, 0, 1, "{\"uri\":1}\n")
	info, err := source.EncodeLine(recordNumber(0))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	cursor, err := source.NewFile(path).Collect(t.Context(), nil, func(source.Record) error { n++; return nil })
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("line at byte %d", len(info))) || n != 1 {
		t.Errorf("%v after %d records", err, n)
	}
	if _, err := source.NewFile(path).Collect(t.Context(), cursor, nil); err == nil {
		t.Error("the bad line was passed over the second time")
	}
	long := filepath.Join(t.TempDir(), "long.jsonl")
	if err := os.WriteFile(long, []byte(strings.Repeat("x", source.MaxLine+10)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := source.NewFile(long).Collect(t.Context(), nil, nil); err == nil {
		t.Error("an endless line was read")
	}
}

func TestFileRefusesForeignCursor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "records.jsonl")
	writeRecords(t, path, 0, 1, "")
	for _, cursor := range [][]byte{{1}, make([]byte, 41), append([]byte{1, 0xff}, make([]byte, 39)...)} {
		if _, err := source.NewFile(path).Collect(t.Context(), cursor, nil); err == nil {
			t.Errorf("cursor %x accepted", cursor)
		}
	}
}

func TestDecodeLineIsStrict(t *testing.T) {
	good := `{"uri":"https://a.example/1","author":"A","title":"T","body":"B","label":"l","time":"2026-01-02T03:04:05Z","licence":""}`
	if _, err := source.DecodeLine([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{
		"unknown":   strings.Replace(good, `"author"`, `"autor"`, 1),
		"trailing":  good + "{}",
		"no body":   strings.Replace(good, `"B"`, `" "`, 1),
		"time":      strings.Replace(good, "2026-01-02T03", "2026-01-02 03", 1),
		"uri":       strings.Replace(good, "https:", "file:", 1),
		"userinfo":  strings.Replace(good, "a.example", "u@a.example", 1),
		"type":      strings.Replace(good, `"T"`, "7", 1),
		"array":     "[" + good + "]",
		"truncated": good[:40],
		"empty":     "",
	} {
		if r, err := source.DecodeLine([]byte(bad)); err == nil {
			t.Errorf("%s: accepted as %+v", name, r)
		}
	}
}

func FuzzDecodeLine(f *testing.F) {
	b, err := source.EncodeLine(recordNumber(1))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(`{"uri":"http://a/","body":"x","time":"1970-01-01T00:00:01+01:00"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := source.DecodeLine(b)
		if err != nil {
			return
		}
		again, err := source.EncodeLine(r)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := source.DecodeLine(again); err != nil || !back.Equal(r) {
			t.Errorf("%+v came back as %+v: %v", r, back, err)
		}
	})
}
