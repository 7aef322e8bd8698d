package zoo

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// scene is a public of three validators and two miners, seen by validator 2.
func scene() *Public {
	return &Public{
		Epoch: 5, Self: 2, Miners: []uint16{4, 3},
		Ballots: []Ballot{
			{UID: 0, Stake: 0.5, Weights: []float64{0, 0, 0, 0.2, 0.8}},
			{UID: 1, Stake: 0.3, Weights: []float64{0, 0, 0, 0.6, 0.4}},
			{UID: 2, Stake: 0.2, Weights: []float64{0, 0, 0, 1, 0}},
		},
		Consensus: []float64{0, 0, 0, 0.25, 0.5}, Incentive: []float64{0, 0, 0, 0.5, 0.25},
		VTrust: []float64{0.7, 0.9, 1},
	}
}

func row(uids, weights []uint16) map[uint16]uint16 {
	out := map[uint16]uint16{}
	for i, uid := range uids {
		out[uid] = weights[i]
	}
	return out
}

func wants(t *testing.T, what string, v Voter, p *Public, three, four uint16) {
	t.Helper()
	uids, weights := v.Vote(p)
	if got := row(uids, weights); len(got) != 2 || got[3] != three || got[4] != four {
		t.Errorf("%s: %v, want %d and %d", what, got, three, four)
	}
}

func TestRows(t *testing.T) {
	wants(t, "median", &WeightCopy{}, scene(), 16384, 65535)               // of uid 0, which has more than half
	wants(t, "mean", &WeightCopy{Copies: CopyMean}, scene(), 35288, 65535) // 0.28 : 0.52
	wants(t, "best", &WeightCopy{Copies: CopyBest}, scene(), 65535, 43690) // of uid 1: the own row does not count
	wants(t, "consensus", &WeightCopy{Copies: CopyConsensus}, scene(), 32768, 65535)
	wants(t, "incentive", &WeightCopy{Copies: CopyIncentive}, scene(), 65535, 32768)
	wants(t, "uniform", &Lazy{}, scene(), 65535, 65535)
	wants(t, "paid last", &Lazy{Votes: LazyIncentive}, scene(), 65535, 32768)
	wants(t, "public", &Lazy{Votes: LazyMedian}, scene(), 16384, 65535)
	wants(t, "cabal", &Cabal{Own: []uint16{3}, Share: 0.5, Rest: &WeightCopy{}}, scene(), 65535, 43690) // 0.6 : 0.4
	uids, weights := (&Cabal{Own: []uint16{9, 7}, Share: 1, Rest: &WeightCopy{}}).Vote(scene())
	if !slices.Equal(uids, []uint16{7, 9}) || weights[0] != weights[1] {
		t.Errorf("a whole row for two miners: %v of %v", weights, uids)
	}
}

// The first row stays for ever; what was seen so many epochs ago is voted now; a share of
// the last row stays.
func TestMemories(t *testing.T) {
	constant, late, slow := &Lazy{Votes: LazyConstant}, &WeightCopy{Lag: 1}, &WeightCopy{Keep: 0.5}
	for _, v := range []Voter{constant, late, slow} {
		v.Vote(scene())
	}
	other := scene()
	other.Ballots[0].Weights = []float64{0, 0, 0, 0.8, 0.2}
	wants(t, "constant", constant, other, 16384, 65535)
	wants(t, "late", late, other, 16384, 65535)
	wants(t, "late, an epoch on", late, other, 65535, 16384)
	wants(t, "slow", slow, other, 65535, 65535) // half of each
}

// Whatever is public, a row is one that the chain takes: uids in order, none twice, and
// none without weight.
func TestRowsAreWellFormed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weight := rapid.OneOf(rapid.Float64Range(0, 1), rapid.SampledFrom([]float64{0, math.NaN(), math.Inf(1), math.MaxFloat64, 5e-324}))
		lists := rapid.SliceOfN(weight, 0, 6)
		p := &Public{Self: uint16(rapid.IntRange(0, 6).Draw(t, "self"))}
		p.Consensus, p.Incentive, p.VTrust = lists.Draw(t, "consensus"), lists.Draw(t, "incentive"), lists.Draw(t, "trust")
		p.Miners = rapid.SliceOfNDistinct(rapid.Uint16Range(0, 9), 0, 4, rapid.ID).Draw(t, "miners")
		for uid := range rapid.IntRange(0, 4).Draw(t, "ballots") {
			p.Ballots = append(p.Ballots, Ballot{UID: uint16(uid), Stake: weight.Draw(t, "stake"), Weights: lists.Draw(t, "row")})
		}
		for _, pretender := range Pretenders() {
			settings := pretender.Defaults()
			for _, s := range pretender.Settings {
				settings[s.Name] = rapid.SampledFrom(append(s.Try, s.Low, s.High)).Draw(t, s.Name)
			}
			v := pretender.Make(settings, Means{Own: rapid.SliceOfN(rapid.Uint16Range(0, 12), 0, 2).Draw(t, "own")})
			for range 2 {
				uids, weights := v.Vote(p)
				if len(uids) != len(weights) || !slices.IsSorted(uids) || len(slices.Compact(slices.Clone(uids))) != len(uids) || slices.Contains(weights, 0) {
					t.Fatalf("%s with %v: %v of %v", pretender.Name, settings, weights, uids)
				}
			}
		}
	})
}

func TestPretendersAreDescribed(t *testing.T) {
	for _, p := range Pretenders() {
		if found, ok := FindPretender(p.Name); !ok || found.Name != p.Name || p.About == "" || p.Defence.Off == "" {
			t.Errorf("%s is found: %t, about %q, defence %+v", p.Name, ok, p.About, p.Defence)
		}
		for _, s := range p.Settings {
			if s.Default < s.Low || s.Default > s.High || len(s.Try) == 0 || slices.Min(s.Try) < s.Low || slices.Max(s.Try) > s.High {
				t.Errorf("%s: setting %+v", p.Name, s)
			}
		}
	}
	if _, ok := FindPretender("honest"); ok {
		t.Error("an honest validator is found among those that cheat")
	}
}
