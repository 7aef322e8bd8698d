package zoo

import "slices"

// Copied says what of the public is copied.
type Copied uint8

// What can be copied.
const (
	CopyMedian    Copied = iota // stake-weighted median of the rows, by uid
	CopyMean                    // stake-weighted mean of the rows
	CopyBest                    // the one row with the most trust in the last epoch
	CopyConsensus               // the consensus that the chain shows
	CopyIncentive               // the incentive that the chain shows
	CopyNothing                 // its own work, where it does some
)

// of is the row that a copier makes of the public, nil while there is none. It is not to
// be changed.
func (c Copied) of(p *Public) []float64 {
	switch c {
	case CopyConsensus:
		return p.Consensus
	case CopyIncentive:
		return p.Incentive
	case CopyBest:
		return best(p)
	case CopyNothing:
		return nil
	}
	others := make([]Ballot, 0, len(p.Ballots))
	width := 0
	for _, b := range p.Ballots {
		if b.UID != p.Self && b.Stake > 0 {
			others, width = append(others, b), max(width, len(b.Weights))
		}
	}
	if len(others) == 0 {
		return nil
	}
	row := make([]float64, width)
	if c == CopyMean {
		for _, b := range others {
			for uid, w := range b.Weights {
				row[uid] += b.Stake * w
			}
		}
		return row
	}
	column := make([]supported, len(others))
	for uid := range row {
		for k, b := range others {
			column[k] = supported{stake: b.Stake}
			if uid < len(b.Weights) {
				column[k].weight = b.Weights[uid]
			}
		}
		row[uid] = median(column)
	}
	return row
}

// best is the row whose validator the chain trusted most, the lowest uid of equal ones.
func best(p *Public) (row []float64) {
	most := -1.0
	for _, b := range p.Ballots {
		if b.UID == p.Self || int(b.UID) >= len(p.VTrust) {
			continue
		}
		if t := p.VTrust[b.UID]; t > most {
			most, row = t, b.Weights
		}
	}
	return row
}

type supported struct{ weight, stake float64 }

// median is the smallest weight that at least half of the stake does not exceed. It
// sorts the column.
func median(column []supported) float64 {
	slices.SortFunc(column, func(a, b supported) int {
		switch {
		case a.weight < b.weight:
			return -1
		case a.weight > b.weight:
			return 1
		}
		return 0
	})
	var all, upTo float64
	for _, s := range column {
		all += s.stake
	}
	for _, s := range column {
		if upTo += s.stake; 2*upTo >= all {
			return s.weight
		}
	}
	return 0
}

// WeightCopy votes what others' public rows say. The zero value copies the median of what
// is public now.
type WeightCopy struct {
	Copies Copied
	Lag    int     // it copies what it saw so many epochs ago
	Keep   float64 // the share of its own last row that it keeps, in [0, 1)

	seen [][]float64 // the last Lag+1 rows, the oldest first
	row  []float64
}

// Vote implements Voter.
func (c *WeightCopy) Vote(p *Public) (uids, weights []uint16) {
	if row := c.Copies.of(p); row != nil {
		c.seen = append(c.seen, slices.Clone(row))
	}
	if over := len(c.seen) - max(c.Lag, 0) - 1; over > 0 {
		c.seen = c.seen[over:]
	}
	if len(c.seen) == 0 {
		return nil, nil
	}
	c.row = blend(c.row, c.seen[0], c.Keep)
	return quantise(c.row)
}

// blend is keep·old + (1-keep)·fresh, of rows that sum to 1; a missing old row is all
// fresh.
func blend(old, fresh []float64, keep float64) []float64 {
	sum := 0.0
	for _, w := range fresh {
		sum += w
	}
	if sum == 0 {
		return old
	}
	if len(old) == 0 {
		keep = 0
	}
	out := make([]float64, max(len(old), len(fresh)))
	for i, w := range fresh {
		out[i] = (1 - keep) * w / sum
	}
	for i, w := range old {
		out[i] += keep * w
	}
	return out
}
