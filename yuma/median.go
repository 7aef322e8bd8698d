package yuma

import (
	"math/bits"
	"slices"
)

// vote is a positive weight (upper half) and the stake behind it, both at most
// 1.0 and less one bit each to fit 32. Votes compare by weight first.
type vote uint64

func newVote(weight, stake uint64) vote { return vote((weight-1)<<32 | (stake - 1)) }

func (v vote) weight() uint64 { return uint64(v>>32) + 1 }
func (v vote) stake() uint64  { return uint64(uint32(v)) + 1 }

// fewVotes is up to how many votes are sorted rather than partitioned.
const fewVotes = 12

// weightedMedian returns the largest weight w for which the votes of weight ≥ w
// hold at least kappa, or the smallest weight if all together hold less. It
// partitions around pivots like quickselect, and sorts what is left should the
// pivots prove bad. It reorders votes, of which there must be one at least, and
// which have the given stake together.
func weightedMedian(votes []vote, stake, kappa uint64) uint64 {
	// Of the votes left, those to be found are the largest that hold need.
	need := kappa
	for rounds := 2 * bits.Len(uint(len(votes))); rounds > 0 && len(votes) > fewVotes; rounds-- {
		pivot := pivotOf(votes)
		low, below := partition(votes, pivot)
		switch {
		case stake-below < need && low == 0:
			return pivot.weight() // the pivot is the smallest vote, and all hold less
		case stake-below < need:
			need -= stake - below
			votes, stake = votes[:low], below
		case low > 0:
			votes, stake = votes[low:], stake-below
		default:
			// The pivot is the smallest vote: go on with those that exceed it.
			equal, behind := partition(votes, pivot+1)
			if equal == len(votes) || stake-behind < need {
				return pivot.weight()
			}
			votes, stake = votes[equal:], stake-behind
		}
	}
	sortVotes(votes)
	var held uint64
	for k := len(votes) - 1; k > 0; k-- {
		if held += votes[k].stake(); held >= need {
			return votes[k].weight()
		}
	}
	return votes[0].weight()
}

// partition moves the votes below pivot to the front, and returns their number and
// stake. It swaps always, advances and adds by a mask, and so needs no branch, which
// would be mispredicted half of the time.
func partition(votes []vote, pivot vote) (low int, stake uint64) {
	for k, v := range votes {
		votes[k], votes[low] = votes[low], v
		_, less := bits.Sub64(uint64(v), uint64(pivot), 0)
		low += int(less)
		stake += v.stake() & -less
	}
	return low, stake
}

// pivotOf estimates the middle of votes from three of them, or nine of many.
func pivotOf(votes []vote) vote {
	last := len(votes) - 1
	if len(votes) < 40 {
		return middle(votes[0], votes[last/2], votes[last])
	}
	step := last / 8
	return middle(
		middle(votes[0], votes[step], votes[2*step]),
		middle(votes[3*step], votes[4*step], votes[5*step]),
		middle(votes[6*step], votes[7*step], votes[8*step]))
}

func middle(a, b, c vote) vote { return max(min(a, b), min(max(a, b), c)) }

// sortVotes sorts few votes by insertion.
func sortVotes(votes []vote) {
	if len(votes) > fewVotes {
		slices.Sort(votes)
		return
	}
	for k := 1; k < len(votes); k++ {
		v, at := votes[k], k
		for at > 0 && votes[at-1] > v {
			votes[at] = votes[at-1]
			at--
		}
		votes[at] = v
	}
}
