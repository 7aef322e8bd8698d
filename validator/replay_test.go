package validator

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// sampleRecord is a record with rounds, controls, a vote, a restart and an
// unclosed round, and the heads that the miners saw in its requests.
func sampleRecord(t testing.TB) ([]evidence.Entry, []Anchor) {
	w := crashWorld(t)
	j := &memory{}
	heads := map[uint64]Anchor{}
	var mu sync.Mutex
	for _, m := range w.order {
		m.ask = func(ctx context.Context, raw []byte) ([]byte, error) {
			if e, err := protocol.OpenRequest(raw, m.key.Hotkey()); err == nil {
				if body, err := protocol.DecodeBody(e); err == nil {
					if req, ok := body.(*protocol.RootRequest); ok {
						mu.Lock()
						heads[req.Head.Seq] = Anchor{Peer: m.key.Hotkey().Short(), Validator: e.From, Anchor: req.Head}
						mu.Unlock()
					}
				}
			}
			return m.answer(raw)
		}
	}
	v, err := w.open(j)
	if err == nil {
		err = w.rounds(v, 7)
	}
	if err != nil {
		t.Fatal(err)
	}
	j.dieAt, j.written = j.appends+3, true
	if err := w.rounds(v, 1); !errors.Is(err, errDied) {
		t.Fatal(err)
	}
	j.dieAt, j.dead = 0, false
	if v, err = w.open(j); err == nil {
		err = w.rounds(v, 3)
	}
	if err != nil {
		t.Fatal(err)
	}
	var anchors []Anchor
	for _, a := range heads {
		anchors = append(anchors, a)
	}
	slices.SortFunc(anchors, func(a, b Anchor) int { return int(a.Seq) - int(b.Seq) })
	return j.entries, anchors
}

// rechained gives every entry from place i on its right number and hash, as one
// would who owns the record and wants to hide a change.
func rechained(t rapid.TB, entries []evidence.Entry, i int) []evidence.Entry {
	head := evidence.Head{}
	if i > 0 {
		head = entries[i-1].Head()
	}
	for ; i < len(entries); i++ {
		e := &entries[i]
		e.Seq, e.Prev = head.Seq+1, head.Hash
		e.Hash = evidence.Digest(e.Seq, e.Prev, e.Body.Kind(), e.Bytes)
		head = e.Head()
	}
	return entries
}

func TestReplayIsCleanAndAnchored(t *testing.T) {
	entries, anchors := sampleRecord(t)
	r, err := Replay(each(entries), anchors)
	if err != nil || r.Mismatches != 0 || r.Anchors != len(anchors) || r.Votes == 0 || r.Unclosed != 1 || r.Rounds != 11 || r.Closed != 10 {
		t.Fatalf("replay %v, %v", r, err)
	}
	if s := r.String(); !strings.HasPrefix(s, "rounds=11 votes=") || !strings.Contains(s, " mismatches=0") || strings.Contains(s, "\n") {
		t.Errorf("report %q", s)
	}
	if r, err := Replay(each(nil), nil); err == nil {
		t.Errorf("an empty record gives %v", r)
	}
	broken := func(yield func(evidence.Entry, error) bool) {
		_ = yield(entries[0], nil) && yield(evidence.Entry{}, errors.New("the disk is torn"))
	}
	if r, _ := Replay(iter.Seq2[evidence.Entry, error](broken), nil); r.Mismatches != 1 || r.First.Seq != 2 || !strings.Contains(r.String(), "torn") {
		t.Errorf("a torn record gives %v", r)
	}
}

