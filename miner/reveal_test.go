package miner

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
)

// bucketDraw asks for the answers of an assignment of spam.
func bucketDraw(w *workshop, assignment item.Hash) protocol.Draw {
	return protocol.BucketDraw(w.labels().AssignmentBucket(assignment))
}

// labels is the program spam, also where the miner has dropped it.
func (w *workshop) labels() *program.Program { return labelling(w.t)[1] }

// drawn asks for what draws land on under the newest root, in a round.
func (w *workshop) drawn(from string, round uint64, draws ...protocol.Draw) any {
	w.t.Helper()
	v, ok := w.index.newest()
	if !ok {
		w.t.Fatal("there is no root")
	}
	answer := w.ask(from, protocol.KindItemsRequest, round, &protocol.ItemsRequest{Parts: []protocol.Part{{Seq: v.root.Seq, Draws: draws}}})
	if a, ok := answer.(*protocol.ItemsAnswer); ok {
		if len(a.Drawn) != 1 {
			w.t.Fatalf("answer of %d parts, want 1", len(a.Drawn))
		}
		for _, raw := range a.Items {
			if _, err := item.Decode(raw); err != nil {
				w.t.Fatal(err)
			}
		}
	}
	return answer
}

// shows demands that draws are answered with n items.
func (w *workshop) shows(from string, round uint64, n int, draws ...protocol.Draw) {
	w.t.Helper()
	if a, ok := w.drawn(from, round, draws...).(*protocol.ItemsAnswer); !ok || len(a.Drawn[0]) != n {
		w.t.Errorf("%s in round %d has %+v, want %d items", from, round, a, n)
	}
}

// hides demands that draws are refused.
func (w *workshop) hides(from string, round uint64, draws ...protocol.Draw) {
	w.t.Helper()
	r, ok := w.drawn(from, round, draws...).(*protocol.Refusal)
	if !ok || r.Code != string(protocol.ReasonRefused) || r.Message == "" {
		w.t.Errorf("%s in round %d has %+v, want a refusal that says why", from, round, r)
	}
}

// hand sends a hand-out of round 1 and demands that it is taken.
func (w *workshop) hand(from string, r *protocol.TasksRequest) (assignment item.Hash) {
	w.t.Helper()
	raw, asked := request(w.t, from, protocol.KindTasksRequest, 1, r)
	w.sends(raw, asked, "")
	return asked.Digest
}

// sends sends a hand-out and demands that it is refused for a reason, or taken.
func (w *workshop) sends(raw []byte, asked protocol.Asked, want protocol.Reason) {
	w.t.Helper()
	answer, err := w.send(raw)
	if err != nil {
		w.t.Fatal(err)
	}
	e, err := protocol.OpenAnswer(answer, asked)
	if err != nil {
		w.t.Fatal(err)
	}
	m, err := protocol.DecodeBody(e)
	if err != nil {
		w.t.Fatal(err)
	}
	got := ""
	if r, ok := m.(*protocol.Refusal); ok {
		got = r.Code
	}
	if got != string(want) {
		w.t.Fatalf("a hand-out is answered with %+v, want reason %q", m, want)
	}
}

// Two validators hand out work in round 1, due in round 5: each sees its own answers,
// from round 6 on, by their bucket alone.
func TestAnswersAreShownToWhoAskedWhenDue(t *testing.T) {
	cfg := config(t)
	cfg.ServeAnyone = true
	w := openWorkshop(t, cfg, nil)
	defer w.close()
	w.take(records(0, 5)...)
	w.head(15)
	first, second := w.hand("v1", handOut(t)), w.hand("v2", handOut(t))
	w.label(key("ann"))
	unanswered := w.hand("v1", handOutOf(t, 3))
	unknown := item.Sum("never handed out")
	w.head(30)
	if v, _ := w.index.newest(); v.root.Count != 5+4 {
		t.Fatalf("the root has %d items, want 9", v.root.Count)
	}
	everyone := []string{"v1", "v2", "stranger"}
	for round := uint64(3); round <= 5; round++ {
		w.head(10 * round)
		for _, from := range everyone {
			for _, a := range []item.Hash{first, second, unanswered} {
				w.hides(from, round, bucketDraw(w, a))
			}
			w.shows(from, round, 0, bucketDraw(w, unknown))
			w.samples(from, round)
		}
	}
	w.head(60)
	w.shows("v1", 6, 2, bucketDraw(w, first))
	w.shows("v1", 6, 0, bucketDraw(w, unanswered))
	w.shows("v1", 6, 2, bucketDraw(w, first), bucketDraw(w, unanswered), bucketDraw(w, unknown))
	w.shows("v2", 6, 2, bucketDraw(w, second))
	w.hides("v1", 6, bucketDraw(w, second))
	w.hides("v1", 6, bucketDraw(w, first), bucketDraw(w, second)) // no part of it
	w.hides("v2", 6, bucketDraw(w, first))
	w.hides("v2", 6, bucketDraw(w, unanswered))
	w.hides("stranger", 6, bucketDraw(w, first))
	w.hides("v1", 5, bucketDraw(w, unknown), bucketDraw(w, first)) // the request's round counts
	for _, from := range everyone {
		w.samples(from, 6)
	}
	// What was opened by its bucket is not open to the other draws of the same request.
	w.hides("v1", 6, bucketDraw(w, first), protocol.Draw{Mode: protocol.DrawByteOf, V: protocol.ProgramWord(w.labels().ID())})
}

