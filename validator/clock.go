package validator

import (
	"fmt"
	"slices"
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
	// Registered, Permit and LastUpdate are the validator's own row. The chain sets
	// LastUpdate at registration, at a commit and at an open vote; 0 is never.
	Registered, Permit bool
	LastUpdate         uint64
	// Lead is how many blocks before an epoch a vote is cast, 0 for the default of
	// Settings.VoteLead.
	Lead uint64
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
	Committed bool
	Index     uint64 // epoch index of the commit
}

// Action is something to do about a vote.
type Action uint8

// The actions. Set and Commit are two ways of sending one intent, by the rule that
// the chain has at that moment.
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

// leadOf is how many blocks before an epoch the vote is cast. The default grows
// with the tempo, since rounds, which a vote waits for, are longer there.
func leadOf(setting uint64, clock chain.EpochClock) uint64 {
	var tempo uint64
	if clock.Next > clock.Last {
		tempo = clock.Next - clock.Last
	}
	lead := setting
	if lead == 0 {
		lead = max(3, tempo/20)
	}
	return max(1, min(lead, tempo/2))
}

// Act is an action on the intent of an epoch.
type Act struct {
	Do    Action
	Epoch uint64
	New   bool // the intent does not exist yet
}

// Agenda is what the clock says.
type Agenda struct {
	// Now is what is due at this head, in this order.
	Now []Act
	// Next is the next block at which something is due: this one when Now is not
	// empty, 0 when none can be told. Blocks of later epochs are estimates.
	Next uint64
	// Allowed is the first block at which the chain takes weights.
	Allowed uint64
	// Why is the state in words.
	Why string
}

// Consult reads the clock: a pure function of the facts. A vote is sent once in an
// epoch, at the lead before its end; a commit is revealed from the first block of
// the epoch RevealPeriod after its own to the last, and at no other time, since the
// chain takes it then alone. That it is too soon is an answer like any other.
func Consult(f Facts) Agenda {
	f.Lead = leadOf(f.Lead, f.Clock)
	a := Agenda{Allowed: f.allowed()}
	for _, act := range []func(Pending) (Act, bool){f.expiry, f.reveal, f.sending} {
		for _, p := range f.Pending {
			if next, due := act(p); due {
				a.Now = append(a.Now, next)
			}
		}
	}
	vote, why := f.nextVote()
	if vote != 0 && vote <= f.Head {
		a.Now = append(a.Now, Act{Do: f.way(), Epoch: f.Clock.Index, New: true})
	}
	if len(a.Now) > 0 {
		a.Next, a.Why = f.Head, describe(a.Now)
		return a
	}
	a.Next, a.Why = vote, why
	for _, p := range f.Pending {
		block, why := f.wait(p)
		if block != 0 && (a.Next == 0 || block < a.Next) {
			a.Next, a.Why = block, why
		}
	}
	return a
}

// allowed is the first block at which the rate limit lets weights through.
func (f Facts) allowed() uint64 {
	if f.LastUpdate == 0 {
		return 0
	}
	return f.LastUpdate + f.RateLimit
}

// way is how votes are sent now.
func (f Facts) way() Action {
	if f.CommitReveal {
		return ActionCommit
	}
	return ActionSet
}

// landing is the epoch index that a transaction sent now meets at the earliest.
// With the next block an epoch may begin.
func (f Facts) landing() uint64 {
	if f.Clock.Next != 0 && f.Head+1 >= f.Clock.Next {
		return f.Clock.Index + 1
	}
	return f.Clock.Index
}

// window is the epoch index in which a commit is revealed.
func (f Facts) window(p Pending) uint64 { return p.Index + f.RevealPeriod }

// expiry ends what can no longer count: a commit whose window is over, and a vote
// that was not sent while its epoch lasted.
func (f Facts) expiry(p Pending) (Act, bool) {
	over := f.Clock.Index > p.Epoch
	if p.Committed {
		over = f.Clock.Index > f.window(p)
	}
	return Act{Do: ActionExpire, Epoch: p.Epoch}, over
}

