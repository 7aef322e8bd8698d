package scoring_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring"
)

func (w *world) posts(from, to int, label string, real bool) []*item.Item {
	var out []*item.Item
	for n := from; n < to; n++ {
		out = append(out, w.post(n, label, real))
	}
	return out
}

// subnet is two honest miners, one that copies the first, one that fabricates and
// one that stalls.
func subnet(t testing.TB) *world {
	w := newWorld(t, 5)
	first := w.posts(0, 60, "fork", true)
	w.give(w.miners[0], first...)
	w.give(w.miners[1], w.posts(100, 140, "ilug", true)...)
	w.give(w.miners[3], w.posts(500, 560, "misc", false)...)
	w.give(w.miners[4], w.posts(200, 240, "zzzzteana", true)...)
	w.miners[4].silent = true
	w.play()
	w.give(w.miners[2], first...) // the copy, after the first receipt
	for range 15 {
		w.play()
	}
	return w
}

func TestAdversariesEarnNothingAndHonestMinersAreNotFlagged(t *testing.T) {
	w := subnet(t)
	scores := w.state.Scores()
	for _, sc := range scores {
		t.Logf("uid %d: valid %.2f [%.2f, %.2f] of %d, value %.4f, weight %.4f, flags %v, rejected %v",
			sc.UID, sc.ValidShare.Mean, sc.ValidShare.Lower, sc.ValidShare.Upper, sc.ValidShare.Checked, sc.Value, sc.Weight, sc.Flags, sc.Rejected)
		if len(sc.Flags) > 0 {
			t.Errorf("uid %d is flagged %v", sc.UID, sc.Flags)
		}
	}
	for _, uid := range []int{2, 3, 4} {
		if scores[uid].Weight > 0.001 {
			t.Errorf("adversary %d has weight %v", uid, scores[uid].Weight)
		}
	}
	if !scores[4].Rejected && scores[4].ValidShare.Checked == 0 {
		t.Error("the stall left no trace")
	}
	uids, weights := w.state.Vote()
	if !slices.Equal(uids, []uint16{0, 1}) || slices.Max(weights) != 65535 {
		t.Errorf("vote %v of uids %v", weights, uids)
	}
}

// The value of a cell by hand: one miner, all first-seen and valid, n byte draws.
func TestValueByHand(t *testing.T) {
	w := newWorld(t, 1)
	w.give(w.miners[0], w.posts(0, 50, "fork", true)...)
	for range 6 {
		w.play()
	}
	c := w.state.Scores()[0].Cells[0]
	bytes := float64(w.miners[0].tree.Root().Bytes)
	unique := bytes * c.Draws * c.Credit * c.Freshness / (c.Draws + 2)
	if rel := c.UniqueBytes/unique - 1; rel > 1e-9 || rel < -1e-9 {
		t.Errorf("unique bytes %v, by hand %v", c.UniqueBytes, unique)
	}
	if c.Credit != 1 || c.Freshness < 0.999 {
		t.Errorf("credit %v and freshness %v of new posts held alone", c.Credit, c.Freshness)
	}
	want := unique / (unique + 100000)
	if rel := c.Value/want - 1; rel > 1e-9 || rel < -1e-9 {
		t.Errorf("value %v, by hand %v", c.Value, want)
	}
	if pay := c.Value * c.Standing.Lower * c.Standing.Lower; c.Pay/pay-1 > 1e-9 {
		t.Errorf("pay %v, by hand %v", c.Pay, pay)
	}
}

// Splitting one miner's items over two keys does not earn more than keeping them.
func TestSplittingDoesNotPay(t *testing.T) {
	rival := func(w *world) { w.give(w.miners[0], w.posts(1000, 1060, "fork", true)...) }
	whole := newWorld(t, 2)
	rival(whole)
	whole.give(whole.miners[1], whole.posts(0, 60, "fork", true)...)
	split := newWorld(t, 3)
	rival(split)
	split.give(split.miners[1], split.posts(0, 30, "fork", true)...)
	split.give(split.miners[2], split.posts(30, 60, "fork", true)...)
	for range 25 {
		whole.play()
		split.play()
	}
	one := whole.state.Scores()[1].Weight
	two := split.state.Scores()[1].Weight + split.state.Scores()[2].Weight
	if two > one*1.02 {
		t.Errorf("two keys earn %v, one earns %v", two, one)
	}
}

