package validator

import (
	"context"
	"fmt"
	"slices"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

func refusal(method, name string) error { return &chain.Error{Method: method, Name: name} }

// land runs a write between the two hooks. The caller holds the lock.
func (c *fakeChain) land(write func(block, epoch uint64) error) (chain.Landing, error) {
	if c.before != nil {
		if err := c.before(); err != nil {
			return chain.Landing{}, err
		}
	}
	block := c.head.Number + 1
	if err := write(block, block/c.tempo); err != nil {
		return chain.Landing{}, err
	}
	if c.after != nil {
		if err := c.after(); err != nil {
			return chain.Landing{}, err
		}
	}
	return chain.Landing{Block: block, TxHash: item.Sum("test tx", fmt.Append(nil, block))}, nil
}

func (c *fakeChain) tooFast(block uint64) bool {
	return c.updated != 0 && block-c.updated < c.rules.WeightsRateLimit
}

func copied(w chain.Weights) chain.Weights {
	return chain.Weights{UIDs: slices.Clone(w.UIDs), Values: slices.Clone(w.Values), VersionKey: w.VersionKey}
}

func (c *fakeChain) SetWeights(_ context.Context, w chain.Weights) (chain.Landing, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	epoch := c.head.Number / c.tempo
	c.doing = ActionSet
	c.set = append(c.set, epoch)
	c.votes[epoch] = append(c.votes[epoch], copied(w))
	return c.land(func(block, _ uint64) error {
		switch {
		case c.rules.CommitRevealEnabled:
			return refusal("setWeights", chain.ErrNameCommitReveal)
		case c.tooFast(block):
			return refusal("setWeights", chain.ErrNameTooFast)
		}
		c.row, c.updated = copied(w), block
		c.landed++
		return nil
	})
}

func (c *fakeChain) CommitWeights(_ context.Context, hash item.Hash) (chain.Landing, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	epoch := c.head.Number / c.tempo
	c.doing = ActionCommit
	c.sealed[epoch] = append(c.sealed[epoch], hash)
	return c.land(func(block, epoch uint64) error {
		switch {
		case !c.rules.CommitRevealEnabled:
			return refusal("commitWeights", "CommitRevealDisabled")
		case c.tooFast(block):
			return refusal("commitWeights", chain.ErrNameCommitTooFast)
		}
		for len(c.commits) > 0 && epoch > c.commits[0].Epoch+c.rules.CommitRevealPeriod {
			c.commits = c.commits[1:]
		}
		if len(c.commits) >= chain.MaxOpenCommits {
			return refusal("commitWeights", "TooManyUnrevealedCommits")
		}
		c.commits, c.updated = append(c.commits, chain.Commit{Hash: hash, Epoch: epoch, Block: block}), block
		return nil
	})
}

func (c *fakeChain) RevealWeights(_ context.Context, w chain.Weights, salt []uint16) (chain.Landing, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.doing = ActionReveal
	c.opened++
	hash := chain.CommitHash(c.neurons[0].Hotkey, testNetuid, w, salt)
	return c.land(func(_, epoch uint64) error {
		i := slices.IndexFunc(c.commits, func(h chain.Commit) bool { return h.Hash == hash })
		switch {
		case !c.rules.CommitRevealEnabled:
			return refusal("revealWeights", "CommitRevealDisabled")
		case i < 0:
			return refusal("revealWeights", "NoWeightsCommitFound")
		case epoch != c.commits[i].Epoch+c.rules.CommitRevealPeriod:
			return refusal("revealWeights", "RevealTooEarly")
		}
		at := c.commits[i].Epoch
		c.votes[at] = append(c.votes[at], copied(w))
		c.row, c.commits = copied(w), slices.Clone(c.commits[i+1:])
		c.landed++
		c.reveals++
		return nil
	})
}

func (c *fakeChain) UID(_ context.Context, h protocol.Hotkey) (uint16, bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.IndexFunc(c.neurons, func(n chain.Neuron) bool { return n.Hotkey == h })
	return uint16(max(i, 0)), i >= 0, c.away
}

func (c *fakeChain) WeightsRow(context.Context, uint16) (uids, values []uint16, lastUpdate uint64, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.row.UIDs, c.row.Values, c.updated, c.away
}

func (c *fakeChain) Commits(context.Context, protocol.Hotkey) ([]chain.Commit, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.commits), c.away
}

func (c *fakeChain) Hyperparams(context.Context) (chain.Hyperparams, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	rules := c.rules
	rules.Tempo = uint16(c.tempo)
	return rules, c.away
}
