package yuma

import (
	"slices"
	"testing"
)

// TestEpochVectors computes every epoch of the reference vectors in one reused
// workspace and compares each bit of the result.
func TestEpochVectors(t *testing.T) {
	var w Workspace
	epochs, assertions := 0, 0
	for _, name := range epochFiles(t) {
		var file vectorFile
		decodeFile(t, name, &file)
		if len(file.Epochs) == 0 {
			t.Errorf("%s holds no epochs", name)
		}
		for _, e := range file.Epochs {
			out, err := w.Epoch(e.Input.input())
			if err != nil {
				t.Errorf("%s, %s: %v", name, e.Label, err)
				continue
			}
			compare := comparison{t, name + ", " + e.Label}
			compare.output(out, &e.Output)
			for _, a := range slices.Concat(e.Expect, e.Intended) {
				if got, ok := a.holds(out); !ok {
					t.Errorf("%s, %s: %+v does not hold, have %v", name, e.Label, a, got)
				}
			}
			epochs++
			assertions += len(e.Expect) + len(e.Intended)
		}
	}
	if epochs < 400 || assertions < 6000 {
		t.Errorf("only %d epochs and %d assertions", epochs, assertions)
	}
}

// comparison reports differences of one epoch's result.
type comparison struct {
	t     *testing.T
	label string
}

func (c comparison) output(got *Output, want *vectorOutput) {
	same(c, "stake", got.Stake, want.Stake)
	same(c, "stake weight", got.StakeWeight, want.StakeWeight)
	same(c, "active", got.Active, want.Active)
	same(c, "consensus", got.Consensus, want.Consensus)
	same(c, "incentive", got.Incentive, want.Incentive)
	same(c, "dividends", got.Dividends, want.Dividends)
	same(c, "validator trust", got.ValidatorTrust, want.ValidatorTrust)
	same(c, "server emission", got.ServerEmission, want.ServerEmission)
	same(c, "validator emission", got.ValidatorEmission, want.ValidatorEmission)
	same(c, "emission", got.Emission, want.Emission)
	same(c, "new permits", got.NewValidatorPermits, want.NewValidatorPermits)
	same(c, "fixed stake", got.Fixed.Stake, want.Fixed.Stake)
	same(c, "fixed active stake", got.Fixed.ActiveStake, want.Fixed.ActiveStake)
	same(c, "fixed kappa", []uint64{got.Fixed.Kappa}, []uint64{want.Fixed.Kappa})
	same(c, "fixed consensus", got.Fixed.Consensus, want.Fixed.Consensus)
	same(c, "fixed ranks", got.Fixed.Ranks, want.Fixed.Ranks)
	same(c, "fixed incentive", got.Fixed.Incentive, want.Fixed.Incentive)
	same(c, "fixed validator trust", got.Fixed.ValidatorTrust, want.Fixed.ValidatorTrust)
	same(c, "fixed dividends", got.Fixed.Dividends, want.Fixed.Dividends)
	same(c, "fixed combined emission", got.Fixed.CombinedEmission, want.Fixed.CombinedEmission)
	rows := want.Bonds.rows()
	if len(got.Bonds) != len(rows) {
		c.t.Errorf("%s: %d bond rows, want %d", c.label, len(got.Bonds), len(rows))
		return
	}
	for i, row := range rows {
		same(c, "bonds", got.Bonds[i], row)
	}
}

func same[T comparable](c comparison, what string, got, want []T) {
	c.t.Helper()
	if !slices.Equal(got, want) {
		c.t.Errorf("%s: %s\n got %v\nwant %v", c.label, what, got, want)
	}
}
