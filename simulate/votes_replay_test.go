package simulate

import (
	"strings"
	"testing"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/programs"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring"
	"github.com/assaynet/assay/validator"
	"github.com/assaynet/assay/validator/golden"
	"github.com/assaynet/assay/zoo"
)

// lazyRecord is what a validator can show that votes without work: the head of a record,
// and its vote.
func lazyRecord(t *testing.T, hotkey protocol.Hotkey, votes zoo.LazyRow) []evidence.Body {
	t.Helper()
	x := DefaultVoteTrial()
	s, err := x.open(1)
	if err != nil {
		t.Fatal(err)
	}
	var last *Epoch
	for e := range uint64(2) {
		if err := s.epoch(last, nil); err != nil {
			t.Fatal(err)
		}
		last = mustEpoch(t, s.chain, (e+1)*uint64(x.Chain.Tempo))
	}
	s.chain.Public(&s.public, last)
	s.public.Self = uint16(x.Honest)
	uids, weights := (&zoo.Lazy{Votes: votes}).Vote(&s.public)
	if len(uids) != x.Miners {
		t.Fatalf("it votes on %d uids", len(uids))
	}
	forum, err := programs.Files.ReadFile("forum.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return []evidence.Body{
		&evidence.Started{Software: "lazy", Validator: hotkey, Netuid: 1, Tip: item.Hash{1}, Length: 1 << 20, Fold: scoring.FoldVersion, RoundBlocks: 25},
		&evidence.Parameters{Source: scoring.DefaultParameters()},
		&evidence.Program{Source: forum},
		&evidence.Intent{Epoch: 2, Block: s.chain.Block(), UIDs: uids, Weights: weights, Nonce: make([]byte, evidence.NonceBytes)},
	}
}

// A validator that votes without work cannot show where its votes come from: without a
// record there is nothing to replay, and with one the first vote does not follow.
func TestLazyVotesDoNotReplay(t *testing.T) {
	if _, err := validator.Replay(golden.Chain(), nil); err == nil {
		t.Error("no record at all replays")
	}
	for _, votes := range []zoo.LazyRow{zoo.LazyUniform, zoo.LazyConstant, zoo.LazyIncentive, zoo.LazyMedian} {
		bodies := lazyRecord(t, numbered(4), votes)
		r, err := validator.Replay(golden.Chain(bodies...), nil)
		if err != nil || r.Mismatches != 1 || r.First == nil || r.First.Kind != evidence.KindIntent || r.First.Seq != 4 {
			t.Errorf("row %d: %v, %v; want a divergence at the vote", votes, r, err)
		}
		if r, err := validator.Replay(golden.Chain(bodies[:3]...), nil); err != nil || r.First != nil || r.Votes != 0 {
			t.Errorf("without the vote: %v, %v", r, err)
		}
	}
}

// Nor is another's record its own: the miners' calls in it are signed by whose it is.
func TestStolenRecordDoesNotReplay(t *testing.T) {
	bodies, err := golden.Bodies("fold3")
	if err != nil {
		t.Fatal(err)
	}
	if r, err := validator.Replay(golden.Chain(bodies...), nil); err != nil || r.First != nil || r.Votes == 0 {
		t.Fatalf("the record as it is: %v, %v", r, err)
	}
	started, ok := bodies[0].(*evidence.Started)
	if !ok {
		t.Fatalf("the record begins with %T", bodies[0])
	}
	stolen := *started
	stolen.Validator = numbered(4)
	bodies[0] = &stolen
	r, err := validator.Replay(golden.Chain(bodies...), nil)
	if err != nil || r.First == nil || r.First.Kind != evidence.KindExchange || !strings.Contains(r.First.What, "the request is of") {
		t.Errorf("under another name: %v, %v", r, err)
	}
}
