package yuma

import (
	"math/bits"
	"slices"
)

// consensus computes C, the stake-weighted median of every column of W: the
// largest weight that voters holding at least kappa of the active stake give, or
// exceed. Columns whose positive voters hold less have consensus 0.
func (w *Workspace) consensus(kappa uint64) {
	w.out.Fixed.Kappa = kappa
	voters := w.voterStake()
	w.countVotes()
	w.collectVotes(voters, kappa)
	for j, b := range w.ballots {
		w.out.Fixed.Consensus[j] = 0
		if b.contested {
			w.out.Fixed.Consensus[j] = weightedMedian(w.votes[b.begin:b.end], kappa)
		}
	}
}

// ballot is one column's votes: those with a positive weight.
type ballot struct {
	stake      uint64 // of all voters
	voters     int
	contested  bool // the median is positive
	begin, end int  // of the votes collected
}

// voterStake divides the active stake by its sum once more, as the median sees
// it, and returns the number of uids that have any.
func (w *Workspace) voterStake() int {
	var sum uint64
	for _, s := range w.out.Fixed.ActiveStake {
		sum += s
	}
	voters := 0
	for i, s := range w.out.Fixed.ActiveStake {
		w.voting[i] = quo(s, sum)
		if s > 0 {
			voters++
		}
	}
	return voters
}

// countVotes adds up the voters and their stake per column.
func (w *Workspace) countVotes() {
	clear(w.ballots)
	for i, stake := range w.voting {
		if stake == 0 {
			continue
		}
		for _, c := range w.weights.row(i) {
			if c.value() > 0 {
				b := &w.ballots[c.column()]
				b.stake += stake
				b.voters++
			}
		}
	}
}

// collectVotes copies the votes column by column, except where the median is 0
// without looking at them: where nobody voted, or some abstained and the others
// do not reach kappa.
func (w *Workspace) collectVotes(voters int, kappa uint64) {
	next := 0
	for j := range w.ballots {
		b := &w.ballots[j]
		b.contested = b.voters > 0 && (b.voters == voters || b.stake >= kappa)
		b.begin, b.end = next, next
		if b.contested {
			next += b.voters
		}
	}
	w.votes = resize(w.votes, next)
	for i, stake := range w.voting {
		if stake == 0 {
			continue
		}
		for _, c := range w.weights.row(i) {
			if b := &w.ballots[c.column()]; b.contested && c.value() > 0 {
				w.votes[b.end] = newVote(c.value(), stake)
				b.end++
			}
		}
	}
}

// vote is a positive weight (upper half) and the stake behind it, both at most
// 1.0 and less one bit each to fit 32. Votes compare by weight first.
type vote uint64

func newVote(weight, stake uint64) vote { return vote((weight-1)<<32 | (stake - 1)) }

func (v vote) weight() uint64 { return uint64(v>>32) + 1 }
func (v vote) stake() uint64  { return uint64(uint32(v)) + 1 }

// fewVotes is up to how many votes are sorted rather than partitioned.
const fewVotes = 24

// weightedMedian returns the largest weight w for which the votes of weight ≥ w
// hold at least kappa, or the smallest weight if all together hold less. It
// partitions around pivots like quickselect, and sorts what is left should the
// pivots prove bad. It reorders votes, of which there must be one at least.
func weightedMedian(votes []vote, kappa uint64) uint64 {
	var above uint64 // stake of votes known to be larger than the median
	for rounds := 2 * bits.Len(uint(len(votes))); rounds > 0 && len(votes) > fewVotes; rounds-- {
		pivot := medianOfThree(votes)
		low := partition(votes, pivot)
		if high := totalStake(votes[low:]); above+high < kappa {
			if low == 0 {
				return pivot.weight()
			}
			above += high
			votes = votes[:low]
			continue
		}
		if low > 0 {
			votes = votes[low:]
			continue
		}
		// The pivot is the smallest vote: go on with those that exceed it.
		equal := partition(votes, pivot+1)
		if equal == len(votes) || above+totalStake(votes[equal:]) < kappa {
			return pivot.weight()
		}
		votes = votes[equal:]
	}
	slices.Sort(votes)
	for k := len(votes) - 1; k > 0; k-- {
		if above += votes[k].stake(); above >= kappa {
			return votes[k].weight()
		}
	}
	return votes[0].weight()
}

// partition moves the votes below pivot to the front and returns their number.
// It swaps always and advances conditionally, which needs no branch.
func partition(votes []vote, pivot vote) int {
	low := 0
	for k, v := range votes {
		votes[k], votes[low] = votes[low], v
		step := 0
		if v < pivot {
			step = 1
		}
		low += step
	}
	return low
}

func totalStake(votes []vote) uint64 {
	var sum uint64
	for _, v := range votes {
		sum += v.stake()
	}
	return sum
}

func medianOfThree(votes []vote) vote {
	a, b, c := votes[0], votes[len(votes)/2], votes[len(votes)-1]
	return max(min(a, b), min(max(a, b), c))
}
