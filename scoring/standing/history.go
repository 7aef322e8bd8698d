package standing

import (
	"fmt"

	"github.com/assaynet/assay/scoring/kernel"
)

// Row is the outcome of one check.
type Row struct {
	Round  uint64
	Pass   bool
	Weight float64 // in (0, 1]; 1 is a whole row
}

// After is the posterior that rows leave at the end of a round: each round that
// closes fades what was seen before it, then its own rows are taken in their order.
// Rows stand in the order of their rounds, and none is later than the round asked
// for.
func (r Rule) After(rows []Row, round uint64) (Posterior, error) {
	var p Posterior
	if err := r.Check(); err != nil {
		return p, err
	}
	var last uint64
	for i, row := range rows {
		switch {
		case row.Round < last:
			return p, fmt.Errorf("row %d is of round %d, after a row of round %d: sort rows by round", i, row.Round, last)
		case row.Round > round:
			return p, fmt.Errorf("row %d is of round %d, later than the round %d that is asked for", i, row.Round, round)
		case !(row.Weight > 0 && row.Weight <= 1):
			return p, fmt.Errorf("row %d has weight %v, want more than 0 and at most 1", i, row.Weight)
		}
		p.Fade(r.kept(row.Round - last))
		last = row.Round
		p.See(row.Pass, row.Weight, r.Forget)
		if row.Weight == 1 {
			p.Checked++
		}
	}
	p.Fade(r.kept(round - last))
	return p, nil
}

// kept is what some rounds leave of the rows before them. One round leaves exactly
// ForgetRound, so going round by round gives the same bits.
func (r Rule) kept(rounds uint64) float64 {
	switch rounds {
	case 0:
		return 1
	case 1:
		return r.ForgetRound
	}
	return kernel.Pow(r.ForgetRound, float64(rounds))
}
