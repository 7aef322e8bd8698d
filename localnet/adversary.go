package localnet

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/source"
)

// fabricator is a source that invents posts: real words of the forum in an order
// that nobody wrote, under addresses that look like the forum's own.
type fabricator struct {
	rng    *rand.Rand
	base   string // the forum's address
	topics []string
	words  []string
	now    func() time.Time
}

// fabricated is how many posts one pass invents, up to most in all.
const (
	fabricated     = 120
	fabricatedMost = 360
)

// Collect invents posts; the cursor counts them.
func (f *fabricator) Collect(ctx context.Context, cursor []byte, emit func(source.Record) error) ([]byte, error) {
	have := len(cursor) * fabricated
	if have >= fabricatedMost {
		return cursor, nil
	}
	for range fabricated {
		if err := ctx.Err(); err != nil {
			return cursor, err
		}
		if err := emit(f.post()); err != nil {
			return cursor, err
		}
	}
	return append(cursor, 1), nil
}

func (f *fabricator) post() source.Record {
	var body strings.Builder
	for n := 60 + f.rng.IntN(200); n > 0; n-- {
		body.WriteString(f.word())
		body.WriteByte(" \n"[btoi(f.rng.IntN(14) == 0)])
	}
	title := f.word() + " " + f.word() + " " + f.word()
	age := time.Duration(f.rng.Int64N(int64(48 * time.Hour)))
	return source.Record{
		URI:    fmt.Sprintf("%s/p/%08x", f.base, f.rng.Uint32()),
		Author: strings.ToUpper(f.word()[:1]) + ". " + f.word(),
		Title:  source.Line(title, 200), Body: source.Text(body.String()),
		Label: f.topics[f.rng.IntN(len(f.topics))],
		Time:  f.now().Add(-age).UTC().Truncate(time.Second),
	}
}

func (f *fabricator) word() string { return f.words[f.rng.IntN(len(f.words))] }

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// store is what a copier reads of its rival.
type store interface {
	Receipted() uint64
	Items(upToSeq uint64) iter.Seq2[*item.Item, error]
}

// copier is a source that takes a rival's store as soon as a validator has
// receipted a root of it, and again whenever there is more.
type copier struct{ rival store }

// Collect copies everything that the rival has committed under receipted roots.
// Ingest is idempotent, so the copier needs no cursor.
func (c *copier) Collect(ctx context.Context, cursor []byte, emit func(source.Record) error) ([]byte, error) {
	seq := c.rival.Receipted()
	if seq == 0 {
		return cursor, nil
	}
	for it, err := range c.rival.Items(seq) {
		if err != nil {
			return cursor, fmt.Errorf("read the rival's store: %w", err)
		}
		if err := ctx.Err(); err != nil {
			return cursor, err
		}
		if it.Kind != item.KindRecord {
			continue // answers are of no use to another
		}
		r, err := item.DecodeRecord(it.Canonical)
		if err != nil {
			return cursor, fmt.Errorf("read the rival's store: %w", err)
		}
		err = emit(source.Record{
			URI: it.URI, Author: r.Author, Title: r.Title, Body: r.Body, Label: it.Label, Licence: it.Licence,
			Time: time.Unix(r.Time, 0).UTC(),
		})
		if err != nil {
			return cursor, err
		}
	}
	return cursor, nil
}
