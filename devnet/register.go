package devnet

import (
	"github.com/assaynet/assay/chain/burn"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/yuma"
)

// register makes hotkey a neuron at the cost of coldkey, with the checks and the
// errors of the pallet in its order.
func (c *Chain) register(st *state, netuid uint16, coldkey, hotkey protocol.Hotkey) error {
	if netuid == 0 {
		return dispatchError("RegistrationNotPermittedOnRootSubnet")
	}
	if netuid != c.genesis.Netuid {
		return dispatchError("SubnetNotExists")
	}
	if !c.params(st).RegistrationAllowed {
		return dispatchError("SubNetRegistrationDisabled")
	}
	if _, ok := st.uid(hotkey); ok {
		return dispatchError("HotKeyAlreadyRegisteredInSubNet")
	}
	subnet, payer := st.subnet(), st.account(coldkey)
	// The payer's account has to live on.
	if payer.Balance < existentialDeposit || payer.Balance-existentialDeposit < subnet.Burn {
		return dispatchError("NotEnoughBalanceToStake")
	}
	if owner, ok := st.owner(hotkey); ok && owner != coldkey {
		return dispatchError("NonAssociatedColdKey")
	}
	uid, ok := c.slot(st, subnet)
	if !ok {
		return dispatchError("NoNeuronIdAvailable")
	}
	payer.Balance -= subnet.Burn
	st.putAccount(coldkey, payer)
	st.putOwner(hotkey, coldkey)
	if uid == subnet.N {
		subnet.N++
		st.putNeuron(uid, newNeuron(hotkey, st.head().Number))
	} else {
		replace(st, subnet.N, uid, hotkey)
	}
	st.putUID(hotkey, uid)
	subnet.Burn = c.clampBurn(st, burn.Raise(subnet.Burn, c.genesis.BurnIncreasePercent))
	st.putSubnet(subnet)
	return nil
}

// newNeuron counts as active, and its rate limit for weights starts now.
func newNeuron(hotkey protocol.Hotkey, now uint64) neuronRecord {
	return neuronRecord{Hotkey: hotkey, RegisteredAt: now, LastUpdate: now, Active: true}
}

// slot is the uid of a new neuron: the next free one, or that of the neuron to be
// replaced.
func (c *Chain) slot(st *state, subnet subnetRecord) (uint16, bool) {
	if subnet.N < c.genesis.MaxUIDs {
		return subnet.N, true
	}
	p := yuma.Prune{
		Block: st.head().Number, ImmunityPeriod: uint64(c.params(st).ImmunityPeriod), MinNonImmune: yuma.MinNonImmuneUIDs,
	}
	for uid := range subnet.N {
		n := st.neuron(uid)
		p.Emission = append(p.Emission, n.Emission)
		p.BlockAtRegistration = append(p.BlockAtRegistration, n.RegisteredAt)
	}
	if uid, ok := c.ownerUID(st); ok {
		p.Protected = []uint16{uid}
	}
	return yuma.PruneCandidate(p)
}

func (c *Chain) ownerUID(st *state) (uint16, bool) {
	if c.genesis.Owner.IsZero() {
		return 0, false
	}
	return st.uid(c.genesis.Owner)
}

// replace gives uid to another hotkey. The rows of the uid go; what others voted
// for it becomes an explicit zero; their bonds on it stay, and the next epoch
// drops them as outdated. Trust and activity stay until then too. What the hotkey
// has committed is not of the uid and stays.
func replace(st *state, n, uid uint16, hotkey protocol.Hotkey) {
	old := st.neuron(uid)
	st.dropUID(old.Hotkey)
	st.dropServed(old.Hotkey)
	fresh := newNeuron(hotkey, st.head().Number)
	fresh.Trust, fresh.Active = old.Trust, old.Active
	st.putNeuron(uid, fresh)
	st.putWeights(uid, nil)
	st.putBonds(uid, nil)
	for other := range n {
		row, touched := st.weights(other), false
		for i := range row {
			if row[i].Column == uid && row[i].Value != 0 {
				row[i].Value, touched = 0, true
			}
		}
		if touched {
			st.putWeights(other, row)
		}
	}
}

// decayBurn lowers the price of a registration at the start of each block by the
// factor of which BurnHalfLife make one half, and brings it between bounds that the
// owner may have moved.
func (c *Chain) decayBurn(st *state) {
	if st.head().Number <= 1 {
		return
	}
	subnet := st.subnet()
	price := c.clampBurn(st, burn.Decay(subnet.Burn, burn.HalfLife(c.genesis.BurnHalfLife)))
	if price != subnet.Burn {
		subnet.Burn = price
		st.putSubnet(subnet)
	}
}

func (c *Chain) clampBurn(st *state, price uint64) uint64 {
	h := st.hyper()
	return min(max(price, h.MinBurn), h.MaxBurn)
}
