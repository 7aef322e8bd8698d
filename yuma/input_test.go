package yuma

import (
	"math"
	"strings"
	"testing"
)

func TestValidateNamesTheField(t *testing.T) {
	for field, spoil := range map[string]func(*Input){
		"N":                       func(in *Input) { in.N = MaxNeurons + 1 },
		"validate N: -1":          func(in *Input) { in.N = -1 },
		"LastUpdate":              func(in *Input) { in.LastUpdate = make([]uint64, maxList+1) },
		"BlockAtRegistration":     func(in *Input) { in.BlockAtRegistration = nil },
		"AlphaStake":              func(in *Input) { in.AlphaStake = in.AlphaStake[:3] },
		"TaoStake":                func(in *Input) { in.TaoStake = make([]uint64, 5) },
		"AlphaStake and TaoStake": func(in *Input) { in.AlphaStake[3] = math.MaxInt64 },
		"their sum":               func(in *Input) { in.TaoStake = []uint64{math.MaxUint64, 0, 0, 0} },
		"ValidatorPermits":        func(in *Input) { in.ValidatorPermits = make([]bool, maxList+1) },
		"Weights":                 func(in *Input) { in.Weights = make([]Row, 5) },
		"Weights: row 1":          func(in *Input) { in.Weights[1] = Row{{2, 1}, {9, 1}, {2, 3}} },
		"Bonds: row 0":            func(in *Input) { in.Bonds[0] = Row{{2, 1}, {2, 1}} },
		"Bonds":                   func(in *Input) { in.Bonds = make([]Row, 5) },
		"ActiveCommitBlock":       func(in *Input) { in.ActiveCommitBlock = make([]uint64, 3) },
		"BondsMovingAverage":      func(in *Input) { in.BondsMovingAverage = 2_000_001 },
	} {
		in := busyInput(4, 2, true)
		if err := in.Validate(); err != nil {
			t.Fatal(err)
		}
		spoil(in)
		if _, err := Epoch(in); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("spoilt %s: error %v", field, err)
		}
	}
}

// TestUnsortedRowsAreValid: only repetition is refused, not order, nor columns
// that no neuron has.
func TestUnsortedRowsAreValid(t *testing.T) {
	in := busyInput(4, 2, true)
	in.Weights[0] = Row{{3, 1}, {65535, 9}, {1, 2}}
	in.Weights[1] = Row{{3, 1}, {2, 9}}
	in.Bonds[0] = Row{{3, 1}, {2, 9}, {65535, 1}}
	if err := in.Validate(); err != nil {
		t.Error(err)
	}
}

func TestEmptySubnet(t *testing.T) {
	in := Defaults()
	out, err := Epoch(&in)
	if err != nil || len(out.Emission) != 0 {
		t.Errorf("epoch without neurons: %+v, %v", out, err)
	}
}
