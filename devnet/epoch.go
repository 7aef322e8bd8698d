package devnet

import (
	"math/bits"

	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/yuma"
)

// maxSinceStep is how many blocks without an epoch force one.
const maxSinceStep = 50_400

// clock is what decides when an epoch runs.
type clock struct {
	tempo     uint16
	pendingAt uint64 // block of a triggered epoch, 0 if none
	sinceStep uint64 // blocks since the last epoch
	last      uint64 // block of the last epoch
}

// due reports whether an epoch runs in a block. A tempo of 0 never does.
func (k clock) due(block uint64) bool {
	if k.tempo == 0 {
		return false
	}
	return k.pendingAt > 0 && block >= k.pendingAt || k.sinceStep > maxSinceStep ||
		block >= k.last && block-k.last >= uint64(k.tempo)
}

// next is the block of the next epoch as far as it is scheduled.
func (k clock) next() (uint64, bool) {
	if k.tempo == 0 {
		return 0, false
	}
	at := k.last + uint64(k.tempo)
	if k.pendingAt > 0 {
		at = min(at, k.pendingAt)
	}
	return at, true
}

func (c *Chain) clock(s subnetRecord) clock {
	return clock{tempo: c.genesis.Tempo, pendingAt: s.PendingEpochAt, sinceStep: s.SinceStep, last: s.LastEpoch}
}

// coinbase adds the block's emission to what is pending and runs an epoch if one
// is due.
func (c *Chain) coinbase(st *state) error {
	s, now := st.subnet(), st.head().Number
	rest := c.genesis.EmissionPerBlock
	if !c.genesis.Owner.IsZero() {
		hi, lo := bits.Mul64(rest, uint64(c.genesis.OwnerCut))
		cut, _ := bits.Div64(hi, lo, 65535)
		s.PendingOwner += cut
		rest -= cut
	}
	s.PendingServer += rest / 2
	s.PendingValidator += rest - rest/2
	if !c.clock(s).due(now) {
		s.SinceStep++
		st.putSubnet(s)
		return st.err
	}
	out, err := c.consensus(st, s.PendingServer+s.PendingValidator, s.LastStep)
	if err != nil {
		return err
	}
	c.pay(st, s, out)
	storeEpoch(st, out)
	s.PendingServer, s.PendingValidator, s.PendingOwner = 0, 0, 0
	s.LastEpoch, s.LastStep, s.PendingEpochAt, s.SinceStep = now, now, 0, 0
	s.EpochIndex++
	st.putSubnet(s)
	return st.err
}

// pay turns the pending emission into stake. What the epoch gives to servers is
// paid as it is; what it gives to validators are shares of the validators' part,
// to which the servers' part is added when no server earned anything. Dividends go
// to all who staked on a hotkey, what a server earns to its owner alone. Servers of
// the subnet's owner are paid nothing: their part is burned.
func (c *Chain) pay(st *state, s subnetRecord, out *yuma.Output) {
	if !c.genesis.Owner.IsZero() {
		st.putAlpha(c.genesis.Owner, st.alpha(c.genesis.Owner)+s.PendingOwner)
	}
	var servers, validators uint64
	for uid := range out.ServerEmission {
		servers += out.ServerEmission[uid]
		validators += out.ValidatorEmission[uid]
	}
	pot := s.PendingValidator
	if servers == 0 {
		pot += s.PendingServer
	}
	for uid := range out.ServerEmission {
		hotkey := st.neuron(uint16(uid)).Hotkey
		if dividend := out.ValidatorEmission[uid]; dividend > 0 {
			st.reward(hotkey, share(pot, dividend, validators))
		}
		if earned := out.ServerEmission[uid]; earned > 0 && !c.ownersHotkey(st, hotkey) {
			st.putAlpha(hotkey, st.alpha(hotkey)+earned)
		}
	}
}

// ownersHotkey reports whether the hotkey is the subnet owner's, or belongs to the
// same coldkey.
func (c *Chain) ownersHotkey(st *state, hotkey protocol.Hotkey) bool {
	if c.genesis.Owner.IsZero() {
		return false
	}
	if hotkey == c.genesis.Owner {
		return true
	}
	boss, ok := st.owner(c.genesis.Owner)
	mine, _ := st.owner(hotkey)
	return ok && mine == boss
}

// storeEpoch keeps the results of an epoch in the neurons and their bonds.
func storeEpoch(st *state, out *yuma.Output) {
	for i := range out.Bonds {
		uid := uint16(i)
		n := st.neuron(uid)
		n.Active, n.Permit = out.Active[i], out.NewValidatorPermits[i]
		n.Consensus, n.Incentive, n.Dividends = out.Consensus[i], out.Incentive[i], out.Dividends[i]
		n.Trust, n.Emission = out.ValidatorTrust[i], out.Emission[i]
		st.putNeuron(uid, n)
		st.putBonds(uid, out.Bonds[i])
	}
}
