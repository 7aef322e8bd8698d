package devnet_test

import (
	"encoding/hex"
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/rpc"
)

func axonArgs(netuid uint16, ip *big.Int, port uint16, kind uint8) []any {
	return []any{netuid, uint32(1), ip, port, kind, uint8(4), uint8(0), uint8(0)}
}

func voteArgs(netuid uint16, uids, values []uint16, version uint64) []any {
	return []any{netuid, uids, values, version}
}

// TestForeignErrors meets each error by name: those of arguments first, then those
// of settings, which the owner changes for the purpose.
func TestForeignErrors(t *testing.T) {
	f, owner, validator, miner := foreignNet(t)
	poor, stranger := newWho(t), newWho(t)
	f.send(miner, f.neuron, "burnedRegister", uint16(1), miner.account)
	one, ip, loopback := []uint16{1}, big.NewInt(10<<24+1), big.NewInt(1)
	for _, tc := range []struct {
		name   string
		from   who
		method string
		args   []any
	}{
		{"RegistrationNotPermittedOnRootSubnet", owner, "burnedRegister", []any{uint16(0), stranger.account}},
		{"SubnetNotExists", owner, "burnedRegister", []any{uint16(7), stranger.account}},
		{"HotKeyAlreadyRegisteredInSubNet", miner, "burnedRegister", []any{uint16(1), miner.account}},
		{"NotEnoughBalanceToStake", poor, "burnedRegister", []any{uint16(1), poor.account}},
		{"RegistrationPriceLimitExceeded", owner, "registerLimit", []any{uint16(1), stranger.account, uint64(1)}},
		{"SubnetNotExists", miner, "serveAxon", axonArgs(7, ip, 80, 4)},
		{"HotKeyNotRegisteredInNetwork", stranger, "serveAxon", axonArgs(1, ip, 80, 4)},
		{"InvalidIpType", miner, "serveAxon", axonArgs(1, ip, 80, 5)},
		{"InvalidIpAddress", miner, "serveAxon", axonArgs(1, loopback, 80, 6)},
		{"InvalidPort", miner, "serveAxon", axonArgs(1, ip, 0, 4)},
		{"CanNotSetRootNetworkWeights", validator, "setWeights", voteArgs(0, one, one, 0)},
		{"WeightVecNotEqualSize", validator, "setWeights", voteArgs(1, one, []uint16{1, 2}, 0)},
		{"MechanismDoesNotExist", validator, "setWeights", voteArgs(7, one, one, 0)},
		{"UidsLengthExceedUidsInSubNet", validator, "setWeights", voteArgs(1, []uint16{0, 1, 2, 3}, []uint16{1, 1, 1, 1}, 0)},
		{"HotKeyNotRegisteredInSubNet", stranger, "setWeights", voteArgs(1, one, one, 0)},
		{"NeuronNoValidatorPermit", miner, "setWeights", voteArgs(1, one, one, 0)},
		{"DuplicateUids", validator, "setWeights", voteArgs(1, []uint16{1, 1}, []uint16{1, 1}, 0)},
		{"UidVecContainInvalidOne", validator, "setWeights", voteArgs(1, []uint16{9}, one, 0)},
		{"CommitRevealDisabled", validator, "commitWeights", []any{uint16(1), [32]byte{1}}},
		{"NoWeightsCommitFound", validator, "revealWeights", []any{uint16(1), one, one, one, uint64(0)}},
	} {
		f.refused(tc.name, tc.from, f.neuron, tc.method, tc.args...)
	}
	f.refused("BadOrigin", miner, f.subnet, "setMinAllowedWeights", uint16(1), uint16(2))
	f.refused("BadOrigin", owner, f.subnet, "setKappa", uint16(1), uint16(2))

	f.send(owner, f.subnet, "setMinAllowedWeights", uint16(1), uint16(2))
	f.refused("WeightVecLengthIsLow", validator, f.neuron, "setWeights", voteArgs(1, one, one, 0)...)
	f.send(owner, f.subnet, "setMinAllowedWeights", uint16(1), uint16(1))
	f.send(owner, f.subnet, "setWeightsVersionKey", uint16(1), uint64(5))
	f.refused("IncorrectWeightVersionKey", validator, f.neuron, "setWeights", voteArgs(1, one, one, 4)...)
	f.send(owner, f.subnet, "setWeightsSetRateLimit", uint16(1), uint64(1000))
	f.send(validator, f.neuron, "setWeights", voteArgs(1, one, one, 5)...)
	f.refused("SettingWeightsTooFast", validator, f.neuron, "setWeights", voteArgs(1, one, one, 5)...)
	f.send(owner, f.subnet, "setServingRateLimit", uint16(1), uint64(1000))
	f.send(miner, f.neuron, "serveAxon", axonArgs(1, ip, 80, 4)...)
	f.refused("ServingRateLimitExceeded", miner, f.neuron, "serveAxon", axonArgs(1, ip, 81, 4)...)
	f.send(owner, f.subnet, "setNetworkRegistrationAllowed", uint16(1), false)
	f.refused("SubNetRegistrationDisabled", owner, f.neuron, "burnedRegister", uint16(1), stranger.account)

	f.send(owner, f.subnet, "setCommitRevealWeightsEnabled", uint16(1), true)
	f.refused("CommittingWeightsTooFast", validator, f.neuron, "commitWeights", uint16(1), [32]byte{1})
	f.send(owner, f.subnet, "setWeightsSetRateLimit", uint16(1), uint64(0))
	f.send(owner, f.subnet, "setCommitRevealWeightsInterval", uint16(1), uint64(100)) // none expires below
	for i := range 10 {
		f.send(validator, f.neuron, "commitWeights", uint16(1), [32]byte{byte(i + 1)})
	}
	f.refused("TooManyUnrevealedCommits", validator, f.neuron, "commitWeights", uint16(1), [32]byte{11})
}

// TestForeignReverts expects a Solidity revert with its reason where a precompile
// or a function is not there.
func TestForeignReverts(t *testing.T) {
	f, _, _, _ := foreignNet(t)
	for reason, msg := range map[string]ethereum.CallMsg{
		"Unknown selector":  {To: address(0x804), Data: []byte{1, 2, 3, 4}},
		"is disabled":       {To: address(0x809), Data: []byte{1, 2, 3, 4}},
		"invalid arguments": {To: address(0x802), Data: []byte{0x1f, 0x19, 0x35, 0x72}},
	} {
		_, err := f.client.CallContract(t.Context(), msg, nil)
		var coded rpc.DataError
		if !errors.As(err, &coded) {
			t.Errorf("%s: %v", reason, err)
			continue
		}
		text, _ := coded.ErrorData().(string)
		raw, err := hex.DecodeString(strings.TrimPrefix(text, "0x"))
		if err != nil {
			t.Errorf("%s: data %q", reason, text)
		}
		if got, err := abi.UnpackRevert(raw); err != nil || !strings.Contains(got, reason) {
			t.Errorf("revert %q, %v; want %q", got, err, reason)
		}
	}
}

func address(number int64) *common.Address {
	a := common.BigToAddress(big.NewInt(number))
	return &a
}
