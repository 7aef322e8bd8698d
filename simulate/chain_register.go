package simulate

import (
	"errors"

	"github.com/assaynet/assay/chain/burn"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/yuma"
)

// Register makes a hotkey a neuron. On a full subnet it takes the uid of the neuron that
// yuma.PruneCandidate names, and replaced is whose it was; zero otherwise. Stake is what the
// hotkey has from then on, in rao; that of the replaced one goes with it. Whoever is
// registered in block 0 with stake has its permit at once, later ones wait for an epoch.
// The price is what Price says for the block, before the call.
func (c *Chain) Register(hotkey protocol.Hotkey, stake, block uint64) (uid uint16, replaced protocol.Hotkey, err error) {
	if hotkey.IsZero() {
		return 0, replaced, errors.New("register: the hotkey is zero")
	}
	if err := c.advance(block); err != nil {
		return 0, replaced, err
	}
	if _, ok := c.uids[hotkey]; ok {
		return 0, replaced, Refusal("HotKeyAlreadyRegisteredInSubNet")
	}
	if err := c.room(stake); err != nil {
		return 0, replaced, err
	}
	uid, ok := c.slot()
	if !ok {
		return 0, replaced, Refusal("NoNeuronIdAvailable")
	}
	if int(uid) == c.in.N {
		c.append(hotkey)
	} else {
		replaced = c.hotkeys[uid]
		c.replace(uid, hotkey)
	}
	c.uids[hotkey] = uid
	c.in.AlphaStake[uid] = stake
	c.in.ValidatorPermits[uid] = block == 0 && stake > 0
	c.burn = c.clampBurn(burn.Raise(c.Price(block), c.cfg.BurnIncreasePercent))
	return uid, replaced, nil
}

// slot is the uid of a new neuron: the next free one, or that of the neuron to be
// replaced.
func (c *Chain) slot() (uint16, bool) {
	if c.in.N < int(c.cfg.MaxUIDs) {
		return uint16(c.in.N), true
	}
	return yuma.PruneCandidate(yuma.Prune{
		Emission: c.emission, BlockAtRegistration: c.in.BlockAtRegistration,
		Block: c.block, ImmunityPeriod: c.cfg.ImmunityPeriod, MinNonImmune: yuma.MinNonImmuneUIDs,
	})
}

// append adds a neuron. Its rate limit for votes starts now.
func (c *Chain) append(hotkey protocol.Hotkey) {
	in := &c.in
	in.N++
	in.LastUpdate = append(in.LastUpdate, c.block)
	in.BlockAtRegistration = append(in.BlockAtRegistration, c.block)
	in.AlphaStake = append(in.AlphaStake, 0)
	in.ActiveCommitBlock = append(in.ActiveCommitBlock, yuma.NoCommit)
	in.ValidatorPermits = append(in.ValidatorPermits, false)
	in.Weights = append(in.Weights, nil)
	in.Bonds = append(in.Bonds, nil)
	c.emission = append(c.emission, 0)
	c.hotkeys = append(c.hotkeys, hotkey)
	c.serving = append(c.serving, false)
	c.public = append(c.public, publication{})
}

// replace gives a uid to another hotkey. Its rows go, and what others voted for it
// becomes an explicit zero. Their bonds on it stay until the next epoch drops them as
// outdated. What the old hotkey has committed is not of the uid and stays.
func (c *Chain) replace(uid uint16, hotkey protocol.Hotkey) {
	in := &c.in
	delete(c.uids, c.hotkeys[uid])
	c.hotkeys[uid], c.serving[uid], c.public[uid] = hotkey, false, publication{}
	in.LastUpdate[uid], in.BlockAtRegistration[uid], c.emission[uid] = c.block, c.block, 0
	in.Weights[uid], in.Bonds[uid] = nil, nil
	for _, row := range in.Weights {
		for k := range row {
			if row[k].Column == uid {
				row[k].Value = 0
			}
		}
	}
}

// Price is what a registration costs in a block, in rao: one of the past has the price of
// the present.
func (c *Chain) Price(block uint64) uint64 {
	for ; c.burnAt < block; c.burnAt++ {
		next := c.clampBurn(burn.Decay(c.burn, c.halfLife))
		if next == c.burn {
			c.burnAt = block // it stays
			break
		}
		c.burn = next
	}
	return c.burn
}

func (c *Chain) clampBurn(price uint64) uint64 { return min(max(price, c.cfg.MinBurn), c.cfg.MaxBurn) }
