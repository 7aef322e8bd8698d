package devnet

import (
	"testing"

	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/yuma"
)

func TestBurnPrice(t *testing.T) {
	g := smallGenesis(1, 1)
	g.Burn, g.MinBurn, g.MaxBurn, g.BurnHalfLife = 1_000_000, 100, 2_000_000, 8
	c, err := Open(t.TempDir(), g, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	st := newState(c.tip().state)
	if err := c.register(st, 1, key(0).Hotkey(), protocol.Hotkey{1}); err != nil {
		t.Fatal(err)
	}
	if got := st.subnet().Burn; got != 1_260_000 {
		t.Errorf("price after a registration = %d", got)
	}
	if err := c.register(st, 1, key(0).Hotkey(), protocol.Hotkey{2}); err != nil {
		t.Fatal(err)
	}
	if got := st.account(key(0).Hotkey()).Balance; got != testBalance-1_000_000-1_260_000 {
		t.Errorf("balance = %d", got)
	}
	for range 3 {
		if err := c.register(st, 1, key(0).Hotkey(), protocol.Hotkey{byte(3 + st.subnet().N)}); err != nil {
			t.Fatal(err)
		}
	}
	if got := st.subnet().Burn; got != g.MaxBurn {
		t.Errorf("price is not capped: %d", got)
	}
	for range 8 {
		st.putHead(headRecord{Number: st.head().Number + 2})
		c.decayBurn(st)
	}
	if got := st.subnet().Burn; got < 999_990 || got > 1_000_000 {
		t.Errorf("price after a half-life = %d, want about %d", got, g.MaxBurn/2)
	}
	for range 400 {
		c.decayBurn(st)
	}
	if got := st.subnet().Burn; got != g.MinBurn {
		t.Errorf("price has no floor: %d", got)
	}
	if st.err != nil {
		t.Error(st.err)
	}
}

// The uid of the poorest neuron past its immunity is given away; votes for it
// become explicit zeros and its own rows go.
func TestReplacement(t *testing.T) {
	g := smallGenesis(0, 1)
	g.MaxUIDs, g.ImmunityPeriod = 14, 5
	for i := range 13 {
		g.Neurons = append(g.Neurons, GenesisNeuron{Hotkey: protocol.Hotkey{byte(i + 1)}})
	}
	g.Owner = g.Neurons[1].Hotkey
	c, err := Open(t.TempDir(), g, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	st := newState(c.tip().state)
	st.putHead(headRecord{Number: 10})
	for uid := range uint16(13) {
		n := st.neuron(uid)
		n.Emission = 100 + uint64(uid)
		if uid <= 3 {
			n.Emission = 7 // the owner at 1 is protected; 0, 2 and 3 are alike but for the block
			n.RegisteredAt = uint64(4 - uid)
		}
		st.putNeuron(uid, n)
	}
	st.putWeights(5, yuma.Row{{Column: 3, Value: 9}, {Column: 2, Value: 65535}})
	st.putWeights(3, yuma.Row{{Column: 1, Value: 65535}})
	st.putBonds(3, yuma.Row{{Column: 1, Value: 4}})
	st.putBonds(5, yuma.Row{{Column: 3, Value: 8}})

	coldkey := key(0).Hotkey()
	if err := c.register(st, 1, coldkey, protocol.Hotkey{0xa0}); err != nil {
		t.Fatal(err)
	}
	if uid, ok := st.uid(protocol.Hotkey{0xa0}); !ok || uid != 13 {
		t.Fatalf("the free uid is not used first: %d, %v", uid, ok)
	}
	old := st.neuron(3).Hotkey
	if err := c.register(st, 1, coldkey, protocol.Hotkey{0xa1}); err != nil {
		t.Fatal(err)
	}
	if uid, ok := st.uid(protocol.Hotkey{0xa1}); !ok || uid != 3 {
		t.Fatalf("replaced uid %d, want 3, registered first among the poorest", uid)
	}
	if _, ok := st.uid(old); ok {
		t.Error("the replaced hotkey is still registered")
	}
	if n := st.neuron(3); n.Emission != 0 || n.Permit || n.RegisteredAt != 10 || n.LastUpdate != 10 {
		t.Errorf("the new neuron = %+v", n)
	}
	if row := st.weights(5); len(row) != 2 || row[0] != (yuma.Cell{Column: 3}) || row[1].Value != 65535 {
		t.Errorf("votes for the uid = %v", row)
	}
	if len(st.weights(3)) != 0 || len(st.bonds(3)) != 0 || len(st.bonds(5)) != 1 {
		t.Error("rows of the uid stay, or bonds on it go")
	}
	// The pallet's order: the neuron comes back only under its own coldkey.
	if err := c.register(st, 1, coldkey, old); err != dispatchError("NonAssociatedColdKey") {
		t.Errorf("another coldkey takes a known hotkey: %v", err)
	}
	if st.err != nil {
		t.Error(st.err)
	}
}

func TestPayerKeepsItsAccount(t *testing.T) {
	g := smallGenesis(0, 1)
	g.Balances[key(0).Hotkey()] = g.Burn + existentialDeposit - 1
	c, err := Open(t.TempDir(), g, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	st := newState(c.tip().state)
	if err := c.register(st, 1, key(0).Hotkey(), key(0).Hotkey()); err != dispatchError("NotEnoughBalanceToStake") {
		t.Errorf("one rao short: %v", err)
	}
	st.putAccount(key(0).Hotkey(), accountRecord{Balance: g.Burn + existentialDeposit})
	if err := c.register(st, 1, key(0).Hotkey(), key(0).Hotkey()); err != nil {
		t.Errorf("just enough: %v", err)
	}
}
