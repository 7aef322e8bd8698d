package source

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
)

func fullState() *crawlState {
	s := newCrawlState()
	s.lists = []listState{{root: "https://a.example/t/x", resume: "https://a.example/t/x?page=3"}, {root: "https://a.example/t/y", whole: true}}
	s.pending = []pendingPage{{"https://a.example/p/1", 2}}
	for i := range 5 {
		s.add(fmt.Sprint(i))
	}
	return s
}

func TestCursorRoundTrip(t *testing.T) {
	s := fullState()
	got, err := decodeCrawl(s.encode())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.lists, s.lists) || !slices.Equal(got.pending, s.pending) || !slices.Equal(got.seen, s.seen) || !got.has("3") || got.has("5") {
		t.Errorf("came back as %+v", got)
	}
}

func TestCursorIsStrict(t *testing.T) {
	good := fullState().encode()
	for i := range good { // no shorter cursor is one
		if i > 0 {
			if _, err := decodeCrawl(good[:i]); err == nil {
				t.Fatalf("the first %d bytes are accepted", i)
			}
		}
	}
	longVarint := slices.Insert(slices.Clone(good), 1, good[1]|0x80)
	longVarint[2] = 0 // the count of lists in two bytes
	for name, bad := range map[string][]byte{
		"version":  append([]byte{2}, good[1:]...),
		"trailing": append(slices.Clone(good), 0),
		"varint":   longVarint,
		"twice":    append(slices.Clone(good[:len(good)-16]), good[len(good)-32:len(good)-16]...),
		"huge":     make([]byte, MaxCursor+1),
	} {
		if _, err := decodeCrawl(bad); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// At its fullest the cursor stays below its cap, and forgets the oldest.
func TestCursorIsBounded(t *testing.T) {
	s := newCrawlState()
	long := string(bytes.Repeat([]byte("u"), MaxURI))
	for range maxLists {
		s.lists = append(s.lists, listState{root: long, resume: long})
	}
	for range maxPending {
		s.pending = append(s.pending, pendingPage{long, maxAttempts})
	}
	for i := range maxSeen + 10 {
		s.add(fmt.Sprint(i))
	}
	b := s.encode()
	if len(b) > MaxCursor || len(s.seen) != maxSeen || len(s.known) != maxSeen || s.has("9") || !s.has("10") {
		t.Errorf("%d bytes, %d seen, %d known", len(b), len(s.seen), len(s.known))
	}
	if _, err := decodeCrawl(b); err != nil {
		t.Error(err)
	}
}

func FuzzCursor(f *testing.F) {
	f.Add(fullState().encode())
	f.Add(newCrawlState().encode())
	f.Add([]byte{1, 0xff, 0xff, 0x03})
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := decodeCrawl(b)
		if err != nil {
			return
		}
		if len(b) > 0 && !bytes.Equal(s.encode(), b) {
			t.Errorf("%x encodes as %x", b, s.encode())
		}
		if _, _, err := decodeFileCursor(b); err == nil && len(b) != fileCursor {
			t.Errorf("file cursor of %d bytes", len(b))
		}
	})
}
