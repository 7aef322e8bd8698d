package devnet

import (
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum"

	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/yuma"
)

func TestStakeOrder(t *testing.T) {
	g := smallGenesis(1, 3)
	c := mustOpen(t, t.TempDir(), g)
	defer c.Close()
	st, hotkey, coldkey := newState(c.tip().state), key(0).Hotkey(), key(1).Hotkey()
	before := st.total(alphaPot(), hotkey)
	for _, tc := range []struct {
		name   string
		hotkey protocol.Hotkey
		rao    uint64
		netuid uint16
	}{
		{"SubnetNotExists", protocol.Hotkey{9}, 1, 2},
		{"AmountTooLow", protocol.Hotkey{9}, minStake - 1, 1},
		{"NotEnoughBalanceToStake", protocol.Hotkey{9}, testBalance - existentialDeposit + 1, 1},
		{"HotKeyAccountNotExists", protocol.Hotkey{9}, minStake, 1},
		{"", hotkey, minStake, 1},
		{"", hotkey, 5 * minStake, 1},
		{"", hotkey, testBalance - 6*minStake - existentialDeposit, 0}, // all the rest, on root
	} {
		refused(t, "add", c.addStake(st, coldkey, tc.hotkey, tc.rao, tc.netuid), tc.name)
	}
	if got := st.part(alphaPot(), hotkey, coldkey); got != 6*minStake {
		t.Errorf("stake of the coldkey = %d", got)
	}
	if got := st.part(alphaPot(), hotkey, hotkey); got != before || st.total(alphaPot(), hotkey) != before+6*minStake {
		t.Errorf("stake of the owner = %d, was %d, of all %d", got, before, st.total(alphaPot(), hotkey))
	}
	if got := st.account(coldkey).Balance; got != existentialDeposit {
		t.Errorf("balance left = %d", got)
	}
	for _, tc := range []struct {
		name   string
		hotkey protocol.Hotkey
		rao    uint64
		netuid uint16
	}{
		{"SubnetNotExists", protocol.Hotkey{9}, 1, 2},
		{"HotKeyAccountNotExists", protocol.Hotkey{9}, 1 << 50, 1},
		{"NotEnoughStakeToWithdraw", hotkey, 6*minStake + 1, 1},
		{"AmountTooLow", hotkey, minStake - 1, 1},
		{"", hotkey, 2 * minStake, 1},
		{"", hotkey, 4 * minStake, 1},
		{"NotEnoughStakeToWithdraw", hotkey, minStake, 1},
		{"", hotkey, testBalance - 6*minStake - existentialDeposit, 0},
	} {
		refused(t, "remove", c.removeStake(st, coldkey, tc.hotkey, tc.rao, tc.netuid), tc.name)
	}
	if got := st.account(coldkey).Balance; got != testBalance || st.total(alphaPot(), hotkey) != before || len(st.others(alphaPot(), hotkey)) != 0 {
		t.Errorf("balance %d after all is back; %d on the hotkey, %v", got, st.total(alphaPot(), hotkey), st.others(alphaPot(), hotkey))
	}
	// The owner's own stake is what nobody else holds.
	refused(t, "owner", c.removeStake(st, hotkey, hotkey, before, 1), "")
	if st.total(alphaPot(), hotkey) != 0 || st.account(hotkey).Balance != testBalance+before {
		t.Error("the owner's stake is not its to take")
	}
	if st.err != nil {
		t.Error(st.err)
	}
}

func TestTooManyStakers(t *testing.T) {
	c := mustOpen(t, t.TempDir(), smallGenesis(1, 1))
	defer c.Close()
	st, hotkey := newState(c.tip().state), key(0).Hotkey()
	for i := range maxStakers + 1 {
		coldkey := protocol.Hotkey{byte(i), byte(i >> 8), 7}
		st.putAccount(coldkey, accountRecord{Balance: 2 * minStake})
		want := ""
		if i == maxStakers {
			want = "TooManyStakers"
		}
		refused(t, "stake", c.addStake(st, coldkey, hotkey, minStake, 1), want)
	}
}

