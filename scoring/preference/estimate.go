package preference

import "fmt"

// Estimate is what a fit and its covariance say of one item.
type Estimate struct {
	Strength     float64
	SE           float64 // the standard error
	Lower, Upper float64 // the interval of level 0.95
	// RankLow and RankHigh hold the item's rank, 1 for the best. The rank is outside in
	// at most 5 % of all tables: see Estimates.
	RankLow, RankHigh int
}

const alpha = 0.05 // of an interval of level 0.95

// Estimates gives each item's strength with an interval of level 0.95 and its ranks.
//
// With reference −1, strengths are differences from the mean of their component. Else
// they are differences from the reference item, whose own strength and error are 0; an
// item of another component is then placed as if both components had one mean, and its
// error does not hold how little is known of that.
//
// RankLow is 1 + the number of items that are surely stronger, RankHigh the number of
// items minus those surely weaker. "Surely" is that the interval of the difference
// leaves out 0, with the covariance of both strengths in it, and with the level 1 −
// 0.05/(m−1) for the m−1 comparisons in a component of m items (Bonferroni). So an item's
// true rank is between both in at least 95 % of tables, one item at a time, as far as the
// errors are normal (compare Mogstad, Romano, Shaikh and Wilhelm 2024). Items of
// different components are never surely ordered.
func (f *Fit) Estimates(c *Covariance, reference int) ([]Estimate, error) {
	n := len(f.Strengths)
	if reference < -1 || reference >= n {
		return nil, fmt.Errorf("there is no reference item %d: want from 0 to %d, or −1 for none", reference, n-1)
	}
	if c.values.n != len(f.maximum.x) {
		return nil, fmt.Errorf("a covariance of %d parameters does not belong to a fit of %d", c.values.n, len(f.maximum.x))
	}
	z := c.quantile(1 - alpha/2)
	out := make([]Estimate, n)
	for i, s := range f.Strengths {
		e := Estimate{Strength: s, SE: c.Error(i), RankLow: 1, RankHigh: n}
		if reference >= 0 {
			e.Strength, e.SE = s-f.Strengths[reference], c.Difference(i, reference)
		}
		e.Lower, e.Upper = e.Strength-float64(z*e.SE), e.Strength+float64(z*e.SE)
		out[i] = e
	}
	for _, items := range f.problem.components {
		if len(items) > 1 {
			f.order(out, items, c, c.quantile(1-alpha/2/float64(len(items)-1)))
		}
	}
	return out, nil
}

// order narrows the ranks of the items of a component: z standard errors of a difference
// make it sure.
func (f *Fit) order(out []Estimate, items []int, c *Covariance, z float64) {
	for a, i := range items {
		for _, j := range items[:a] {
			d := f.Strengths[i] - f.Strengths[j]
			margin := float64(z * c.Difference(i, j))
			switch {
			case d > margin:
				out[j].RankLow++
				out[i].RankHigh--
			case -d > margin:
				out[i].RankLow++
				out[j].RankHigh--
			}
		}
	}
}
