package yuma

import "math"

// consensus computes C, the stake-weighted median of every column of W: the
// largest weight that voters holding at least kappa of the active stake give, or
// exceed. In columns that are not contested it is 0.
func (w *Workspace) consensus(kappa uint64) {
	w.out.Fixed.Kappa = kappa
	begin := 0
	for j, t := range w.tally {
		w.out.Fixed.Consensus[j] = 0
		if t != 0 {
			end := begin + t.votes()
			w.out.Fixed.Consensus[j] = weightedMedian(w.votes[begin:end], t.stake(), kappa)
			begin = end + ballotGap
		}
	}
}

// tally counts a column's votes, those with a positive weight: how many from bit 40
// on, and below the stake behind them, which is 1.0 at most. One addition serves both.
type tally uint64

const tallyBits = 40

func newTally(stake uint64) tally { return tally(1<<tallyBits | stake) }

func (t tally) votes() int    { return int(t >> tallyBits) }
func (t tally) stake() uint64 { return uint64(t) & (1<<tallyBits - 1) }

// voterStake divides the active stake by its sum once more, as the median sees it.
func (w *Workspace) voterStake() {
	normalise(w.voting, w.out.Fixed.ActiveStake)
	w.voters = 0
	for _, s := range w.voting {
		if s > 0 {
			w.voters++
		}
	}
}

// noBallot is the place of votes in a column that is not contested.
const noBallot = math.MaxUint

// ballotGap is left free between the votes of two columns. Without it, columns of a
// round number of votes would start at the same place in every page and push each
// other out of the cache, as rows are read across all of them.
const ballotGap = 8

// openBallots gives every contested column its part of w.votes, and closes the others
// by clearing their tally. In those the median is 0 without looking at the votes:
// nobody voted, or some abstained and the others do not reach kappa.
func (w *Workspace) openBallots(kappa uint64) {
	next := 0
	for j, t := range w.tally {
		if t.votes() > 0 && (t.votes() == w.voters || t.stake() >= kappa) {
			w.ballots[j] = uint(next)
			next += t.votes() + ballotGap
		} else {
			w.ballots[j] = noBallot
			w.tally[j] = 0
		}
	}
	w.votes = resize(w.votes, next)
}
