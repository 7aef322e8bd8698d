package devnet

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ethereum/go-ethereum/common/hexutil"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/chain/scale"
)

func TestWantsAnswer(t *testing.T) {
	for frame, want := range map[string]bool{
		`{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber"}`:             true,
		`{"jsonrpc":"2.0","id":null,"method":"eth_blockNumber"}`:          true,
		`{"jsonrpc":"2.0","method":"eth_blockNumber"}`:                    false,
		`{"jsonrpc":"2.0","id":1,"result":"0x1"}`:                         false,
		`[{"jsonrpc":"2.0","method":"a"},{"id":1,"method":"b"}]`:          true,
		`[{"jsonrpc":"2.0","method":"a"},{"jsonrpc":"2.0","method":"b"}]`: false,
		`[]`: true, `{}`: true, `1`: true, `no json`: true,
	} {
		if wantsAnswer([]byte(frame)) != want {
			t.Errorf("%s: %v, want %v", frame, !want, want)
		}
	}
}

// A socket that asks without waiting is read no further until it is answered.
func TestFlightIsBounded(t *testing.T) {
	for name, size := range map[string]int{"by calls": 10, "by bytes": maxFlightBytes / 3} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, done, taken := newFlight(), make(chan struct{}), 0
				go func() {
					for range maxFlightCalls + 1 {
						if f.take(size, done) != nil {
							return
						}
						taken++
					}
				}()
				synctest.Wait()
				most := min(maxFlightCalls, maxFlightBytes/size)
				if taken != most {
					t.Fatalf("%d frames are in flight, want %d", taken, most)
				}
				f.answered()
				synctest.Wait()
				if taken != most+1 {
					t.Errorf("%d frames after an answer, want %d", taken, most+1)
				}
				close(done)
			})
		})
	}
	synctest.Test(t, func(t *testing.T) {
		f := newFlight()
		began := time.Now()
		if err := errors.Join(f.take(maxFlightBytes, nil), f.take(1, nil)); !errors.Is(err, errFlight) || time.Since(began) != maxFlightWait {
			t.Errorf("%v after %s", err, time.Since(began))
		}
	})
}

func TestQueryIsBounded(t *testing.T) {
	net := open(t, t.TempDir(), smallGenesis(3, 3))
	key := hexutil.Bytes(chain.StorageKey(chain.Pallet, "LastUpdate", scale.AppendU16(nil, 1)))
	keys := make([]hexutil.Bytes, maxQueryKeys+1)
	for i := range keys {
		keys[i] = key
	}
	client := net.rpc(net.url)
	var out any
	if err := client.Call(&out, "state_queryStorageAt", keys[1:]); err != nil {
		t.Errorf("as many keys as are allowed: %v", err)
	}
	if err := client.Call(&out, "state_queryStorageAt", keys); err == nil {
		t.Error("one key more is answered")
	}
}
