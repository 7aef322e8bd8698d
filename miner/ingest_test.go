package miner

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"pgregory.net/rapid"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/source"
)

func TestIngestIsIdempotent(t *testing.T) {
	cfg := config(t)
	cfg.Metrics = NewMetrics(prometheus.NewRegistry())
	w := open(t, cfg)
	w.take(record(1), record(2), record(1))
	first := w.root()
	again := record(1)
	again.Licence = "CC-BY-4.0" // beside the content: no new item
	w.take(again, record(2))
	if got := w.root(); got != first {
		t.Errorf("equal content made a new root: %+v", got)
	}
	n := 0
	for it, err := range w.Items(first.Seq) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; it.Licence != "CC0-1.0" {
			t.Errorf("the item's licence became %q", it.Licence)
		}
	}
	if n != 2 || w.Status().Items != 2 {
		t.Errorf("%d items, and %d in the status, want 2", n, w.Status().Items)
	}
	m := w.Miner.cfg.Metrics
	if fresh, known := testutil.ToFloat64(m.ingested.WithLabelValues("new")), testutil.ToFloat64(m.ingested.WithLabelValues("known")); fresh != 2 || known != 3 {
		t.Errorf("%v new and %v known items were counted", fresh, known)
	}
	if seq := testutil.ToFloat64(m.rootSeq); seq != 1 {
		t.Errorf("the root's number is shown as %v", seq)
	}
}

func TestWhatNoProgramTakesIsCounted(t *testing.T) {
	cfg := config(t)
	cfg.Metrics = NewMetrics(prometheus.NewRegistry())
	w := open(t, cfg)
	for _, c := range []struct {
		reason string
		change func(*source.Record)
	}{
		{rejectOutside, func(r *source.Record) { r.URI = "http://elsewhere.example/p/1" }},
		{rejectOutside, func(r *source.Record) { r.Label = "cooking" }},
		{rejectOutside, func(r *source.Record) { r.Time = time.Unix(-5, 0) }},
		{rejectSchema, func(r *source.Record) { r.Author = "" }},
		{rejectSchema, func(r *source.Record) { r.Body = "" }},
		{rejectSchema, func(r *source.Record) { r.Title = strings.Repeat("é", 301) }},
		{rejectSchema, func(r *source.Record) { r.Body = strings.Repeat("x", 60001) }},
		{rejectInvalid, func(r *source.Record) { r.URI = "not an address" }},
		{rejectInvalid, func(r *source.Record) { r.Body = "\xff" }},
		{rejectInvalid, func(r *source.Record) { r.Body = strings.Repeat("x", 300<<10) }},
		{rejectInvalid, func(r *source.Record) { r.Licence = strings.Repeat("x", 65) }},
	} {
		before := testutil.ToFloat64(cfg.Metrics.rejected.WithLabelValues(c.reason))
		r := record(0)
		c.change(&r)
		w.take(r)
		if n := testutil.ToFloat64(cfg.Metrics.rejected.WithLabelValues(c.reason)); n != before+1 {
			t.Errorf("%s is counted %v times, want %v, for %.80v", c.reason, n, before+1, r)
		}
	}
	edge := record(0)
	edge.Title, edge.Body = strings.Repeat("é", 300), strings.Repeat("é", 60000)
	w.take(edge)
	if n := w.Status().Items; n != 1 {
		t.Errorf("%d items were taken in, want the one at the bounds", n)
	}
}

// failing is a source that emits, moves its cursor and then fails.
type failing struct{ list }

var errSource = errors.New("the site is down")

func (f failing) Collect(ctx context.Context, cursor []byte, emit func(source.Record) error) ([]byte, error) {
	next, err := f.list.Collect(ctx, cursor, emit)
	return next, errors.Join(err, errSource)
}

func TestAPassThatFailsKeepsWhatItDid(t *testing.T) {
	cfg := config(t)
	cfg.Feeds = []Feed{{Name: "a", Source: failing{list{10, 4}}}, {Name: "b", Source: list{3, 3}}}
	w := open(t, cfg)
	if err := w.collectors[0].pass(context.Background()); !errors.Is(err, errSource) {
		t.Fatalf("error is %v", err)
	}
	w.restart()
	if at, items := position(w.collectors[0].cursor), w.Status().Items; at != 4 || items != 4 {
		t.Errorf("the cursor is at %d with %d items, want 4", at, items)
	}
	if at := position(w.collectors[1].cursor); at != 0 {
		t.Errorf("the other source's cursor is at %d", at)
	}
}

// Any order of ingests, commits and restarts gives the tree of a fresh build, and
// every kept version is the one that was signed.
func TestAnyHistoryGivesTheTreeOfAFreshBuild(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := open(t, config(t))
		defer w.Close()
		have := map[int]bool{}
		signed := map[uint64]item.Root{}
		ops := rapid.SliceOfN(rapid.IntRange(0, 9), 1, 14).Draw(rt, "ops")
		for i, op := range ops {
			switch {
			case op < 6:
				from := rapid.IntRange(0, 40).Draw(rt, "from")
				n := rapid.IntRange(0, 6).Draw(rt, "n")
				w.take(records(from, from+n)...)
				for p := from; p < from+n; p++ {
					have[p] = true
				}
			case op < 9:
				if err := w.commit(); err != nil {
					rt.Fatal(err)
				}
			default:
				w.restart()
			}
			for _, v := range w.index.versions() {
				if before, ok := signed[v.root.Seq]; ok && before != v.root.Root() {
					rt.Fatalf("step %d: root %d has changed", i, v.root.Seq)
				}
				if v.tree.Root() != v.root.Root() {
					rt.Fatalf("step %d: root %d is not that of its tree", i, v.root.Seq)
				}
				signed[v.root.Seq] = v.root.Root()
			}
		}
		if err := w.commit(); err != nil {
			rt.Fatal(err)
		}
		var want item.Tree
		for p := range have {
			rows, _ := w.rows(record(p))
			want, _, _ = want.Insert(rows[0].leaf)
		}
		newest, _ := w.index.newest()
		if newest.tree.Root() != want.Root() {
			rt.Fatalf("the index is %+v, a fresh build %+v", newest.tree.Root(), want.Root())
		}
	})
}

// Versions thin out as they age, with the receipts that name them, and a
// restart keeps the same ones.
func TestVersionsAreKeptByAge(t *testing.T) {
	w := open(t, config(t))
	const newest = 300
	for i := 1; i <= newest; i++ {
		w.take(record(i))
		r := w.root()
		if i%3 == 0 {
			if err := w.ledger.hear(Anchor{Validator: key("v1").Hotkey()}, receipt(t, "v1", r, 1, 10)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, when := range []string{"before", "after a restart"} {
		want, receipts := 0, 0
		for seq := uint64(1); seq <= newest; seq++ {
			_, have := find(w.index.versions(), seq)
			if have != item.KeepVersion(seq, newest) {
				t.Errorf("%s: version %d is kept: %v", when, seq, have)
			}
			if have {
				want++
				if seq%3 == 0 {
					receipts++
				}
			}
		}
		if n := len(w.index.versions()); n != want || w.Status().Receipts != receipts {
			t.Errorf("%s: %d versions and %d receipts, want %d and %d", when, n, w.Status().Receipts, want, receipts)
		}
		w.restart()
	}
}
