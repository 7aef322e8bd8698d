package localnet

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/source"
	"github.com/assaynet/assay/zoo"
)

// player is a source that does what a conduct of the zoo does: a miner of the demo serves
// what it holds. The cursor counts the passes.
type player struct {
	conduct zoo.Conduct
	hand    func(pass int) (*zoo.Hand, error) // without Add
}

// Collect lets the conduct act once.
func (p *player) Collect(ctx context.Context, cursor []byte, emit func(source.Record) error) ([]byte, error) {
	h, err := p.hand(len(cursor))
	if err != nil {
		return cursor, err
	}
	h.Add = func(_ string, items ...*item.Item) {
		for _, it := range items {
			if err == nil {
				err = pass(ctx, it, emit)
			}
		}
	}
	if p.conduct.Act(h); err != nil {
		return cursor, err
	}
	if len(cursor) < passesCounted {
		cursor = append(cursor, 1)
	}
	return cursor, nil
}

// passesCounted is how many passes a cursor can tell apart.
const passesCounted = 64

// pass emits an item as the record that it holds.
func pass(ctx context.Context, it *item.Item, emit func(source.Record) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if it.Kind != item.KindRecord {
		return nil // answers are of no use to another
	}
	r, err := item.DecodeRecord(it.Canonical)
	if err != nil {
		return fmt.Errorf("read an item of the zoo: %w", err)
	}
	return emit(source.Record{
		URI: it.URI, Author: r.Author, Title: r.Title, Body: r.Body, Label: it.Label, Licence: it.Licence,
		Time: time.Unix(r.Time, 0).UTC(),
	})
}

// forger invents posts: real words of the forum in an order that nobody wrote, under
// addresses that look like the forum's own.
type forger struct {
	rng    *rand.Rand
	base   string // the forum's address
	topics []string
	words  []string
	now    func() time.Time
}

// A fabricator invents so many posts in a pass, in so many passes.
const (
	fabricated       = 120
	fabricatedPasses = 3
)

// hand is that of a miner that can only invent.
func (f *forger) hand(pass int) (*zoo.Hand, error) {
	h := &zoo.Hand{Rand: f.rng, Labels: f.topics, Invent: f.post}
	if pass < fabricatedPasses {
		h.Pace = fabricated
	}
	return h, nil
}

// post is Hand.Invent: a post of the last two days.
func (f *forger) post(look zoo.Look) *item.Item {
	var body strings.Builder
	for n := 60 + f.rng.IntN(200); n > 0; n-- {
		body.WriteString(f.word())
		body.WriteByte(" \n"[btoi(f.rng.IntN(14) == 0)])
	}
	title := f.word() + " " + f.word() + " " + f.word()
	age := time.Duration(f.rng.Int64N(int64(48 * time.Hour)))
	record := item.Record{
		Author: strings.ToUpper(f.word()[:1]) + ". " + f.word(), Title: source.Line(title, 200), Body: source.Text(body.String()),
		Time: f.now().Add(-age).Unix(),
	}
	content, err := record.Canonical()
	if err != nil {
		return &item.Item{} // of words and a time of these days it has one; no miner takes this
	}
	return &item.Item{Kind: item.KindRecord, URI: fmt.Sprintf("%s/p/%08x", f.base, f.rng.Uint32()), Canonical: content, Label: look.Label}
}

func (f *forger) word() string { return f.words[f.rng.IntN(len(f.words))] }

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

// onlooker is the hand of a miner that sees what a rival has committed under roots that a
// validator has receipted. Ingest is idempotent, so what was copied may be copied again.
func onlooker(rival store) (*zoo.Hand, error) {
	h := &zoo.Hand{Rival: func(int, int) []*item.Item { return nil }}
	seq := rival.Receipted()
	if seq == 0 {
		return h, nil
	}
	var held []*item.Item
	for it, err := range rival.Items(seq) {
		if err != nil {
			return nil, fmt.Errorf("read the rival's store: %w", err)
		}
		held = append(held, it)
	}
	slices.Reverse(held)
	h.Rivals, h.Rival = 1, func(_, n int) []*item.Item { return held[:min(n, len(held))] }
	return h, nil
}

// copiedAtOnce is how many of a rival's items a copier looks at in a pass: all of them.
const copiedAtOnce = 1 << 16
