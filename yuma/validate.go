package yuma

import (
	"fmt"
	"math"
	"math/bits"
)

// Limits of what Validate accepts beyond MaxNeurons.
const (
	// maxList bounds lists that may be longer than N: uids are 16-bit.
	maxList = 1 << 16
	// fullMovingAverage is a BondsMovingAverage of 1.
	fullMovingAverage = 1_000_000
	// MaxBondsMovingAverage is the largest that is accepted: up to here, and no
	// further, the arithmetic has been compared with the chain's.
	MaxBondsMovingAverage = 2 * fullMovingAverage
	// saturation is where the chain's integers in fixed point end.
	saturation = 1 << 31
)

// Validate says whether an epoch can be computed from the input. It refuses only
// what a chain cannot hold or where its own arithmetic saturates: lists that do not
// fit N, a column twice in a row, stakes or sums out of range. The error names the
// field at fault and the reason. Every epoch validates its input; there is no need
// to do so before.
func (in *Input) Validate() error {
	if err := in.validateLists(); err != nil {
		return err
	}
	for i := range in.N {
		if _, err := checkRow("Weights", in.Weights, i); err != nil {
			return err
		}
		if _, err := checkRow("Bonds", in.Bonds, i); err != nil {
			return err
		}
	}
	return nil
}

// validateLists is Validate, except for what checkRow finds.
func (in *Input) validateLists() error {
	if in.N < 0 || in.N > MaxNeurons {
		return fmt.Errorf("validate N: %d is not within 0..%d, the chain's uids are 16-bit", in.N, MaxNeurons)
	}
	if err := in.validateLengths(); err != nil {
		return err
	}
	if in.BondsMovingAverage > MaxBondsMovingAverage {
		return fmt.Errorf("validate BondsMovingAverage: %d is above %d, beyond which results have not been compared with the chain's", in.BondsMovingAverage, MaxBondsMovingAverage)
	}
	var total uint64
	for _, list := range [][]uint64{in.AlphaStake, in.TaoStake} {
		for _, stake := range list {
			var carry uint64
			if total, carry = bits.Add64(total, stake, 0); carry != 0 || total > math.MaxInt64 {
				return fmt.Errorf("validate AlphaStake and TaoStake: their sum reaches 2^63, where the chain's saturates")
			}
		}
	}
	return in.validateSums()
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
		{"LastUpdate", len(in.LastUpdate), maxList},
		{"ValidatorPermits", len(in.ValidatorPermits), maxList},
		{"Weights", len(in.Weights), in.N},
		{"Bonds", len(in.Bonds), in.N},
	} {
		if list.len > list.max {
			return fmt.Errorf("validate %s: %d entries, at most %d allowed", list.field, list.len, list.max)
		}
	}
	return nil
}

// checkRow refuses a row that has two cells for one column, and says whether the row
// is in any order but that of columns.
func checkRow(field string, rows []Row, i int) (unsorted bool, err error) {
	row := rowOf(rows, i)
	if ascending(row) {
		return false, nil
	}
	if column, twice := RepeatedColumn(row); twice {
		return true, fmt.Errorf("validate %s: row %d repeats column %d, the chain takes no such row (DuplicateUids)", field, i, column)
	}
	return true, nil
}

// RepeatedColumn finds a column for which the row has more than one cell.
func RepeatedColumn(row Row) (column uint16, found bool) {
	if ascending(row) {
		return 0, false
	}
	var seen [(maxU16 + 1) / 64]uint64
	for _, c := range row {
		word, bit := c.Column/64, uint64(1)<<(c.Column%64)
		if seen[word]&bit != 0 {
			return c.Column, true
		}
		seen[word] |= bit
	}
	return 0, false
}

// ascending says whether each column of the row is larger than the one before,
// as in most rows.
func ascending(row Row) bool {
	for len(row) > 4 { // four at a time: every cell of every row passes here
		r := row[:5]
		if r[0].Column >= r[1].Column || r[1].Column >= r[2].Column || r[2].Column >= r[3].Column || r[3].Column >= r[4].Column {
			return false
		}
		row = row[4:]
	}
	for k := 1; k < len(row); k++ {
		if row[k].Column <= row[k-1].Column {
			return false
		}
	}
	return true
}

// validateSums refuses rows of weights and columns of bonds that add up to 2^31
// or more as integers. Only subnets of more than 2^15 neurons can have one, and the
// chain none.
func (in *Input) validateSums() error {
	if in.N <= saturation>>16 {
		return nil
	}
	for i, row := range in.Weights {
		var sum uint64
		for _, c := range row {
			sum += uint64(c.Value)
		}
		if sum >= saturation {
			return fmt.Errorf("validate Weights: row %d sums to %d, the chain's sums wrap at 2^31", i, sum)
		}
	}
	sums := make([]uint64, maxList)
	for _, row := range in.Bonds {
		for _, c := range row {
			sums[c.Column] += uint64(c.Value)
		}
	}
	for j, sum := range sums {
		if sum >= saturation {
			return fmt.Errorf("validate Bonds: column %d sums to %d, the chain's sums saturate at 2^31", j, sum)
		}
	}
	return nil
}