func TestUnclosedRoundWeighsNothing(t *testing.T) {
	w := subnet(t)
	before := w.state.Scores()
	w.open()
	for _, m := range w.miners {
		x, _ := w.exchange(m)
		w.append(x)
	}
	w.append(&evidence.Started{Software: "again", Validator: w.key.Hotkey(), Netuid: 1, Length: 1 << 20, Fold: scoring.FoldVersion, RoundBlocks: 2})
	if w.state.Unclosed() != 1 {
		t.Errorf("%d rounds are counted as unclosed, want 1", w.state.Unclosed())
	}
	for i, sc := range w.state.Scores() {
		if sc.Value != before[i].Value || sc.ValidShare != before[i].ValidShare {
			t.Errorf("uid %d moved in a round that was never closed", sc.UID)
		}
	}
	w.play() // and the record goes on
}

// An outage of a few rounds costs an honest miner standing, but it is neither
// flagged nor rejected, and it comes back.
func TestOutageIsNotTheEnd(t *testing.T) {
	w := newWorld(t, 2)
	w.give(w.miners[0], w.posts(0, 60, "fork", true)...)
	w.give(w.miners[1], w.posts(100, 160, "ilug", true)...)
	for range 10 {
		w.play()
	}
	w.miners[1].silent = true
	for range 6 {
		w.play()
	}
	low := w.state.Scores()[1]
	if low.ValidShare.Lower >= w.state.Scores()[0].ValidShare.Lower {
		t.Error("six rounds of silence cost nothing")
	}
	w.miners[1].silent = false
	for range 30 {
		w.play()
	}
	back := w.state.Scores()[1]
	if back.Rejected || len(back.Flags) > 0 || back.Weight < 0.25 {
		t.Errorf("after the outage: %+v", back)
	}
}

// A stalled question is asked again with the same draws, and no new ones, until it
// has failed.
func TestUnansweredQuestionsAreAskedAgain(t *testing.T) {
	w := newWorld(t, 1)
	w.give(w.miners[0], w.posts(0, 20, "fork", true)...)
	w.play()
	w.miners[0].silent = true
	w.play()
	h := w.miners[0].key.Hotkey()
	first := w.state.Questions(h)
	w.play()
	second := w.state.Questions(h)
	if len(first) != 1 || len(second) != 1 || !slices.Equal(first[0].Draws, second[0].Draws) {
		t.Fatalf("questions %v, then %v: want the same one", first, second)
	}
	w.play()
	if left := w.state.Questions(h); len(left) != 0 {
		t.Errorf("%d questions are open after three tries", len(left))
	}
	if sc := w.state.Scores()[0]; sc.ValidShare.Checked != 6 || sc.ValidShare.Mean > 0.2 {
		t.Errorf("after a question of six draws failed: %+v", sc.ValidShare)
	}
}

func TestFoldRefusesWhatCannotFollow(t *testing.T) {
	hour := func(w *world) *evidence.Opened {
		return &evidence.Opened{Round: w.round + 1, Secret: w.state.NextSecret(), Block: 1 << 20, Rules: w.state.Rules(), Fold: scoring.FoldVersion}
	}
	for name, c := range map[string]struct {
		body func(w *world) evidence.Body
		want string
	}{
		"secret skipped": {func(w *world) evidence.Body { o := hour(w); o.Secret++; return o }, "secret"},
		"round again":    {func(w *world) evidence.Body { o := hour(w); o.Round = w.round; return o }, "round"},
		"another pace":   {func(w *world) evidence.Body { return hour(w) }, "rounds of 2 blocks"},
		"other rules":    {func(w *world) evidence.Body { o := hour(w); o.Rules[0] ^= 1; return o }, "rules"},
		"other fold":     {func(w *world) evidence.Body { o := hour(w); o.Fold++; return o }, "fold version"},
		"block back":     {func(w *world) evidence.Body { o := hour(w); o.Block = 1; return o }, "block"},
		"exchange alone": {func(w *world) evidence.Body { return &evidence.Exchange{Round: w.round} }, "outside of it"},
		"closed alone":   {func(w *world) evidence.Body { return &evidence.Closed{Round: w.round} }, "not open"},
		"invented vote": {func(w *world) evidence.Body {
			return &evidence.Intent{Epoch: 1, UIDs: []uint16{4}, Weights: []uint16{65535}}
		}, "the record so far gives"},
		"landed alone":      {func(w *world) evidence.Body { return &evidence.Landed{Epoch: 9} }, "not awaited"},
		"another validator": {func(w *world) evidence.Body { return &evidence.Started{Fold: scoring.FoldVersion} }, "another validator"},
		"bad parameters":    {func(w *world) evidence.Body { return &evidence.Parameters{Source: []byte("good: 2")} }, "good"},
		"bad program":       {func(w *world) evidence.Body { return &evidence.Program{Source: []byte("name: x")} }, "program"},
	} {
		w := subnet(t)
		body := c.body(w)
		if err := w.state.Admits(body); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: admitted with %v, want %q", name, err, c.want)
		}
		err := w.state.Fold(w.chain(body))
		var d *scoring.Divergence
		if !errors.As(err, &d) || !strings.Contains(d.What, c.want) {
			t.Errorf("%s: error %v, want a divergence with %q", name, err, c.want)
		}
	}
}