// Dividends go to all who staked, in proportion; what is rounded away is the
// owner's.
func TestDividendsAreShared(t *testing.T) {
	c := mustOpen(t, t.TempDir(), smallGenesis(1, 1))
	defer c.Close()
	st, hotkey, a, b := newState(c.tip().state), key(0).Hotkey(), protocol.Hotkey{1}, protocol.Hotkey{2}
	st.putAlpha(hotkey, 10_000_000)
	for _, coldkey := range []protocol.Hotkey{a, b} {
		st.putAccount(coldkey, accountRecord{Balance: 1e9})
		refused(t, "stake", c.addStake(st, coldkey, hotkey, 5_000_000, 1), "")
	}
	st.reward(hotkey, 1_000_001)
	for coldkey, want := range map[protocol.Hotkey]uint64{a: 5_250_000, b: 5_250_000, hotkey: 10_500_001} {
		if got := st.part(alphaPot(), hotkey, coldkey); got != want {
			t.Errorf("%s has %d, want %d", coldkey.Short(), got, want)
		}
	}
}

// Stake on the root subnet counts with the tao weight: at the threshold, in the
// metagraph and in the epoch.
func TestTaoStake(t *testing.T) {
	g := smallGenesis(2, 3)
	g.Neurons[0].AlphaStake, g.Neurons[1].AlphaStake, g.StakeThreshold = 1e9, 1e9, 1_200_000_000
	net := open(t, t.TempDir(), g)
	hotkey := key(0).Hotkey()
	vote := func() error {
		return net.vote(newState(net.tip().state), 1, hotkey, weightsFor(1))
	}
	refused(t, "a vote", vote(), "NotEnoughStakeToSetWeights")
	if _, err := net.lay(key(2), 0x805, 400_000, "addStake", [32]byte(hotkey), big.NewInt(4_000_000_000), big.NewInt(0)); err != nil {
		t.Fatal(err)
	}
	net.step(1)
	refused(t, "a vote with tao", vote(), "")
	m, err := net.dial(nil).Metagraph(t.Context(), net.Head())
	if err != nil {
		t.Fatal(err)
	}
	st := newState(net.tip().state)
	in := net.epochInput(st, 1000, 0)
	out, err := yuma.Epoch(in)
	if err != nil {
		t.Fatal(err)
	}
	// A twentieth of 4 TAO, by the weight of 971718665099567868/(2^64-1).
	if got := net.stakeWeight(st, hotkey); got != out.Stake[0] || got != 1_210_707_897 || out.Stake[1] != 1e9 {
		t.Errorf("stake %d and %v in the epoch", got, out.Stake)
	}
	if n := m.Neurons[0]; n.Stake != out.Stake[0] {
		t.Errorf("metagraph: %+v", n)
	}
}

func TestStakeCalls(t *testing.T) {
	net := open(t, t.TempDir(), smallGenesis(1, 3))
	hotkey, coldkey, to := key(0).Hotkey(), key(1).Hotkey(), at(0x805)
	ask := func(method string, args ...any) uint64 {
		data, err := packTo(0x805, method, args...)
		if err != nil {
			t.Fatal(err)
		}
		out, err := net.eth().CallContract(t.Context(), ethereum.CallMsg{From: key(1).Address(), To: &to, Data: data}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return new(big.Int).SetBytes(out).Uint64()
	}
	run := func(method string, args ...any) {
		t.Helper()
		hash, err := net.lay(key(1), 0x805, 400_000, method, args...)
		if err != nil {
			t.Fatal(err)
		}
		net.step(1)
		if err := net.landed(hash); err != nil {
			t.Error(method, err)
		}
	}
	h, c, one := [32]byte(hotkey), [32]byte(coldkey), big.NewInt(1)
	run("addStake", h, big.NewInt(7_000_000), one)
	if got := ask("getStake", h, c, one); got != 7_000_000 {
		t.Errorf("stake %d", got)
	}
	if got, all := ask("getTotalAlphaStaked", h, one), ask("getTotalHotkeyStake", h); got != 1000e9+7_000_000 || all != got {
		t.Errorf("total %d, on all subnets %d", got, all)
	}
	run("removeStake", h, big.NewInt(3_000_000), one)
	run("removeStakeFull", h, one)
	if got := ask("getStake", h, c, one) + ask("getStake", h, c, big.NewInt(9)) + ask("getTotalAlphaStaked", h, big.NewInt(9)); got != 0 {
		t.Errorf("%d is left", got)
	}
	huge := new(big.Int).Lsh(one, 70)
	data, err := packTo(0x805, "addStake", h, huge, one)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := net.eth().CallContract(t.Context(), ethereum.CallMsg{From: key(1).Address(), To: &to, Data: data}, nil); err == nil {
		t.Error("2^70 rao are staked")
	}
}
