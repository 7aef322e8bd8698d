package devnet

import (
	"testing"

	"github.com/ethereum/go-ethereum/core/types"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/chain/scale"
)

func fuzzChain(f *testing.F) *Chain {
	f.Helper()
	c, err := Open(f.TempDir(), smallGenesis(3, 4), nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { c.Close() })
	return c
}

// Whatever a contract call carries, it ends, keeps the records sound and never
// makes money.
func FuzzContract(f *testing.F) {
	c := fuzzChain(f)
	f.Add(voteCall(f, 1, []uint16{1, 2}, []uint16{1, 2}, 0))
	f.Add(pack(f, "burnedRegister", uint16(1), [32]byte(key(3).Hotkey())))
	f.Add(pack(f, "revealWeights", uint16(1), []uint16{1}, []uint16{1}, []uint16{1}, uint64(0)))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, from := range []int{0, 3} {
			st := newState(c.tip().state)
			before := st.account(key(from).Hotkey()).Balance
			out := c.run(st, message{from: key(from).Address(), to: chain.NeuronAddress(), data: data, gas: BlockGasLimit})
			if st.err != nil || out.charged > BlockGasLimit || st.account(key(from).Hotkey()).Balance > before {
				t.Errorf("%x: %+v, %v", data, out, st.err)
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
	f.Fuzz(func(t *testing.T, which uint8, args []byte) {
		method := []string{
			"SubnetInfoRuntimeApi_get_selective_metagraph", "SubnetInfoRuntimeApi_get_subnet_hyperparams_v3",
			"SubnetInfoRuntimeApi_get_next_epoch_start_block", "Nothing_of_the_kind",
		}[which%4]
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