// Asking whether an entry can stand leaves no trace.
func TestAdmitsChangesNothing(t *testing.T) {
	asked, other := subnet(t), subnet(t)
	for i, e := range asked.entries {
		body := e.Body
		if o, ok := body.(*evidence.Opened); ok && i%2 == 0 { // one that could stand
			next := *o
			next.Round, next.Secret, next.Block, next.Rules = asked.round+1, asked.state.NextSecret(), 2*(asked.round+1), asked.state.Rules()
			body = &next
		}
		_ = asked.state.Admits(body)
	}
	asked.play()
	other.play()
	if !reflect.DeepEqual(asked.state, other.state) {
		t.Error("the two states differ")
	}
}

func TestOneVoteForAnEpoch(t *testing.T) {
	w := subnet(t)
	uids, weights := w.state.Vote()
	e := w.append(&evidence.Intent{Epoch: 3, Block: 40, UIDs: uids, Weights: weights})
	if _, digest, ok := w.state.Intent(3); !ok || digest != e.Hash {
		t.Fatal("the vote is not remembered")
	}
	if len(w.state.Pending()) != 1 {
		t.Error("a vote that has not landed is not pending")
	}
	w.append(&evidence.Landed{Epoch: 3, Intent: e.Hash, Block: 41})
	if len(w.state.Pending()) != 0 {
		t.Error("a landed vote is pending")
	}
	if err := w.state.Fold(w.chain(&evidence.Intent{Epoch: 3, UIDs: uids, Weights: weights})); err == nil {
		t.Error("a second vote for the epoch was folded")
	}
}

// A commit stands between its intent and its news, once.
func TestCommitOfAVote(t *testing.T) {
	w := subnet(t)
	uids, weights := w.state.Vote()
	nonce := make([]byte, evidence.NonceBytes)
	e := w.append(&evidence.Intent{Epoch: 3, Block: 40, UIDs: uids, Weights: weights, Nonce: nonce})
	good := evidence.Committed{Epoch: 3, Intent: e.Hash, Index: 3, Block: 41, Hash: item.Sum("hash")}
	refused := func(name string, body evidence.Body, want string) {
		t.Helper()
		var d *scoring.Divergence
		if err := w.state.Fold(w.chain(body)); !errors.As(err, &d) || !strings.Contains(d.What, want) {
			t.Errorf("%s: error %v, want a divergence with %q", name, err, want)
		}
	}
	for name, change := range map[string]func(*evidence.Committed){
		"of no epoch": func(c *evidence.Committed) { c.Epoch = 4 }, "of another intent": func(c *evidence.Committed) { c.Intent[0] ^= 1 },
	} {
		c := good
		change(&c)
		refused(name, &c, "not awaited")
	}
	early := good
	early.Index = 2
	refused("before its epoch", &early, "decided in epoch 3")
	w.append(&good)
	if c, ok := w.state.Committed(3); !ok || c != good || len(w.state.Pending()) != 1 {
		t.Errorf("commit %+v, %v; %d pending", c, ok, len(w.state.Pending()))
	}
	refused("again", &good, "second commit")
	w.append(&evidence.Landed{Epoch: 3, Intent: e.Hash, Block: 55})
	refused("after its news", &good, "not awaited")
	e = w.append(&evidence.Intent{Epoch: 4, Block: 60, UIDs: uids, Weights: weights})
	good.Epoch, good.Intent, good.Index = 4, e.Hash, 4
	refused("of an intent without a nonce", &good, "no nonce")
}

// Votes that wait for their reveal are not forgotten, however many are settled
// meanwhile.
func TestPendingVotesAreKept(t *testing.T) {
	w := subnet(t)
	uids, weights := w.state.Vote()
	for epoch := uint64(1); epoch <= 40; epoch++ {
		e := w.append(&evidence.Intent{Epoch: epoch, Block: 40, UIDs: uids, Weights: weights})
		if epoch > 10 {
			w.append(&evidence.Landed{Epoch: epoch, Intent: e.Hash, Block: 41})
		}
	}
	if p := w.state.Pending(); len(p) != 10 || p[0].Epoch != 1 {
		t.Errorf("%d votes are pending", len(p))
	}
	if _, _, ok := w.state.Intent(30); ok {
		t.Error("settled votes are kept for ever")
	}
}

