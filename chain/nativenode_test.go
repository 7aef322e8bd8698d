package chain

import (
	"bytes"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/assaynet/assay/chain/extrinsic"
	"github.com/assaynet/assay/chain/scale"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/yuma"
)

const (
	testNetuid = 7
	testSpec   = 425
)

// nativeNode stands in for the native half of a node: it decodes and verifies what
// is submitted, and stores the effect of the calls that a neuron makes.
type nativeNode struct {
	t *testing.T

	mu     sync.Mutex
	blocks [][]string // extrinsics by number; every block is final
	pool   []extrinsic.Extrinsic
	raws   []string // of the pool
	seen   []string // everything submitted, refused or not
	nonces map[protocol.Hotkey]uint32
	stored map[string][]byte

	auto    bool                       // a block for each extrinsic
	idle    bool                       // calls are included and do nothing
	cuts    int                        // so many submissions are cut off unread
	forked  bool                       // numbers name blocks of a fork
	lying   bool                       // and it calls the fork final
	strayed int                        // how many blocks of the fork were read
	refusal func(extrinsic.Call) error // the pool's, nil for none
}

type poolError struct {
	code int
	data string
}

func (e poolError) Error() string  { return "Invalid Transaction" }
func (e poolError) ErrorCode() int { return e.code }
func (e poolError) ErrorData() any { return e.data }

func newNativeNode(t *testing.T) *nativeNode {
	n := &nativeNode{t: t, nonces: map[protocol.Hotkey]uint32{}, stored: map[string][]byte{}}
	n.mine(5)
	return n
}

// serve gives the node an endpoint. Several share the chain and the pool.
func (n *nativeNode) serve() *httptest.Server {
	n.t.Helper()
	s := rpc.NewServer()
	for name, api := range map[string]any{
		"chain": &nodeChain{n}, "state": &nodeState{n}, "system": &nodeSystem{n}, "author": &nodeAuthor{n}, "eth": &nodeEth{},
	} {
		if err := s.RegisterName(name, api); err != nil {
			n.t.Fatal(err)
		}
	}
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || n.cut(body) {
			panic(http.ErrAbortHandler)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		s.ServeHTTP(w, r)
	}))
	n.t.Cleanup(func() { h.Close(); s.Stop() })
	return h
}

// cut reports whether a request is to be cut off.
func (n *nativeNode) cut(body []byte) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.cuts == 0 || !bytes.Contains(body, []byte("author_submitExtrinsic")) {
		return false
	}
	n.cuts--
	return true
}

// mine makes blocks, the first of them with what is in the pool.
func (n *nativeNode) mine(count int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for range count {
		n.blocks = append(n.blocks, n.raws)
		for _, x := range n.pool {
			n.nonces[x.Account]++
			call, err := extrinsic.DecodeCall(x.Call)
			if err != nil {
				n.t.Error(err)
			} else if !n.idle {
				n.apply(x.Account, call)
			}
		}
		n.pool, n.raws = nil, nil
		for h, nonce := range n.nonces {
			n.stored[string(StorageKey("System", "Account", KeyBlake2(h[:])))] = append(scale.AppendU32(nil, nonce), make([]byte, 76)...)
		}
		n.stored[string(StorageKey("Timestamp", "Now"))] = scale.AppendU64(nil, uint64(len(n.blocks))*12_000)
	}
}

