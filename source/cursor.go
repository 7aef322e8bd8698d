package source

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// Bounds of a crawler's cursor. At its fullest it is about 1.2 MiB; MaxCursor
// leaves no room for more.
const (
	MaxCursor   = 2 << 20
	maxSeen     = 32 << 10 // pages remembered as done; the oldest are forgotten and may be emitted again
	maxLists    = 64
	maxPending  = 256 // pages that failed in passing and will be tried again
	maxAttempts = 8   // passes in which one page may fail before it is given up
)

const cursorVersion = 1

var errCursor = errors.New("cursor is not one of this source")

// pageKey stands for an address among those seen. Sixteen bytes make an
// accidental clash impossible in practice; whoever searches one hides only pages of a source from itself.
type pageKey [16]byte

func keyOf(url string) pageKey {
	sum := sha256.Sum256([]byte(url))
	return pageKey(sum[:16])
}

// listState is how far the walk of one list has come.
type listState struct {
	root   string // address of the first page, as configured
	resume string // page to read next; empty is the first
	whole  bool   // the end was reached once: from now on only news is looked for
}

type pendingPage struct {
	url   string
	tries uint64
}

// crawlState is what a crawler remembers between passes.
type crawlState struct {
	lists   []listState
	pending []pendingPage
	seen    []pageKey // oldest first
	known   map[pageKey]bool
}

func newCrawlState() *crawlState { return &crawlState{known: map[pageKey]bool{}} }

func (s *crawlState) has(url string) bool { return s.known[keyOf(url)] }

func (s *crawlState) add(url string) {
	k := keyOf(url)
	if s.known[k] {
		return
	}
	s.known[k] = true
	s.seen = append(s.seen, k)
	if over := len(s.seen) - maxSeen; over > 0 {
		for _, old := range s.seen[:over] {
			delete(s.known, old)
		}
		s.seen = slices.Delete(s.seen, 0, over)
	}
}

// encode writes version, lists, pending pages and seen keys; counts and
// lengths are uvarints.
func (s *crawlState) encode() []byte {
	b := []byte{cursorVersion}
	b = binary.AppendUvarint(b, uint64(len(s.lists)))
	for _, l := range s.lists {
		b = appendText(appendText(b, l.root), l.resume)
		if l.whole {
			b = append(b, 1)
		} else {
			b = append(b, 0)
		}
	}
	b = binary.AppendUvarint(b, uint64(len(s.pending)))
	for _, p := range s.pending {
		b = binary.AppendUvarint(appendText(b, p.url), p.tries)
	}
	b = binary.AppendUvarint(b, uint64(len(s.seen)))
	for _, k := range s.seen {
		b = append(b, k[:]...)
	}
	return b
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// decodeCrawl reads what encode wrote and nothing else: the result must encode
// to the same bytes. An empty cursor is a fresh start.
func decodeCrawl(b []byte) (*crawlState, error) {
	s := newCrawlState()
	if len(b) == 0 {
		return s, nil
	}
	if len(b) > MaxCursor {
		return nil, fmt.Errorf("decode cursor: %d bytes, cap %d", len(b), MaxCursor)
	}
	r := cursorReader{rest: b}
	if v := r.bytes(1); r.err == nil && v[0] != cursorVersion {
		return nil, fmt.Errorf("decode cursor: version %d, want %d", v[0], cursorVersion)
	}
	for range r.count(maxLists) {
		s.lists = append(s.lists, listState{root: r.text(), resume: r.text(), whole: r.flag()})
	}
	for range r.count(maxPending) {
		s.pending = append(s.pending, pendingPage{url: r.text(), tries: r.uvarint(maxAttempts)})
	}
	for range r.count(maxSeen) {
		k := pageKey(append(make([]byte, 0, 16), r.bytes(16)...)[:16])
		s.known[k] = true
		s.seen = append(s.seen, k)
		if r.err != nil {
			break
		}
	}
	if r.err != nil || len(r.rest) > 0 || len(s.known) != len(s.seen) || !bytes.Equal(s.encode(), b) {
		return nil, fmt.Errorf("decode cursor: %w", errCursor)
	}
	return s, nil
}

// cursorReader takes fields off the front; after the first error it gives zeros.
type cursorReader struct {
	rest []byte
	err  error
}

func (r *cursorReader) bytes(n int) []byte {
	if r.err != nil || n > len(r.rest) {
		r.err = errCursor
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *cursorReader) uvarint(limit uint64) uint64 {
	v, n := binary.Uvarint(r.rest)
	if r.err != nil || n <= 0 || v > limit {
		r.err = errCursor
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

// count bounds a list by its limit and by the bytes that are left.
func (r *cursorReader) count(limit uint64) uint64 {
	n := r.uvarint(limit)
	if n > uint64(len(r.rest)) {
		r.err = errCursor
		return 0
	}
	return n
}

func (r *cursorReader) text() string { return string(r.bytes(int(r.uvarint(MaxURI)))) }

func (r *cursorReader) flag() bool {
	b := r.bytes(1)
	return len(b) == 1 && b[0] == 1
}
