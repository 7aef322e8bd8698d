package devnet_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"encoding/binary"
	"errors"
	"math/big"
	"net"
	"os"
	"testing"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/rpc"
	"golang.org/x/crypto/blake2b"

	"github.com/assaynet/assay/devnet"
)

// foreign is a client of a served devnet in which nothing is ours: go-ethereum's
// ethclient, and its abi package over the interface files.
type foreign struct {
	t      testing.TB
	client *ethclient.Client
	chain  *big.Int
	// One contract per precompile.
	neuron, metagraph, subnet, staking, mapping *contract
}

// who is an account of the client.
type who struct {
	key     *ecdsa.PrivateKey
	address common.Address
	account [32]byte
}

func newWho(t testing.TB) who {
	t.Helper()
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	address := crypto.PubkeyToAddress(key.PublicKey)
	return who{key, address, blake2b.Sum256(append([]byte("evm:"), address[:]...))}
}

func serveForeign(t testing.TB, g devnet.Genesis) *foreign {
	t.Helper()
	c, err := devnet.Open(t.TempDir(), g, nil)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- c.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-done, c.Close()); err != nil {
			t.Error(err)
		}
	})
	client, err := ethclient.Dial("http://" + l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	f := &foreign{t: t, client: client}
	if f.chain, err = client.ChainID(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.neuron, f.metagraph = f.bind(0x804, "../chain/abi/neuron.json"), f.bind(0x802, "abi/metagraph.json")
	f.subnet, f.staking = f.bind(0x803, "abi/subnet.json"), f.bind(0x805, "abi/staking.json")
	f.mapping = f.bind(0x80c, "abi/mapping.json")
	return f
}

func (f *foreign) bind(number int64, file string) *contract {
	f.t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		f.t.Fatal(err)
	}
	a, err := abi.JSON(bytes.NewReader(raw))
	if err != nil {
		f.t.Fatal(err)
	}
	return &contract{f, common.BigToAddress(big.NewInt(number)), a}
}

// contract is a precompile under its interface.
type contract struct {
	*foreign
	address common.Address
	abi     abi.ABI
}

func (c *contract) message(from common.Address, method string, args []any) ethereum.CallMsg {
	c.t.Helper()
	data, err := c.abi.Pack(method, args...)
	if err != nil {
		c.t.Fatal(err)
	}
	return ethereum.CallMsg{From: from, To: &c.address, Data: data}
}

func (c *contract) call(from common.Address, method string, args ...any) ([]any, error) {
	raw, err := c.client.CallContract(c.t.Context(), c.message(from, method, args), nil)
	if err != nil {
		return nil, err
	}
	return c.abi.Unpack(method, raw)
}

// transact signs and sends a call with the gas and the fees that the node suggests.
func (c *contract) transact(from who, method string, args ...any) (*types.Transaction, error) {
	ctx, msg := c.t.Context(), c.message(from.address, method, args)
	nonce, err := c.client.PendingNonceAt(ctx, from.address)
	if err != nil {
		return nil, err
	}
	tip, err := c.client.SuggestGasTipCap(ctx)
	if err != nil {
		return nil, err
	}
	head, err := c.client.HeaderByNumber(ctx, nil)
	if err != nil {
		return nil, err
	}
	gas, err := c.client.EstimateGas(ctx, msg)
	if err != nil {
		return nil, err
	}
	tx, err := types.SignNewTx(from.key, types.LatestSignerForChainID(c.chain), &types.DynamicFeeTx{
		ChainID: c.chain, Nonce: nonce, Gas: gas, To: msg.To, Data: msg.Data,
		GasTipCap: tip, GasFeeCap: new(big.Int).Add(tip, new(big.Int).Lsh(head.BaseFee, 1)),
	})
	if err != nil {
		return nil, err
	}
	return tx, c.client.SendTransaction(ctx, tx)
}

