package validator

import (
	"cmp"
	"fmt"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/evidence"
)

// Watch is what tells whether weights are overdue. All of it is in blocks, except
// RevealPeriod, in epochs.
type Watch struct {
	// Since is the block of the last success, or where there is none yet the first
	// round in which the validator held a permit; 0 while it holds none.
	Since uint64
	// Proven says that Since is a success.
	Proven       bool
	Tempo        uint64
	RateLimit    uint64
	CommitReveal bool
	RevealPeriod uint64
	// Cutoff is how long after LastUpdate the chain still counts the validator as
	// active; 0 when it is not known.
	Cutoff, LastUpdate uint64
}

// epochsAllowed is how many epochs without weights pass unnoticed.
const epochsAllowed = 2

// Allowed is how many blocks may pass after Since: two epochs; the reveal period
// more where the first reveal, or a free place for a commit, has to wait that long;
// and never less than the rate limit and an epoch.
func (w Watch) Allowed() uint64 {
	epochs := uint64(epochsAllowed)
	if w.CommitReveal && (!w.Proven || w.RevealPeriod >= chain.MaxOpenCommits) {
		epochs += w.RevealPeriod
	}
	return max(epochs*w.Tempo, w.RateLimit+w.Tempo)
}

// Overdue is by how many blocks weights are late at a head; 0 when all is well.
func (w Watch) Overdue(head uint64) uint64 {
	if w.Since == 0 || w.Tempo == 0 || head <= w.Since+w.Allowed() {
		return 0
	}
	return head - w.Since - w.Allowed()
}

// Inactive is the block from which the chain no longer counts the validator as
// active if nothing reaches it; 0 when it is not known. Commits that are never
// revealed keep a validator active and its vote old, so the older of the two counts.
func (w Watch) Inactive() uint64 {
	if w.Cutoff == 0 || w.Since == 0 {
		return 0
	}
	return min(w.Since, cmp.Or(w.LastUpdate, w.Since)) + w.Cutoff
}

// Critical reports that weights are overdue and three quarters of the time until
// the cutoff are over.
func (w Watch) Critical(head uint64) bool {
	end := w.Inactive()
	return w.Overdue(head) > 0 && end != 0 && head+w.Cutoff/4 >= end
}

// WatchOf is a watch by a subnet's rules.
func WatchOf(rules chain.Hyperparams, since uint64, proven bool, lastUpdate uint64) Watch {
	return Watch{
		Since: since, Proven: proven, Tempo: uint64(rules.Tempo), RateLimit: rules.WeightsRateLimit,
		CommitReveal: rules.CommitRevealEnabled, RevealPeriod: rules.CommitRevealPeriod,
		Cutoff: cutoffOf(rules), LastUpdate: lastUpdate,
	}
}

// cutoffOf is a subnet's activity cutoff in blocks. The chain derives it from the
// tempo; older ones have it as a number.
func cutoffOf(h chain.Hyperparams) uint64 {
	if h.ActivityCutoffFactor > 0 {
		return uint64(h.ActivityCutoffFactor) * uint64(h.Tempo) / 1000
	}
	return h.ActivityCutoff
}

// vigil is what the watchdog remembers.
type vigil struct {
	since  uint64
	proven bool
	warned bool
	cried  *uint64 // epoch in which the last error was logged
}

// see follows the record: the count goes on over restarts, and begins anew with a
// permit.
func (g *vigil) see(body evidence.Body, permit func(*evidence.Opened) bool) {
	switch b := body.(type) {
	case *evidence.Opened:
		g.permitted(permit(b), b.Block)
	case *evidence.Landed:
		if b.Fault == "" && !b.Tx.IsZero() { // a success that was only inferred is no proof
			g.since, g.proven = max(g.since, b.Block), true
		}
	}
}

func (g *vigil) permitted(permit bool, block uint64) {
	switch {
	case !permit:
		g.since, g.proven = 0, false
	case g.since == 0:
		g.since = block
	}
}

// watch tells of weights that are overdue: one warning, an error in each epoch when
// the chain is about to count the validator as inactive, and one line at the end.
func (v *Validator) watch(head uint64) {
	if self, ok := v.self(); v.own != nil {
		v.vigil.permitted(ok && self.Permit, head)
	}
	w := WatchOf(v.view.rules, v.vigil.since, v.vigil.proven, v.view.updated)
	late, text := w.Overdue(head), ""
	if late > 0 {
		text = v.overdueText(w, head)
	}
	v.metrics.overdue(late)
	v.note(func(s *Status) { s.OverdueBlocks, s.Overdue = late, text })
	g := &v.vigil
	switch epoch := v.view.clock.Index; {
	case late == 0:
		if g.warned {
			v.log.Info("weights reach the chain again")
		}
		g.warned, g.cried = false, nil
	case w.Critical(head) && (g.cried == nil || *g.cried != epoch):
		g.warned, g.cried = true, &epoch
		v.log.Error("weights are overdue and the validator is about to count as inactive", "why", text)
	case !g.warned:
		g.warned = true
		v.log.Warn("weights are overdue", "why", text)
	}
}

// overdueText says since when, why, and what to do.
func (v *Validator) overdueText(w Watch, head uint64) string {
	text := fmt.Sprintf("no weights since block %d, which is %d blocks ago; at most %d were expected", w.Since, head-w.Since, w.Allowed())
	if !w.Proven {
		text = fmt.Sprintf("no weights yet, %d blocks after the permit was first seen at block %d; at most %d were expected", head-w.Since, w.Since, w.Allowed())
	}
	if end := w.Inactive(); end != 0 {
		text += fmt.Sprintf("; the chain counts the validator as inactive from block %d on", end)
	}
	switch {
	case v.refusal != "":
		text += fmt.Sprintf("; the chain's last refusal was %s: %s", v.refusal, refusalCure(v.refusal))
	case v.trouble != "":
		text += "; the last attempt failed: " + v.trouble
	case v.empty:
		text += "; no miner has earned anything yet, so there is nothing to vote for: see the readiness of the rounds"
	default:
		text += "; " + v.status.Voting
	}
	return text
}

// refusalCure says what an operator can do about a refused vote.
func refusalCure(name string) string {
	switch name {
	case "NotEnoughStakeToSetWeights":
		return "put more stake on the hotkey"
	case chain.ErrNameNoPermit:
		return "the hotkey lost its validator permit; it needs stake among the first of the subnet"
	case chain.ErrNameNotRegistered:
		return "register the hotkey again"
	case "IncorrectWeightVersionKey":
		return "the subnet demands a newer version key: update the node"
	case "WeightVecLengthIsLow":
		return "the subnet demands weights for more miners than have earned any"
	case "InvalidRevealCommitHashNotMatch", "NoWeightsCommitFound", "ExpiredWeightCommit", "RevealTooEarly":
		return "the chain holds no commit that the vote opens now; see that no second process votes with this hotkey"
	case "TooManyUnrevealedCommits":
		return "older commits have to be revealed or to expire first"
	case chain.ErrNameCommitReveal, "CommitRevealDisabled":
		return "the subnet changed how votes are sent; the next attempt follows"
	}
	return "see what the chain means by it"
}
