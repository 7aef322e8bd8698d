package devnet

import (
	"math/big"

	"github.com/assaynet/assay/protocol"
)

// gasStake is the weight of a change of stake; the number is the devnet's own.
const gasStake = 350_000

// stakingFunctions are those of 0x805, with amounts in rao. A stake is put on a
// hotkey by the account of the caller, its coldkey.
func stakingFunctions() map[string]abiFunction {
	return map[string]abiFunction{
		"addStake":            {gas: gasStake, paid: true, run: dispatch((*Chain).addStakeCall)},
		"removeStake":         {gas: gasStake, paid: true, run: dispatch((*Chain).removeStakeCall)},
		"removeStakeFull":     {gas: gasStake, paid: true, run: dispatch((*Chain).removeStakeFullCall)},
		"getStake":            {run: stakeOfPair},
		"getTotalAlphaStaked": {run: stakeOnHotkey},
		"getTotalHotkeyStake": {run: stakeOnAllSubnets},
	}
}

// addStake(bytes32 hotkey, uint256 amount, uint256 netuid), signed by the coldkey.
func (c *Chain) addStakeCall(st *state, coldkey protocol.Hotkey, args []any) error {
	rao, netuid, err := amountOn(args[1], args[2])
	if err != nil {
		return err
	}
	return c.addStake(st, coldkey, args[0].([32]byte), rao, netuid)
}

// removeStake(bytes32 hotkey, uint256 amount, uint256 netuid), signed by the
// coldkey.
func (c *Chain) removeStakeCall(st *state, coldkey protocol.Hotkey, args []any) error {
	rao, netuid, err := amountOn(args[1], args[2])
	if err != nil {
		return err
	}
	return c.removeStake(st, coldkey, args[0].([32]byte), rao, netuid)
}

// removeStakeFull(bytes32 hotkey, uint256 netuid), signed by the coldkey.
func (c *Chain) removeStakeFullCall(st *state, coldkey protocol.Hotkey, args []any) error {
	_, netuid, err := amountOn(new(big.Int), args[1])
	if err != nil {
		return err
	}
	hotkey := protocol.Hotkey(args[0].([32]byte))
	return c.removeStake(st, coldkey, hotkey, c.stake(st, hotkey, coldkey, netuid), netuid)
}

// stakeOfPair is getStake(bytes32 hotkey, bytes32 coldkey, uint256 netuid).
func stakeOfPair(c *Chain, st *state, _ message, args []any) ([]any, error) {
	_, netuid, err := amountOn(new(big.Int), args[2])
	if err != nil {
		return nil, err
	}
	return rao(c.stake(st, args[0].([32]byte), args[1].([32]byte), netuid)), nil
}

// stakeOnHotkey is getTotalAlphaStaked(bytes32 hotkey, uint256 netuid).
func stakeOnHotkey(c *Chain, st *state, _ message, args []any) ([]any, error) {
	_, netuid, err := amountOn(new(big.Int), args[1])
	if err != nil {
		return nil, err
	}
	if p, ok := c.pot(netuid); ok {
		return rao(st.total(p, args[0].([32]byte))), nil
	}
	return rao(0), nil
}

// stakeOnAllSubnets is getTotalHotkeyStake(bytes32 hotkey): the value in TAO of
// all stake on a hotkey, which at this chain's price is the sum.
func stakeOnAllSubnets(_ *Chain, st *state, _ message, args []any) ([]any, error) {
	return rao(st.alpha(args[0].([32]byte)) + st.total(taoPot(), args[0].([32]byte))), nil
}

// amountOn reads an amount and a netuid, which are wider in the ABI than what they
// stand for.
func amountOn(amount, netuid any) (uint64, uint16, error) {
	a, n := amount.(*big.Int), netuid.(*big.Int)
	if !a.IsUint64() || !n.IsUint64() || n.Uint64() > 1<<16-1 {
		return 0, 0, revertError("value out of bounds")
	}
	return a.Uint64(), uint16(n.Uint64()), nil
}

func rao(v uint64) []any { return []any{new(big.Int).SetUint64(v)} }