func (f Facts) reveal(p Pending) (Act, bool) {
	due := p.Committed && f.CommitReveal && f.Clock.Index == f.window(p) && f.landing() == f.window(p)
	return Act{Do: ActionReveal, Epoch: p.Epoch}, due
}

func (f Facts) sending(p Pending) (Act, bool) {
	due := !p.Committed && f.Clock.Index == p.Epoch && f.Head >= f.allowed() && !f.full()
	return Act{Do: f.way(), Epoch: p.Epoch}, due
}

// open counts the commits that the chain holds and that may still be revealed.
func (f Facts) open() (n int, oldest Pending) {
	for _, p := range slices.Backward(f.Pending) {
		if p.Committed && f.Clock.Index <= f.window(p) {
			n, oldest = n+1, p
		}
	}
	return n, oldest
}

// full reports whether the chain would refuse a further commit.
func (f Facts) full() bool {
	n, _ := f.open()
	return f.CommitReveal && n >= chain.MaxOpenCommits
}

// nextVote is the block from which the next new vote is cast, 0 when none can be
// told, and why it is not now.
func (f Facts) nextVote() (uint64, string) {
	switch {
	case !f.Registered:
		return 0, "the hotkey is not registered on the subnet"
	case !f.Permit:
		return 0, "the hotkey holds no validator permit"
	case f.Clock.Next == 0:
		return 0, "the subnet runs no epochs"
	}
	ahead := uint64(0) // how many epochs after the present one
	if f.Decided != nil && *f.Decided >= f.Clock.Index {
		ahead = *f.Decided - f.Clock.Index + 1
	}
	why := "the next vote is due"
	if n, oldest := f.open(); f.full() {
		why = fmt.Sprintf("%d commits are open, as many as the chain holds; the next vote is due", n)
		ahead = max(ahead, f.window(oldest)-f.Clock.Index)
	}
	end := f.end(ahead)
	if allowed := f.allowed(); allowed >= end && allowed > f.Head {
		// Too soon for the whole of that epoch: the first one that ends later.
		skipped := (allowed-end)/max(f.Tempo, 1) + 1
		end += skipped * max(f.Tempo, 1)
	}
	due := end - min(end, f.Lead)
	if allowed := f.allowed(); allowed > due {
		due, why = allowed, "too soon: next weights allowed"
	}
	if due <= f.Head && ahead > 0 {
		due = f.Head + 1 // an estimate that has passed: look again
	}
	return due, f.at(why, due)
}

// end is the block in which the epoch that is ahead by so many ends, as far as can
// be told now.
func (f Facts) end(ahead uint64) uint64 { return f.Clock.Next + ahead*f.Tempo }

// wait is the block at which something is due of a pending intent for which nothing
// is due now.
func (f Facts) wait(p Pending) (uint64, string) {
	if !p.Committed {
		block := max(f.allowed(), f.Head+1)
		return block, f.at(fmt.Sprintf("too soon for the vote of epoch %d: next weights allowed", p.Epoch), block)
	}
	if f.Clock.Next == 0 {
		return 0, ""
	}
	window := f.window(p)
	if f.Clock.Index < window {
		block := max(f.Head+1, f.end(window-f.Clock.Index-1))
		return block, f.at(fmt.Sprintf("the vote of epoch %d is committed; its reveal is due", p.Epoch), block)
	}
	// A reveal sent now would land after the window, or none is taken at all.
	block, why := max(f.Head+1, f.Clock.Next), "the window of its reveal ends with this block"
	if !f.CommitReveal {
		why = "the chain takes no reveals while commit-reveal is off"
	}
	return block, f.at(fmt.Sprintf("the vote of epoch %d stays committed, for %s; it expires", p.Epoch, why), block)
}
