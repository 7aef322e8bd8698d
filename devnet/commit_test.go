package devnet

import (
	"slices"
	"testing"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/yuma"
)

// commitGenesis is smallGenesis with commit-reveal and a tempo of ten blocks.
func commitGenesis(validators, funded int) Genesis {
	g := smallGenesis(validators, funded)
	g.CommitReveal = true
	return g
}

func refused(t *testing.T, what string, err error, name string) {
	t.Helper()
	if name == "" && err != nil || name != "" && err != dispatchError(name) {
		t.Errorf("%s: %v, want %q", what, err, name)
	}
}

// at puts a state into a block of the subnet's clock.
func (s *state) at(block, epoch uint64) {
	s.putHead(headRecord{Number: block})
	sub := s.subnet()
	sub.EpochIndex, sub.LastEpoch = epoch, block
	s.putSubnet(sub)
}

// Each obstacle to a commit is named before those behind it.
func TestCommitOrder(t *testing.T) {
	g := smallGenesis(1, 2)
	g.StakeThreshold, g.WeightsRateLimit = 5, 100
	c := mustOpen(t, t.TempDir(), g)
	defer c.Close()
	st, h := newState(c.tip().state), key(1).Hotkey()
	st.at(7, 3)
	commit := func() error { return c.commit(newState(st), 1, h, item.Hash{9}) }
	for _, tc := range []struct {
		name  string
		clear func() // takes the obstacle away
	}{
		{"NotEnoughStakeToSetWeights", func() { st.putAlpha(h, 5) }},
		{"CommitRevealDisabled", func() {
			hyper := st.hyper()
			hyper.CommitReveal = true
			st.putHyper(hyper)
		}},
		{"HotKeyNotRegisteredInSubNet", func() {
			if err := c.register(st, 1, h, h); err != nil {
				t.Fatal(err)
			}
			for range chain.MaxOpenCommits {
				st.putCommits(h, append(st.commits(h), commitRecord{Epoch: 3, Block: 7}))
			}
		}},
		{"CommittingWeightsTooFast", func() { st.at(7+100, 4) }}, // registration counts as an update
		{"TooManyUnrevealedCommits", func() { st.at(7+100, 5) }},
		{"", nil},
	} {
		refused(t, "commit", commit(), tc.name)
		if tc.clear != nil {
			tc.clear()
		}
	}
	early := newState(st)
	early.at(7, 5)
	refused(t, "the first ever, before the limit has passed", c.commit(early, 1, key(0).Hotkey(), item.Hash{1}), "")
	refused(t, "root", c.commit(newState(st), 0, h, item.Hash{}), "HotKeyNotRegisteredInSubNet")
	refused(t, "another subnet", c.commit(newState(st), 3, h, item.Hash{}), "MechanismDoesNotExist")
	if err := c.commit(st, 1, h, item.Hash{9}); err != nil {
		t.Fatal(err)
	}
	uid, _ := st.uid(h)
	if got := st.commits(h); len(got) != 1 || got[0] != (commitRecord{item.Hash{9}, 5, 107}) || st.neuron(uid).LastUpdate != 107 {
		t.Errorf("the expired ones stay, or the commit is not stored: %+v, updated %d", got, st.neuron(uid).LastUpdate)
	}
}