// advance makes blocks.
func (f *foreign) advance(blocks int) {
	f.t.Helper()
	if err := f.client.Client().Call(new(any), "dev_advance", blocks); err != nil {
		f.t.Fatal(err)
	}
}

func (f *foreign) fund(w who, tao uint64) {
	f.t.Helper()
	if err := f.client.Client().Call(new(common.Hash), "dev_fund", w.address, tao*1e9); err != nil {
		f.t.Fatal(err)
	}
}

// send makes a transaction and a block with it.
func (f *foreign) send(from who, to *contract, method string, args ...any) *types.Receipt {
	f.t.Helper()
	tx, err := to.transact(from, method, args...)
	if err != nil {
		f.t.Fatalf("%s: %v", method, err)
	}
	f.advance(1)
	receipt, err := f.client.TransactionReceipt(f.t.Context(), tx.Hash())
	if err != nil || receipt.Status != types.ReceiptStatusSuccessful {
		f.t.Fatalf("%s: %+v, %v", method, receipt, err)
	}
	return receipt
}

// read calls a getter.
func (f *foreign) read(from *contract, method string, args ...any) any {
	f.t.Helper()
	out, err := from.call(common.Address{}, method, args...)
	if err != nil {
		f.t.Fatalf("%s: %v", method, err)
	}
	return out[0]
}

// refused expects the pallet's error of a call and of a transaction.
func (f *foreign) refused(name string, from who, of *contract, method string, args ...any) {
	f.t.Helper()
	want := `evm error: Other("dispatch execution failed: ` + name + `")`
	_, err := of.call(from.address, method, args...)
	var coded rpc.DataError
	if !errors.As(err, &coded) || coded.Error() != want || coded.ErrorData() != "0x" {
		f.t.Errorf("%s: %v, want %s", method, err, name)
	}
	if _, err := of.transact(from, method, args...); err == nil || err.Error() != want {
		f.t.Errorf("transaction %s: %v, want %s", method, err, name)
	}
}

// weights reads a uid's row through the storage query: twox128 of the pallet and
// the item, then netuid and uid.
func (f *foreign) weights(netuid, uid uint16) []byte {
	f.t.Helper()
	key := binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(
		hexutil.MustDecode("0x658faa385070e074c85bf6b568cf0555a1e7036061f484bc3048a64b64e35ec4"), netuid), uid)
	to := common.BigToAddress(big.NewInt(0x807))
	var raw hexutil.Bytes
	if err := f.client.Client().Call(&raw, "eth_call", map[string]any{"to": to, "data": hexutil.Bytes(key)}, "latest"); err != nil {
		f.t.Fatal(err)
	}
	return raw
}

// commitment is the hash to commit, built by hand: the vectors are short, so that
// their compact length is one byte.
func commitment(account [32]byte, netuid uint16, uids, values, salt []uint16, version uint64) [32]byte {
	b := binary.LittleEndian.AppendUint16(account[:], netuid)
	for _, list := range [][]uint16{uids, values, salt} {
		b = append(b, byte(len(list)<<2))
		for _, v := range list {
			b = binary.LittleEndian.AppendUint16(b, v)
		}
	}
	return blake2b.Sum256(binary.LittleEndian.AppendUint64(b, version))
}

// foreignNet is a subnet with an owner and a validator, and a miner who has not
// registered yet.
func foreignNet(t testing.TB) (f *foreign, owner, validator, miner who) {
	owner, validator, miner = newWho(t), newWho(t), newWho(t)
	g := devnet.DefaultGenesis()
	g.Tempo, g.WeightsRateLimit, g.ServingRateLimit, g.MaxValidators, g.CommitReveal = 10, 0, 0, 1, false
	g.Owner = owner.account
	g.Neurons = []devnet.GenesisNeuron{{Hotkey: validator.account, AlphaStake: 1_000_000_000_000, ValidatorPermit: true}, {Hotkey: owner.account}}
	f = serveForeign(t, g)
	for _, w := range []who{owner, validator, miner} {
		f.fund(w, 100)
	}
	return f, owner, validator, miner
}