// Any flipped bit, exchange of places, removal or repetition is detected, even
// when all hashes are made to fit again, up to the last head that a peer holds.
func TestReplayDetectsTampering(t *testing.T) {
	original, anchors := sampleRecord(t)
	last := int(anchors[len(anchors)-1].Seq) // entries up to here are held
	rapid.Check(t, func(t *rapid.T) {
		entries := slices.Clone(original)
		i := rapid.IntRange(0, last-1).Draw(t, "entry")
		kind := rapid.SampledFrom([]string{"flip", "swap", "remove", "repeat", "cut"}).Draw(t, "kind")
		switch kind {
		case "flip":
			b := slices.Clone(entries[i].Bytes)
			b[rapid.IntRange(0, len(b)-1).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
			entries[i].Bytes = b
		case "swap":
			k := rapid.IntRange(0, last-1).Draw(t, "other")
			if i == k {
				k = (i + 1) % last
			}
			entries[i], entries[k] = entries[k], entries[i]
			i = min(i, k)
		case "remove":
			entries = slices.Delete(entries, i, i+1)
		case "repeat":
			entries = slices.Insert(entries, i, entries[i])
		case "cut":
			entries = entries[:i]
		}
		if rapid.Bool().Draw(t, "rechained") {
			entries = rechained(t, entries, i)
		}
		if slices.EqualFunc(entries, original, func(a, b evidence.Entry) bool { return a.Hash == b.Hash }) {
			return // two equal entries, of two starts, changed places: nothing was altered
		}
		if r, err := Replay(each(entries), anchors); err == nil && r.Mismatches == 0 {
			t.Fatalf("%s of entry %d is not detected: %v", kind, i+1, r)
		}
	})
}

// Every field of an entry's frame is bound.
func TestReplayChecksTheChain(t *testing.T) {
	entries, _ := sampleRecord(t)
	for name, change := range map[string]func(*evidence.Entry){
		"seq": func(e *evidence.Entry) { e.Seq++ }, "prev": func(e *evidence.Entry) { e.Prev[3] ^= 1 },
		"hash": func(e *evidence.Entry) { e.Hash[3] ^= 1 }, "kind": func(e *evidence.Entry) { e.Body = &evidence.Landed{} },
	} {
		changed := slices.Clone(entries)
		change(&changed[9])
		if r, _ := Replay(each(changed), nil); r.Mismatches != 1 || r.First.Seq != 10 {
			t.Errorf("%s: %v", name, r)
		}
	}
}

// Who holds the record but not the keys cannot change what happened, with no peer's
// head at hand: what follows was signed over it.
func TestReplayDetectsRewriting(t *testing.T) {
	entries, _ := sampleRecord(t)
	find := func(kind evidence.Kind, n int) int {
		for i, e := range entries {
			if e.Body.Kind() == kind {
				if n--; n < 0 {
					return i
				}
			}
		}
		t.Fatalf("no entry %s %d", kind, n)
		return 0
	}
	for _, c := range []struct {
		name   string
		kind   evidence.Kind
		n      int
		change func(evidence.Body)
		says   string
	}{
		{"a page that was there", evidence.KindReference, 3, func(b evidence.Body) {
			f := &b.(*evidence.Reference).Fetches[0]
			f.Status, f.ID, f.Label = evidence.FetchGone, item.Hash{}, ""
		}, "differs from the plan"},
		{"a page left out", evidence.KindReference, 3, func(b evidence.Body) {
			r := b.(*evidence.Reference)
			r.Fetches = r.Fetches[1:]
		}, "the round needs"},
		{"an outcome", evidence.KindExchange, 5, func(b evidence.Body) {
			b.(*evidence.Exchange).Calls[1].Outcome = evidence.BadProof
		}, "the answer gives answered"},
		{"an answer dropped", evidence.KindExchange, 5, func(b evidence.Body) {
			b.(*evidence.Exchange).Calls[1].Answer = nil
		}, "without an answer"},
		{"a call dropped", evidence.KindExchange, 5, func(b evidence.Body) {
			x := b.(*evidence.Exchange)
			x.Calls = x.Calls[:1]
		}, "missing"},
		{"a request", evidence.KindExchange, 5, func(b evidence.Body) {
			r := b.(*evidence.Exchange).Calls[1].Request
			r[len(r)-1] ^= 1
		}, "signature"},
		{"the secret", evidence.KindClosed, 3, func(b evidence.Body) {
			b.(*evidence.Closed).Secret[0] ^= 1
		}, "not number"},
		{"the block hash", evidence.KindOpened, 3, func(b evidence.Body) {
			b.(*evidence.Opened).BlockHash[0] ^= 1
		}, "differs from the plan"},
		{"the weights", evidence.KindIntent, 0, func(b evidence.Body) {
			b.(*evidence.Intent).Weights[0] ^= 1
		}, "the record so far gives"},
		{"the parameters", evidence.KindParameters, 0, func(b evidence.Body) {
			p := b.(*evidence.Parameters)
			p.Source = append(p.Source, "# changed\n"...)
		}, "rules"},
	} {
		i := find(c.kind, c.n)
		changed := slices.Clone(entries)
		body, err := evidence.Decode(c.kind, slices.Clone(entries[i].Bytes))
		if err != nil {
			t.Fatal(err)
		}
		c.change(body)
		next, err := evidence.Next(entries[i-1].Head(), body)
		if err != nil {
			t.Fatal(err)
		}
		changed[i] = next
		r, _ := Replay(each(rechained(t, changed, i)), nil)
		if r.Mismatches != 1 || !strings.Contains(r.First.What, c.says) {
			t.Errorf("%s: %v, want %q", c.name, r, c.says)
		}
	}
}

// The commit on the record is that of the vote on the record.
func TestReplayDetectsAnotherCommit(t *testing.T) {
	w := sealedWorld(t, 1)
	j := &memory{}
	v, err := w.open(j)
	if err == nil {
		err = w.rounds(v, 10)
	}
	if err != nil {
		t.Fatal(err)
	}
	mustReplay(t, j.entries)
	i := slices.IndexFunc(j.entries, func(e evidence.Entry) bool { return e.Body.Kind() == evidence.KindCommitted })
	body := *j.entries[i].Body.(*evidence.Committed)
	body.Hash[0] ^= 1
	changed := slices.Clone(j.entries)
	if changed[i], err = evidence.Next(changed[i-1].Head(), &body); err != nil {
		t.Fatal(err)
	}
	if r, _ := Replay(each(rechained(t, changed, i+1)), nil); r.Mismatches != 1 || !strings.Contains(r.First.What, "not that of the vote") {
		t.Errorf("replay %v", r)
	}
}

// A plan that the secret does not give is found when the round's secret is out,
// though every signature is right: the validator asked what it liked.
func TestReplayDetectsChosenDraws(t *testing.T) {
	w := crashWorld(t)
	j := &memory{}
	v, err := w.open(j)
	if err == nil {
		err = w.rounds(v, 2)
	}
	if err != nil {
		t.Fatal(err)
	}
	r := &round{}
	head := w.chain.advance(2)
	if ready, err := v.look(context.Background(), head, r); !ready || err != nil {
		t.Fatal(err)
	}
	if err := v.plan(r); err != nil {
		t.Fatal(err)
	}
	if err := v.commit(r.opened); err != nil {
		t.Fatal(err)
	}
	r.plan.Miners[0].Parts[0].Draws[0].U++ // grinds one draw
	v.brief(r)
	if err := v.ask(context.Background(), r); err != nil {
		t.Fatal(err)
	}
	ref := v.fetch(context.Background(), r)
	for _, body := range []evidence.Body{r.talks[0].exchange(), r.talks[1].exchange(), ref, &evidence.Closed{Round: r.opened.Round, Secret: r.secret}} {
		if err := v.commit(body); err != nil {
			t.Fatal(err)
		}
	}
	report, _ := Replay(each(j.entries), nil)
	if report.Mismatches != 1 || !strings.Contains(report.First.What, "ItemsRequest differs from the plan") {
		t.Errorf("replay %v", report)
	}
}