// Two folds of one record agree to the last bit, also through the record's bytes.
func TestFoldIsAFunctionOfTheBytes(t *testing.T) {
	w := subnet(t)
	again := scoring.New()
	for _, e := range w.entries {
		body, err := evidence.Decode(e.Body.Kind(), e.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		e.Body = body
		if err := again.Fold(e); err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range w.miners {
		a, _ := w.state.Explain(m.key.Hotkey())
		b, _ := again.Explain(m.key.Hotkey())
		if a.String() != b.String() {
			t.Errorf("explanations differ:\n%s\n%s", a, b)
		}
	}
}

func TestEquivocationTakesTheWeight(t *testing.T) {
	w := subnet(t)
	m := w.miners[0]
	m.seq--         // the same number will be signed again, over more items
	m.silent = true // its answers no longer follow from what it signed first
	w.give(m, w.posts(900, 905, "fork", true)...)
	w.play()
	sc := w.state.Scores()[0]
	if !slices.Equal(sc.Flags, []string{scoring.FlagEquivocation}) || sc.Weight != 0 {
		t.Errorf("after two roots of one number: flags %v, weight %v", sc.Flags, sc.Weight)
	}
}

func TestSchemaFaultIsFlagged(t *testing.T) {
	w := newWorld(t, 1)
	c, err := item.Record{Title: "no author", Body: "x", Time: genesisTime}.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	w.give(w.miners[0], &item.Item{Kind: item.KindRecord, URI: "http://forum.example/p/1", Canonical: c, Label: "fork"})
	w.play()
	w.play()
	if sc := w.state.Scores()[0]; !slices.Contains(sc.Flags, scoring.FlagSchema) {
		t.Errorf("a committed item without an author raised %v", sc.Flags)
	}
}

func TestBadProofIsFlaggedAndBadSignatureIsNot(t *testing.T) {
	for outcome, want := range map[evidence.Outcome]bool{evidence.BadProof: true, evidence.Malformed: true, evidence.BadSignature: false, evidence.Offline: false, evidence.Refused: false, evidence.OurFault: false} {
		w := newWorld(t, 1)
		w.give(w.miners[0], w.posts(0, 20, "fork", true)...)
		w.play()
		w.open()
		c := w.call(w.miners[0], protocol.KindItemsRequest, &protocol.ItemsRequest{Parts: []protocol.Part{{Seq: 1, Draws: w.draws(6)}}}, nil)
		c.Outcome = outcome
		w.append(&evidence.Exchange{Round: w.round, Miner: w.miners[0].key.Hotkey(), Calls: []evidence.Call{c}})
		w.append(&evidence.Reference{Round: w.round})
		w.append(&evidence.Closed{Round: w.round})
		if flagged := len(w.state.Scores()[0].Flags) > 0; flagged != want {
			t.Errorf("%s: flagged %v, want %v", outcome, flagged, want)
		}
	}
}

// A miner that misses the round in which claims are asked does not lose its credit
// to a copier: the question waits for it.
func TestCopierGainsNothingFromARivalsOutage(t *testing.T) {
	w := newWorld(t, 3)
	first := w.posts(0, 60, "fork", true)
	w.give(w.miners[0], first...)
	w.give(w.miners[1], w.posts(100, 160, "ilug", true)...)
	w.play()
	w.give(w.miners[2], first...)
	for i := range 30 {
		w.miners[0].silent = i%7 == 6 // one round in seven is missed
		w.play()
	}
	scores := w.state.Scores()
	if scores[2].Weight > scores[0].Weight/20 {
		t.Errorf("the copier has weight %v, the miner it copies %v", scores[2].Weight, scores[0].Weight)
	}
}

// Holding data early without serving it takes no credit from those who serve it.
func TestSilentHolderTakesNoCredit(t *testing.T) {
	w := newWorld(t, 2)
	items := w.posts(0, 40, "fork", true)
	w.miners[1].claimsOnly = true
	w.give(w.miners[1], items...)
	w.play()
	w.give(w.miners[0], items...)
	for range 12 {
		w.play()
	}
	if c := w.state.Scores()[0].Cells[0]; c.Credit < 0.99 {
		t.Errorf("the serving miner has credit %v", c.Credit)
	}
}
