package devnet

import (
	"slices"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/yuma"
)

// keyCommits is the record of a hotkey's open commits. They belong to the hotkey
// and not to its uid: replacing the neuron leaves them, and a hotkey that comes
// back within the window can still reveal.
const keyCommits = "commits" // + hotkey: []commitRecord, the oldest first

// commitRecord is a vote of which only the hash is known yet.
type commitRecord struct {
	Hash  item.Hash `cbor:"1,keyasint"`
	Epoch uint64    `cbor:"2,keyasint"` // index of the epoch it was made in
	Block uint64    `cbor:"3,keyasint"`
}

func (s *state) commits(h protocol.Hotkey) []commitRecord {
	v, _ := load[[]commitRecord](s, byHotkey(keyCommits, h))
	return v
}

func (s *state) putCommits(h protocol.Hotkey, v []commitRecord) {
	if len(v) > 0 {
		save(s, byHotkey(keyCommits, h), v)
	} else if s.get(byHotkey(keyCommits, h)) != nil {
		s.changed[byHotkey(keyCommits, h)] = nil
	}
}

// window is the clock of commit-reveal: the epoch of the block and the number of
// epochs between a commit and its reveal.
type window struct{ epoch, period uint64 }

// window counts the epoch as the chain does: the index, and one more if a slot is
// due in this block and not used yet. An epoch runs at the start of its block,
// before the transactions, and uses the slot; so for transactions the index alone
// already counts, and a commit in the block of an epoch belongs to the epoch that
// begins there. The one more is for what reads the clock before that: the epoch's
// own view of which commits have expired.
func (c *Chain) window(st *state) window {
	s, g := st.subnet(), c.params(st)
	w := window{epoch: s.EpochIndex, period: g.CommitRevealPeriod}
	if c.clock(s).due(st.head().Number) {
		w.epoch++
	}
	return w
}

func (w window) expired(r commitRecord) bool { return w.epoch > r.Epoch+w.period }
func (w window) open(r commitRecord) bool    { return w.epoch == r.Epoch+w.period }

// commit stores the hash of a vote, with the checks and the errors of the pallet
// in its order. The first is the dispatch guard's. What the vote is, and whether
// the neuron has a permit, is only looked at when it is revealed.
func (c *Chain) commit(st *state, netuid uint16, hotkey protocol.Hotkey, hash item.Hash) error {
	if netuid == c.genesis.Netuid && !c.hasStake(st, hotkey) {
		return dispatchError("NotEnoughStakeToSetWeights")
	}
	if netuid != c.genesis.Netuid && netuid != 0 {
		return dispatchError("MechanismDoesNotExist") // as in a vote; where it comes for a commit is our choice
	}
	g := c.params(st)
	if !g.CommitReveal {
		return dispatchError("CommitRevealDisabled")
	}
	uid, ok := st.uid(hotkey)
	if !ok || netuid == 0 {
		return dispatchError("HotKeyNotRegisteredInSubNet")
	}
	n, now := st.neuron(uid), st.head().Number
	if n.LastUpdate != 0 && now-n.LastUpdate < g.WeightsRateLimit {
		return dispatchError("CommittingWeightsTooFast")
	}
	w := c.window(st)
	held := w.drop(st.commits(hotkey))
	if len(held) >= chain.MaxOpenCommits {
		return dispatchError("TooManyUnrevealedCommits")
	}
	st.putCommits(hotkey, append(held, commitRecord{Hash: hash, Epoch: w.epoch, Block: now}))
	n.LastUpdate = now
	st.putNeuron(uid, n)
	return nil
}

// drop leaves out the expired commits at the front.
func (w window) drop(held []commitRecord) []commitRecord {
	for len(held) > 0 && w.expired(held[0]) {
		held = held[1:]
	}
	return held
}

// reveal opens a committed vote. The guard comes first and knows two errors; what
// the pallet would say of an expired or an unknown hash is behind it.
func (c *Chain) reveal(st *state, netuid uint16, hotkey protocol.Hotkey, w chain.Weights, salt []uint16) error {
	hash := chain.CommitHash(hotkey, netuid, w, salt)
	if err := c.guardReveal(st, netuid, hotkey, hash); err != nil {
		return err
	}
	return c.openCommit(st, netuid, hotkey, w, hash)
}

// guardReveal is what the chain checks of a reveal before the pallet sees it.
func (c *Chain) guardReveal(st *state, netuid uint16, hotkey protocol.Hotkey, hash item.Hash) error {
	if netuid != c.genesis.Netuid {
		return dispatchError("NoWeightsCommitFound")
	}
	if !c.hasStake(st, hotkey) {
		return dispatchError("NotEnoughStakeToSetWeights")
	}
	held := st.commits(hotkey)
	at := find(held, hash)
	if at < 0 {
		return dispatchError("NoWeightsCommitFound")
	}
	if !c.window(st).open(held[at]) {
		return dispatchError("RevealTooEarly") // too late is called so too
	}
	return nil
}

// openCommit is the pallet's part of a reveal. The commit goes, and with it all
// older ones; then the vote is stored by the rules of set_weights, without their
// rate limit and without moving the last update.
func (c *Chain) openCommit(st *state, netuid uint16, hotkey protocol.Hotkey, w chain.Weights, hash item.Hash) error {
	if !c.params(st).CommitReveal {
		return dispatchError("CommitRevealDisabled")
	}
	clock, all := c.window(st), st.commits(hotkey)
	held := clock.drop(all)
	at := find(held, hash)
	switch {
	case at >= 0 && !clock.open(held[at]):
		return dispatchError("RevealTooEarly")
	case at >= 0:
		st.putCommits(hotkey, held[at+1:])
		return c.storeWeights(st, netuid, hotkey, w)
	case find(all, hash) >= 0:
		return dispatchError("ExpiredWeightCommit")
	case len(held) == 0:
		return dispatchError("NoWeightsCommitFound")
	}
	return dispatchError("InvalidRevealCommitHashNotMatch")
}

func find(held []commitRecord, hash item.Hash) int {
	return slices.IndexFunc(held, func(r commitRecord) bool { return r.Hash == hash })
}

// activeCommit is the block of the earliest commit of a hotkey that has not
// expired: weights revealed from here on may be that old.
func (w window) activeCommit(held []commitRecord) uint64 {
	for _, r := range held {
		if !w.expired(r) {
			return r.Block
		}
	}
	return yuma.NoCommit
}
