package preference

import "github.com/assaynet/assay/scoring/kernel"

// MinRated is how many games a rater needs for a reliability of its own. With fewer it
// shares that of all such raters.
const MinRated = 20

// Reliability is how often a rater means what it says: η, the probability that it
// prefers as the strengths do; with 1−η it prefers the other way round. ½ is noise, and
// below is malice.
type Reliability struct {
	Value float64
	// Lower and Upper bound the values whose likelihood is above e^−1.92 of the
	// largest: an interval of level 0.95 given the strengths.
	Lower, Upper float64
	Games        int64
	Pooled       bool // it is that of all raters with fewer than MinRated games
}

// reliabilities are those of the raters with their intervals.
func (c *crowd) reliabilities(x []float64) []Reliability {
	groups := make([][]rated, len(c.rating))
	for _, r := range c.rated {
		groups[r.rater] = append(groups[r.rater], r)
	}
	chance := c.chances(x)
	byGroup := make([]Reliability, len(groups))
	for g, games := range groups {
		eta := c.rating[g]
		height := func(eta float64) float64 {
			v := kernel.Log(eta) + kernel.Log(1-eta)
			for _, r := range games {
				p := chance[r.edge]
				first := float64(eta*p) + float64((1-eta)*(1-p))
				switch r.outcome {
				case 0:
					v += float64(r.count * kernel.Log(first))
				case 1:
					v += float64(r.count * kernel.Log(1-first))
				default:
					v += float64(float64(0.5*r.count) * (kernel.Log(first) + kernel.Log(1-first)))
				}
			}
			return v
		}
		least := height(eta) - 1.920729 // half the 0.95-quantile of χ² with one degree of freedom
		byGroup[g] = Reliability{Value: eta, Lower: cross(height, eta, 0, least), Upper: cross(height, eta, 1, least), Pooled: g == 0}
	}
	out := make([]Reliability, len(c.group))
	for w, g := range c.group {
		out[w] = byGroup[g]
		out[w].Games = int64(c.games[w])
	}
	return out
}

// cross is where a concave height falls to least between inside, where it is above, and
// outside.
func cross(height func(float64) float64, inside, outside, least float64) float64 {
	for range 40 {
		mid := float64(0.5 * (inside + outside))
		if height(mid) >= least {
			inside = mid
		} else {
			outside = mid
		}
	}
	return inside
}