func (n *nativeNode) apply(who protocol.Hotkey, call extrinsic.Call) {
	block := uint64(len(n.blocks) - 1)
	id := scale.AppendU16(nil, testNetuid)
	commits := string(StorageKey(Pallet, "WeightCommits", KeyTwox64(id), KeyTwox64(who[:])))
	switch v := call.(type) {
	case extrinsic.BurnedRegister:
		n.stored[string(StorageKey(Pallet, "Uids", id, KeyBlake2(v.Hotkey[:])))] = scale.AppendU16(nil, 0)
	case extrinsic.RegisterLimit:
		n.stored[string(StorageKey(Pallet, "Uids", id, KeyBlake2(v.Hotkey[:])))] = scale.AppendU16(nil, 0)
	case extrinsic.ServeAxon:
		n.stored[string(StorageKey(Pallet, "Axons", id, KeyBlake2(who[:])))] = EncodeAxonInfo(AxonInfo{
			Block: block, Version: v.Version, IP: v.IP, Port: v.Port, IPType: v.IPType, Protocol: v.Protocol})
	case extrinsic.SetWeights:
		n.row(v.UIDs, v.Values)
		n.stored[string(subnetKey("LastUpdate", testNetuid))] = scale.AppendVector(nil, []uint64{block}, scale.AppendU64)
	case extrinsic.RevealWeights:
		n.row(v.UIDs, v.Values)
		delete(n.stored, commits)
	case extrinsic.CommitWeights:
		b := append(scale.AppendCompact(nil, 1), v.Hash[:]...)
		n.stored[commits] = scale.AppendU64(scale.AppendU64(scale.AppendU64(b, 3), block), 0)
	}
}

func (n *nativeNode) row(uids, values []uint16) {
	b := scale.AppendCompact(nil, uint64(len(uids)))
	for i, v := range yuma.MaxUpscale(values) {
		b = scale.AppendU16(scale.AppendU16(b, uids[i]), v)
	}
	n.stored[string(uidKey("Weights", testNetuid, 0))] = b
}

// take is a transaction of other software with the same key.
func (n *nativeNode) take(h protocol.Hotkey) {
	n.mu.Lock()
	n.nonces[h]++
	n.pool, n.raws = nil, nil
	n.mu.Unlock()
	n.mine(1)
}

// forget loses the pool.
func (n *nativeNode) forget() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.pool, n.raws = nil, nil
}

// submitted is everything that was submitted so far.
func (n *nativeNode) submitted() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.seen)
}

// waitSubmitted returns once so many were submitted.
func (n *nativeNode) waitSubmitted(count int) {
	n.t.Helper()
	n.wait(fmt.Sprintf("%d extrinsics submitted", count), func() bool { return len(n.seen) >= count })
}

// wait returns once something holds of the node.
func (n *nativeNode) wait(what string, holds func() bool) {
	n.t.Helper()
	tick, deadline := time.NewTicker(time.Millisecond), time.After(5*time.Second)
	defer tick.Stop()
	for {
		n.mu.Lock()
		done := holds()
		n.mu.Unlock()
		if done {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			n.t.Fatalf("waited in vain for %s", what)
		}
	}
}

// set changes how the node behaves.
func (n *nativeNode) set(change func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	change()
}

func numbered(number int) common.Hash {
	return common.Hash(item.Sum("block", []byte(fmt.Sprint(number))))
}

// forked is the block of a number on a fork that was never final.
func forked(number int) common.Hash {
	return common.Hash(item.Sum("fork", []byte(fmt.Sprint(number))))
}

func (n *nativeNode) find(h common.Hash) (number int, fork bool) {
	for i := range n.blocks {
		if numbered(i) == h || forked(i) == h {
			return i, forked(i) == h
		}
	}
	return -1, false
}

func (n *nativeNode) header(i int, h common.Hash) map[string]any {
	parent := numbered(i - 1)
	if h == forked(i) {
		parent = forked(i - 1)
	}
	return map[string]any{"number": hexutil.Uint64(i), "parentHash": parent}
}

type nodeEth struct{}

func (nodeEth) ChainId() hexutil.Uint64 { return 964 }

func (nodeEth) GasPrice() *hexutil.Big { return (*hexutil.Big)(big.NewInt(20e9)) }

type nodeChain struct{ n *nativeNode }

func (a *nodeChain) GetBlockHash(number hexutil.Uint64) *common.Hash {
	a.n.mu.Lock()
	defer a.n.mu.Unlock()
	if int(number) >= len(a.n.blocks) {
		return nil
	}
	h := numbered(int(number))
	if a.n.forked && number > 0 {
		h = forked(int(number))
	}
	return &h
}

