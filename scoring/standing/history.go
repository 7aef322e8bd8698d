package standing

import "fmt"

// Row is the outcome of one check.
type Row struct {
	Round  uint64
	Pass   bool
	Weight float64 // in (0, 1]; 1 is a whole row
}

// maxFades bounds the multiplications of one After. It is a part of a second.
const maxFades = 1 << 26

// After is the posterior that rows leave at the end of a round: each round that
// closes fades what was seen before it, then its own rows are taken in their order.
// Rows stand in the order of their rounds, and none is later than the round asked
// for.
//
// It has the bits of fading and taking rows round by round, since it does just this.
// Rounds over which nothing changes any more, or nothing is there yet, cost nothing,
// so that a gap may be of any length; more than 2^26 rounds that do change something
// are an error.
func (r Rule) After(rows []Row, round uint64) (Posterior, error) {
	var p Posterior
	if err := r.Check(); err != nil {
		return p, err
	}
	var last uint64
	fades := 0
	for i, row := range rows {
		switch {
		case row.Round < last:
			return p, fmt.Errorf("row %d is of round %d, after a row of round %d: sort rows by round", i, row.Round, last)
		case row.Round > round:
			return p, fmt.Errorf("row %d is of round %d, later than the round %d that is asked for", i, row.Round, round)
		case !(row.Weight > 0 && row.Weight <= 1):
			return p, fmt.Errorf("row %d has weight %v, want more than 0 and at most 1", i, row.Weight)
		}
		if err := r.pass(&p, row.Round-last, &fades); err != nil {
			return Posterior{}, err
		}
		last = row.Round
		p.See(row.Pass, row.Weight, r.Forget)
		if row.Weight == 1 {
			p.Checked++
		}
	}
	if err := r.pass(&p, round-last, &fades); err != nil {
		return Posterior{}, err
	}
	return p, nil
}

// pass lets rounds pass over p, one by one: a power would differ from repeated
// multiplication in the last bits. It stops where a round changes nothing, and then
// none after it does.
func (r Rule) pass(p *Posterior, rounds uint64, fades *int) error {
	for range rounds {
		before := *p
		p.Fade(r.ForgetRound)
		if *p == before {
			return nil
		}
		if *fades++; *fades > maxFades {
			return fmt.Errorf("rows fade over more than %d rounds at ForgetRound %v: ask for an earlier round, or set a ForgetRound that is 1 or forgets faster", maxFades, r.ForgetRound)
		}
	}
	return nil
}
