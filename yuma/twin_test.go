package yuma

import (
	"math"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The twin is the epoch as it is defined, step by step over maps and signed numbers,
// without anything that makes it fast. Every epoch must equal it to the bit.

type twinCell struct {
	j int
	v int64
}

// twinDivide divides values by a divisor, unless that is 0.
func twinDivide(values []int64, by int64) []int64 {
	out := slices.Clone(values)
	for i := range out {
		if by != 0 {
			out[i] = divSigned(out[i], by)
		}
	}
	return out
}

func twinSum(values []int64) int64 {
	var s int64
	for _, v := range values {
		s += v
	}
	return s
}

// twinColumns divides the cells of each column by what f makes of it.
func twinColumns(rows [][]twinCell, n int, f func(a, b int64) int64) [][]twinCell {
	by := make([]int64, n)
	for _, row := range rows {
		for _, c := range row {
			if c.j < n {
				by[c.j] = f(by[c.j], c.v)
			}
		}
	}
	return twinMap(rows, func(_ int, c twinCell) (int64, bool) {
		if c.j < n && by[c.j] != 0 {
			return divSigned(c.v, by[c.j]), true
		}
		return c.v, true
	})
}

func add(a, b int64) int64 { return a + b }

// twinMap gives every cell a new value, or drops it.
func twinMap(rows [][]twinCell, f func(i int, c twinCell) (int64, bool)) [][]twinCell {
	out := make([][]twinCell, len(rows))
	for i, row := range rows {
		for _, c := range row {
			if v, ok := f(i, c); ok {
				out[i] = append(out[i], twinCell{c.j, v})
			}
		}
	}
	return out
}

func twinAt(row []twinCell, j int) int64 {
	for _, c := range row {
		if c.j == j {
			return c.v
		}
	}
	return 0
}

// twinSeen is twinAt for a reader that expects ascending columns.
func twinSeen(row []twinCell, j int) int64 {
	top := -1
	for _, c := range row {
		if c.j > top {
			if top = c.j; c.j == j {
				return c.v
			}
		}
	}
	return 0
}

// twinUnion computes, for every column that either row has, in ascending order, what
// f makes of both, and keeps what is positive.
func twinUnion(a, b [][]twinCell, n int, f func(x, y int64) int64) [][]twinCell {
	out := make([][]twinCell, n)
	for i := range n {
		for j := range n {
			if v := f(twinAt(a[i], j), twinAt(b[i], j)); v > 0 {
				out[i] = append(out[i], twinCell{j, v})
			}
		}
	}
	return out
}

type twin struct {
	in                   *Input
	out                  *Output
	stake, active        []int64
	consensus, incentive []int64
	weights, clipped     [][]twinCell
	bonds                [][]twinCell
	dividends            []int64
}

// twinEpoch is the epoch. The result has no fixed stage that the twin does not know.
func twinEpoch(in *Input) *Output {
	t := &twin{in: in, out: new(Output)}
	t.stakes()
	t.rows()
	t.median()
	t.clip()
	t.bond()
	t.emit()
	return t.out
}

func (t *twin) owner() int {
	if t.in.OwnerUID == nil {
		return -1
	}
	return int(*t.in.OwnerUID)
}

func (t *twin) permit(i int) bool {
	return i < len(t.in.ValidatorPermits) && (t.in.ValidatorPermits[i] || i == t.owner())
}

func (t *twin) updated(i int) uint64 {
	if i < len(t.in.LastUpdate) {
		return t.in.LastUpdate[i]
	}
	return 0
}

func (t *twin) stakes() {
	in, wide := t.in, func(u uint64) *big.Int { return new(big.Int).Lsh(integer(u), 64) }
	cutoff := max(1, uint64(in.ActivityCutoffFactor)*uint64(in.Tempo)/1000)
	weight := new(big.Int).Quo(wide(in.TaoWeight), new(big.Int).Lsh(integer(math.MaxUint64), 32))
	weight.Lsh(weight, 32)
	kept, total := make([]*big.Int, in.N), new(big.Int)
	for i := range max(in.N, len(in.LastUpdate)) {
		t.out.Active = append(t.out.Active, t.updated(i) > math.MaxUint64-cutoff || t.updated(i)+cutoff >= in.Block)
	}
	for i := range in.N {
		kept[i] = wide(in.AlphaStake[i])
		if len(in.TaoStake) != 0 {
			tao := new(big.Int).Mul(wide(in.TaoStake[i]), weight)
			kept[i].Add(kept[i], tao.Rsh(tao, 64))
		}
		whole := new(big.Int).Rsh(kept[i], 64).Uint64()
		t.out.Stake = append(t.out.Stake, whole)
		if whole < in.StakeThreshold && i != t.owner() {
			kept[i].SetInt64(0)
		}
		total.Add(total, kept[i])
	}
	var masked []int64
	for i, s := range kept {
		if total.Sign() != 0 {
			s.Quo(s.Lsh(s, 64), total)
		}
		share := s.Rsh(s, 32).Int64()
		t.stake = append(t.stake, share)
		if !t.out.Active[i] || !t.permit(i) && len(in.ValidatorPermits) != 0 {
			share = 0
		}
		masked = append(masked, share)
	}
	t.active = twinDivide(masked, twinSum(masked))
	order := make([]int, in.N)
	for i, s := range t.stake {
		order[i] = i
		t.out.NewValidatorPermits = append(t.out.NewValidatorPermits, s != 0)
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(t.stake[a] - t.stake[b]) })
	for _, i := range order[:max(0, in.N-int(in.MaxAllowedValidators))] {
		t.out.NewValidatorPermits[i] = false
	}
	if o := t.owner(); o >= 0 && o < in.N {
		t.out.NewValidatorPermits[o] = true
	}
}

