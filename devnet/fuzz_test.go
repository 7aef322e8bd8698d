package devnet

import (
	"maps"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/core/types"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/chain/scale"
)

// fuzzGenesis has an owner, commit-reveal and a key that is not registered.
func fuzzGenesis() Genesis {
	g := busyGenesis()
	g.Balances[key(3).Hotkey()] = testBalance
	return g
}

func fuzzChain(f *testing.F) *Chain {
	f.Helper()
	c, err := Open(f.TempDir(), fuzzGenesis(), nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { c.Close() })
	return c
}

// wealth is all the rao there are, in balances and in stakes.
func wealth(st *state, under snapshot) (sum uint64) {
	for key, v := range under.with(st.changed) {
		kind, _, _ := strings.Cut(key, "/")
		switch s := newState(snapshot{key: v}); kind {
		case keyAccount:
			acc, _ := load[accountRecord](s, key)
			sum += acc.Balance
		case alphaPot().total, taoPot().total:
			stake, _ := load[uint64](s, key)
			sum += stake
		}
	}
	return sum
}

// Whatever a call of a precompile carries, it ends, keeps the records sound and
// never makes money.
func FuzzContract(f *testing.F) {
	c := fuzzChain(f)
	numbers := []uint16{0x804, 0x800, 0x803, 0x805}
	add := func(which uint8, method string, args ...any) {
		data, err := packTo(numbers[which], method, args...)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(which, uint16(9), data)
	}
	hotkey, one := [32]byte(key(0).Hotkey()), big.NewInt(1)
	add(0, "setWeights", uint16(1), []uint16{1, 2}, []uint16{1, 2}, uint64(0))
	add(0, "burnedRegister", uint16(1), [32]byte(key(3).Hotkey()))
	add(0, "registerLimit", uint16(1), [32]byte(key(3).Hotkey()), uint64(1<<40))
	add(0, "commitWeights", uint16(1), hotkey)
	add(0, "revealWeights", uint16(1), []uint16{1}, []uint16{1}, []uint16{1}, uint64(0))
	add(0, "servePrometheus", uint16(1), uint32(1), one, uint16(9), uint8(4))
	add(0, "serveAxonTls", uint16(1), uint32(1), one, uint16(9), uint8(4), uint8(4), uint8(0), uint8(0), []byte{1, 2})
	add(1, "transfer", hotkey)
	add(2, "setAlphaValues", uint16(1), uint16(2000), uint16(3000))
	add(2, "setAlphaSigmoidSteepness", uint16(1), uint16(40_000))
	add(3, "addStake", hotkey, big.NewInt(minStake), one)
	add(3, "removeStake", hotkey, big.NewInt(minStake), one)
	add(3, "removeStakeFull", hotkey, new(big.Int))
	add(3, "getStake", hotkey, hotkey, one)
	f.Add(uint8(0), uint16(0), []byte{})
	under := c.tip().state
	before := wealth(newState(under), under)
	f.Fuzz(func(t *testing.T, which uint8, value uint16, data []byte) {
		for _, from := range []int{0, 2, 3} {
			st := newState(under)
			out := c.run(st, message{
				from: key(from).Address(), to: at(numbers[which%4]), value: uint64(value), data: data, gas: BlockGasLimit,
			})
			if st.err != nil || out.charged > BlockGasLimit || wealth(st, under) > before {
				t.Errorf("%x: %+v, %v, wealth %d of %d", data, out, st.err, wealth(st, under), before)
			}
			if out.err != nil && len(st.changed) > 0 {
				t.Errorf("%x failed and changed %v", data, st.keys())
			}
		}
	})
}

func FuzzRuntimeCall(f *testing.F) {
	c := fuzzChain(f)
	f.Add(uint8(0), scale.AppendVector([]byte{1, 0}, []uint16{7, 52, 73, 900}, scale.AppendU16))
	f.Add(uint8(1), []byte{1, 0})
	f.Add(uint8(2), []byte{9, 0})
	f.Add(uint8(1), []byte{9})
	names := append(slices.Sorted(maps.Keys(c.methods)), "Nothing_of_the_kind")
	f.Fuzz(func(t *testing.T, which uint8, args []byte) {
		method := names[int(which)%len(names)]
		st := newState(c.tip().state)
		out, err := c.runtimeCall(st, method, args)
		if st.err != nil || (err == nil) == (len(out) == 0) {
			t.Errorf("%s(%x) = %x, %v, %v", method, args, out, err, st.err)
		}
	})
}

func FuzzStorageKey(f *testing.F) {
	c := fuzzChain(f)
	hotkey := key(0).Hotkey()
	f.Add(chain.StorageKey(chain.Pallet, "Uids", []byte{1, 0}, chain.KeyBlake2(hotkey[:])))
	f.Add(chain.StorageKey(chain.Pallet, "Weights", []byte{1, 0, 2, 0}))
	f.Add(chain.StorageKey("Timestamp", "Now"))
	f.Add(chain.StorageKey(chain.Pallet, "WeightCommits", chain.KeyTwox64([]byte{1, 0}), chain.KeyTwox64(hotkey[:])))
	f.Add(chain.StorageKey(chain.Pallet, "RevealPeriodEpochs", chain.KeyTwox64([]byte{1, 0})))
	f.Add(chain.StorageKey(chain.Pallet, "Prometheus", []byte{1, 0}, chain.KeyBlake2(hotkey[:])))
	f.Fuzz(func(t *testing.T, raw []byte) {
		st := newState(c.tip().state)
		c.readStorage(st, raw)
		if st.err != nil || len(st.changed) > 0 {
			t.Errorf("reading %x: %v, changed %v", raw, st.err, st.keys())
		}
	})
}

func FuzzRawTransaction(f *testing.F) {
	c := fuzzChain(f)
	to := chain.NeuronAddress()
	raw, err := types.MustSignNewTx(key(0).ECDSA(), c.signer, &types.LegacyTx{To: &to, Gas: 30000}).MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte{2, 0xc0})
	f.Fuzz(func(t *testing.T, raw []byte) {
		tx := new(types.Transaction)
		if tx.UnmarshalBinary(raw) != nil {
			return
		}
		if p, err := c.check(newState(c.tip().state), tx); err == nil && p.account.IsZero() {
			t.Error("a transaction without a sender passes")
		}
	})
}
