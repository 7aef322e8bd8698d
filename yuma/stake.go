package yuma

import (
	"math"
	"math/bits"
	"slices"
)

// stakes fills in activity, the raw and the normalised stake, the permits of the
// next epoch, and the active stake of this one.
func (w *Workspace) stakes(in *Input) {
	w.activity(in)
	w.normaliseStake(in)
	w.newPermits(in)
	w.maskStake(in)
}

// activity marks a uid inactive if more blocks than the cutoff have passed since
// its last update.
func (w *Workspace) activity(in *Input) {
	cutoff := max(1, uint64(in.ActivityCutoffFactor)*uint64(in.Tempo)/1000)
	w.out.Active = resize(w.out.Active, max(in.N, len(in.LastUpdate)))
	for i := range w.out.Active {
		limit, carry := bits.Add64(in.lastUpdate(i), cutoff, 0)
		if carry != 0 {
			limit = math.MaxUint64
		}
		w.out.Active[i] = limit >= in.Block
	}
}

// normaliseStake computes alpha + tao·weight with 32 fraction bits, which is all
// that the tao weight has, and each uid's share in the sum S. The chain divides
// with 64 fraction bits and then drops 32; rounding down once is the same.
func (w *Workspace) normaliseStake(in *Input) {
	taoWeight, _ := bits.Div64(in.TaoWeight>>32, in.TaoWeight<<32, math.MaxUint64)
	owner := in.owner()
	var total wide
	for i := range in.N {
		stake := wide{in.AlphaStake[i] >> 32, in.AlphaStake[i] << 32}
		if len(in.TaoStake) != 0 {
			hi, lo := bits.Mul64(in.TaoStake[i], taoWeight)
			stake = stake.plus(wide{hi, lo})
		}
		w.out.Stake[i] = stake.hi<<32 | stake.lo>>32
		if w.out.Stake[i] < in.StakeThreshold && i != owner {
			stake = wide{}
		}
		w.raw[i] = stake
		total = total.plus(stake)
	}
	for i, stake := range w.raw {
		w.out.Fixed.Stake[i] = 0
		if stake != (wide{}) { // most have none
			w.out.Fixed.Stake[i] = stake.over(total)
		}
	}
}

// newPermits gives a permit to every uid with stake, then takes it from the
// smallest until the allowed number is left; of equal ones the lower uids lose.
// The owner's comes on top.
func (w *Workspace) newPermits(in *Input) {
	permits, staked := w.out.NewValidatorPermits, 0
	for i, s := range w.out.Fixed.Stake {
		permits[i] = s != 0
		if s != 0 {
			staked++
		}
	}
	if staked > int(in.MaxAllowedValidators) { // otherwise there is nothing to sort
		keepLargest(permits, w.out.Fixed.Stake, int(in.MaxAllowedValidators), w.order)
	}
	if owner := in.owner(); owner >= 0 {
		w.out.NewValidatorPermits[owner] = true
	}
}

// keepLargest sets keep[i] for the k largest values, with ties in favour of the
// higher index. Values are below 2^48 and there are at most 2^16; order is
// scratch space of the same length.
func keepLargest(keep []bool, values []uint64, k int, order []uint64) {
	for i, v := range values {
		keep[i] = true
		order[i] = v<<16 | uint64(i)
	}
	if len(values) <= k {
		return
	}
	slices.Sort(order)
	for _, key := range order[:len(values)-k] {
		keep[key&maxU16] = false
	}
}

// maskStake computes A: S without inactive uids and those without a permit,
// divided by its sum.
func (w *Workspace) maskStake(in *Input) {
	active := w.out.Fixed.ActiveStake
	for i, s := range w.out.Fixed.Stake {
		if !w.out.Active[i] || !in.permitted(i) && len(in.ValidatorPermits) != 0 {
			s = 0
		}
		active[i] = s
	}
	normalise(active, active)
}
