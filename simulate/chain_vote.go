package simulate

import (
	"errors"
	"maps"
	"slices"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/yuma"
)

// commit is a vote that is hidden yet.
type commit struct {
	epoch, block uint64
	uids         []uint16
	weights      []uint16
}

// publication is when a row was made and when it was shown.
type publication struct{ epoch, made, shown uint64 } // index of the epoch; blocks

// Vote takes the row of a validator; the slices are not kept. With commit-reveal it is
// hidden for RevealPeriod epochs, becomes public right after the epoch that ends them, and
// then counts until another one replaces it. What the chain checks only when a vote is revealed
// (permit, uids, length) it checks then, and Epoch.Refused says so.
func (c *Chain) Vote(validator protocol.Hotkey, uids, weights []uint16, block uint64) error {
	if len(uids) != len(weights) {
		return Refusal("WeightVecNotEqualSize")
	}
	if err := c.advance(block); err != nil {
		return err
	}
	uid, ok := c.uids[validator]
	if !ok {
		return Refusal("HotKeyNotRegisteredInSubNet")
	}
	if c.in.AlphaStake[uid] < c.cfg.StakeThreshold {
		return Refusal("NotEnoughStakeToSetWeights")
	}
	last := c.in.LastUpdate[uid]
	if last != 0 && block-last < c.cfg.WeightsRateLimit {
		if c.cfg.CommitReveal {
			return Refusal("CommittingWeightsTooFast")
		}
		return Refusal("SettingWeightsTooFast")
	}
	if !c.cfg.CommitReveal {
		if err := c.store(uid, uids, weights, publication{epoch: c.index, made: block}); err != nil {
			return err
		}
		c.in.LastUpdate[uid] = block
		return nil
	}
	held := c.commits[validator]
	for len(held) > 0 && c.expired(held[0], c.index) {
		held = held[1:]
	}
	if len(held) >= chain.MaxOpenCommits {
		return Refusal("TooManyUnrevealedCommits")
	}
	c.commits[validator] = append(held, commit{c.index, block, slices.Clone(uids), slices.Clone(weights)})
	c.in.LastUpdate[uid] = block
	return nil
}

// expired reports whether it is too late in an epoch to reveal a vote.
func (c *Chain) expired(v commit, epoch uint64) bool { return epoch > v.epoch+c.cfg.RevealPeriod }

// store makes a row the validator's, by the rules that hold when it is shown.
func (c *Chain) store(uid uint16, uids, weights []uint16, made publication) error {
	self := len(uids) == 1 && uids[0] == uid
	if len(uids) > c.in.N {
		return Refusal("UidsLengthExceedUidsInSubNet")
	}
	if !self && !c.in.ValidatorPermits[uid] {
		return Refusal("NeuronNoValidatorPermit")
	}
	row := make(yuma.Row, len(uids))
	for k, v := range yuma.MaxUpscale(weights) {
		row[k] = yuma.Cell{Column: uids[k], Value: v}
	}
	if _, twice := yuma.RepeatedColumn(row); twice {
		return Refusal("DuplicateUids")
	}
	for _, target := range uids {
		if int(target) >= c.in.N {
			return Refusal("UidVecContainInvalidOne")
		}
	}
	if !self && len(uids) < min(c.in.N, int(c.cfg.MinAllowedWeights)) {
		return Refusal("WeightVecLengthIsLow")
	}
	c.in.Weights[uid] = row
	made.shown = c.block
	c.public[uid] = made
	return nil
}

// Refused is a vote that fell when it was revealed.
type Refused struct {
	Validator protocol.Hotkey
	Reason    Refusal
}

// reveal shows the votes whose time has come, by uid: of several by one validator the
// newest, which drops the older ones.
func (c *Chain) reveal() (fell []Refused) {
	for uid, hotkey := range c.hotkeys {
		held := c.commits[hotkey]
		at := -1
		for k := range held {
			if held[k].epoch+c.cfg.RevealPeriod == c.index {
				at = k
			}
		}
		if at < 0 {
			continue
		}
		v := held[at]
		var why Refusal
		if errors.As(c.store(uint16(uid), v.uids, v.weights, publication{epoch: v.epoch, made: v.block}), &why) {
			fell = append(fell, Refused{hotkey, why}) // and stays until it expires
			continue
		}
		c.commits[hotkey] = held[at+1:]
	}
	maps.DeleteFunc(c.commits, func(_ protocol.Hotkey, held []commit) bool {
		return len(held) == 0 || c.expired(held[len(held)-1], c.index)
	})
	return fell
}

// activeCommits fills in the block of each validator's earliest commit that has not
// expired, as the epoch that is about to run sees it.
func (c *Chain) activeCommits() {
	for uid, hotkey := range c.hotkeys {
		c.in.ActiveCommitBlock[uid] = yuma.NoCommit
		for _, v := range c.commits[hotkey] {
			if !c.expired(v, c.index+1) {
				c.in.ActiveCommitBlock[uid] = v.block
				break
			}
		}
	}
}

// Revealed is the row of a validator that everyone can read.
type Revealed struct {
	UID    uint16
	Hotkey protocol.Hotkey
	// Row is in the stored form: the largest weight 65535. It is valid until the next call
	// that changes the chain, and not to be changed.
	Row yuma.Row
	// Epoch is the one in which the vote was made, and Made the block, of its commit if it
	// was hidden; Shown is the block in which it became public.
	Epoch, Made, Shown uint64
}

// Revealed lists, by uid, the rows that are public now: of each validator the latest one.
func (c *Chain) Revealed() []Revealed {
	var out []Revealed
	for uid, row := range c.in.Weights {
		if len(row) > 0 {
			at := c.public[uid]
			out = append(out, Revealed{uint16(uid), c.hotkeys[uid], row, at.epoch, at.made, at.shown})
		}
	}
	return out
}