func (t *twin) rows() {
	in := t.in
	t.weights = make([][]twinCell, in.N)
	for i := range in.N {
		for _, c := range rowOf(in.Weights, i) {
			j := int(c.Column)
			if !t.permit(i) || j >= in.N || i == j && i != t.owner() || t.updated(i) <= in.BlockAtRegistration[j] {
				continue
			}
			if in.CommitRevealEnabled && len(in.ActiveCommitBlock) != 0 && in.ActiveCommitBlock[i] != NoCommit && in.ActiveCommitBlock[i] < in.BlockAtRegistration[j] {
				continue
			}
			t.weights[i] = append(t.weights[i], twinCell{j, int64(c.Value) << 32})
		}
		var sum int64
		for _, c := range t.weights[i] {
			sum += c.v
		}
		for k := range t.weights[i] {
			if sum > 0 {
				t.weights[i][k].v = divSigned(t.weights[i][k].v, sum)
			}
		}
	}
}

func (t *twin) median() {
	var voters []int
	var stake []int64
	for i, a := range t.active {
		if a > 0 {
			voters, stake = append(voters, i), append(stake, a)
		}
	}
	stake = twinDivide(stake, twinSum(stake))
	for j := range t.in.N {
		var s, scores []uint64
		for k, i := range voters {
			s, scores = append(s, uint64(stake[k])), append(scores, uint64(twinAt(t.weights[i], j)))
		}
		t.consensus = append(t.consensus, int64(slowMedian(s, scores, fromU16(t.in.Kappa))))
	}
}

func (t *twin) clip() {
	t.clipped = twinMap(t.weights, func(_ int, c twinCell) (int64, bool) {
		limit := t.consensus[c.j]
		return min(c.v, limit), c.v <= limit || limit > 0
	})
	ranks := make([]int64, t.in.N)
	for i, row := range t.clipped {
		var trust int64
		for _, c := range row {
			trust += c.v
			ranks[c.j] += mulSigned(t.active[i], c.v)
		}
		t.out.ValidatorTrust = append(t.out.ValidatorTrust, twinU16(trust))
	}
	t.incentive = twinDivide(ranks, twinSum(ranks))
}

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
	return twinMap(fresh, func(i int, c twinCell) (int64, bool) {
		x, y := twinSeen(fresh[i], c.j), twinSeen(old[i], c.j)
		d := y - x
		if x >= y {
			d = x - t.consensus[c.j]
		}
		d = max(min(d, one), 0)
		sigmoid := divSigned(one, one+int64(exp.at(mulSigned(steep, d-one/2))))
		rate := max(min(low+mulSigned(sigmoid, high-low), high), low)
		v := min(one, mulSigned(one-rate, twinAt(old[i], c.j))+max(0, mulSigned(rate, c.v)))
		return v, v > 0
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

// sameAsTwin compares what the chain would see of a result.
func sameAsTwin(out, want *Output) bool {
	seen := *out
	seen.Fixed = Fixed{}
	return sameOutput(&seen, want)
}

func TestEpochEqualsTwin(t *testing.T) {
	var w Workspace
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t)
		if rapid.Bool().Draw(t, "unsorted") {
			for _, rows := range [][]Row{in.Weights, in.Bonds} {
				for i := range rows {
					rows[i] = rapid.Permutation(rows[i]).Draw(t, "row")
				}
			}
		}
		if rapid.IntRange(0, 3).Draw(t, "away") == 0 {
			in.BondsMovingAverage = rapid.OneOf(
				rapid.Uint64Range(fullMovingAverage, MaxBondsMovingAverage),
				rapid.SampledFrom([]uint64{fullMovingAverage + 1, MaxBondsMovingAverage}),
			).Draw(t, "average away")
		}
		out, err := w.Epoch(in)
		if err != nil {
			t.Fatal(err)
		}
		if want := twinEpoch(in); !sameAsTwin(out, want) {
			t.Fatalf("%+v\n got %+v\nwant %+v", in, out, want)
		}
	})
}

// TestLargerEpochsEqualTwin takes subnets whose columns are long enough for every way
// in which medians are found.
func TestLargerEpochsEqualTwin(t *testing.T) {
	for _, validators := range []int{3, 40, 90} {
		for _, yuma3 := range []bool{false, true} {
			for _, penalty := range []uint16{0, 30000, 65535} {
				in := busyInput(90, validators, yuma3)
				in.BondsPenalty = penalty
				in.LiquidAlpha = penalty != 30000
				in.BondsMovingAverage = map[bool]uint64{true: 900_000, false: MaxBondsMovingAverage}[in.LiquidAlpha]
				if out, want := mustEpoch(t, in), twinEpoch(in); !sameAsTwin(out, want) {
					t.Errorf("%d validators, yuma3 %t, penalty %d:\n got %+v\nwant %+v", validators, yuma3, penalty, out, want)
				}
			}
		}
	}
}
