package preference

import (
	"fmt"
	"math"

	"github.com/assaynet/assay/scoring/kernel"
)

// Outliers watches raters while their games arrive, for votes that are unusual among
// all votes on the same two items.
//
// A game with a new vote has the randomised p-value
//
//	p = (number of votes so far, with this one, whose outcome is rarer + u·those as frequent) / number of votes
//
// with u uniform in (0, 1) and frequencies counted with the new vote. If votes on a pair
// come in a random order, p is uniform and independent of all before it (Vovk, Gammerman
// and Shafer 2005), with ties as without. So the product of 1/(2·√p) over a rater's
// games, whose factors have the mean 1, is an e-process: that it ever exceeds 1/α has at
// most the probability α (Ville 1939), whenever one looks. It is a reason to look closer,
// not a verdict: a rater of another opinion is unusual too.
//
// The zero value has seen nothing. The factors 1/(2·p), which have no finite mean, are
// not used.
type Outliers struct {
	pairs  map[[2]int]*[3]int64
	raters map[int]*evidence
}

// evidence is against one rater, as logarithms.
type evidence struct{ now, highest float64 }

// Bounds of what is watched.
const maxWatched = 1 << 22

// Add counts a game and returns its p-value. u must be uniform in (0, 1] and drawn
// after the vote is fixed, as from a seed that raters do not know.
func (o *Outliers) Add(g Game, u float64) (p float64, err error) {
	if g.Left == g.Right || g.Outcome > Neither || g.Rater < 0 || !(u > 0 && u <= 1) {
		return 0, fmt.Errorf("a game of %d and %d by rater %d with outcome %d and u=%v: want two different items, a rater, a known outcome and 0 < u ≤ 1", g.Left, g.Right, g.Rater, g.Outcome, u)
	}
	flipped := g.Left > g.Right
	key := [2]int{min(g.Left, g.Right), max(g.Left, g.Right)}
	votes, ok := o.pairs[key]
	if !ok && len(o.pairs) >= maxWatched || o.raters[g.Rater] == nil && len(o.raters) >= maxWatched {
		return 0, fmt.Errorf("more than %d pairs or raters are not watched", maxWatched)
	}
	if o.pairs == nil {
		o.pairs, o.raters = map[[2]int]*[3]int64{}, map[int]*evidence{}
	}
	if !ok {
		votes = new([3]int64)
		o.pairs[key] = votes
	}
	vote := indexOf(g.Outcome, flipped)
	votes[vote]++
	var rarer, same, all int64
	for _, n := range votes {
		all += n
		switch {
		case n < votes[vote]:
			rarer += n
		case n == votes[vote]:
			same += n
		}
	}
	p = (float64(rarer) + float64(u*float64(same))) / float64(all)
	e := o.raters[g.Rater]
	if e == nil {
		e = new(evidence)
		o.raters[g.Rater] = e
	}
	e.now -= kernel.Log(2 * math.Sqrt(p))
	e.highest = max(e.highest, e.now)
	return p, nil
}

// Evidence is the natural logarithm of the highest value that the e-process against a
// rater has had, at least 0. The rater is an outlier at level α if it is above ln(1/α).
func (o *Outliers) Evidence(rater int) float64 {
	if e := o.raters[rater]; e != nil {
		return e.highest
	}
	return 0
}
