package yuma

import (
	"fmt"
	"math"
	"math/bits"
)

// Limits of what Validate accepts beyond MaxNeurons.
const (
	// maxUpdates bounds LastUpdate, which may be longer than N: uids are 16-bit.
	maxUpdates = 1 << 16
	// fullMovingAverage is a BondsMovingAverage of 1.
	fullMovingAverage = 1_000_000
)

// Validate says whether an epoch can be computed from the input: that N is in
// range, lists fit it, no row repeats a column, and amounts stay below the
// bounds their fields name. The error names the field at fault. Every epoch
// validates its input; there is no need to do so before.
func (in *Input) Validate() error {
	if in.N < 0 || in.N > MaxNeurons {
		return fmt.Errorf("validate N: %d is not within 0..%d", in.N, MaxNeurons)
	}
	if err := in.validateLengths(); err != nil {
		return err
	}
	if in.OwnerUID != nil && int(*in.OwnerUID) >= in.N {
		return fmt.Errorf("validate OwnerUID: %d is not below N = %d", *in.OwnerUID, in.N)
	}
	if in.BondsMovingAverage > fullMovingAverage {
		return fmt.Errorf("validate BondsMovingAverage: %d is above %d", in.BondsMovingAverage, fullMovingAverage)
	}
	var total uint64
	for _, list := range [][]uint64{in.AlphaStake, in.TaoStake} {
		for _, stake := range list {
			var carry uint64
			if total, carry = bits.Add64(total, stake, 0); carry != 0 || total > math.MaxInt64 {
				return fmt.Errorf("validate AlphaStake and TaoStake: their sum reaches 2^63")
			}
		}
	}
	if err := distinctColumns("Weights", in.Weights); err != nil {
		return err
	}
	return distinctColumns("Bonds", in.Bonds)
}

// validateLengths checks that lists per uid cover exactly the N neurons, or are
// at most that long where missing entries have a meaning.
func (in *Input) validateLengths() error {
	for _, list := range []struct {
		field    string
		len      int
		optional bool
	}{
		{"BlockAtRegistration", len(in.BlockAtRegistration), false},
		{"AlphaStake", len(in.AlphaStake), false},
		{"TaoStake", len(in.TaoStake), true},
		{"ActiveCommitBlock", len(in.ActiveCommitBlock), true},
	} {
		if list.len != in.N && !(list.optional && list.len == 0) {
			return fmt.Errorf("validate %s: %d entries for N = %d", list.field, list.len, in.N)
		}
	}
	for _, list := range []struct {
		field    string
		len, max int
	}{
		{"LastUpdate", len(in.LastUpdate), maxUpdates},
		{"ValidatorPermits", len(in.ValidatorPermits), in.N},
		{"Weights", len(in.Weights), in.N},
		{"Bonds", len(in.Bonds), in.N},
	} {
		if list.len > list.max {
			return fmt.Errorf("validate %s: %d entries, at most %d allowed", list.field, list.len, list.max)
		}
	}
	return nil
}

// distinctColumns refuses a row that has two cells for one column.
func distinctColumns(field string, rows []Row) error {
	var seen [(maxU16 + 1) / 64]uint64
	for i, row := range rows {
		if ascending(row) {
			continue
		}
		for _, c := range row {
			word, bit := c.Column/64, uint64(1)<<(c.Column%64)
			if seen[word]&bit != 0 {
				return fmt.Errorf("validate %s: row %d repeats column %d", field, i, c.Column)
			}
			seen[word] |= bit
		}
		for _, c := range row {
			seen[c.Column/64] = 0
		}
	}
	return nil
}

// ascending says whether each column of the row is larger than the one before,
// as in most rows.
func ascending(row Row) bool {
	for k := 1; k < len(row); k++ {
		if row[k].Column <= row[k-1].Column {
			return false
		}
	}
	return true
}
