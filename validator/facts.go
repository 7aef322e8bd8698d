package validator

import (
	"fmt"
	"math"
	"time"

	"github.com/assaynet/assay/chain"
)

// Facts is all that a validator's voting depends on at one head.
type Facts struct {
	Head  uint64 // the newest finalised block
	Clock chain.EpochClock
	// Tempo is the length of an epoch, for estimates of later ones.
	Tempo uint64
	// CommitReveal, RevealPeriod (in epochs) and RateLimit (in blocks) are the
	// subnet's rules as they are now.
	CommitReveal bool
	RevealPeriod uint64
	RateLimit    uint64
	// Unproven says that commit-reveal has not been seen off at enough heads on end
	// yet for anything to be shown in the open.
	Unproven bool
	// Registered, Permit and LastUpdate are the validator's own row. The chain sets
	// LastUpdate at registration, at a commit and at an open vote; 0 is never.
	Registered, Permit bool
	LastUpdate         uint64
	// Lead is how many blocks before an epoch a vote is cast, 0 for the default of
	// Settings.VoteLead.
	Lead uint64
	// Held are the commits that the chain holds of the hotkey, whoever made them: the
	// epoch index of each.
	Held []uint64
	// Decided is the newest epoch with an intent; nil when there is none.
	Decided *uint64
	// Pending are the intents without news, oldest first.
	Pending []Pending
	// BlockTime, for words only; 0 when it is not known.
	BlockTime time.Duration
}

// Pending is an intent of which it is not known what became.
type Pending struct {
	Epoch     uint64
	Open      bool // it is sent in the open, and never by commit
	Sent      bool // its commit has landed, in an epoch that is not known yet
	Committed bool
	Index     uint64 // epoch index of the commit
	Longest   uint64 // the longest reveal period seen since; 0 is the one of now
}

// Limits of what a wrong answer of the chain can do to the clock.
const (
	maxRevealPeriod = 100 // epochs, of any subnet
	maxEpochsBehind = 1 << 20
)

// landBlocks is how long after its epoch a vote of unknown fate is looked for on the
// chain before it counts as never sent. It is more than chain.DefaultLandTimeout of
// blocks of twelve seconds.
const landBlocks = 20

// later is a+b, or the largest number where that is less.
func later(a, b uint64) uint64 {
	return a + min(b, math.MaxUint64-a)
}

// Action is something to do about a vote.
type Action uint8

// The actions. Set and Commit are the two ways of sending an intent, each of which is
// decided for one of them.
const (
	ActionSet    Action = 1 // put the vote on the chain in the open
	ActionCommit Action = 2 // put its hash on the chain
	ActionReveal Action = 3 // open the hash
	ActionExpire Action = 4 // its time is over: it never counts
)

// String is the action's name.
func (a Action) String() string {
	switch a {
	case ActionSet:
		return "set"
	case ActionCommit:
		return "commit"
	case ActionReveal:
		return "reveal"
	case ActionExpire:
		return "expire"
	}
	return fmt.Sprintf("action(%d)", uint8(a))
}
