package yuma

import (
	"math"
	"slices"
)

func (t *twin) bond() {
	in, n := t.in, t.in.N
	fresh := t.weights
	if penalty := int64(fromU16(in.BondsPenalty)); penalty == one {
		fresh = t.clipped
	} else if penalty != 0 {
		fresh = twinUnion(t.weights, t.clipped, n, func(w, x int64) int64 { return w + mulSigned(penalty, x-w) })
	}
	since := in.Block - min(in.Block, uint64(in.Tempo))
	if last := in.LastMechanismStepBlock; last != 0 {
		since = last + min(1, math.MaxUint64-last)
	}
	old := make([][]twinCell, n)
	for i := range n {
		for _, c := range rowOf(in.Bonds, i) {
			var registered uint64
			if int(c.Column) < n {
				registered = in.BlockAtRegistration[c.Column]
			}
			if since > registered {
				old[i] = append(old[i], twinCell{int(c.Column), int64(c.Value) << 32})
			}
		}
	}
	rate := one - int64(in.BondsMovingAverage<<32/1_000_000)
	average := func(x, y int64) int64 { return mulSigned(rate, x) + mulSigned(one-rate, y) }
	var earned []int64
	earn := func(rows [][]twinCell) {
		for _, row := range rows {
			var sum int64
			for _, c := range row {
				sum += mulSigned(c.v, t.incentive[c.j])
			}
			earned = append(earned, sum)
		}
	}
	if !in.Yuma3 {
		delta := twinMap(fresh, func(i int, c twinCell) (int64, bool) { return mulSigned(c.v, t.active[i]), true })
		t.bonds = twinColumns(twinUnion(twinColumns(delta, n, add), twinColumns(old, n, add), n, average), n, add)
		earn(t.bonds)
		t.bonds = twinColumns(t.bonds, n, func(a, b int64) int64 { return max(a, b) })
	} else {
		old = twinMap(old, func(_ int, c twinCell) (int64, bool) { return divSigned(c.v, maxU16*one), true })
		if in.LiquidAlpha && slices.Max(t.consensus) > 0 {
			t.bonds = t.liquid(fresh, old)
		} else {
			t.bonds = twinUnion(fresh, old, n, average)
		}
		earn(twinColumns(t.bonds, n, add))
		for i := range earned {
			earned[i] = mulSigned(earned[i], t.active[i])
		}
	}
	t.dividends = twinDivide(earned, twinSum(earned))
}

func (t *twin) liquid(fresh, old [][]twinCell) [][]twinCell {
	low, high := int64(fromU16(t.in.AlphaLow)), int64(fromU16(t.in.AlphaHigh))
	steep := divSigned(int64(t.in.AlphaSigmoidSteepness)*one, -100*one)
	exp := newExponential()
	return twinAverage(fresh, old, func(i int, c twinCell) int64 {
		x, y := twinSeen(fresh[i], c.j), twinSeen(old[i], c.j)
		d := y - x
		if x >= y {
			d = x - t.consensus[c.j]
		}
		d = max(min(d, one), 0)
		sigmoid := divSigned(one, one+int64(exp.at(mulSigned(steep, d-one/2))))
		return max(min(low+mulSigned(sigmoid, high-low), high), low)
	})
}

func (t *twin) emit() {
	both := make([]int64, t.in.N)
	for i := range both {
		both[i] = t.incentive[i] + t.dividends[i]
	}
	sum := twinSum(both)
	server, validator, combined := twinDivide(t.incentive, sum), twinDivide(t.dividends, sum), twinDivide(both, sum)
	if sum == 0 {
		validator = t.active
		if twinSum(t.active) == 0 {
			validator = t.stake
		}
		combined = validator
	}
	amount := func(x int64) uint64 { return mul(uint64(x), t.in.Emission) }
	o := t.out
	for i := range t.in.N {
		o.StakeWeight = append(o.StakeWeight, twinU16(t.stake[i]))
		o.Consensus = append(o.Consensus, twinU16(t.consensus[i]))
		o.Incentive = append(o.Incentive, twinU16(t.incentive[i]))
		o.Dividends = append(o.Dividends, twinU16(t.dividends[i]))
		o.ServerEmission = append(o.ServerEmission, amount(server[i]))
		o.ValidatorEmission = append(o.ValidatorEmission, amount(validator[i]))
		o.Emission = append(o.Emission, amount(combined[i]))
		var row Row
		for _, c := range t.bonds[i] {
			if o.NewValidatorPermits[i] {
				row = append(row, Cell{uint16(c.j), twinU16(c.v)})
			}
		}
		o.Bonds = append(o.Bonds, row)
	}
}

func twinU16(x int64) uint16 {
	return uint16(min(mulSigned(x, maxU16*one)>>32, maxU16))
}
