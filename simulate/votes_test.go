package simulate

import (
	"math"
	"reflect"
	"runtime"
	"testing"

	"github.com/assaynet/assay/zoo"
)

func pretender(t testing.TB, name string) zoo.Pretender {
	t.Helper()
	p, ok := zoo.FindPretender(name)
	if !ok {
		t.Fatalf("no validator cheats as %s", name)
	}
	return p
}

func verdict(t testing.TB, x VoteTrial, p zoo.Pretender) PretenderVerdict {
	t.Helper()
	v, err := x.Verdict(p)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s with %v, change %v, kappa %d, hidden %t: %v, own miner %v", p.Name, v.Settings, v.Change, x.Chain.Kappa, x.Chain.CommitReveal, v.Ratio, v.Result.Own)
	return v
}

// TestPretendersDoNotPay is the promise, and that it is the rules that keep it: with each
// defence left out, the same validator in its worst case earns more than honest work.
func TestPretendersDoNotPay(t *testing.T) {
	for _, p := range zoo.Pretenders() {
		t.Run(p.Name, func(t *testing.T) {
			t.Parallel()
			x := DefaultVoteTrial()
			if v := verdict(t, x, p); v.Pays || v.Change != 0.05 {
				t.Errorf("it pays: %v", v.Ratio)
			}
			var err error
			if x.Chain, err = x.Chain.Without(p.Defence); err != nil {
				t.Fatal(err)
			}
			if v := verdict(t, x, p); v.Ratio.Lower <= 1.02 {
				t.Errorf("without %s it earns %v, which does not pay either", p.Defence.Parameter, v.Ratio)
			}
		})
	}
	if _, err := DefaultChain().Without(zoo.Defence{Parameter: "gamma", Off: "1"}); err == nil {
		t.Error("a parameter of the scoring is a rule of the chain")
	}
}

// The same experiment over signed transactions on a devnet gives a copier of the median
// 0.857, 0.969, 1.005 and, with open votes, 1.013 (standard errors of 0.005; 4 runs).
func TestCopyingAsOnDevnet(t *testing.T) {
	for _, tc := range []struct {
		change, want float64
		hidden       bool
	}{{0.25, 0.857, true}, {0.05, 0.969, true}, {0, 1.005, true}, {0.25, 1.012, false}} {
		x := DefaultVoteTrial()
		x.Noise, x.Change, x.Chain.CommitReveal = 0.05, tc.change, tc.hidden
		r, err := x.Run(func(zoo.Means) Voter { return &zoo.WeightCopy{} })
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(r.Ratio.Mean-tc.want) > 0.012 {
			t.Errorf("change %v, hidden %t: %v, on a devnet %v", tc.change, tc.hidden, r.Ratio, tc.want)
		}
	}
}

// While no miner changes, copying gains, whatever is hidden; a longer reveal period takes
// more of it where miners do change.
func TestWhatHidingCannotDo(t *testing.T) {
	ratio := func(change float64, period uint64) Estimate {
		x := DefaultVoteTrial()
		x.Change, x.Chain.RevealPeriod = change, period
		r, err := x.Run(func(zoo.Means) Voter { return &zoo.WeightCopy{} })
		if err != nil {
			t.Fatal(err)
		}
		return r.Ratio
	}
	if static := ratio(0, 1); static.Lower <= 1 {
		t.Errorf("with static miners a copier earns %v, which is no gain", static)
	}
	changes := func(perEpoch float64, period uint64) Estimate {
		return ratio(1-math.Pow(1-perEpoch, float64(period)), period)
	}
	if one, four := changes(0.02, 1), changes(0.02, 4); four.Upper >= one.Lower {
		t.Errorf("with a period of 4 epochs a copier earns %v, with one %v", four, one)
	}
}

// A group pays from the share on that kappa asks for, exactly half, and what it does below
// helps its miner a little and never itself.
func TestCabalBeginsAtKappa(t *testing.T) {
	x := DefaultVoteTrial()
	x.Runs = 6
	points, err := x.ByStake(pretender(t, "cabal"), 0.1, 0.2, 0.3, 0.4, 0.49, 0.5, 0.6)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range points {
		t.Logf("stake %v, %v: group %v, own miner %v", v.Stake, v.Settings, v.Ratio, v.Result.Own)
		if v.Pays != (v.Stake >= 0.5) {
			t.Errorf("a group with %v of the stake earns %v", v.Stake, v.Ratio)
		}
	}
	x.Own, x.Stake = 1, 0.49
	r, err := x.Run(PretenderCheat(pretender(t, "cabal"), map[string]float64{"share": 1}))
	if err != nil || r.Own.Upper > 0 || r.Group.Upper > 0.1 {
		t.Errorf("all for a miner that is worth nothing: %v for it and %v for the group, %v", r.Own, r.Group, err)
	}
}

