package standing

// Posterior is a Beta posterior of a worker's valid share, less its prior: the rows
// that passed and the rows that failed, each counted as far as it is not forgotten
// yet. The zero value has seen nothing.
//
// A row of weight w leaves of everything before it the part 1 − w·(1 − forget), so
// whole rows make a geometric series:
//
//	Pass = Σ forget^(rows since i) over the rows i that passed,
//
// and likewise Fail. Pass + Fail stays at or below 1/(1 − forget) rows.
type Posterior struct {
	Pass    float64 // rows
	Fail    float64 // rows
	Checked uint64  // whole rows ever, without forgetting
}

// Fade multiplies the rows by a factor in [0, 1]: time has passed over them.
func (p *Posterior) Fade(by float64) {
	p.Pass, p.Fail = float64(p.Pass*by), float64(p.Fail*by)
}

// See takes a row with a weight in [0, 1], which forgets that share of a whole row.
// It is not added to Checked: a row that is spread over several posteriors is no
// check of any one of them.
func (p *Posterior) See(pass bool, weight, forget float64) {
	keep := 1 - float64(weight*(1-forget))
	p.Pass = float64(p.Pass * keep)
	p.Fail = float64(p.Fail * keep)
	if pass {
		p.Pass += weight
	} else {
		p.Fail += weight
	}
}

// Check takes a whole row.
func (p *Posterior) Check(pass bool, forget float64) {
	p.See(pass, 1, forget)
	p.Checked++
}

// Rows is the effective sample size, in rows: what is left of everything seen.
//
// It is what the posterior believes in. The share Pass/Rows of a worker whose
// quality does not change varies less than that of as many equal rows: after long
// forgetting at rate λ it has the variance of (1+λ)/(1−λ) rows (Kish's effective
// size), nearly twice the 1/(1−λ) that are counted. The difference is room for a
// quality that does change.
func (p Posterior) Rows() float64 { return p.Pass + p.Fail }
