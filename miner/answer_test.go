package miner

import (
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

func draws(n int) []protocol.Draw {
	var out []protocol.Draw
	for i := range n {
		h := item.Sum("draw", []byte{byte(i)})
		d := protocol.Draw{Mode: protocol.DrawByte}
		if i%5 == 0 {
			d.Mode = protocol.DrawCell
		}
		for j := range 8 {
			d.U = d.U<<8 | uint64(h[j])
			d.V = d.V<<8 | uint64(h[8+j])
		}
		out = append(out, d)
	}
	return append(out, protocol.Draw{Mode: protocol.DrawByte, U: math.MaxUint64}, protocol.Draw{Mode: protocol.DrawCell, U: math.MaxUint64, V: math.MaxUint64})
}

func TestRootRequestGetsTheNewestRoot(t *testing.T) {
	w := open(t, config(t))
	w.at(50)
	w.refused("v1", protocol.KindRootRequest, 5, &protocol.RootRequest{}, protocol.ReasonRoot)
	w.take(records(0, 10)...)
	first := w.root()
	w.take(records(10, 12)...)
	want := w.root()
	if want.Seq != 2 || first.Seq != 1 {
		t.Fatalf("the roots are numbered %d and %d", first.Seq, want.Seq)
	}
	w.root() // nothing is new
	head := protocol.Anchor{Seq: 3, Hash: item.Sum("head")}
	got, ok := w.ask("v1", protocol.KindRootRequest, 5, &protocol.RootRequest{Head: head}).(*protocol.RootAnswer)
	if !ok || got.Root != want {
		t.Fatalf("answer is %+v, want root %+v", got, want)
	}
	if err := got.Root.Check(testNetuid, key("miner").Hotkey()); err != nil {
		t.Error(err)
	}
	if s := w.Status(); s.Items != 12 || s.RootSeq != 2 || !s.Ready || s.LastRequest.IsZero() {
		t.Errorf("status is %+v", s)
	}
}

func TestItemsRequestIsProven(t *testing.T) {
	w := open(t, config(t))
	w.take(records(0, 40)...)
	old := w.root()
	w.take(records(40, 300)...)
	now := w.root()
	w.at(50)
	req := &protocol.ItemsRequest{
		Head:    protocol.Anchor{Seq: 9, Hash: item.Sum("head")},
		Receipt: receipt(t, "v1", now, 5, 50),
		Parts:   []protocol.Part{{Seq: now.Seq, Draws: draws(30)}, {Seq: old.Seq, Draws: draws(12)}, {Seq: old.Seq}},
	}
	ans, ok := w.ask("v1", protocol.KindItemsRequest, 5, req).(*protocol.ItemsAnswer)
	if !ok {
		t.Fatal("the request was refused")
	}
	parts, err := evidence.OpenItems(req, ans, rootsOf(old, now))
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range parts {
		if len(p.Drawn) != len(req.Parts[i].Draws) || len(p.Cells) != 4 {
			t.Errorf("part %d proves %d draws and %d cells", i, len(p.Drawn), len(p.Cells))
		}
	}
	if n := len(ans.Items); n < 20 || n >= 46 {
		t.Errorf("%d items for 46 draws: each must be there once", n)
	}
	if got := w.Receipted(); got != now.Seq {
		t.Errorf("receipted is %d, want %d", got, now.Seq)
	}
	if s := w.Status(); s.Receipts != 1 {
		t.Errorf("status counts %d receipts", s.Receipts)
	}
}

// buckets are the buckets of the newest version's leaves, and how many each holds.
func (w *world) buckets() (all []item.Bucket, size map[item.Bucket]int) {
	v, _ := w.index.newest()
	size = map[item.Bucket]int{}
	for l := range v.tree.Leaves() {
		b := l.Key.Bucket()
		if size[b]++; size[b] == 1 {
			all = append(all, b)
		}
	}
	return all, size
}

func TestDrawsOfAProgramAndOfABucket(t *testing.T) {
	w := open(t, config(t))
	w.take(records(0, 120)...)
	root := w.root()
	w.at(50)
	buckets, size := w.buckets()
	ours, foreign := protocol.ProgramWord(w.programs[0].ID()), protocol.ProgramWord([8]byte{1})
	none := buckets[0]
	none.Span = math.MaxUint32
	req := &protocol.ItemsRequest{Parts: []protocol.Part{{Seq: root.Seq, Draws: []protocol.Draw{
		{Mode: protocol.DrawByteOf, U: 1 << 63, V: ours},
		{Mode: protocol.DrawByteOf, U: 1 << 63, V: foreign},
		protocol.BucketDraw(buckets[1]),
		{Mode: protocol.DrawCellOf, U: 1 << 62, V: ours},
		{Mode: protocol.DrawCellOf, U: 1 << 62, V: foreign},
		protocol.BucketDraw(none),
		protocol.BucketDraw(buckets[2]),
		{Mode: protocol.DrawByte, U: 1 << 63},
	}}}}
	want := []int{1, 0, size[buckets[1]], 1, 0, 0, size[buckets[2]], 1}
	ans, ok := w.ask("v1", protocol.KindItemsRequest, 5, req).(*protocol.ItemsAnswer)
	if !ok {
		t.Fatal("the request was refused")
	}
	parts, err := evidence.OpenItems(req, ans, rootsOf(root))
	if err != nil {
		t.Fatal(err)
	}
	got := make([]int, len(want))
	for _, d := range parts[0].Drawn {
		got[d.Index]++
		if d.Draw.Mode == protocol.DrawBucket && d.Leaf.Key.Bucket() != protocol.BucketOf(d.Draw) {
			t.Errorf("draw %d lands outside its bucket", d.Index)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("the draws land on %d leaves, want %d", got, want)
	}
	if a, b := parts[0].Drawn[0].Leaf, parts[0].Drawn[len(parts[0].Drawn)-1].Leaf; a != b {
		t.Error("all leaves are of one program, but its middle byte is another than the index's")
	}
}

// What lands on more items than an answer may carry is refused, whether they are one
// another's repetition or not.
func TestTooManyDrawnItemsAreRefused(t *testing.T) {
	w := open(t, config(t))
	w.take(records(0, 300)...)
	root := w.root()
	w.at(50)
	buckets, size := w.buckets()
	largest := slices.MaxFunc(buckets, func(a, b item.Bucket) int { return size[a] - size[b] })
	repeated := slices.Repeat([]protocol.Draw{protocol.BucketDraw(largest)}, protocol.MaxItems/size[largest]+1)
	if len(repeated) > protocol.MaxDraws {
		t.Fatalf("the largest bucket has only %d leaves", size[largest])
	}
	ask := func(draws []protocol.Draw) *protocol.ItemsRequest {
		return &protocol.ItemsRequest{Parts: []protocol.Part{{Seq: root.Seq, Draws: draws}}}
	}
	w.refused("v1", protocol.KindItemsRequest, 5, ask(repeated), protocol.ReasonOversize)
	if _, ok := w.ask("v1", protocol.KindItemsRequest, 5, ask(repeated[1:])).(*protocol.ItemsAnswer); !ok {
		t.Error("as many as are allowed were refused")
	}
	var each []protocol.Draw
	count := 0
	for _, b := range buckets {
		each = append(each, protocol.BucketDraw(b))
		count += size[b]
	}
	if count != 300 {
		t.Fatalf("%d of 300 items are in buckets", count)
	}
	req := &protocol.ItemsRequest{}
	for part := range slices.Chunk(each, (len(each)+1)/2) {
		req.Parts = append(req.Parts, protocol.Part{Seq: root.Seq, Draws: part})
	}
	w.refused("v1", protocol.KindItemsRequest, 5, req, protocol.ReasonOversize)
	w.refused("v1", protocol.KindItemsRequest, 5, ask([]protocol.Draw{{Mode: protocol.DrawBucket, V: 1 << 40}}), protocol.ReasonMalformed)
	w.refused("v1", protocol.KindItemsRequest, 5, ask([]protocol.Draw{{Mode: 6}}), protocol.ReasonMalformed)
}

func TestTasksAreRefusedWithoutADesk(t *testing.T) {
	w := open(t, config(t))
	w.at(50)
	w.refused("v1", protocol.KindTasksRequest, 5, &protocol.TasksRequest{Program: "spam"}, protocol.ReasonRefused)
}

func TestDrawsAreAnsweredAfterRestart(t *testing.T) {
	w := open(t, config(t))
	var roots []protocol.SignedRoot
	for i := range 70 {
		w.take(record(i))
		roots = append(roots, w.root())
	}
	w.restart()
	w.at(50)
	for i, seq := range []uint64{1, 6, 7, 70} {
		req := &protocol.ItemsRequest{Parts: []protocol.Part{{Seq: seq, Draws: draws(6)}}}
		if !item.KeepVersion(seq, 70) {
			t.Fatalf("the test asks under root %d, which is dropped", seq)
		}
		ans, ok := w.ask("v1", protocol.KindItemsRequest, 5, req).(*protocol.ItemsAnswer)
		if !ok {
			t.Fatalf("draw %d under root %d was refused", i, seq)
		}
		if _, err := evidence.OpenItems(req, ans, rootsOf(roots...)); err != nil {
			t.Error(err)
		}
	}
	w.refused("v1", protocol.KindItemsRequest, 5, &protocol.ItemsRequest{Parts: []protocol.Part{{Seq: 3}}}, protocol.ReasonRoot)
}

func TestLargeItemsFitOrAreRefused(t *testing.T) {
	w := open(t, config(t))
	p := *w.programs[0]
	p.Schema.BodyMax = 1 << 20
	w.programs[0] = &p
	for i := range 60 {
		r := record(i)
		r.Body = strings.Repeat(string(rune('a'+i%26)), 180<<10)
		w.take(r)
	}
	root := w.root()
	w.at(50)
	req := &protocol.ItemsRequest{Parts: []protocol.Part{{Seq: root.Seq, Draws: draws(10)}}}
	ans, ok := w.ask("v1", protocol.KindItemsRequest, 5, req).(*protocol.ItemsAnswer)
	if !ok {
		t.Fatal("twelve draws were refused")
	}
	if _, err := evidence.OpenItems(req, ans, rootsOf(root)); err != nil {
		t.Error(err)
	}
	req.Parts[0].Draws = draws(60)
	w.refused("v1", protocol.KindItemsRequest, 5, req, protocol.ReasonOversize)
}

// claimsOf asks for posts and returns which were proven, and under what root.
func (w *world) claimsOf(validator string, round, notAfter uint64, roots []protocol.SignedRoot, posts ...int) map[int]uint64 {
	w.t.Helper()
	req := &protocol.ClaimsRequest{Newest: 1}
	if len(roots) > 0 {
		req.Newest = roots[len(roots)-1].Seq
	}
	for _, i := range posts {
		req.Asks = append(req.Asks, protocol.ClaimAsk{Key: w.keyOf(i), NotAfter: notAfter})
	}
	ans, ok := w.ask(validator, protocol.KindClaimsRequest, round, req).(*protocol.ClaimsAnswer)
	if !ok {
		w.t.Fatal("the claims request was refused")
	}
	if len(roots) == 0 && len(ans.Claims) == 0 {
		return nil // no root is known, and none was named
	}
	proven, err := evidence.OpenClaims(req, ans, rootsOf(roots...))
	if err != nil {
		w.t.Fatal(err)
	}
	out := map[int]uint64{}
	for _, p := range proven {
		for _, i := range posts {
			if w.keyOf(i) == p.Key {
				out[i] = p.Seq
			}
		}
	}
	return out
}

func TestClaimsUnderTheOldestReceiptedRoot(t *testing.T) {
	w := open(t, config(t))
	var roots []protocol.SignedRoot
	for i := range 6 { // root s holds posts 0 to 2s-1
		w.take(records(2*i, 2*i+2)...)
		roots = append(roots, w.root())
	}
	w.give("v1", roots[1], 20) // 2
	w.give("v1", roots[3], 30) // 4
	w.give("v1", roots[4], 40) // 5
	w.give("v2", roots[0], 40) // 1, by another
	check := func(when string) {
		t.Helper()
		w.at(50)
		for _, c := range []struct {
			validator string
			notAfter  uint64
			post      int
			want      uint64 // 0: silence
		}{
			{"v1", 50, 0, 2}, // in root 1 already, which v1 never receipted
			{"v1", 20, 0, 2},
			{"v1", 19, 0, 0}, // too late
			{"v1", 50, 5, 4}, // in root 3, receipted under 4
			{"v1", 29, 5, 0},
			{"v1", 50, 9, 5},
			{"v1", 50, 11, 0}, // in root 6, which nobody receipted
			{"v1", 50, 99, 0}, // not there at all
			{"v2", 50, 0, 1},
			{"v2", 50, 4, 0},
		} {
			got := w.claimsOf(c.validator, 5, c.notAfter, roots, c.post)
			if got[c.post] != c.want {
				t.Errorf("%s: %s, post %d up to block %d: claimed under %d, want %d", when, c.validator, c.post, c.notAfter, got[c.post], c.want)
			}
		}
		got := w.claimsOf("v1", 5, 45, roots, 11, 9, 5, 0)
		if len(got) != 3 {
			t.Errorf("%s: three of four posts are held, %d were claimed", when, len(got))
		}
	}
	check("before")
	w.restart()
	check("after a restart")
}

// A validator does not know the receipts of a round that is not closed.
func TestNoClaimUnderAReceiptOfTheSameRound(t *testing.T) {
	w := open(t, config(t))
	w.take(record(0))
	root := w.root()
	w.give("v1", root, 50)
	if got := w.claimsOf("v1", 5, 1000, []protocol.SignedRoot{root}, 0); len(got) != 0 {
		t.Error("a claim was made under a root receipted in this round")
	}
	w.at(60)
	if got := w.claimsOf("v1", 6, 1000, []protocol.SignedRoot{root}, 0); got[0] != 1 {
		t.Error("the claim is missing a round later")
	}
}

// A validator whose round was never closed gives its receipt again.
func TestALaterReceiptReplaces(t *testing.T) {
	w := open(t, config(t))
	w.take(record(0))
	root := w.root()
	w.give("v1", root, 20)
	w.give("v1", root, 40)
	for _, when := range []string{"before", "after a restart"} {
		w.at(50)
		roots := []protocol.SignedRoot{root}
		if got := w.claimsOf("v1", 5, 39, roots, 0); len(got) != 0 {
			t.Errorf("%s: claimed by a receipt that the validator replaced", when)
		}
		if got := w.claimsOf("v1", 5, 40, roots, 0); got[0] != 1 {
			t.Errorf("%s: no claim by the receipt in force", when)
		}
		w.restart()
	}
}

func TestManyClaimsStayWithinTheNodes(t *testing.T) {
	w := open(t, config(t))
	w.take(records(0, 3000)...)
	root := w.root()
	w.give("v1", root, 20)
	w.at(50)
	posts := make([]int, protocol.MaxClaims)
	for i := range posts {
		posts[i] = i * 23
	}
	if got := w.claimsOf("v1", 5, 50, []protocol.SignedRoot{root}, posts...); len(got) != len(posts) {
		t.Errorf("%d of %d keys were proven", len(got), len(posts))
	}
}

// Where the proof of all claims would be too long, the last ones are silent.
func TestClaimsAreCutToTheNodes(t *testing.T) {
	w := open(t, config(t))
	w.take(records(0, 500)...)
	w.root()
	v, _ := w.index.newest()
	req := &protocol.ClaimsRequest{Newest: 1}
	var holdings []holding
	for i := range 64 {
		k := w.keyOf(7 * i)
		req.Asks = append(req.Asks, protocol.ClaimAsk{Key: k, NotAfter: 100})
		holdings = append(holdings, holding{protocol.Claim{Index: uint16(i), Seq: 1}, k, []item.Tree{v.tree}})
	}
	for _, limit := range []int{10_000, 200, 40, 12, 0} {
		ans := prove(holdings, limit)
		if len(ans.Nodes) > limit {
			t.Errorf("%d nodes, at most %d are allowed", len(ans.Nodes), limit)
		}
		proven, err := evidence.OpenClaims(req, ans, rootsOf(v.root))
		if err != nil || len(proven) != len(ans.Claims) {
			t.Errorf("with %d nodes: %d of %d claims hold: %v", limit, len(proven), len(ans.Claims), err)
		}
		if all := len(proven) == len(holdings); all != (limit == 10_000) {
			t.Errorf("with %d nodes %d claims were made", limit, len(proven))
		}
		if limit == 0 != (len(proven) == 0) {
			t.Errorf("with %d nodes %d claims were made", limit, len(proven))
		}
	}
}

// Requests are answered from whole versions while items and roots come in.
func TestAnswersWhileCommitting(t *testing.T) {
	w := open(t, config(t))
	w.take(records(0, 50)...)
	w.root()
	w.at(50)
	var asking sync.WaitGroup
	for _, validator := range []string{"v1", "v2"} {
		asking.Go(func() {
			for i := range 20 {
				newest, _ := w.index.newest()
				req := &protocol.ItemsRequest{
					Head:    protocol.Anchor{Seq: uint64(i + 1), Hash: item.Sum("h")},
					Receipt: receipt(t, validator, newest.root, 5, 50),
					Parts:   []protocol.Part{{Seq: newest.root.Seq, Draws: draws(4)}},
				}
				raw, asked := request(t, validator, protocol.KindItemsRequest, 5, req)
				answer, err := w.send(raw)
				if err != nil {
					t.Error(err)
					return
				}
				e, err := protocol.OpenAnswer(answer, asked)
				if err != nil {
					t.Error(err)
					return
				}
				m, err := protocol.DecodeBody(e)
				ans, ok := m.(*protocol.ItemsAnswer)
				if err != nil || !ok {
					t.Errorf("answer is %+v (%v)", m, err)
					return
				}
				if _, err := evidence.OpenItems(req, ans, rootsOf(newest.root)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range 20 {
		w.take(records(50+5*i, 55+5*i)...)
		w.root()
	}
	asking.Wait()
}
