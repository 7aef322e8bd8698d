package devnet

import (
	"math/bits"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/yuma"
)

// vote stores a row of weights, with the checks and the errors of the pallet in
// its order. The first is the dispatch guard's.
func (c *Chain) vote(st *state, netuid uint16, hotkey protocol.Hotkey, w chain.Weights) error {
	if netuid == c.genesis.Netuid && !c.hasStake(st, hotkey) {
		return dispatchError("NotEnoughStakeToSetWeights")
	}
	if c.params(st).CommitReveal && netuid == c.genesis.Netuid {
		return dispatchError("CommitRevealEnabled")
	}
	return c.storeWeights(st, netuid, hotkey, w)
}

// storeWeights is the part of a vote that a reveal shares. With commit-reveal the
// rate limit and the last update belong to the commit.
func (c *Chain) storeWeights(st *state, netuid uint16, hotkey protocol.Hotkey, w chain.Weights) error {
	uid, err := c.voter(st, netuid, hotkey, w)
	if err != nil {
		return err
	}
	g, n, subnet, now := c.params(st), st.neuron(uid), st.subnet(), st.head().Number
	if !g.CommitReveal && n.LastUpdate != 0 && now-n.LastUpdate < g.WeightsRateLimit {
		return dispatchError("SettingWeightsTooFast")
	}
	self := len(w.UIDs) == 1 && w.UIDs[0] == uid
	if !self && !n.Permit && hotkey != c.genesis.Owner {
		return dispatchError("NeuronNoValidatorPermit")
	}
	if repeats(w.UIDs) {
		return dispatchError("DuplicateUids")
	}
	for _, target := range w.UIDs {
		if target >= subnet.N {
			return dispatchError("UidVecContainInvalidOne")
		}
	}
	if !self && len(w.UIDs) < int(min(subnet.N, g.MinAllowedWeights)) {
		return dispatchError("WeightVecLengthIsLow")
	}
	row := make(yuma.Row, len(w.UIDs))
	for i, v := range yuma.MaxUpscale(w.Values) {
		row[i] = yuma.Cell{Column: w.UIDs[i], Value: v}
	}
	st.putWeights(uid, row)
	if !g.CommitReveal {
		n.LastUpdate = now
		st.putNeuron(uid, n)
	}
	return nil
}

// voter makes the checks that come before the rate limit and finds the uid.
func (c *Chain) voter(st *state, netuid uint16, hotkey protocol.Hotkey, w chain.Weights) (uint16, error) {
	if netuid == 0 {
		return 0, dispatchError("CanNotSetRootNetworkWeights")
	}
	if len(w.UIDs) != len(w.Values) {
		return 0, dispatchError("WeightVecNotEqualSize")
	}
	if netuid != c.genesis.Netuid {
		return 0, dispatchError("MechanismDoesNotExist")
	}
	if len(w.UIDs) > int(st.subnet().N) {
		return 0, dispatchError("UidsLengthExceedUidsInSubNet")
	}
	uid, ok := st.uid(hotkey)
	if !ok {
		return 0, dispatchError("HotKeyNotRegisteredInSubNet")
	}
	if !c.hasStake(st, hotkey) {
		return 0, dispatchError("NotEnoughStakeToSetWeights")
	}
	if least := c.params(st).WeightsVersion; least != 0 && w.VersionKey < least {
		return 0, dispatchError("IncorrectWeightVersionKey")
	}
	return uid, nil
}

// hasStake reports whether the hotkey's stake reaches the threshold, from which
// the owner is exempt.
func (c *Chain) hasStake(st *state, hotkey protocol.Hotkey) bool {
	return hotkey == c.genesis.Owner || c.stakeWeight(st, hotkey) >= c.genesis.StakeThreshold
}

func repeats(uids []uint16) bool {
	var seen [1 << 16 / 64]uint64
	for _, uid := range uids {
		bit := uint64(1) << (uid % 64)
		if seen[uid/64]&bit != 0 {
			return true
		}
		seen[uid/64] |= bit
	}
	return false
}

// share is floor(amount·floor(part·2^32/whole)/2^32): a fraction with 32 fraction
// bits, rounded down, of an amount. part must not exceed whole, nor whole be 0.
func share(amount, part, whole uint64) uint64 {
	hi, lo := bits.Mul64(part, 1<<32)
	fraction, _ := bits.Div64(hi, lo, whole)
	hi, lo = bits.Mul64(amount, fraction)
	return hi<<32 | lo>>32
}