// handOutOf is a hand-out of round 1 about one other post.
func handOutOf(t *testing.T, i int) *protocol.TasksRequest {
	r := handOut(t)
	it, err := record(i).Item()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := it.Encode()
	if err != nil {
		t.Fatal(err)
	}
	r.Tasks = []protocol.Task{{Subjects: [][]byte{raw}}}
	return r
}

// samples asks by each sampling mode, all over the index, and demands that what lands on
// an answer of a labeller is refused and all else is served.
func (w *workshop) samples(from string, round uint64) {
	w.t.Helper()
	v, _ := w.index.newest()
	cells := item.NewProver().Cells(v.tree)
	refused, served := map[protocol.DrawMode]int{}, map[protocol.DrawMode]int{}
	for i := range uint64(6) {
		u := i*(math.MaxUint64/6) + 1
		for _, d := range []protocol.Draw{
			{Mode: protocol.DrawByte, U: u}, {Mode: protocol.DrawCell, U: u, V: u},
			{Mode: protocol.DrawByteOf, U: u, V: protocol.ProgramWord(w.labels().ID())},
			{Mode: protocol.DrawCellOf, U: u, V: protocol.ProgramWord(w.labels().ID())},
			{Mode: protocol.DrawByteOf, U: u, V: protocol.ProgramWord(w.programs[0].ID())},
			{Mode: protocol.DrawCellOf, U: u, V: protocol.ProgramWord(w.programs[0].ID())},
		} {
			leaves, err := evidence.Land(d, cells, item.NewProver(), v.tree)
			if err != nil || len(leaves) != 1 {
				w.t.Fatal(leaves, err)
			}
			if leaves[0].Key.Bucket().Program == w.labels().ID() {
				refused[d.Mode]++
				w.hides(from, round, d)
			} else {
				served[d.Mode]++
				w.shows(from, round, 1, d)
			}
		}
	}
	for mode := protocol.DrawByte; mode <= protocol.DrawCellOf; mode++ {
		if refused[mode] == 0 || served[mode] == 0 {
			w.t.Fatalf("mode %d landed %d times on answers and %d times on others", mode, refused[mode], served[mode])
		}
	}
}

// Nobody has a claim proven to a labeller's answer, not even who asked for it.
func TestAnswersAreNotClaimed(t *testing.T) {
	cfg := config(t)
	w := openWorkshop(t, cfg, nil)
	w.take(records(0, 3)...)
	w.head(15)
	first := w.hand("v1", handOut(t))
	w.label(key("ann"))
	w.head(30)
	v, _ := w.index.newest()
	w.give("v1", v.root, 31)
	w.give("v2", v.root, 32)
	leaves, err := item.NewProver().Bucket(v.tree, w.labels().AssignmentBucket(first), 10)
	if err != nil || len(leaves) != 2 {
		t.Fatal(leaves, err)
	}
	req := &protocol.ClaimsRequest{Newest: v.root.Seq}
	for _, k := range []item.Key{leaves[0].Key, w.keyOf(1), leaves[1].Key} {
		req.Asks = append(req.Asks, protocol.ClaimAsk{Key: k, NotAfter: 100})
	}
	silent := func(w *workshop) {
		t.Helper()
		for _, from := range []string{"v1", "v2"} {
			for round := uint64(4); round <= 7; round++ {
				w.at(round * testBlocks)
				a, ok := w.ask(from, protocol.KindClaimsRequest, round, req).(*protocol.ClaimsAnswer)
				if !ok || len(a.Claims) != 1 || a.Claims[0].Index != 1 {
					t.Errorf("%s in round %d has claims %+v, want that of the post", from, round, a)
				}
			}
		}
	}
	silent(w)
	w.close()
	// The same where the subnet has no such program any more.
	w = openWorkshop(t, cfg, nil)
	defer w.close()
	w.programs = w.programs[:1]
	silent(w)
	w.shows("v1", 6, 2, bucketDraw(w, first))
	w.hides("v2", 6, bucketDraw(w, first))
	w.hides("v1", 6, protocol.Draw{Mode: protocol.DrawByteOf, V: protocol.ProgramWord(w.labels().ID())})
}

// Whose an answer is outlives a crash, and the desk's whole database.
func TestRevealAfterALoss(t *testing.T) {
	for _, lost := range []string{"nothing", "the desk before it sealed", "the desk after it sealed"} {
		t.Run(lost, func(t *testing.T) {
			cfg := config(t)
			w := openWorkshop(t, cfg, nil)
			again := func(without bool) {
				t.Helper()
				w.close()
				if without {
					files, err := filepath.Glob(filepath.Join(cfg.Dir, "desk.db*"))
					if err != nil || len(files) == 0 {
						t.Fatal(files, err)
					}
					for _, f := range files {
						if err := os.Remove(f); err != nil {
							t.Fatal(err)
						}
					}
				}
				w = openWorkshop(t, cfg, nil)
			}
			w.take(record(0))
			w.head(15)
			first := w.hand("v1", handOut(t))
			w.label(key("ann"))
			again(lost == "the desk before it sealed")
			w.head(30)
			again(lost == "the desk after it sealed")
			w.head(50)
			w.hides("v1", 5, bucketDraw(w, first))
			w.hides("v2", 5, bucketDraw(w, first))
			again(false)
			w.head(60)
			want := 2
			if lost == "the desk before it sealed" {
				want = 0
			}
			w.shows("v1", 6, want, bucketDraw(w, first))
			w.hides("v2", 6, bucketDraw(w, first))
			w.close()
		})
	}
}
