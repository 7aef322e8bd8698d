package simulate

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"math/big"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/chain/scale"
	"github.com/assaynet/assay/devnet"
	"github.com/assaynet/assay/protocol"
)

// twin is a devnet that does the same as a simulated chain, by signed transactions.
type twin struct {
	t      *testing.T
	net    *devnet.Chain
	rpc    *rpc.Client
	sim    *Chain
	keys   []*protocol.Key
	nonces map[protocol.Hotkey]uint64
	now    time.Time
	sent   []sentTx // for the next block
	open   []sealed
	salt   uint16
}

type sentTx struct {
	hash common.Hash
	what string
	ok   bool // what the simulated chain said
}

// sealed is a vote that the devnet knows the hash of.
type sealed struct {
	key   *protocol.Key
	w     chain.Weights
	salt  []uint16
	epoch uint64
}

const (
	twinKeys       = 40
	twinNeurons    = 8 // from the start, of which 4 have stake
	twinValidators = 4
)

func newTwin(t *testing.T, cfg ChainConfig) *twin {
	t.Helper()
	g := devnet.DefaultGenesis()
	g.TimeMillis, g.Tempo, g.MaxUIDs, g.MaxValidators = 1_700_000_000_000, cfg.Tempo, cfg.MaxUIDs, cfg.MaxValidators
	g.ImmunityPeriod, g.MinAllowedWeights, g.WeightsRateLimit = uint16(cfg.ImmunityPeriod), cfg.MinAllowedWeights, cfg.WeightsRateLimit
	g.StakeThreshold, g.CommitReveal, g.CommitRevealPeriod = cfg.StakeThreshold, cfg.CommitReveal, cfg.RevealPeriod
	g.Kappa, g.BondsPenalty, g.BondsMovingAverage, g.Yuma3 = cfg.Kappa, cfg.BondsPenalty, cfg.BondsMovingAverage, cfg.Yuma3
	g.LiquidAlpha, g.ActivityCutoffFactor = cfg.LiquidAlpha, cfg.ActivityCutoffFactor
	g.Burn, g.MinBurn, g.MaxBurn, g.BurnHalfLife, g.BurnIncreasePercent = cfg.Burn, cfg.MinBurn, cfg.MaxBurn, cfg.BurnHalfLife, cfg.BurnIncreasePercent
	g.EmissionPerBlock = cfg.Emission / uint64(cfg.Tempo)
	w := &twin{t: t, sim: NewChain(cfg), nonces: map[protocol.Hotkey]uint64{}, now: time.UnixMilli(int64(g.TimeMillis))}
	g.Balances = map[protocol.Hotkey]uint64{}
	for i := range twinKeys {
		k := protocol.DeriveKey(fmt.Appendf(nil, "twin %d", i))
		w.keys = append(w.keys, k)
		g.Balances[k.Hotkey()] = 1e15
	}
	for i, k := range w.keys[:twinNeurons] {
		var stake uint64
		if i < twinValidators {
			stake = uint64(1000+300*i) * 1e9
		}
		g.Neurons = append(g.Neurons, devnet.GenesisNeuron{Hotkey: k.Hotkey(), AlphaStake: stake, ValidatorPermit: stake > 0})
		if _, _, err := w.sim.Register(k.Hotkey(), stake, 0); err != nil {
			t.Fatal(err)
		}
	}
	w.sim.burn = cfg.Burn // a genesis costs nothing
	w.serve(g)
	return w
}

func (w *twin) serve(g devnet.Genesis) {
	net1, err := devnet.Open(w.t.TempDir(), g, slog.New(slog.DiscardHandler))
	if err != nil {
		w.t.Fatal(err)
	}
	w.net = net1
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- net1.Serve(ctx, l) }()
	if w.rpc, err = rpc.Dial("http://" + l.Addr().String()); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		w.rpc.Close()
		cancel()
		if err := <-done; err != nil {
			w.t.Error(err)
		}
		if err := net1.Close(); err != nil {
			w.t.Error(err)
		}
	})
}

// send signs a call of the neuron precompile for the next block; ok is what the simulated
// chain said of it.
func (w *twin) send(k *protocol.Key, ok bool, method string, args ...any) {
	w.t.Helper()
	a, err := chain.NeuronABI()
	if err != nil {
		w.t.Fatal(err)
	}
	data, err := a.Pack(method, args...)
	if err != nil {
		w.t.Fatal(err)
	}
	to, gas := chain.NeuronAddress(), uint64(400_000)
	if method == chain.MethodSetWeights {
		gas = 3_300_000
	}
	tx := types.MustSignNewTx(k.ECDSA(), types.LatestSignerForChainID(big.NewInt(42)), &types.DynamicFeeTx{
		ChainID: big.NewInt(42), Nonce: w.nonces[k.Hotkey()], Gas: gas,
		GasFeeCap: big.NewInt(devnet.BaseFee), GasTipCap: new(big.Int), To: &to, Data: data,
	})
	raw, err := tx.MarshalBinary()
	if err != nil {
		w.t.Fatal(err)
	}
	var hash common.Hash
	if err := w.rpc.CallContext(w.t.Context(), &hash, "eth_sendRawTransaction", hexutil.Bytes(raw)); err != nil {
		w.t.Fatalf("%s: %v", method, err)
	}
	w.nonces[k.Hotkey()]++
	w.sent = append(w.sent, sentTx{hash, method, ok})
}