func (a *nodeChain) GetFinalizedHead() common.Hash {
	a.n.mu.Lock()
	defer a.n.mu.Unlock()
	if a.n.lying {
		return forked(len(a.n.blocks) - 1)
	}
	return numbered(len(a.n.blocks) - 1)
}

func (a *nodeChain) GetHeader(h common.Hash) any {
	a.n.mu.Lock()
	defer a.n.mu.Unlock()
	i, _ := a.n.find(h)
	if i < 0 {
		return nil
	}
	return a.n.header(i, h)
}

func (a *nodeChain) GetBlock(h common.Hash) any {
	a.n.mu.Lock()
	defer a.n.mu.Unlock()
	i, fork := a.n.find(h)
	if i < 0 {
		return nil
	}
	extrinsics := a.n.blocks[i]
	if fork {
		extrinsics = nil
		a.n.strayed++
	}
	inherent := "0x280402000b" // one of the unsigned ones that begin every block
	return map[string]any{"block": map[string]any{
		"header": a.n.header(i, h), "extrinsics": append([]string{inherent}, extrinsics...),
	}, "justifications": nil}
}

type nodeState struct{ n *nativeNode }

func (a *nodeState) GetStorage(key hexutil.Bytes, _ common.Hash) *hexutil.Bytes {
	a.n.mu.Lock()
	defer a.n.mu.Unlock()
	if v, ok := a.n.stored[string(key)]; ok {
		return (*hexutil.Bytes)(&v)
	}
	return nil
}

func (a *nodeState) GetRuntimeVersion(common.Hash) any {
	return map[string]any{"specName": "node-subtensor", "specVersion": testSpec, "transactionVersion": 1, "apis": []any{}}
}

type nodeSystem struct{ n *nativeNode }

func (a *nodeSystem) AccountNextIndex(ss58 string) (uint32, error) {
	a.n.mu.Lock()
	defer a.n.mu.Unlock()
	h, err := protocol.ParseAccount(ss58)
	if err != nil {
		return 0, err
	}
	next := a.n.nonces[h]
	for _, x := range a.n.pool {
		if x.Account == h {
			next++
		}
	}
	return next, nil
}

type nodeAuthor struct{ n *nativeNode }

// SubmitExtrinsic checks all that a pool does: the form, the signature over the
// implicit parts, the nonce, and the guard that the test sets.
func (a *nodeAuthor) SubmitExtrinsic(raw hexutil.Bytes) (item.Hash, error) {
	hash, auto, err := a.n.submit(raw)
	if err == nil && auto {
		a.n.mine(1)
	}
	return hash, err
}

func (n *nativeNode) submit(raw []byte) (item.Hash, bool, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.seen = append(n.seen, hexutil.Encode(raw))
	x, err := extrinsic.Decode(raw)
	if err != nil {
		return item.Hash{}, false, err
	}
	birth := numbered(int(x.Era.Birth(uint64(len(n.blocks) - 1))))
	im := extrinsic.Implicit{SpecVersion: testSpec, TxVersion: 1, Genesis: item.Hash(numbered(0)), Birth: item.Hash(birth)}
	if x.Era.Immortal() || x.Verify(im) != nil {
		return item.Hash{}, false, poolError{codeInvalidTx, "Transaction has a bad signature"}
	}
	call, err := extrinsic.DecodeCall(x.Call)
	if err != nil {
		return item.Hash{}, false, err
	}
	if slices.Contains(n.raws, hexutil.Encode(raw)) {
		return item.Hash{}, false, poolError{codeAlreadyImported, "already imported"}
	}
	if x.Nonce < n.nonces[x.Account] {
		return item.Hash{}, false, poolError{codeInvalidTx, "Transaction is outdated"}
	}
	for _, p := range n.pool {
		if p.Account == x.Account && p.Nonce == x.Nonce {
			return item.Hash{}, false, poolError{codeLowPriority, "Priority is too low"}
		}
	}
	if n.refusal != nil {
		if err := n.refusal(call); err != nil {
			return item.Hash{}, false, err
		}
	}
	n.pool, n.raws = append(n.pool, x), append(n.raws, hexutil.Encode(raw))
	return extrinsic.Hash(raw), n.auto, nil
}