// Clipping at consensus is what a row without work costs.
func TestClippingPunishesTheLazy(t *testing.T) {
	ratio := func(kappa uint16) Estimate {
		x := DefaultVoteTrial()
		x.Chain.Kappa = kappa
		r, err := x.Run(func(zoo.Means) Voter { return &zoo.Lazy{} })
		if err != nil {
			t.Fatal(err)
		}
		return r.Ratio
	}
	if with, without := ratio(32767), ratio(0); with.Upper > 0.8 || without.Lower < 0.97 {
		t.Errorf("a uniform row earns %v, without clipping %v", with, without)
	}
}

// One more honest validator earns as much as the others, and the result does not depend
// on how many runs are played side by side.
func TestHonestCheat(t *testing.T) {
	x := DefaultVoteTrial()
	x.Memory, x.Own, x.OwnQuality = 0.4, 1, 1
	r, err := x.Run(nil)
	if err != nil || r.Ratio.Lower > 1 || r.Ratio.Upper < 1 || r.Ratio.Upper-r.Ratio.Lower > 0.01 {
		t.Errorf("an honest validator earns %v of an honest one, %v", r.Ratio, err)
	}
	if r.Own.Mean != 1 || r.Group.Mean != 1 {
		t.Errorf("honest votes against themselves: %v and %v", r.Own, r.Group)
	}
	if r.Trust.Mean < 0.95 || math.Abs(r.Trust.Mean-r.Cheat.Mean) > 0.01 {
		t.Errorf("trust %v, of the one more %v", r.Trust, r.Cheat)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if again, err := x.Run(nil); err != nil || !reflect.DeepEqual(r, again) {
		t.Errorf("on one processor: %+v, %v; want %+v", again, err, r)
	}
}

func TestTrialRefuses(t *testing.T) {
	for name, change := range map[string]func(*VoteTrial){
		"nobody honest":   func(x *VoteTrial) { x.Honest = 0 },
		"too many":        func(x *VoteTrial) { x.Miners = 300 },
		"all of it":       func(x *VoteTrial) { x.Stake = 1 },
		"no number":       func(x *VoteTrial) { x.Noise = math.NaN() },
		"only a warm-up":  func(x *VoteTrial) { x.WarmUp = x.Epochs },
		"no run":          func(x *VoteTrial) { x.Runs = 0 },
		"full of memory":  func(x *VoteTrial) { x.Memory = 1 },
		"more than all":   func(x *VoteTrial) { x.Change = 1.5 },
		"negative miners": func(x *VoteTrial) { x.Own = -1 },
	} {
		x := DefaultVoteTrial()
		change(&x)
		if _, err := x.Run(nil); err == nil {
			t.Errorf("%s: it runs", name)
		}
	}
}

// Student's interval of 1..5: 3 ± 2.776445·1.581139/√5.
func TestEstimate(t *testing.T) {
	e := estimate([]float64{1, 2, 3, 4, 5})
	if e.Mean != 3 || math.Abs(e.Upper-4.963243) > 1e-6 || math.Abs(e.Lower-1.036757) > 1e-6 || e.Runs != 5 {
		t.Errorf("%+v", e)
	}
	if one := estimate([]float64{2}); one.Mean != 2 || !one.Pays() || !math.IsInf(one.Lower, -1) {
		t.Errorf("of one run: %+v", one)
	}
	if all := estimate([]float64{2, math.Inf(1)}); !math.IsInf(all.Mean, 1) || !all.Pays() {
		t.Errorf("with an infinite one: %+v", all)
	}
}

func TestMedianTrust(t *testing.T) {
	e := &Epoch{VTrust: []float64{0.9, 0.2, 0.8, 0.7}}
	for want, uids := range map[float64][]uint16{0.8: {2, 0, 1}, 0.7: {0, 1, 2, 3}, 0: nil, 0.9: {0, 9}} {
		if got := e.MedianTrust(uids); got != want {
			t.Errorf("of %v: %v, want %v", uids, got, want)
		}
	}
}