// step makes the next block of the devnet and compares which of its calls worked.
func (w *twin) step() {
	w.t.Helper()
	w.now = w.now.Add(time.Second)
	head, err := w.net.Step(w.now)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, s := range w.sent {
		var receipt *types.Receipt
		if err := w.rpc.CallContext(w.t.Context(), &receipt, "eth_getTransactionReceipt", s.hash); err != nil || receipt == nil {
			w.t.Fatalf("block %d: receipt of %s: %v, %v", head.Number, s.what, receipt, err)
		}
		if (receipt.Status == types.ReceiptStatusSuccessful) != s.ok {
			w.t.Fatalf("block %d: %s has status %d, the simulated chain says %t", head.Number, s.what, receipt.Status, s.ok)
		}
	}
	w.sent = w.sent[:0]
}

// vote casts one by both.
func (w *twin) vote(k *protocol.Key, uids, weights []uint16, block uint64) {
	w.t.Helper()
	err := w.sim.Vote(k.Hotkey(), uids, weights, block)
	v := chain.Weights{UIDs: uids, Values: weights}
	if !w.sim.cfg.CommitReveal {
		w.send(k, err == nil, chain.MethodSetWeights, uint16(1), uids, weights, uint64(0))
		return
	}
	w.salt++
	salt := []uint16{w.salt}
	w.send(k, err == nil, chain.MethodCommitWeights, uint16(1), [32]byte(chain.CommitHash(k.Hotkey(), 1, v, salt)))
	if err == nil {
		w.open = append(w.open, sealed{k, v, salt, w.sim.index})
	}
}

// epoch runs one in a block, where validators reveal what is due by then.
func (w *twin) epoch(block uint64) *Epoch {
	w.t.Helper()
	e, err := w.sim.Epoch(block)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, n := range w.sim.Neurons() {
		at := -1
		for i, s := range w.open {
			if s.key.Hotkey() == n.Hotkey && s.epoch+w.sim.cfg.RevealPeriod == w.sim.index {
				at = i
			}
		}
		if at >= 0 {
			s := w.open[at]
			fell := slices.ContainsFunc(e.Refused, func(r Refused) bool { return r.Validator == n.Hotkey })
			w.send(s.key, !fell, chain.MethodRevealWeights, uint16(1), s.w.UIDs, s.w.Values, s.salt, uint64(0))
		}
	}
	return e
}

// register registers a key by both; what it held before it was replaced is its stake.
func (w *twin) register(k *protocol.Key, held map[protocol.Hotkey]uint64, block uint64) (replaced bool) {
	w.t.Helper()
	stakes := map[protocol.Hotkey]uint64{}
	for _, n := range w.sim.Neurons() {
		stakes[n.Hotkey] = n.Stake
	}
	_, gone, err := w.sim.Register(k.Hotkey(), held[k.Hotkey()], block)
	if !gone.IsZero() {
		held[gone] = stakes[gone]
	}
	w.send(k, err == nil, chain.MethodRegister, uint16(1), [32]byte(k.Hotkey()))
	return !gone.IsZero()
}

func (w *twin) read(method string, args ...any) []byte {
	w.t.Helper()
	var out hexutil.Bytes
	if err := w.rpc.CallContext(w.t.Context(), &out, method, args...); err != nil {
		w.t.Fatal(err)
	}
	return out
}

// compare holds all that the devnet shows of its neurons, and the price of a registration,
// against the simulated chain.
func (w *twin) compare(block uint64, e *Epoch) {
	w.t.Helper()
	list, err := chain.DecodeNeurons(w.read("state_call", "NeuronInfoRuntimeApi_get_neurons", hexutil.Bytes(scale.AppendU16(nil, 1))), chain.FullNeuron)
	if err != nil {
		w.t.Fatal(err)
	}
	ours := w.sim.Neurons()
	if len(list) != len(ours) {
		w.t.Fatalf("block %d: %d neurons, the devnet has %d", block, len(ours), len(list))
	}
	for i, n := range list {
		our := ours[i]
		theirs := Neuron{UID: n.UID, Hotkey: n.Hotkey, Stake: n.Stake[0].Amount, Permit: n.Permit, LastUpdate: n.LastUpdate, RegisteredAt: our.RegisteredAt}
		if our != theirs {
			w.t.Fatalf("block %d: %+v, the devnet has %+v", block, our, theirs)
		}
		if !slices.Equal(w.sim.in.Weights[i], n.Weights) || !slices.Equal(w.sim.in.Bonds[i], n.Bonds) || w.sim.emission[i] != n.Emission {
			w.t.Fatalf("block %d, uid %d: rows or emission differ:\n%v\n%v\n%v\n%v", block, i, w.sim.in.Weights[i], n.Weights, w.sim.in.Bonds[i], n.Bonds)
		}
		if e == nil {
			continue
		}
		for _, v := range []struct {
			what   string
			ours   float64
			theirs uint16
		}{
			{"incentive", e.Incentive[i], n.Incentive}, {"dividends", e.Dividends[i], n.Dividends},
			{"consensus", e.Consensus[i], n.Consensus}, {"vtrust", e.VTrust[i], n.ValidatorTrust},
		} {
			if got := uint16(min(math.MaxUint16, uint64(v.ours*(1<<32))*math.MaxUint16>>32)); got != v.theirs {
				w.t.Fatalf("block %d, uid %d: %s is %d, on the devnet %d", block, i, v.what, got, v.theirs)
			}
		}
	}
	burn := w.read("state_getStorage", hexutil.Bytes(chain.StorageKey(chain.Pallet, "Burn", scale.AppendU16(nil, 1))))
	if got, want := w.sim.Price(block), scale.NewDecoder(burn).U64(); got != want {
		w.t.Fatalf("block %d: a registration costs %d, on the devnet %d", block, got, want)
	}
}
