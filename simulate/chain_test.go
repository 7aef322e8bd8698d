package simulate

import (
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/zoo"
)

// village is a small subnet: two validators of equal stake and three miners.
func village(t testing.TB, change func(*ChainConfig)) *Chain {
	cfg := DefaultChain()
	if change != nil {
		change(&cfg)
	}
	c := NewChain(cfg)
	for i := range 5 {
		var stake uint64
		if i < 2 {
			stake = 1e12
		}
		if _, _, err := c.Register(numbered(i), stake, 0); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func mustVote(t testing.TB, c *Chain, i int, block uint64, weights ...uint16) {
	t.Helper()
	if err := c.Vote(numbered(i), []uint16{2, 3, 4}, weights, block); err != nil {
		t.Fatal(err)
	}
}

func mustEpoch(t testing.TB, c *Chain, block uint64) *Epoch {
	t.Helper()
	e, err := c.Epoch(block)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// A hidden vote counts one reveal period later, and is public as soon as that has begun.
func TestHiddenVoteCountsLater(t *testing.T) {
	for _, period := range []uint64{1, 3} {
		c := village(t, func(cfg *ChainConfig) { cfg.RevealPeriod = period })
		for e := range uint64(6) {
			for i := range 2 {
				mustVote(t, c, i, e*360+180, uint16(e+1), 0, 100)
			}
			out := mustEpoch(t, c, (e+1)*360)
			if paid := out.Incentive[4] > 0; paid != (e >= period) {
				t.Errorf("period %d: in epoch %d the votes count: %t", period, e, paid)
			}
			shown := c.Revealed()
			if known := len(shown) == 2; known != (e+1 >= period) {
				t.Fatalf("period %d: after epoch %d, %d rows are public", period, e, len(shown))
			}
			if len(shown) == 2 && (shown[0].Epoch != e+1-period || shown[0].Made != (e+1-period)*360+180 || shown[0].Shown != (e+1)*360) {
				t.Errorf("period %d: after epoch %d: %+v", period, e, shown[0])
			}
		}
	}
	c := village(t, func(cfg *ChainConfig) { cfg.CommitReveal = false })
	mustVote(t, c, 0, 180, 1, 2, 1)
	if shown := c.Revealed(); len(shown) != 1 || shown[0].Made != 180 || shown[0].Shown != 180 || shown[0].Row[1].Value != 65535 {
		t.Errorf("an open vote: %+v", shown)
	}
	if out := mustEpoch(t, c, 360); math.Abs(out.Incentive[3]-0.5) > 1e-5 || math.Abs(out.Dividends[0]-1) > 1e-6 {
		t.Errorf("of an open vote: incentive %v, dividends %v", out.Incentive, out.Dividends)
	}
}

func TestChainRefuses(t *testing.T) {
	c := village(t, func(cfg *ChainConfig) { cfg.StakeThreshold, cfg.MinAllowedWeights = 1e12, 2 })
	vote := func(i int, block uint64, uids ...uint16) error {
		return c.Vote(numbered(i), uids, make([]uint16, len(uids)), block)
	}
	mustVote(t, c, 0, 180, 1, 1, 1)
	_, _, twice := c.Register(numbered(3), 0, 180)
	for _, tc := range []struct {
		want Refusal
		err  error
	}{
		{"HotKeyAlreadyRegisteredInSubNet", twice},
		{"WeightVecNotEqualSize", c.Vote(numbered(0), []uint16{1}, nil, 180)},
		{"HotKeyNotRegisteredInSubNet", vote(77, 180, 2)},
		{"NotEnoughStakeToSetWeights", vote(3, 180, 2)},
		{"CommittingWeightsTooFast", vote(0, 279, 2, 3)},
		{"HotKeyNotRegisteredInNetwork", c.Serve(numbered(77), true)},
		{"HotKeyNotRegisteredInSubNet", c.AddStake(numbered(77), 1)},
	} {
		if !errors.Is(tc.err, tc.want) {
			t.Errorf("%v, want %s", tc.err, tc.want)
		}
	}
	for name, err := range map[string]error{
		"the past": vote(0, 3, 2), "much stake": c.AddStake(numbered(0), 1<<60), "its sum": c.AddStake(numbered(0), math.MaxUint64),
	} {
		if err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	if _, err := c.Epoch(100); err == nil {
		t.Error("an epoch in the past runs")
	}
	for i, uids := range [][]uint16{{2, 2}, {2, 9}, {2}, {2, 3, 4, 0, 1, 2}} {
		c := village(t, func(cfg *ChainConfig) { cfg.MinAllowedWeights = 2 })
		if err := c.Vote(numbered(0), uids, make([]uint16, len(uids)), 180); err != nil {
			t.Fatal(err)
		}
		out := mustEpoch(t, c, 360)
		want := []Refusal{"DuplicateUids", "UidVecContainInvalidOne", "WeightVecLengthIsLow", "UidsLengthExceedUidsInSubNet"}[i]
		if len(out.Refused) != 1 || out.Refused[0] != (Refused{numbered(0), want}) || len(c.Revealed()) > 0 {
			t.Errorf("%v: %v and %d rows, want %s", uids, out.Refused, len(c.Revealed()), want)
		}
		if _, err := c.Epoch(360); err == nil {
			t.Error("a second epoch in a block runs")
		}
	}
}

// chainPlay is a random history.
func chainPlay(t testing.TB, cfg ChainConfig, seed uint64, epochs int) (*Chain, []*Epoch) {
	c, rng := NewChain(cfg), rand.New(rand.NewPCG(seed, 3))
	for i := range int(cfg.MaxUIDs) {
		if _, _, err := c.Register(numbered(i), uint64(max(0, 4-i))*1e12, 0); err != nil {
			t.Fatal(err)
		}
	}
	var out []*Epoch
	var refusal Refusal // of a small subnet without immune neurons, or of one without a permit
	next := 1000
	for e := range uint64(epochs) {
		block := e*uint64(cfg.Tempo) + 1
		for rng.IntN(3) == 0 {
			if _, _, err := c.Register(numbered(next), uint64(rng.IntN(2))*1e11, block); err != nil && !errors.As(err, &refusal) {
				t.Fatal(err)
			}
			next++
		}
		for _, n := range c.Neurons() {
			var uids, weights []uint16
			for uid := range cfg.MaxUIDs {
				uids, weights = append(uids, uid), append(weights, uint16(rng.UintN(1<<16)))
			}
			if err := c.Vote(n.Hotkey, uids, weights, block+uint64(cfg.Tempo)/2); err != nil && !errors.As(err, &refusal) {
				t.Fatal(err)
			}
		}
		out = append(out, mustEpoch(t, c, (e+1)*uint64(cfg.Tempo)))
	}
	return c, out
}

// A history pays no more than it may, keeps each uid one's own, and is the same when
// played again.
func TestChainInvariants(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		cfg := DefaultChain()
		cfg.MaxUIDs, cfg.ImmunityPeriod = uint16(rapid.IntRange(6, 20).Draw(rt, "uids")), 720
		cfg.CommitReveal, cfg.Yuma3 = rapid.Bool().Draw(rt, "hidden"), rapid.Bool().Draw(rt, "yuma 3")
		cfg.RevealPeriod, cfg.Compound = rapid.Uint64Range(1, 3).Draw(rt, "period"), rapid.Bool().Draw(rt, "compound")
		seed := rapid.Uint64().Draw(rt, "seed")
		c, epochs := chainPlay(t, cfg, seed, 12)
		for _, e := range epochs {
			var paid uint64
			incentive, dividends := 0.0, 0.0
			for i := range e.Incentive {
				paid += e.MinerEmission[i] + e.ValidatorEmission[i]
				incentive, dividends = incentive+e.Incentive[i], dividends+e.Dividends[i]
				if e.VTrust[i] > 1 || e.Consensus[i] > 1 {
					rt.Fatalf("trust %v, consensus %v", e.VTrust, e.Consensus)
				}
			}
			if paid > cfg.Emission || incentive > 1+1e-9 || dividends > 1+1e-9 {
				rt.Fatalf("epoch %d pays %d of %d, incentives of %v and dividends of %v", e.Index, paid, cfg.Emission, incentive, dividends)
			}
		}
		seen := map[protocol.Hotkey]bool{}
		for i, n := range c.Neurons() {
			if uid, ok := c.UID(n.Hotkey); !ok || int(uid) != i || n.UID != uid || seen[n.Hotkey] {
				rt.Fatalf("uid %d is of %s, which has %d", i, n.Hotkey.Short(), uid)
			}
			seen[n.Hotkey] = true
		}
		for range cfg.RevealPeriod + 1 {
			mustEpoch(t, c, c.Block()+uint64(cfg.Tempo))
		}
		if len(c.uids) != c.in.N || len(c.commits) > 0 {
			rt.Fatalf("%d uids of %d neurons, and commits of %d hotkeys when all have expired", len(c.uids), c.in.N, len(c.commits))
		}
		if _, again := chainPlay(t, cfg, seed, 12); !reflect.DeepEqual(epochs, again) {
			rt.Fatal("the same history gives other epochs")
		}
	})
}

// What was told of an epoch stays as it was told, and so does what is shown to a voter,
// whatever the list was used for before.
func TestResultsAreNotUsedAgain(t *testing.T) {
	c, epochs := chainPlay(t, DefaultChain(), 4, 4)
	var used, fresh zoo.Public
	c.Public(&used, epochs[3])
	used.Self = 3
	last := mustEpoch(t, c, 5*360)
	c.Public(&used, last)
	c.Public(&fresh, last)
	fresh.Self = 3
	if !reflect.DeepEqual(used, fresh) {
		t.Error("a public that is filled again differs from a new one")
	}
	_, again := chainPlay(t, DefaultChain(), 4, 4)
	if !reflect.DeepEqual(epochs, again) {
		t.Error("an epoch changed after it was told")
	}
	if len(fresh.Ballots) == 0 || len(fresh.Miners) > 0 || fresh.Epoch != 5 {
		t.Errorf("%d ballots, %d miners in epoch %d", len(fresh.Ballots), len(fresh.Miners), fresh.Epoch)
	}
	for _, b := range fresh.Ballots {
		sum := 0.0
		for _, w := range b.Weights {
			sum += w
		}
		if math.Abs(sum-1) > 1e-9 || b.Made != 3 || b.Stake != last.Stake[b.UID] {
			t.Errorf("uid %d: weights sum to %v, made in epoch %d with stake %v", b.UID, sum, b.Made, b.Stake)
		}
	}
}

// The price of a registration rises by the factor with each, and is half of it after the
// half-life, up to what is cut off in each block.
func TestPrice(t *testing.T) {
	c := NewChain(ChainConfig{Burn: 1e9, MinBurn: 1, MaxBurn: 3e9, BurnHalfLife: 360, BurnIncreasePercent: 200, MaxUIDs: 9})
	for i, want := range []uint64{1e9, 2e9, 3e9, 3e9} {
		if got := c.Price(1); got != want {
			t.Errorf("after %d registrations it is %d, want %d", i, got, want)
		}
		if _, _, err := c.Register(numbered(i), 0, 1); err != nil {
			t.Fatal(err)
		}
	}
	if got := c.Price(361); got < 1.499e9 || got > 1.5e9 {
		t.Errorf("after the half-life it is %d", got)
	}
	if got := c.Price(1 << 40); got != 1 {
		t.Errorf("in the end it is %d", got)
	}
	flat := NewChain(ChainConfig{Burn: 7, MaxBurn: 7, BurnIncreasePercent: 100})
	if got := flat.Price(1 << 50); got != 7 {
		t.Errorf("one that does not decay becomes %d", got)
	}
}
