package validator

import (
	"fmt"
	"math"

	"github.com/assaynet/assay/chain"
)

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
	f.RevealPeriod = min(f.RevealPeriod, maxRevealPeriod)
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
	return later(f.LastUpdate, f.RateLimit)
}

// way is how a vote that is decided now is sent.
func (f Facts) way() Action {
	if f.CommitReveal {
		return ActionCommit
	}
	return ActionSet
}

// margin is how many blocks before an epoch ends nothing is sent any more that has to
// land in it: the newest finalised block is some blocks behind the newest.
func (f Facts) margin() uint64 {
	if f.Clock.Next < f.Clock.Last {
		return 0
	}
	return min(3, (f.Clock.Next-f.Clock.Last)/8)
}

// ending reports whether a transaction sent now may land in the next epoch.
func (f Facts) ending() bool {
	return f.Clock.Next != 0 && f.Head+1+f.margin() >= f.Clock.Next
}

// window is the epoch index in which a commit is revealed.
func (f Facts) window(p Pending) uint64 { return later(p.Index, f.RevealPeriod) }

// lastWindow is the epoch index after which a commit can never be revealed: a period
// that became shorter may become longer again.
func (f Facts) lastWindow(p Pending) uint64 {
	return later(p.Index, max(f.RevealPeriod, min(p.Longest, maxRevealPeriod)))
}

// forgotten is the block at which a vote that is nowhere on the chain counts as never
// sent. Its transaction may have been under way when its epoch ended, and then lands
// in the next one: a commit is revealed by the epoch in which it landed.
func (f Facts) forgotten(p Pending) uint64 {
	behind := min(f.Clock.Index-p.Epoch-1, maxEpochsBehind)
	return later(f.Clock.Last-min(f.Clock.Last, behind*f.Tempo), landBlocks)
}

// expiry ends what can no longer count.
func (f Facts) expiry(p Pending) (Act, bool) {
	over := f.Clock.Index > p.Epoch && f.Head >= f.forgotten(p)
	if p.Committed {
		over = f.Clock.Index > f.lastWindow(p)
	}
	return Act{Do: ActionExpire, Epoch: p.Epoch}, over && !p.Sent
}

func (f Facts) reveal(p Pending) (Act, bool) {
	due := p.Committed && f.CommitReveal && f.Clock.Index == f.window(p) && !f.ending()
	return Act{Do: ActionReveal, Epoch: p.Epoch}, due
}

func (f Facts) sending(p Pending) (Act, bool) {
	due := !p.Committed && !p.Sent && f.Clock.Index == p.Epoch && f.Head >= f.allowed()
	if p.Open {
		return Act{Do: ActionSet, Epoch: p.Epoch}, due && !f.CommitReveal && !f.Unproven
	}
	return Act{Do: ActionCommit, Epoch: p.Epoch}, due && f.CommitReveal && !f.full()
}

// open counts the commits that the chain holds and that may still be revealed, by
// itself or by the record, and gives the epoch index in which the first of them is.
func (f Facts) open() (n int, first uint64) {
	first = math.MaxUint64
	count := func(n *int, window uint64) {
		if f.Clock.Index <= window {
			*n, first = *n+1, min(first, window)
		}
	}
	held := 0
	for _, index := range f.Held {
		count(&held, later(index, f.RevealPeriod))
	}
	for _, p := range f.Pending {
		if p.Committed {
			count(&n, f.window(p))
		}
	}
	return max(n, held), first
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
	if n, first := f.open(); f.full() {
		why = fmt.Sprintf("%d commits are open, as many as the chain holds; the next vote is due", n)
		ahead = max(ahead, first-f.Clock.Index)
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
	if due <= f.Head && !f.CommitReveal && f.Unproven {
		due, why = f.Head+1, "commit-reveal is off since a moment ago; if it stays so, the next vote is due"
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
		return f.waitSending(p)
	}
	if f.Clock.Next == 0 {
		return 0, ""
	}
	window := f.window(p)
	if f.Clock.Index < window {
		block := max(f.Head+1, f.end(window-f.Clock.Index-1))
		return block, f.at(fmt.Sprintf("the vote of epoch %d is committed; its reveal is due", p.Epoch), block)
	}
	// A reveal sent now might land after the window, or none is taken at all.
	why := "the window of its reveal ends"
	switch {
	case !f.CommitReveal:
		why = "the chain takes no reveals while commit-reveal is off"
	case f.Clock.Index > window:
		why = "the reveal period became shorter, and may become longer again"
	}
	block := max(f.Head+1, f.end(f.lastWindow(p)-f.Clock.Index))
	return block, f.at(fmt.Sprintf("the vote of epoch %d stays committed, for %s; it expires", p.Epoch, why), block)
}

// waitSending is wait for an intent that was not seen on the chain.
func (f Facts) waitSending(p Pending) (uint64, string) {
	if f.Clock.Index > p.Epoch {
		block := max(f.forgotten(p), f.Head+1)
		return block, f.at(fmt.Sprintf("the vote of epoch %d may still land; it expires", p.Epoch), block)
	}
	block, why := f.Head+1, "the chain holds the commit of the vote of epoch %d, which is looked at"
	switch {
	case p.Sent:
	case p.Open == f.CommitReveal, p.Open && f.Unproven:
		why = "the vote of epoch %d is not sent now, for the subnet changed how votes are sent; it is looked at again"
	default:
		block, why = max(f.allowed(), block), "too soon for the vote of epoch %d: next weights allowed"
	}
	return block, f.at(fmt.Sprintf(why, p.Epoch), block)
}
