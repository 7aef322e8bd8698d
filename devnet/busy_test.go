package devnet

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/chain/extrinsic"
	"github.com/assaynet/assay/chain/scale"
	"github.com/assaynet/assay/protocol"
)

// busyGenesis is a chain on which every kind of record changes: commit-reveal is
// on, the third key owns the subnet and a fourth neuron has a native key.
func busyGenesis() Genesis {
	g := commitGenesis(3, 3)
	g.Owner = key(2).Hotkey()
	g.Neurons = append(g.Neurons, GenesisNeuron{Hotkey: plainAccount(plainKey())})
	g.Balances[plainAccount(plainKey())] = testBalance
	return g
}

// plainKey is a native key whose signatures are the same each time, as those of
// sr25519 are not, so that two chains can make the same blocks.
func plainKey() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)) }

func plainAccount(k ed25519.PrivateKey) protocol.Hotkey {
	return protocol.Hotkey(k.Public().(ed25519.PublicKey))
}

// layNative signs a call with the plain key and puts it into the pool.
func (c *Chain) layNative(call extrinsic.Call) error {
	k, st := plainKey(), newState(c.tip().state)
	era := extrinsic.MortalEra(64, st.head().Number)
	implicit, err := c.implicit(st, era)
	if err != nil {
		return err
	}
	x := extrinsic.Extrinsic{
		Account: plainAccount(k), Scheme: extrinsic.Ed25519, Era: era, Call: extrinsic.EncodeCall(call),
		Nonce: uint32(c.pool.nextOf(plainAccount(k), st.account(plainAccount(k)).Nonce)),
	}
	x.Signature = ed25519.Sign(k, x.Payload(implicit)) // short enough not to be hashed
	raw, err := x.Encode()
	if err != nil {
		return err
	}
	_, err = (&authorAPI{c}).SubmitExtrinsic(raw)
	return err
}

// nativeWork is the native part of the load: addresses, and a registration that
// fails and pays.
func (c *Chain) nativeWork(next uint64) error {
	axon := extrinsic.ServeAxon{Netuid: 1, Version: uint32(next), IP: scale.U128{Lo: 10<<24 + 1}, Port: 80, IPType: chain.IPv4}
	switch next % 3 {
	case 0:
		return c.layNative(extrinsic.ServePrometheus{Netuid: 1, Version: uint32(next), IP: axon.IP, Port: 81, IPType: chain.IPv4})
	case 1:
		return c.layNative(extrinsic.ServeAxonTLS{ServeAxon: axon, Certificate: []byte{byte(next)}})
	}
	return c.layNative(extrinsic.BurnedRegister{Netuid: 1, Hotkey: key(0).Hotkey()})
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
// commit of a vote, the reveal of an open one, stake, a hyperparameter, metrics,
// whose hash it returns and which succeeds; and a native call.
func (c *Chain) work() (common.Hash, error) {
	st := newState(c.tip().state)
	next := st.head().Number + 1
	if err := c.nativeWork(next); err != nil {
		return common.Hash{}, err
	}
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

// mixed returns an error unless the newest block holds a native call, which failed
// where it should, and another transaction.
func (c *Chain) mixed() error {
	txs, err := c.store.txs(c.Head().Number, c.signer)
	if err != nil || len(txs) != 2 || txs[0].native == nil || txs[0].ok != (c.Head().Number%3 != 2) {
		return fmt.Errorf("block %d: %+v, %v", c.Head().Number, txs, err)
	}
	return nil
}

// sameBlock returns an error unless two chains have the same transactions in their
// newest blocks.
func (c *Chain) sameBlock(other *Chain) error {
	a, err := c.store.txs(c.Head().Number, c.signer)
	b, otherErr := other.store.txs(other.Head().Number, c.signer)
	if err != nil || otherErr != nil || len(a) != 2 || len(b) != 2 {
		return fmt.Errorf("%d and %d transactions: %v, %v", len(a), len(b), err, otherErr)
	}
	for i := range a {
		if a[i].hash() != b[i].hash() || a[i].ok != b[i].ok || a[i].gas != b[i].gas {
			return fmt.Errorf("transaction %d: %+v and %+v", i, a[i], b[i])
		}
	}
	return nil
}
