package devnet

import (
	"errors"
	"math/big"
	"slices"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/core/types"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/yuma"
)

// sealed commits to a vote and returns the call that reveals it.
func (s *served) sealed(k *protocol.Key, nonce uint64, w chain.Weights) []byte {
	salt := []uint16{uint16(nonce), 2, 3}
	hash := chain.CommitHash(k.Hotkey(), 1, w, salt)
	s.send(k, nonce, 100_000, pack(s.t, chain.MethodCommitWeights, uint16(1), [32]byte(hash)))
	return pack(s.t, chain.MethodRevealWeights, uint16(1), w.UIDs, w.Values, salt, w.VersionKey)
}

// ends reports whether each transaction succeeded.
func (s *served) ends(txs ...*types.Transaction) (out []bool) {
	s.t.Helper()
	for _, tx := range txs {
		r, err := s.eth().TransactionReceipt(s.t.Context(), tx.Hash())
		if err != nil {
			s.t.Fatal(err)
		}
		out = append(out, r.Status == types.ReceiptStatusSuccessful)
	}
	return out
}

// The window is the whole of one epoch: with a tempo of ten a commit in blocks 1
// to 9 is revealed in blocks 10 to 19, in the first of which the epoch runs before
// the transactions.
func TestRevealWindow(t *testing.T) {
	net := open(t, t.TempDir(), commitGenesis(4, 4))
	var reveals [4][]byte
	for i := range reveals {
		reveals[i] = net.sealed(key(i), 0, weightsFor(0, 1))
	}
	net.step(1)
	to := func(block int) {
		if now := int(net.Head().Number); now < block {
			net.step(block - now)
		}
	}
	for _, tc := range []struct {
		by, block int
		nonce     uint64
		ok        bool
	}{
		{0, 9, 1, false}, {1, 10, 1, true}, {2, 19, 1, true}, {3, 20, 1, false},
	} {
		to(tc.block - 1)
		tx := net.send(key(tc.by), tc.nonce, 200_000, reveals[tc.by])
		net.step(1)
		st := newState(net.tip().state)
		if got := net.ends(tx)[0]; got != tc.ok || len(st.weights(uint16(tc.by))) > 0 != tc.ok {
			t.Errorf("a reveal in block %d: %v, want %v", tc.block, got, tc.ok)
		}
		if n := st.neuron(uint16(tc.by)); n.LastUpdate != 1 {
			t.Errorf("updated in block %d, want that of the commit", n.LastUpdate)
		}
	}
	// One made in the block of an epoch belongs to the epoch that begins there.
	to(29)
	reveal := net.sealed(key(0), 2, weightsFor(0))
	net.step(1)
	if held := newState(net.tip().state).commits(key(0).Hotkey()); len(held) != 1 || held[0].Epoch != 3 || held[0].Block != 30 {
		t.Errorf("commit in block 30: %+v", held) // and the one that expired is gone
	}
	to(38)
	tx := net.send(key(0), 3, 200_000, reveal)
	net.step(1)
	to(39)
	again := net.send(key(0), 4, 200_000, reveal)
	net.step(1)
	if got := net.ends(tx, again); got[0] || !got[1] {
		t.Errorf("reveals in blocks 39 and 40: %v", got)
	}
}

// Ten commits stay open; the eleventh has to wait until the first expires.
func TestTenCommits(t *testing.T) {
	net := open(t, t.TempDir(), commitGenesis(1, 1))
	var txs []*types.Transaction
	for i := range uint64(11) {
		txs = append(txs, net.send(key(0), i, 100_000, pack(t, chain.MethodCommitWeights, uint16(1), [32]byte{byte(i)})))
	}
	net.step(1)
	if got := net.ends(txs...); slices.Contains(got[:10], false) || got[10] {
		t.Errorf("commits: %v", got)
	}
	net.step(18)
	late := net.send(key(0), 11, 100_000, pack(t, chain.MethodCommitWeights, uint16(1), [32]byte{1}))
	if net.step(1).Number != 20 || !net.ends(late)[0] {
		t.Error("no room after the first ten have expired")
	}
	held, err := net.dial(key(0)).Commits(t.Context(), key(0).Hotkey())
	if err != nil || len(held) != 1 || held[0] != (chain.Commit{Hash: item.Hash{1}, Epoch: 2, Block: 20}) {
		t.Errorf("commits %+v, %v", held, err)
	}
}

// put signs a call and lays it into the pool of a chain that is not served.
func (c *Chain) put(t testing.TB, k *protocol.Key, nonce, gas uint64, data []byte) {
	t.Helper()
	to := chain.NeuronAddress()
	tx := types.MustSignNewTx(k.ECDSA(), c.signer, &types.LegacyTx{
		Nonce: nonce, Gas: gas, GasPrice: big.NewInt(BaseFee), To: &to, Data: data,
	})
	p, err := c.check(newState(c.tip().state), tx)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.pool.add(p); err != nil {
		t.Fatal(err)
	}
}

