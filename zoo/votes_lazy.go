package zoo

import "slices"

// LazyRow is how a validator votes that does not work.
type LazyRow uint8

// The rows of the lazy.
const (
	LazyUniform   LazyRow = iota // all miners alike
	LazyConstant                 // the median of the rows that it saw first, for ever
	LazyIncentive                // what the chain paid in the last epoch
	LazyMedian                   // the median of the rows that are public now
)

// Lazy votes without work. The zero value votes for all miners alike.
type Lazy struct {
	Votes LazyRow

	row []float64 // of LazyConstant
}

// Vote implements Voter.
func (l *Lazy) Vote(p *Public) (uids, weights []uint16) {
	switch l.Votes {
	case LazyIncentive:
		return quantise(p.Incentive)
	case LazyMedian:
		return quantise(CopyMedian.of(p))
	case LazyConstant:
		if uids, _ := quantise(l.row); len(uids) == 0 {
			l.row = slices.Clone(CopyMedian.of(p))
		}
		return quantise(l.row)
	}
	uids = slices.Sorted(slices.Values(p.Miners))
	return uids, slices.Repeat([]uint16{1<<16 - 1}, len(uids))
}

// Cabal is one of a group of validators that gives a share of its row to miners of its
// own, in equal parts, and votes the rest like others, so as not to stand out.
type Cabal struct {
	Own   []uint16 // uids
	Share float64  // in [0, 1]
	Rest  Voter    // a copier, or honest work
}

// Vote implements Voter.
func (c *Cabal) Vote(p *Public) (uids, weights []uint16) {
	var row []float64
	put := func(uid uint16, w float64) {
		if short := int(uid) + 1 - len(row); short > 0 {
			row = append(row, make([]float64, short)...)
		}
		row[uid] += w
	}
	uids, weights = c.Rest.Vote(p)
	sum := 0.0
	for _, w := range weights {
		sum += float64(w)
	}
	for k, uid := range uids {
		put(uid, (1-c.Share)*float64(weights[k])/max(sum, 1))
	}
	for _, uid := range c.Own {
		put(uid, c.Share/float64(len(c.Own)))
	}
	return quantise(row)
}
