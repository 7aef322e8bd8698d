package chain

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/assaynet/assay/chain/scale"
	"github.com/assaynet/assay/protocol"
)

// Without the coldkey's address a wallet fills in what is its own.
func TestUnsignedRegister(t *testing.T) {
	n := newNativeNode(t)
	c := n.dial(5 * time.Second)
	hotkey := protocol.Hotkey{1, 2}
	if _, err := c.UnsignedRegister(t.Context(), hotkey, 0, common.Address{}); !errors.Is(err, ErrNoSubnet) {
		t.Errorf("a subnet without a price: %v", err)
	}
	if _, err := c.UnsignedRegister(t.Context(), protocol.Hotkey{}, 0, common.Address{}); err == nil {
		t.Error("a registration of nobody")
	}
	n.mu.Lock()
	n.stored[string(subnetKey("Burn", testNetuid))] = scale.AppendU64(nil, 1_500_000_000)
	n.mu.Unlock()
	n.mine(1)
	if price, err := c.Burn(t.Context()); err != nil || price != 1_500_000_000 {
		t.Fatalf("price %d, %v", price, err)
	}
	id := strings.Repeat("0", 60) + "0007"
	account := "0102" + strings.Repeat("0", 60)
	for limit, want := range map[uint64][2]string{
		0:             {"4054ecca" + id + account, "0x07070700" + account},
		2_000_000_000: {"b72d8f89" + id + account + strings.Repeat("0", 56) + "77359400", "0x07860700" + account + "0094357700000000"},
	} {
		u, err := c.UnsignedRegister(t.Context(), hotkey, limit, common.Address{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := json.Marshal(u.Transaction)
		wanted := `{"chainId":"0x3c4","to":"0x0000000000000000000000000000000000000804","value":"0x0","data":"0x` + want[0] +
			`","gas":"0x2e630","maxFeePerGas":"0x9502f9000","maxPriorityFeePerGas":"0x0"}`
		if err != nil || string(got) != wanted {
			t.Errorf("transaction\n%s, want\n%s, %v", got, wanted, err)
		}
		if u.Call.String() != want[1] || u.Limit != limit || u.PriceTAO != "1.500000000" || u.Coldkey != nil {
			t.Errorf("limit %d: %+v", limit, u)
		}
	}
	if len(n.submitted()) != 0 {
		t.Error("something was signed")
	}
}

func TestTAO(t *testing.T) {
	for rao, want := range map[uint64]string{0: "0.000000000", 1: "0.000000001", 1e9: "1.000000000", 12_345_678_901: "12.345678901",
		1<<64 - 1: "18446744073.709551615"} {
		if got := TAO(rao); got != want {
			t.Errorf("%d rao are %s, want %s", rao, got, want)
		}
	}
}