// TestForeignLife is a neuron's whole life through someone else's client.
func TestForeignLife(t *testing.T) {
	f, owner, validator, miner := foreignNet(t)
	const netuid = uint16(1)
	if got := f.read(f.mapping, "addressMapping", miner.address); got != miner.account {
		t.Errorf("mapping = %x, want %x", got, miner.account)
	}
	f.send(miner, f.neuron, "burnedRegister", netuid, miner.account)
	if n := f.read(f.metagraph, "getUidCount", netuid); n != uint16(3) {
		t.Errorf("%v uids", n)
	}
	if got := f.read(f.metagraph, "getHotkey", netuid, uint16(2)); got != miner.account {
		t.Errorf("uid 2 = %x", got)
	}
	served := f.send(miner, f.neuron, "serveAxon", netuid, uint32(7), big.NewInt(10<<24+5), uint16(9000), uint8(4), uint8(4), uint8(0), uint8(0))
	axon := *abi.ConvertType(f.read(f.metagraph, "getAxon", netuid, uint16(2)), new(foreignAxon)).(*foreignAxon)
	if axon.Block != served.BlockNumber.Uint64() || axon.Version != 7 || axon.Ip.Int64() != 10<<24+5 || axon.Port != 9000 || axon.IpType != 4 {
		t.Errorf("axon = %+v", axon)
	}
	vote := f.send(validator, f.neuron, "setWeights", netuid, []uint16{2}, []uint16{5}, uint64(0))
	if got := f.weights(netuid, 0); !bytes.Equal(got, []byte{4, 2, 0, 0xff, 0xff}) {
		t.Errorf("row = %x", got)
	}
	if got := f.read(f.metagraph, "getLastUpdate", netuid, uint16(0)); got != vote.BlockNumber.Uint64() {
		t.Errorf("last update = %v, voted in block %s", got, vote.BlockNumber)
	}
	f.send(validator, f.staking, "addStake", validator.account, big.NewInt(3e9), big.NewInt(1))

	f.send(owner, f.subnet, "setCommitRevealWeightsEnabled", netuid, true)
	if got := f.read(f.subnet, "getCommitRevealWeightsEnabled", netuid); got != true {
		t.Errorf("commit-reveal = %v", got)
	}
	uids, values, salt := []uint16{1, 2}, []uint16{100, 300}, []uint16{9, 8, 7}
	f.refused("CommitRevealEnabled", validator, f.neuron, "setWeights", netuid, uids, values, uint64(0))
	f.send(validator, f.neuron, "commitWeights", netuid, commitment(validator.account, netuid, uids, values, salt, 0))
	reveal := []any{netuid, uids, values, salt, uint64(0)}
	f.refused("RevealTooEarly", validator, f.neuron, "revealWeights", reveal...)
	for range 11 { // to the first block of the epoch that it may be revealed in
		if _, err := f.neuron.call(validator.address, "revealWeights", reveal...); err == nil {
			break
		}
		f.advance(1)
	}
	f.send(validator, f.neuron, "revealWeights", reveal...)
	if got := f.weights(netuid, 0); !bytes.Equal(got, []byte{8, 1, 0, 0x55, 0x55, 2, 0, 0xff, 0xff}) {
		t.Errorf("row = %x", got)
	}
	f.advance(10)
	if got := f.read(f.metagraph, "getIncentive", netuid, uint16(2)); got == uint16(0) {
		t.Error("the miner earns nothing")
	}
	f.refused("NoWeightsCommitFound", validator, f.neuron, "revealWeights", reveal...)
}

type foreignAxon struct {
	Block    uint64
	Version  uint32
	Ip       *big.Int
	Port     uint16
	IpType   uint8
	Protocol uint8
}
