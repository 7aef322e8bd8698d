package devnet

import (
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum"
)

// Every setter changes what the rules and the replies read, up to its bounds.
func TestSetters(t *testing.T) {
	const on = uint16(1)
	for _, tc := range []struct {
		method string
		args   []any
		name   string            // of the refusal, empty for none
		first  string            // a setter with a true flag that has to come before
		now    func(Genesis) any // what the last argument became
	}{
		{"setWeightsSetRateLimit", []any{on, uint64(77)}, "", "", func(g Genesis) any { return g.WeightsRateLimit }},
		{"setWeightsVersionKey", []any{on, uint64(8)}, "", "", func(g Genesis) any { return g.WeightsVersion }},
		{"setServingRateLimit", []any{on, uint64(9)}, "", "", func(g Genesis) any { return g.ServingRateLimit }},
		{"setImmunityPeriod", []any{on, uint16(3)}, "", "", func(g Genesis) any { return g.ImmunityPeriod }},
		{"setMinAllowedWeights", []any{on, uint16(4)}, "", "", func(g Genesis) any { return g.MinAllowedWeights }},
		{"setNetworkRegistrationAllowed", []any{on, false}, "", "", func(g Genesis) any { return g.RegistrationAllowed }},
		{"setCommitRevealWeightsEnabled", []any{on, true}, "", "", func(g Genesis) any { return g.CommitReveal }},
		{"setCommitRevealWeightsInterval", []any{on, uint64(100)}, "", "", func(g Genesis) any { return g.CommitRevealPeriod }},
		{"setCommitRevealWeightsInterval", []any{on, uint64(101)}, "RevealPeriodTooLarge", "", nil},
		{"setCommitRevealWeightsInterval", []any{on, uint64(0)}, "RevealPeriodTooSmall", "", nil},
		{"setActivityCutoffFactor", []any{on, uint32(1000)}, "", "", func(g Genesis) any { return g.ActivityCutoffFactor }},
		{"setActivityCutoffFactor", []any{on, uint32(50_000)}, "", "", func(g Genesis) any { return g.ActivityCutoffFactor }},
		{"setActivityCutoffFactor", []any{on, uint32(999)}, "ActivityCutoffFactorOutOfBounds", "", nil},
		{"setActivityCutoffFactor", []any{on, uint32(50_001)}, "ActivityCutoffFactorOutOfBounds", "", nil},
		{"setYuma3Enabled", []any{on, false}, "", "", func(g Genesis) any { return g.Yuma3 }},
		{"setLiquidAlphaEnabled", []any{on, true}, "", "", func(g Genesis) any { return g.LiquidAlpha }},
		{"setAlphaValues", []any{on, uint16(1638), uint16(1638)}, "LiquidAlphaDisabled", "", nil},
		{"setAlphaValues", []any{on, uint16(1637), uint16(1637)}, "AlphaHighTooLow", "setLiquidAlphaEnabled", nil},
		{"setAlphaValues", []any{on, uint16(1637), uint16(1638)}, "AlphaLowOutOfRange", "setLiquidAlphaEnabled", nil},
		{"setAlphaValues", []any{on, uint16(2001), uint16(2000)}, "AlphaLowOutOfRange", "setLiquidAlphaEnabled", nil},
		{"setAlphaValues", []any{on, uint16(1638), uint16(1639)}, "", "setLiquidAlphaEnabled", func(g Genesis) any { return g.AlphaHigh }},
		{"setAlphaSigmoidSteepness", []any{on, uint16(32767)}, "", "", func(g Genesis) any { return uint16(g.AlphaSteepness) }},
		{"setAlphaSigmoidSteepness", []any{on, uint16(32768)}, "NegativeSigmoidSteepness", "", nil},
		{"setBondsMovingAverage", []any{on, uint64(975_000)}, "", "", func(g Genesis) any { return g.BondsMovingAverage }},
		{"setBondsMovingAverage", []any{on, uint64(975_001)}, "BondsMovingAverageMaxReached", "", nil},
		{"setMinBurn", []any{on, uint64(99_999_999_999)}, "", "", func(g Genesis) any { return g.MinBurn }},
		{"setMinBurn", []any{on, uint64(100_000_000_000)}, "ValueNotInBounds", "", nil},
		{"setMaxBurn", []any{on, uint64(500_001)}, "", "", func(g Genesis) any { return g.MaxBurn }},
		{"setMaxBurn", []any{on, uint64(500_000)}, "ValueNotInBounds", "", nil},
		{"setKappa", []any{on, uint16(1)}, "BadOrigin", "", nil}, // root's alone
		{"setMinBurn", []any{uint16(2), uint64(0)}, "BadOrigin", "", nil},
	} {
		t.Run(tc.method+"/"+tc.name, func(t *testing.T) {
			net := open(t, t.TempDir(), busyGenesis())
			if tc.first != "" {
				if _, err := net.lay(key(2), 0x803, 100_000, tc.first, on, true); err != nil {
					t.Fatal(err)
				}
				net.step(1)
			}
			data, err := packTo(0x803, tc.method, tc.args...)
			if err != nil {
				t.Fatal(err)
			}
			to := at(0x803)
			for i, want := range []string{"BadOrigin", "BadOrigin", tc.name} { // only the third key owns the subnet
				_, err := net.eth().CallContract(t.Context(), ethereum.CallMsg{From: key(i).Address(), To: &to, Data: data}, nil)
				if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), "failed: "+want+`")`)) {
					t.Errorf("key %d: %v, want %q", i, err, want)
				}
			}
			hash, err := net.lay(key(2), 0x803, 100_000, tc.method, tc.args...)
			if err != nil {
				t.Fatal(err)
			}
			before := net.params(newState(net.tip().state))
			net.step(1)
			after := net.params(newState(net.tip().state))
			if ok := net.landed(hash) == nil; ok != (tc.name == "") {
				t.Errorf("landed: %v", ok)
			}
			if tc.name != "" {
				if before.hyper() != after.hyper() {
					t.Errorf("a refused change is made: %+v", after.hyper())
				}
			} else if got := tc.now(after); got != tc.args[len(tc.args)-1] {
				t.Errorf("set to %v, is %v", tc.args, got)
			}
		})
	}
}

