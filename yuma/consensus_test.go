package yuma

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// slowMedian is the median as it is defined: sort the scores, and take the first
// whose stake, together with that of all lower or equal ones, exceeds
// total - kappa; the last if none does.
func slowMedian(stake, score []uint64, kappa uint64) uint64 {
	var total int64
	for _, s := range stake {
		total += int64(s)
	}
	distinct := slices.Clone(score)
	slices.Sort(distinct)
	for _, s := range distinct {
		var upTo int64
		for i := range stake {
			if score[i] <= s {
				upTo += int64(stake[i])
			}
		}
		if upTo > total-int64(kappa) {
			return s
		}
	}
	if len(distinct) == 0 {
		return 0
	}
	return distinct[len(distinct)-1]
}

// drawColumn draws the stakes and scores of up to 120 voters, with many ties.
func drawColumn(t *rapid.T) (stake, score []uint64) {
	n := rapid.IntRange(0, 120).Draw(t, "voters")
	scores := rapid.OneOf(
		rapid.Uint64Range(0, one),
		rapid.SampledFrom([]uint64{0, 0, 1, one / 2, one/2 + 1, one}),
	)
	stakes := rapid.OneOf(rapid.Uint64Range(1, one/128), rapid.Just[uint64](one/128))
	for range n {
		stake = append(stake, stakes.Draw(t, "stake"))
		score = append(score, scores.Draw(t, "score"))
	}
	return stake, score
}

func TestConsensusEqualsDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stake, score := drawColumn(t)
		kappa := rapid.OneOf(
			rapid.Uint64Range(0, one),
			rapid.SampledFrom([]uint64{0, one, fromU16(32767), fromU16(32768), one / 4}),
		).Draw(t, "kappa")

		var w Workspace
		w.resize(len(stake) + 1)
		w.weights.reset(len(stake)+1, len(stake))
		clear(w.out.Fixed.ActiveStake)
		copy(w.out.Fixed.ActiveStake, stake)
		for _, s := range score {
			// Explicit zeros and absent cells must count alike.
			if s > 0 || rapid.Bool().Draw(t, "explicit") {
				w.weights.cells = append(w.weights.cells, newCell(0, s))
			}
			w.weights.closeRow()
		}
		w.weights.closeRow()
		w.vote(kappa)
		want := slowMedian(w.voting[:len(stake)], score, kappa)
		if got := w.out.Fixed.Consensus[0]; got != want {
			t.Fatalf("consensus %d, want %d", got, want)
		}
	})
}

// TestMedianOfBadPivots gives the selection inputs on which pivots are poor: all
// equal, two values, organ pipes.
func TestMedianOfBadPivots(t *testing.T) {
	const n = 3000
	shapes := map[string]func(i int) uint64{
		"equal":    func(int) uint64 { return 7 },
		"two":      func(i int) uint64 { return uint64(1 + i%2) },
		"pipes":    func(i int) uint64 { return uint64(1 + min(i, n-i)) },
		"rising":   func(i int) uint64 { return uint64(1 + i) },
		"falling":  func(i int) uint64 { return uint64(n - i) },
		"mostly 1": func(i int) uint64 { return uint64(1 + i/(n-3)) },
	}
	for name, shape := range shapes {
		stake, score := make([]uint64, n), make([]uint64, n)
		votes := make([]vote, n)
		for _, kappa := range []uint64{0, 1, n / 2, n - 1, n, n + 1} {
			for i := range n {
				stake[i], score[i] = 1, shape(i)
				votes[i] = newVote(score[i], 1)
			}
			want := slowMedian(stake[:n], score, kappa)
			if got := weightedMedian(votes, n, kappa); got != want {
				t.Errorf("%s, kappa %d: %d, want %d", name, kappa, got, want)
			}
		}
	}
}

// vote computes consensus from weights that have been loaded already, where loadWeights
// counts and collects votes while it loads.
func (w *Workspace) vote(kappa uint64) {
	w.voterStake()
	clear(w.tally)
	each := func(take func(c cell, stake uint64)) {
		for i, stake := range w.voting {
			for _, c := range w.weights.row(i) {
				if stake > 0 && c.value() > 0 {
					take(c, stake)
				}
			}
		}
	}
	each(func(c cell, stake uint64) { w.tally[c.column()] += newTally(stake) })
	w.openBallots(kappa)
	each(func(c cell, stake uint64) {
		if at := &w.ballots[c.column()]; *at != noBallot {
			w.votes[*at] = newVote(c.value(), stake)
			*at++
		}
	})
	w.consensus(kappa)
}
