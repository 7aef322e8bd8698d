package devnet

import (
	"bytes"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/protocol"
)

// busyGenesis is a chain on which every kind of record changes: commit-reveal is
// on and the third key owns the subnet.
func busyGenesis() Genesis {
	g := commitGenesis(3, 3)
	g.Owner = key(2).Hotkey()
	return g
}

// packTo encodes a call of the precompile with the number given.
func packTo(number uint16, method string, args ...any) ([]byte, error) {
	a, err := chain.NeuronABI()
	if file, ok := map[uint16]string{0x800: "transfer", 0x803: "subnet", 0x805: "staking"}[number]; ok && err == nil {
		raw, readErr := abiFiles.ReadFile("abi/" + file + ".json")
		if readErr != nil {
			return nil, readErr
		}
		a, err = abi.JSON(bytes.NewReader(raw))
	}
	if err != nil {
		return nil, err
	}
	return a.Pack(method, args...)
}

// lay signs a call of a precompile with the key's next nonce and puts it into the
// pool of a chain that need not be served.
func (c *Chain) lay(k *protocol.Key, number uint16, gas uint64, method string, args ...any) (common.Hash, error) {
	data, err := packTo(number, method, args...)
	if err != nil {
		return common.Hash{}, err
	}
	st, to := newState(c.tip().state), at(number)
	tx, err := types.SignNewTx(k.ECDSA(), c.signer, &types.LegacyTx{
		Nonce: c.pool.nextNonce(k.Address(), st.account(k.Hotkey()).Nonce), Gas: gas, GasPrice: big.NewInt(BaseFee), To: &to, Data: data,
	})
	if err != nil {
		return common.Hash{}, err
	}
	p, err := c.check(st, tx)
	if err != nil {
		return common.Hash{}, err
	}
	return tx.Hash(), c.pool.add(p)
}

// work lays what the next block is to hold, which depends on the state alone: a
// commit of a vote, the reveal of an open one, stake, a hyperparameter, metrics.
// Everything succeeds.
func (c *Chain) work() (common.Hash, error) {
	st := newState(c.tip().state)
	next := st.head().Number + 1
	w := weightsFor(1, 2, 0)
	switch validator := key(0).Hotkey(); next % 5 {
	case 0:
		return c.lay(key(0), 0x804, 100_000, chain.MethodCommitWeights, uint16(1), [32]byte(chain.CommitHash(validator, 1, w, []uint16{uint16(next)})))
	case 1:
		window := window{epoch: next / 10, period: 1}
		for _, r := range st.commits(validator) {
			if window.open(r) {
				return c.lay(key(0), 0x804, 200_000, chain.MethodRevealWeights, uint16(1), w.UIDs, w.Values, []uint16{uint16(r.Block)}, uint64(0))
			}
		}
		return c.lay(key(1), 0x805, 400_000, "removeStake", [32]byte(key(1).Hotkey()), big.NewInt(minStake), big.NewInt(1))
	case 2:
		return c.lay(key(1), 0x805, 400_000, "addStake", [32]byte(validator), big.NewInt(minStake), big.NewInt(int64(next%2)))
	case 3:
		return c.lay(key(2), 0x803, 100_000, "setWeightsSetRateLimit", uint16(1), next%4)
	}
	return c.lay(key(1), 0x804, 100_000, chain.MethodServePrometheus, uint16(1), uint32(next), big.NewInt(10<<24+1), uint16(90), uint8(4))
}

// landed returns an error unless the newest block holds the transaction and it
// succeeded.
func (c *Chain) landed(hash common.Hash) error {
	if ok, err := c.succeeded(hash); err != nil || !ok {
		return fmt.Errorf("block %d: transaction in it: %v, %w", c.Head().Number, ok, err)
	}
	return nil
}