// A reveal is refused by the guard first, then by the pallet, then by the rules of
// a vote; all of them leave the commit where it is.
func TestRevealOrder(t *testing.T) {
	g := commitGenesis(3, 3)
	g.WeightsVersion, g.MinAllowedWeights, g.WeightsRateLimit, g.StakeThreshold = 7, 3, 1000, 5
	g.Neurons = append(g.Neurons, GenesisNeuron{Hotkey: key(5).Hotkey(), AlphaStake: 5})
	c := mustOpen(t, t.TempDir(), g)
	defer c.Close()
	good := chain.Weights{UIDs: []uint16{2, 0, 1}, Values: []uint16{1, 2, 3}, VersionKey: 7}
	vote := func(change func(*chain.Weights)) chain.Weights {
		w := chain.Weights{UIDs: slices.Clone(good.UIDs), Values: slices.Clone(good.Values), VersionKey: 7}
		change(&w)
		return w
	}
	for _, tc := range []struct {
		name  string
		from  int
		w     chain.Weights
		state func(st *state, h protocol.Hotkey)
	}{
		{"NotEnoughStakeToSetWeights", 8, good, func(st *state, h protocol.Hotkey) { st.putCommits(h, nil) }},
		{"NoWeightsCommitFound", 0, good, func(st *state, h protocol.Hotkey) {
			st.putCommits(h, []commitRecord{{Hash: item.Hash{1}, Epoch: 4}})
			st.at(50, 9)
		}},
		{"RevealTooEarly", 0, good, func(st *state, _ protocol.Hotkey) { st.at(50, 4) }},
		{"RevealTooEarly", 0, good, func(st *state, _ protocol.Hotkey) { st.at(50, 6) }}, // too late
		{"CommitRevealDisabled", 0, vote(func(w *chain.Weights) { w.UIDs = w.UIDs[1:] }), func(st *state, _ protocol.Hotkey) {
			hyper := st.hyper()
			hyper.CommitReveal = false
			st.putHyper(hyper)
		}},
		{"WeightVecNotEqualSize", 0, vote(func(w *chain.Weights) { w.UIDs = w.UIDs[1:] }), nil},
		{"UidsLengthExceedUidsInSubNet", 0, chain.Weights{UIDs: make([]uint16, 5), Values: make([]uint16, 5)}, nil},
		{"HotKeyNotRegisteredInSubNet", 0, vote(func(w *chain.Weights) { w.VersionKey = 6 }), func(st *state, h protocol.Hotkey) { st.dropUID(h) }},
		{"IncorrectWeightVersionKey", 5, vote(func(w *chain.Weights) { w.VersionKey = 6 }), nil},
		{"NeuronNoValidatorPermit", 5, vote(func(w *chain.Weights) { w.UIDs[1] = 2 }), nil},
		{"DuplicateUids", 0, vote(func(w *chain.Weights) { w.UIDs = []uint16{9, 1, 9} }), nil},
		{"UidVecContainInvalidOne", 0, chain.Weights{UIDs: []uint16{1, 9}, Values: []uint16{1, 1}, VersionKey: 7}, nil},
		{"WeightVecLengthIsLow", 0, chain.Weights{UIDs: []uint16{1, 2}, Values: []uint16{1, 1}, VersionKey: 7}, nil},
		{"", 0, good, nil},
		{"", 5, chain.Weights{UIDs: []uint16{3}, Values: []uint16{0}, VersionKey: 8}, nil}, // of itself
	} {
		st, h := newState(c.tip().state), key(tc.from).Hotkey()
		st.at(50, 5)
		hash := chain.CommitHash(h, 1, tc.w, []uint16{4})
		st.putCommits(h, []commitRecord{{Hash: item.Hash{7}, Epoch: 4}, {Hash: hash, Epoch: 4, Block: 40}, {Hash: item.Hash{8}, Epoch: 5}})
		if tc.state != nil {
			tc.state(st, h)
		}
		top := newState(st)
		refused(t, tc.name, c.reveal(top, 1, h, tc.w, []uint16{4}), tc.name)
		if tc.name != "" {
			continue
		}
		uid, _ := top.uid(h)
		if held := top.commits(h); len(held) != 1 || held[0].Hash != (item.Hash{8}) {
			t.Errorf("commits after the reveal: %v", held)
		}
		if row := top.weights(uid); len(row) != len(tc.w.UIDs) || top.neuron(uid).LastUpdate != st.neuron(uid).LastUpdate {
			t.Errorf("row %v, updated %d", row, top.neuron(uid).LastUpdate)
		}
		refused(t, "a second reveal", c.reveal(top, 1, h, tc.w, []uint16{4}), "NoWeightsCommitFound")
	}
	st := newState(c.tip().state)
	refused(t, "another subnet", c.reveal(st, 2, key(0).Hotkey(), good, nil), "NoWeightsCommitFound")
}

// Behind the guard the pallet tells an expired hash from an unknown one.
func TestHiddenRevealErrors(t *testing.T) {
	c := mustOpen(t, t.TempDir(), commitGenesis(1, 1))
	defer c.Close()
	h := key(0).Hotkey()
	for _, tc := range []struct {
		name string
		held []commitRecord
	}{
		{"ExpiredWeightCommit", []commitRecord{{Hash: item.Hash{1}, Epoch: 3}, {Hash: item.Hash{2}, Epoch: 5}}},
		{"NoWeightsCommitFound", []commitRecord{{Hash: item.Hash{2}, Epoch: 3}}},
		{"NoWeightsCommitFound", nil},
		{"InvalidRevealCommitHashNotMatch", []commitRecord{{Hash: item.Hash{2}, Epoch: 5}}},
		{"RevealTooEarly", []commitRecord{{Hash: item.Hash{1}, Epoch: 5}}},
	} {
		st := newState(c.tip().state)
		st.at(50, 5)
		st.putCommits(h, tc.held)
		refused(t, tc.name, c.openCommit(st, 1, h, weightsFor(0), item.Hash{1}), tc.name)
	}
}

// A commit is the hotkey's and not the uid's: the one that is replaced cannot
// reveal, and can again once it is back within the window.
func TestReplacementLeavesCommits(t *testing.T) {
	g := commitGenesis(2, 2)
	g.MaxUIDs, g.ImmunityPeriod = 2, 0
	c := mustOpen(t, t.TempDir(), g)
	defer c.Close()
	st, h := newState(c.tip().state), key(0).Hotkey()
	st.at(50, 5)
	self := weightsFor(0)
	held := []commitRecord{{Hash: chain.CommitHash(h, 1, self, nil), Epoch: 4, Block: 45}}
	st.putCommits(h, held)
	replace(st, 2, 0, protocol.Hotkey{7})
	if got := st.commits(h); !slices.Equal(got, held) {
		t.Fatalf("commits of the replaced hotkey: %v", got)
	}
	if got := c.window(st).activeCommit(st.commits(protocol.Hotkey{7})); got != yuma.NoCommit {
		t.Errorf("the newcomer has an active commit: %d", got)
	}
	refused(t, "replaced", c.reveal(newState(st), 1, h, self, nil), "HotKeyNotRegisteredInSubNet")
	replace(st, 2, 0, h)
	st.putUID(h, 0)
	refused(t, "back", c.reveal(newState(st), 1, h, self, nil), "")
}
