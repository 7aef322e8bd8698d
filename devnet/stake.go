package devnet

import (
	"math"
	"math/bits"
	"slices"

	"github.com/assaynet/assay/protocol"
)

// Limits of staking. The chain has a least amount too; this one is the devnet's
// own, as is the bound that keeps a hotkey's record small.
const (
	minStake   = 2_000_000 // rao
	maxStakers = 256       // coldkeys per hotkey, beside its owner
)

// pot is one of the two kinds of stake that a hotkey has: the name of the record
// of its total, and of the record of who else than the owner holds how much.
type pot struct{ total, others string }

// There is no pool on this chain: an alpha costs a TAO and yields one.
func alphaPot() pot { return pot{keyAlpha, "alpha-of"} } // on the subnet
func taoPot() pot   { return pot{"tao", "tao-of"} }      // on the root subnet

// stakeRecord is the part of a coldkey in a hotkey's stake. What no record claims
// is the owner's.
type stakeRecord struct {
	Coldkey protocol.Hotkey `cbor:"1,keyasint"`
	Amount  uint64          `cbor:"2,keyasint"`
}

func (s *state) total(p pot, h protocol.Hotkey) uint64 {
	v, _ := load[uint64](s, byHotkey(p.total, h))
	return v
}

func (s *state) others(p pot, h protocol.Hotkey) []stakeRecord {
	v, _ := load[[]stakeRecord](s, byHotkey(p.others, h))
	return v
}

func (s *state) putOthers(p pot, h protocol.Hotkey, v []stakeRecord) {
	if len(v) > 0 {
		save(s, byHotkey(p.others, h), v)
	} else if s.get(byHotkey(p.others, h)) != nil {
		s.changed[byHotkey(p.others, h)] = nil
	}
}

// part is what a coldkey has staked on a hotkey.
func (s *state) part(p pot, hotkey, coldkey protocol.Hotkey) uint64 {
	others := s.others(p, hotkey)
	if owner, ok := s.owner(hotkey); !ok || owner != coldkey {
		if i := staker(others, coldkey); i >= 0 {
			return others[i].Amount
		}
		return 0
	}
	rest := s.total(p, hotkey)
	for _, o := range others {
		rest -= o.Amount
	}
	return rest
}

func staker(others []stakeRecord, coldkey protocol.Hotkey) int {
	return slices.IndexFunc(others, func(o stakeRecord) bool { return o.Coldkey == coldkey })
}

// addStake moves rao from a coldkey's balance to its stake on a hotkey.
func (c *Chain) addStake(st *state, coldkey, hotkey protocol.Hotkey, rao uint64, netuid uint16) error {
	p, ok := c.pot(netuid)
	if !ok {
		return dispatchError("SubnetNotExists")
	}
	if rao < minStake {
		return dispatchError("AmountTooLow")
	}
	payer := st.account(coldkey)
	if payer.Balance < existentialDeposit || payer.Balance-existentialDeposit < rao {
		return dispatchError("NotEnoughBalanceToStake")
	}
	owner, ok := st.owner(hotkey)
	if !ok {
		return dispatchError("HotKeyAccountNotExists")
	}
	if owner != coldkey {
		others := slices.Clone(st.others(p, hotkey))
		if i := staker(others, coldkey); i >= 0 {
			others[i].Amount += rao
		} else if len(others) >= maxStakers {
			return dispatchError("TooManyStakers") // our name
		} else {
			others = append(others, stakeRecord{coldkey, rao})
		}
		st.putOthers(p, hotkey, others)
	}
	payer.Balance -= rao
	st.putAccount(coldkey, payer)
	save(st, byHotkey(p.total, hotkey), st.total(p, hotkey)+rao)
	return nil
}

// removeStake moves stake of a coldkey back to its balance.
func (c *Chain) removeStake(st *state, coldkey, hotkey protocol.Hotkey, rao uint64, netuid uint16) error {
	p, ok := c.pot(netuid)
	if !ok {
		return dispatchError("SubnetNotExists")
	}
	owner, ok := st.owner(hotkey)
	if !ok {
		return dispatchError("HotKeyAccountNotExists")
	}
	held := st.part(p, hotkey, coldkey)
	if held < rao {
		return dispatchError("NotEnoughStakeToWithdraw")
	}
	acc := st.account(coldkey)
	if rao == 0 || rao < minStake && rao < held { // the last of it may be less
		return dispatchError("AmountTooLow")
	}
	if acc.Balance+rao < acc.Balance {
		return dispatchError("Overflow")
	}
	if owner != coldkey {
		others := slices.Clone(st.others(p, hotkey))
		i := staker(others, coldkey)
		if others[i].Amount -= rao; others[i].Amount == 0 {
			others = slices.Delete(others, i, i+1)
		}
		st.putOthers(p, hotkey, others)
	}
	acc.Balance += rao
	st.putAccount(coldkey, acc)
	save(st, byHotkey(p.total, hotkey), st.total(p, hotkey)-rao)
	return nil
}

func (c *Chain) pot(netuid uint16) (pot, bool) {
	switch netuid {
	case 0:
		return taoPot(), true
	case c.genesis.Netuid:
		return alphaPot(), true
	}
	return pot{}, false
}

// stake is what a coldkey has on a hotkey, 0 on a subnet that is not there.
func (c *Chain) stake(st *state, hotkey, coldkey protocol.Hotkey, netuid uint16) uint64 {
	p, ok := c.pot(netuid)
	if !ok {
		return 0
	}
	return st.part(p, hotkey, coldkey)
}

// reward adds a dividend to the alpha of all who staked on a hotkey, in proportion
// and rounded down; the owner gets what is left over. The hotkey takes no share of
// its own first, as it does on a real chain.
func (s *state) reward(hotkey protocol.Hotkey, amount uint64) {
	p := alphaPot()
	all, others := s.total(p, hotkey), slices.Clone(s.others(p, hotkey))
	for i := range others {
		others[i].Amount += share(amount, others[i].Amount, all)
	}
	if len(others) > 0 {
		s.putOthers(p, hotkey, others)
	}
	s.putAlpha(hotkey, all+amount)
}

// stakeWeight is what a hotkey's stake counts: alpha and a share of its tao, as in
// the epoch.
func (c *Chain) stakeWeight(st *state, hotkey protocol.Hotkey) uint64 {
	return c.weigh(st.alpha(hotkey), st.total(taoPot(), hotkey))
}

// weigh is alpha + floor(tao·weight), with the 32 fraction bits that the weight has.
func (c *Chain) weigh(alpha, tao uint64) uint64 {
	weight, _ := bits.Div64(c.genesis.TaoWeight>>32, c.genesis.TaoWeight<<32, math.MaxUint64)
	hi, lo := bits.Mul64(tao, weight)
	return alpha + (hi<<32 | lo>>32)
}
