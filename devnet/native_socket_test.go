package devnet

import (
	"encoding/json"
	"errors"
	"math/big"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/gorilla/websocket"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/chain/extrinsic"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// signer makes extrinsics of what the node says over its port.
type signer struct {
	t   *testing.T
	c   *rpc.Client
	key *protocol.Sr25519Key
}

func (s *signer) ask(out any, method string, args ...any) {
	s.t.Helper()
	if err := s.c.Call(out, method, args...); err != nil {
		s.t.Fatalf("%s: %v", method, err)
	}
}

func (s *signer) sign(call extrinsic.Call) hexutil.Bytes {
	s.t.Helper()
	var version struct{ SpecVersion, TransactionVersion uint32 }
	var header struct{ Number hexutil.Uint64 }
	var genesis, newest common.Hash
	var nonce uint32
	s.ask(&version, "state_getRuntimeVersion")
	s.ask(&genesis, "chain_getBlockHash", 0)
	s.ask(&newest, "chain_getFinalizedHead")
	s.ask(&header, "chain_getHeader", newest)
	s.ask(&nonce, "system_accountNextIndex", s.key.Hotkey().SS58())
	raw, err := extrinsic.Sign(s.key, call, extrinsic.Params{
		Implicit: extrinsic.Implicit{SpecVersion: version.SpecVersion, TxVersion: version.TransactionVersion, Genesis: item.Hash(genesis), Birth: item.Hash(newest)},
		Era:      extrinsic.MortalEra(128, uint64(header.Number)), Nonce: nonce,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return raw
}

// submit offers a call; the node names it by its hash.
func (s *signer) submit(call extrinsic.Call) (hexutil.Bytes, error) {
	s.t.Helper()
	raw := s.sign(call)
	var hash common.Hash
	err := s.c.Call(&hash, "author_submitExtrinsic", raw)
	if err == nil && item.Hash(hash) != extrinsic.Hash(raw) {
		s.t.Errorf("%s: hash %s, want %s", call.Name(), hash, extrinsic.Hash(raw))
	}
	return raw, err
}

// lands submits a call, makes a block and finds the extrinsic in it.
func (s *signer) lands(net *served, call extrinsic.Call) {
	s.t.Helper()
	raw, err := s.submit(call)
	if err != nil {
		s.t.Fatalf("%s: %v", call.Name(), err)
	}
	net.step(1)
	if !slices.Contains(s.extrinsics(), raw.String()) {
		s.t.Fatalf("%s is not in block %d", call.Name(), net.Head().Number)
	}
}

// extrinsics are those of the newest block.
func (s *signer) extrinsics() []string {
	s.t.Helper()
	var got struct{ Block struct{ Extrinsics []string } }
	s.ask(&got, "chain_getBlock")
	return got.Block.Extrinsics
}

// isRefused expects the pool to know the call's error under a number.
func (s *signer) isRefused(want string, call extrinsic.Call) {
	s.t.Helper()
	_, err := s.submit(call)
	var coded rpc.Error
	var detailed rpc.DataError
	if !errors.As(err, &coded) || !errors.As(err, &detailed) || coded.ErrorCode() != 1010 || coded.Error() != "Invalid Transaction" || detailed.ErrorData() != want {
		s.t.Errorf("%s: %v, want %s", call.Name(), err, want)
	}
}

// TestNativeSocket takes a native neuron from its registration to a vote that
// counts beside that of an Ethereum one, and meets each number of the pool.
func TestNativeSocket(t *testing.T) {
	coldkey, hotkey, poor := nativeKey(t, 1), nativeKey(t, 2), nativeKey(t, 3)
	g := commitGenesis(2, 2)
	g.StakeThreshold, g.WeightsRateLimit, g.ServingRateLimit = 1e12, 2, 50
	g.Balances[key(0).Hotkey()] = 1e13
	g.Balances[coldkey.Hotkey()], g.Balances[poor.Hotkey()] = testBalance, chain.GasRegister*feePerGas+existentialDeposit
	net := open(t, t.TempDir(), g)
	c := net.rpc(net.url)
	owner, neuron, other := &signer{t, c, coldkey}, &signer{t, c, hotkey}, &signer{t, c, poor}

	register := extrinsic.BurnedRegister{Netuid: 1, Hotkey: hotkey.Hotkey()}
	other.isRefused("Custom error: 2", extrinsic.BurnedRegister{Netuid: 1, Hotkey: poor.Hotkey()})
	other.isRefused("Custom error: 3", extrinsic.CommitWeights{Netuid: 9})
	other.isRefused("Custom error: 10", axonAt(80))
	watched(t, net, owner, register)
	m, err := net.dial(nil).Metagraph(t.Context(), net.Head())
	if err != nil {
		t.Fatal(err)
	}
	me, ok := m.ByHotkey(hotkey.Hotkey())
	if !ok || me.Coldkey != coldkey.Hotkey() || me.UID != 2 {
		t.Fatalf("registered: %+v, %v", me, ok)
	}

	serve := axonAt(8091)
	badIP, badPort := serve, serve
	badIP.IPType, badPort.Port = 9, 0
	neuron.isRefused("Custom error: 11", badIP)
	neuron.isRefused("Custom error: 13", badPort)
	neuron.lands(net, serve)
	neuron.isRefused("Custom error: 12", serve)
	neuron.isRefused("Custom error: 1", extrinsic.CommitWeights{Netuid: 1})

	// Its stake comes from an Ethereum account, its permit with an epoch.
	if _, err := net.lay(key(0), 0x805, 400_000, "addStake", [32]byte(hotkey.Hotkey()), big.NewInt(5e12), big.NewInt(1)); err != nil {
		t.Fatal(err)
	}
	net.step(int(11 - net.Head().Number))
	voteBoth(t, net, neuron)

	m, err = net.dial(nil).Metagraph(t.Context(), net.Head())
	if err != nil {
		t.Fatal(err)
	}
	me, _ = m.ByHotkey(hotkey.Hotkey())
	if me.Axon.Port != 8091 || !me.ValidatorPermit || me.ValidatorTrust == 0 || m.Neurons[0].ValidatorTrust == 0 || m.Neurons[1].Consensus == 0 {
		t.Errorf("after the epoch: %+v, %+v, %+v", me, m.Neurons[0], m.Neurons[1])
	}
}

// watched registers under the eyes of a subscription.
func watched(t *testing.T, net *served, s *signer, call extrinsic.Call) {
	t.Helper()
	conn := dialSocket(t, net.url)
	raw := s.sign(call)
	say := func(method, param string) {
		if err := conn.WriteMessage(websocket.TextMessage, []byte(`{"jsonrpc":"2.0","id":1,"method":"`+method+`","params":["`+param+`"]}`)); err != nil {
			t.Fatal(err)
		}
	}
	hear := func() (m struct {
		Result json.RawMessage
		Method string
		Error  *struct{ Code int }
		Params struct{ Result json.RawMessage }
	}) {
		if err := conn.ReadJSON(&m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	say("author_submitAndWatchExtrinsic", raw.String())
	id := hear()
	if first := hear(); id.Error != nil || first.Method != "author_extrinsicUpdate" || string(first.Params.Result) != `"ready"` {
		t.Fatalf("watch: %+v, then %s", id, first.Params.Result)
	}
	var next uint32
	var pending []string
	s.ask(&next, "system_accountNextIndex", s.key.Hotkey().SS58())
	s.ask(&pending, "author_pendingExtrinsics")
	if next != 1 || !slices.Equal(pending, []string{raw.String()}) {
		t.Errorf("next index %d, pending %v", next, pending)
	}
	h := net.step(1)
	for _, kind := range []string{"inBlock", "finalized"} {
		if got := hear(); string(got.Params.Result) != `{"`+kind+`":"`+h.Hash.String()+`"}` {
			t.Errorf("%s: %s", kind, got.Params.Result)
		}
	}
	var name string
	if err := json.Unmarshal(id.Result, &name); err != nil {
		t.Fatal(err)
	}
	say("author_unwatchExtrinsic", name)
	if m := hear(); string(m.Result) != "true" {
		t.Errorf("unwatch: %+v", m)
	}
	say("author_submitAndWatchExtrinsic", raw.String())
	if m := hear(); m.Error == nil || m.Error.Code != 1010 {
		t.Errorf("watch of a used nonce: %+v", m)
	}
}

// voteBoth lets the native and an Ethereum validator commit in block 12 and later,
// reveal in the epoch that begins with block 20, and runs the next.
func voteBoth(t *testing.T, net *served, s *signer) {
	t.Helper()
	vote, salt := chain.Weights{UIDs: []uint16{1}, Values: []uint16{9}}, []uint16{7}
	lengths, uid := vote, vote
	lengths.Values, uid.UIDs = []uint16{9, 9}, []uint16{77}
	commit := func(w chain.Weights) extrinsic.Call {
		return extrinsic.CommitWeights{Netuid: 1, Hash: chain.CommitHash(s.key.Hotkey(), 1, w, salt)}
	}
	reveal := func(w chain.Weights) extrinsic.Call {
		return extrinsic.RevealWeights{Netuid: 1, UIDs: w.UIDs, Values: w.Values, Salt: salt}
	}
	s.isRefused("Custom error: 16", reveal(vote))
	net.send(key(0), net.account(key(0).Hotkey()).Nonce, 200_000, pack(t, chain.MethodCommitWeights, uint16(1), [32]byte(chain.CommitHash(key(0).Hotkey(), 1, vote, salt))))
	s.lands(net, commit(lengths))
	if n := len(s.extrinsics()); n != 2 {
		t.Errorf("block %d holds %d transactions, want one of each kind", net.Head().Number, n)
	}
	s.isRefused("Custom error: 6", commit(uid))
	net.step(1)
	s.lands(net, commit(uid))
	net.step(1)
	s.lands(net, commit(vote))
	s.isRefused("Custom error: 17", reveal(vote))
	// Block 20 has the epoch before its transactions, so that it takes a reveal.
	net.step(int(19 - net.Head().Number))
	s.isRefused("Custom error: 18", reveal(lengths))
	s.isRefused("Custom error: 19", reveal(uid))
	net.send(key(0), net.account(key(0).Hotkey()).Nonce, 200_000, pack(t, chain.MethodRevealWeights, uint16(1), vote.UIDs, vote.Values, salt, uint64(0)))
	s.lands(net, reveal(vote))
	for _, uid := range []uint16{0, 2} {
		if row := newState(net.tip().state).weights(uid); len(row) != 1 || row[0].Column != 1 {
			t.Errorf("row of uid %d: %v", uid, row)
		}
	}
	net.step(int(30 - net.Head().Number))
}