// A change shows in what clients read, at once and after a restart.
func TestChangesAreRead(t *testing.T) {
	dir, g := t.TempDir(), busyGenesis()
	c := mustOpen(t, dir, g)
	for method, v := range map[string]any{
		"setCommitRevealWeightsInterval": uint64(3), "setWeightsSetRateLimit": uint64(11), "setLiquidAlphaEnabled": true, "setImmunityPeriod": uint16(12),
	} {
		if _, err := c.lay(key(2), 0x803, 100_000, method, uint16(1), v); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Step(c.Head().Time); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	h, err := open(t, dir, g).dial(nil).Hyperparams(t.Context())
	if err != nil || h.CommitRevealPeriod != 3 || h.WeightsRateLimit != 11 || !h.LiquidAlphaEnabled || h.ImmunityPeriod != 12 {
		t.Errorf("hyperparams = %+v, %v", h, err)
	}
}

// Without an owner nobody sets anything.
func TestNoOwner(t *testing.T) {
	c := mustOpen(t, t.TempDir(), smallGenesis(1, 1))
	defer c.Close()
	names := make([]string, 0)
	for name, f := range setterFunctions() {
		names = append(names, name)
		_, err := f.run(c, newState(c.tip().state), message{from: key(0).Address()}, []any{uint16(1), nil})
		refused(t, name, err, "BadOrigin")
	}
	if slices.Sort(names); len(names) != 17 {
		t.Errorf("setters: %v", names)
	}
}

// An owner that is no neuron is its own coldkey.
func TestOwnerOutsideTheSubnet(t *testing.T) {
	g := smallGenesis(1, 3)
	g.Owner = key(2).Hotkey()
	net := open(t, t.TempDir(), g)
	if _, err := net.lay(key(2), 0x803, 100_000, "setWeightsSetRateLimit", uint16(1), uint64(77)); err != nil {
		t.Fatal(err)
	}
	net.step(1)
	if got := newState(net.tip().state).hyper().WeightsRateLimit; got != 77 {
		t.Errorf("the rate limit is %d, want 77", got)
	}
}
