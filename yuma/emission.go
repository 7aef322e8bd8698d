package yuma

// emission splits the emission by incentive and dividends. Each neuron's share of
// either, and of both together, is of the sum of all incentives and dividends;
// rounding dust is not handed out. If nobody earned anything, validators share
// it by active stake, or by stake if there is no active stake.
func (w *Workspace) emission(in *Input) {
	out, fixed := &w.out, &w.out.Fixed
	var sum, activeStake uint64
	for i, incentive := range fixed.Incentive {
		sum += incentive + fixed.Dividends[i]
		activeStake += fixed.ActiveStake[i]
	}
	fallback := fixed.ActiveStake
	if activeStake == 0 {
		fallback = fixed.Stake
	}
	by := newDivisor(sum)
	for i, incentive := range fixed.Incentive {
		server, validator := by.into(incentive), by.into(fixed.Dividends[i])
		combined := quo(incentive+fixed.Dividends[i], sum) // may exceed what by takes
		if sum == 0 {
			validator, combined = fallback[i], fallback[i]
		}
		fixed.CombinedEmission[i] = combined
		out.ServerEmission[i] = share(server, in.Emission)
		out.ValidatorEmission[i] = share(validator, in.Emission)
		out.Emission[i] = share(combined, in.Emission)
	}
}

// quantise fills in the stored forms.
func (w *Workspace) quantise() {
	out, fixed := &w.out, &w.out.Fixed
	for i := range out.StakeWeight {
		out.StakeWeight[i] = toU16(fixed.Stake[i])
		out.Consensus[i] = toU16(fixed.Consensus[i])
		out.Incentive[i] = toU16(fixed.Incentive[i])
		out.Dividends[i] = toU16(fixed.Dividends[i])
		out.ValidatorTrust[i] = toU16(fixed.ValidatorTrust[i])
	}
}