// A chain that is closed between a commit and its reveal still opens it, and comes
// to the same blocks as one that was never closed.
func TestCommitSurvivesRestart(t *testing.T) {
	dir, g := t.TempDir(), commitGenesis(2, 2)
	whole, c := mustOpen(t, t.TempDir(), g), mustOpen(t, dir, g)
	defer whole.Close()
	w, salt := weightsFor(0, 1), []uint16{1, 2}
	hash := chain.CommitHash(key(0).Hotkey(), 1, w, salt)
	commit := pack(t, chain.MethodCommitWeights, uint16(1), [32]byte(hash))
	reveal := pack(t, chain.MethodRevealWeights, uint16(1), w.UIDs, w.Values, salt, w.VersionKey)
	for block := uint64(1); block <= 25; block++ {
		for _, each := range []*Chain{whole, c} {
			switch block {
			case 3:
				each.put(t, key(0), 0, 100_000, commit)
			case 12:
				each.put(t, key(0), 1, 200_000, reveal)
			}
			if _, err := each.Step(time.UnixMilli(0)); err != nil {
				t.Fatal(err)
			}
		}
		if whole.Head() != c.Head() {
			t.Fatalf("block %d differs", block)
		}
		held := newState(c.tip().state).commits(key(0).Hotkey())
		if open := block >= 3 && block < 12; open != (len(held) == 1) {
			t.Fatalf("block %d: commits %+v", block, held)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		c = mustOpen(t, dir, g)
	}
	defer c.Close()
	if row := newState(c.tip().state).weights(0); len(row) != 2 || row[1].Value != 65535 {
		t.Errorf("row = %v", row)
	}
}

// With a period of two epochs a vote may be about a neuron that has been replaced
// meanwhile, and the last update be newer than the replacement. The oldest open
// commit dates the weights then: what they say of the newcomer does not count.
func TestCommitMask(t *testing.T) {
	for _, tc := range []struct {
		name   string
		second bool // a commit between the vote's and the registration stays open
		reward bool
	}{{"open commit older than the neuron", true, false}, {"none", false, true}} {
		t.Run(tc.name, func(t *testing.T) {
			g := commitGenesis(1, 2)
			g.CommitRevealPeriod = 2
			net := open(t, t.TempDir(), g)
			to := func(block int) { net.step(block - int(net.Head().Number)) }
			nonce := uint64(0)
			seal := func(block int) []byte {
				to(block - 1)
				reveal := net.sealed(key(0), nonce, weightsFor(1))
				nonce++
				net.step(1)
				return reveal
			}
			reveal := seal(5)
			if tc.second {
				seal(12)
			}
			to(16)
			net.send(key(1), 0, 300_000, pack(t, chain.MethodRegister, uint16(1), [32]byte(key(1).Hotkey())))
			net.step(1)
			seal(18)
			to(20)
			tx := net.send(key(0), nonce, 200_000, reveal)
			net.step(1)
			st := newState(net.tip().state)
			if !net.ends(tx)[0] || len(st.weights(0)) != 1 || st.neuron(1).RegisteredAt != 17 || st.neuron(0).LastUpdate != 18 {
				t.Fatalf("weights %v, neurons %+v and %+v", st.weights(0), st.neuron(0), st.neuron(1))
			}
			to(30)
			st = newState(net.tip().state)
			if got := st.neuron(1).Incentive > 0; got != tc.reward {
				t.Errorf("incentive of the newcomer: %d", st.neuron(1).Incentive)
			}
			w, held := net.window(st), st.commits(key(0).Hotkey())
			if tc.second && (w.activeCommit(held) != 12 || w.epoch != 3) {
				t.Errorf("active commit %d in epoch %d", w.activeCommit(held), w.epoch)
			}
		})
	}
}

// An epoch counts as begun when it looks at the commits, although its index moves
// only after it: what expires with it does not date weights any more.
func TestEpochSeesItsOwnIndex(t *testing.T) {
	c := mustOpen(t, t.TempDir(), commitGenesis(1, 1))
	defer c.Close()
	for block, want := range map[uint64]uint64{19: 5, 20: yuma.NoCommit} {
		st := newState(c.tip().state)
		st.at(10, 1) // of the epoch before
		st.putHead(headRecord{Number: block})
		st.putCommits(key(0).Hotkey(), []commitRecord{{Epoch: 0, Block: 5}})
		if got := c.epochInput(st, 1000, 10).ActiveCommitBlock; len(got) != 1 || got[0] != want {
			t.Errorf("block %d: active commits %v, want %d", block, got, want)
		}
	}
}

// The project's own client commits, waits for the next epoch and reveals.
func TestClientCommitsAndReveals(t *testing.T) {
	g := commitGenesis(2, 2)
	g.Tempo = 200
	net := open(t, t.TempDir(), g)
	net.run()
	ctx, client := t.Context(), net.dial(key(0))
	w, salt := weightsFor(0, 1), []uint16{7, 7}
	hash := chain.CommitHash(key(0).Hotkey(), 1, w, salt)
	landing, err := client.CommitWeights(ctx, hash)
	if err != nil {
		t.Fatal(err)
	}
	held, err := client.Commits(ctx, key(0).Hotkey())
	if err != nil || len(held) != 1 || held[0] != (chain.Commit{Hash: hash, Block: landing.Block}) {
		t.Errorf("commits %+v, %v; landed in block %d", held, err, landing.Block)
	}
	var refused *chain.Error
	if _, err := client.RevealWeights(ctx, w, salt); !errors.As(err, &refused) || refused.Name != "RevealTooEarly" {
		t.Errorf("a reveal in the epoch of the commit: %v", err)
	}
	if _, err := net.Advance(ctx, 200, time.Now()); err != nil {
		t.Fatal(err)
	}
	if _, err := client.RevealWeights(ctx, w, []uint16{7}); !errors.As(err, &refused) || refused.Name != "NoWeightsCommitFound" {
		t.Errorf("a reveal with another salt: %v", err)
	}
	if _, err := client.RevealWeights(ctx, w, salt); err != nil {
		t.Fatal(err)
	}
	if _, _, updated, err := client.WeightsRow(ctx, 0); err != nil || updated != landing.Block {
		t.Errorf("updated in block %d, %v; the commit landed in %d", updated, err, landing.Block)
	}
}
