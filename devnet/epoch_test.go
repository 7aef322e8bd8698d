package devnet

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/assaynet/assay/yuma"
)

const referenceDir = "../../shared/reference/chain/vectors"

func TestSchedule(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(referenceDir, "epoch.json"))
	if err != nil {
		t.Skipf("the reference vectors are not here: %v", err)
	}
	var file struct {
		Cases []struct {
			Tempo     uint16
			PendingAt uint64 `json:"pending_epoch_at"`
			SinceStep uint64 `json:"blocks_since_last_step"`
			Last      uint64 `json:"last_epoch_block"`
			Block     uint64
			Due       bool    `json:"should_run"`
			Next      *uint64 `json:"next_epoch_start"`
		}
	}
	if err := json.Unmarshal(raw, &file); err != nil || len(file.Cases) == 0 {
		t.Fatalf("%d cases, %v", len(file.Cases), err)
	}
	for _, tc := range file.Cases {
		k := clock{tempo: tc.Tempo, pendingAt: tc.PendingAt, sinceStep: tc.SinceStep, last: tc.Last}
		next, ok := k.next()
		if k.due(tc.Block) != tc.Due || ok != (tc.Next != nil) || ok && next != *tc.Next {
			t.Errorf("%+v: due %v, next %d %v", tc, k.due(tc.Block), next, ok)
		}
	}
}

// TestEpochEqualsYuma follows two epochs of five neurons with an input that the
// test writes down itself.
func TestEpochEqualsYuma(t *testing.T) {
	g := smallGenesis(3, 3)
	g.Neurons = append(g.Neurons, GenesisNeuron{Hotkey: key(8).Hotkey()}, GenesisNeuron{Hotkey: key(9).Hotkey()})
	net := open(t, t.TempDir(), g)
	c := net.dial(nil)
	votes := [][]uint16{{30, 10}, {20, 20}, {1, 65535}}
	for i, values := range votes {
		net.send(key(i), 0, 3_200_000, voteCall(t, 1, []uint16{3, 4}, values, 0))
	}
	net.step(9)

	in := yuma.Defaults()
	in.N, in.Tempo, in.CommitRevealEnabled = 5, 10, false
	in.LastUpdate, in.BlockAtRegistration = []uint64{1, 1, 1, 0, 0}, make([]uint64, 5)
	in.AlphaStake = []uint64{1000e9, 1001e9, 1002e9, 0, 0}
	in.ValidatorPermits = []bool{true, true, true, false, false}
	for _, values := range votes {
		up := yuma.MaxUpscale(values)
		in.Weights = append(in.Weights, yuma.Row{{Column: 3, Value: up[0]}, {Column: 4, Value: up[1]}})
	}
	in.Weights, in.Bonds = append(in.Weights, nil, nil), make([]yuma.Row, 5)
	in.Emission = 10 * g.EmissionPerBlock
	for epoch := range uint64(2) {
		in.Block, in.LastMechanismStepBlock = 10*(epoch+1), 10*epoch
		want, err := yuma.Epoch(&in)
		if err != nil {
			t.Fatal(err)
		}
		head := net.step(1)
		if head.Number != in.Block {
			t.Fatalf("at block %d, want %d", head.Number, in.Block)
		}
		m, err := c.Metagraph(t.Context(), head)
		if err != nil {
			t.Fatal(err)
		}
		st := newState(net.tip().state)
		var paid uint64
		for uid, n := range m.Neurons {
			if n.Consensus != want.Consensus[uid] || n.Incentive != want.Incentive[uid] || n.Dividends != want.Dividends[uid] ||
				n.ValidatorTrust != want.ValidatorTrust[uid] || n.Emission != want.Emission[uid] ||
				n.ValidatorPermit != want.NewValidatorPermits[uid] || n.Active != want.Active[uid] {
				t.Errorf("epoch %d: neuron %+v differs from %+v", epoch, n, want)
			}
			if !slices.Equal(st.bonds(uint16(uid)), want.Bonds[uid]) {
				t.Errorf("epoch %d: bonds of %d = %v, want %v", epoch, uid, st.bonds(uint16(uid)), want.Bonds[uid])
			}
			paid += n.Stake - in.AlphaStake[uid]
			if uid >= 3 && n.Stake-in.AlphaStake[uid] != want.ServerEmission[uid] {
				t.Errorf("epoch %d: server %d got %d, want %d", epoch, uid, n.Stake-in.AlphaStake[uid], want.ServerEmission[uid])
			}
			in.AlphaStake[uid] = n.Stake
		}
		if paid > in.Emission || in.Emission-paid > 100 {
			t.Errorf("epoch %d paid %d of %d", epoch, paid, in.Emission)
		}
		in.Bonds, in.ValidatorPermits = want.Bonds, want.NewValidatorPermits
		clock, err := c.Epoch(t.Context(), head)
		if err != nil || clock.Index != epoch+1 || clock.Last != in.Block || clock.Next != in.Block+10 {
			t.Errorf("epoch %d: clock %+v, %v", epoch, clock, err)
		}
		if epoch == 0 {
			net.step(9)
		}
	}
}

// The shares of an epoch without votes go to validators by stake, and with them
// the part that no server earned.
func TestEpochWithoutVotes(t *testing.T) {
	g := smallGenesis(2, 0)
	g.Neurons[0].AlphaStake, g.Neurons[1].AlphaStake = 3e9, 1e9
	net := open(t, t.TempDir(), g)
	net.step(10)
	st := newState(net.tip().state)
	all := 10 * g.EmissionPerBlock
	first, second := st.alpha(key(0).Hotkey())-3e9, st.alpha(key(1).Hotkey())-1e9
	if first != all/4*3 || second != all/4 {
		t.Errorf("paid %d and %d of %d", first, second, all)
	}
}

func TestOwner(t *testing.T) {
	g := smallGenesis(2, 2)
	g.Owner, g.OwnerCut = key(1).Hotkey(), 6554 // a tenth
	g.Neurons[1].AlphaStake, g.Neurons[1].ValidatorPermit = 0, false
	net := open(t, t.TempDir(), g)
	net.send(key(0), 0, 3_200_000, voteCall(t, 1, []uint16{1}, []uint16{1}, 0))
	net.step(10)
	st := newState(net.tip().state)
	cut := 10 * (g.EmissionPerBlock * 6554 / 65535)
	if got := st.alpha(g.Owner); got != cut {
		t.Errorf("owner has %d, want its cut %d and nothing for serving", got, cut)
	}
	if !st.neuron(1).Permit || st.neuron(1).Incentive != 65535 {
		t.Errorf("owner = %+v", st.neuron(1))
	}
}
