package yuma

import (
	"math"
	"math/big"
	"slices"
)

// The twin is the epoch as it is defined, step by step over maps and signed numbers,
// without anything that makes it fast. Every epoch must equal it to the bit.

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
