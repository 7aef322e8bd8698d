package validator

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/assaynet/assay/chain"
)

// leap is how many blocks a head may be ahead of the last one that was acted on, and
// sightings how many heads on end have to agree before a longer way is believed.
const (
	leap      = 300
	sightings = 3
)

// stillTime is how long Run waits for a further block before it looks whether the
// chain stands behind the one it knows.
const stillTime = 30 * time.Second

// sight is where the chain was seen.
type sight struct{ block, epoch uint64 }

// near reports whether b can be a little later than a. An epoch has at least one
// block.
func (a sight) near(b sight) bool {
	return b.block >= a.block && b.block-a.block <= leap && b.epoch >= a.epoch && b.epoch-a.epoch <= b.block-a.block
}

// gate keeps out what one wrong answer says of where the chain is: what is recorded
// of a block or an epoch cannot be taken back, and would stop every round until the
// chain is there. What leaps, after a long stop or on a chain that was wound
// forward, has to be seen on three heads, each a little later than the one before.
type gate struct {
	at    sight // the last that was let through
	odd   sight // the last that was not
	times int   // how many of them on end agreed
}

func (g *gate) lets(s sight) bool {
	switch {
	case g.at.near(s):
		g.at, g.times = s, 0
		return true
	case g.times > 0 && s.block > g.odd.block && g.odd.near(s):
		g.times++
	default:
		g.times = 1
	}
	g.odd = s
	if g.times < sightings {
		return false
	}
	g.at, g.times = s, 0
	return true
}

// errAhead is a chain that stands before what is recorded.
var errAhead = errors.New("the record is ahead of the chain")

// place reads where the chain is, and is an error unless it is where it can be
// acted on.
func (v *Validator) place(ctx context.Context, head chain.Head) (chain.EpochClock, error) {
	ctx, cancel := context.WithTimeout(ctx, v.cfg.ChainTimeout)
	defer cancel()
	clock, err := v.chain.Epoch(ctx, head)
	if err != nil {
		v.watch(min(head.Number, v.gate.at.block+leap)) // as far as the head is believed
		return clock, fmt.Errorf("read epoch: %w", err)
	}
	record, now := v.reached(), sight{head.Number, clock.Index}
	if now.block < record.block || now.epoch < record.epoch {
		return clock, fmt.Errorf("%w: the chain is at block %d of epoch %d, the record at block %d of epoch %d; there are no rounds and no votes before the chain is there; "+
			"if the chain was begun anew, or its node gave a wrong block once, begin a new record in an empty folder with a new hotkey",
			errAhead, now.block, now.epoch, record.block, record.epoch)
	}
	if from := v.gate.at; !v.gate.lets(now) {
		return clock, fmt.Errorf("the chain is at block %d of epoch %d, far from block %d of epoch %d: seen on %d of the %d heads on end that it takes to go on from there",
			now.block, now.epoch, from.block, from.epoch, v.gate.times, sightings)
	}
	return clock, nil
}

// reached is where the record ends.
func (v *Validator) reached() sight {
	last := v.state.LastOpened()
	s := sight{last.Block, last.Epoch}
	if v.decided != nil {
		s.epoch = max(s.epoch, *v.decided)
	}
	return s
}

// next waits for a head after a block. Where none comes for long it takes whatever
// the newest head is: a chain that stands before the block would be waited for in
// vain.
func (v *Validator) next(ctx context.Context, after uint64) (chain.Head, error) {
	limit, cancel := context.WithTimeout(ctx, stillTime)
	defer cancel()
	head, err := v.chain.NextHead(limit, after)
	if err == nil || after == 0 || limit.Err() == nil || ctx.Err() != nil {
		return head, err
	}
	again, cancel := context.WithTimeout(ctx, stillTime)
	defer cancel()
	if head, err = v.chain.NextHead(again, 0); err != nil && ctx.Err() == nil {
		err = fmt.Errorf("no block of the chain for %v: %w", 2*stillTime, err)
	}
	return head, err
}
