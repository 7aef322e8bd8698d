package preference

import (
	"errors"
	"fmt"
	"math"

	"github.com/assaynet/assay/scoring/kernel"
)

const (
	crowdPasses  = 500
	crowdSettled = 1e-9 // relative change of the log-posterior
	firstRating  = 0.75 // the reliability that a rater starts with if gold says nothing
)

// Crowd is a fit of strengths and reliabilities.
type Crowd struct {
	Strengths     []float64 // of each item; they sum to zero in each component
	Raters        []Reliability
	LogLikelihood float64 // of all games, without the priors
	Passes        int
	Settled       bool // the passes ended by themselves

	posterior []float64 // the logarithm of the posterior density, up to a constant, at each pass; it never falls
}

// CrowdBradleyTerry fits (Chen, Bennett, Collins-Thompson and Horvitz 2013)
//
//	P(rater w prefers i to j) = η_w·σ(θ_i − θ_j) + (1 − η_w)·σ(θ_j − θ_i)
//
// by expectation and maximization. A tie is half a win to each, and a game without a
// rater has the pooled reliability. Strengths have a normal prior of standard deviation
// DefaultPrior, since a mixture has no finite maximum where all raters agree, and
// reliabilities the prior Beta(2, 2).
//
// The model is the same with all strengths and all reliabilities turned round. Gold
// decides: games whose outcome is known, such as Game{i, j, LeftWins, NoRater} for a
// better i. A rater starts with its share of them, and the others with ¾, which takes
// the majority to be right.
func CrowdBradleyTerry(t *Table, gold []Game) (*Crowd, error) {
	if t.games == 0 {
		return nil, errors.New("there are no games to fit strengths to")
	}
	c := &crowd{data: newGames(t, false, false), better: map[[2]int32]bool{}}
	for k, g := range gold {
		if g.Left < 0 || g.Right < 0 || g.Left >= t.items || g.Right >= t.items || g.Left == g.Right || g.Outcome > RightWins {
			return nil, fmt.Errorf("gold game %d: want two different items from 0 to %d, and LeftWins or RightWins", k, t.items-1)
		}
		low, high, lowWins := g.Left, g.Right, g.Outcome == LeftWins
		if low > high {
			low, high, lowWins = high, low, !lowWins
		}
		c.better[[2]int32{int32(low), int32(high)}] = lowWins
	}
	c.pool(t.raters)
	c.start()
	return c.fit()
}

// crowd is the state of a fit.
type crowd struct {
	data   *games
	better map[[2]int32]bool // gold: whether the lower item of an edge is the better one
	group  []int             // of each rater: 0 is the pool
	games  []float64         // of each rater
	rating []float64         // η of each group
	rated  []rated           // all games, by group instead of rater
}

// pool gives raters with few games, and games without a rater, group 0.
func (c *crowd) pool(raters int) {
	c.games, c.group = make([]float64, raters), make([]int, raters)
	for _, r := range c.data.rated {
		c.games[r.rater] += r.count
	}
	groups := 1
	for w, n := range c.games {
		if n >= MinRated {
			c.group[w] = groups
			groups++
		}
	}
	c.rating = make([]float64, groups)
	for k, won := range c.data.alone {
		for o, n := range won {
			if n > 0 {
				c.rated = append(c.rated, rated{0, int32(k), uint8(o), n})
			}
		}
	}
	for _, r := range c.data.rated {
		r.rater = int32(c.group[r.rater])
		c.rated = append(c.rated, r)
	}
}

// start is the mean of Beta(firstRating, 1−firstRating) and the gold games of a group.
func (c *crowd) start() {
	right, known := make([]float64, len(c.rating)), make([]float64, len(c.rating))
	for _, r := range c.rated {
		e := c.data.edges[r.edge]
		lowWins, ok := c.better[[2]int32{e.left, e.right}]
		if !ok || r.outcome > 1 {
			continue
		}
		known[r.rater] += r.count
		if lowWins == (r.outcome == 0) {
			right[r.rater] += r.count
		}
	}
	for g := range c.rating {
		c.rating[g] = (right[g] + firstRating) / (known[g] + 1)
	}
}

// fit alternates: how likely each game was meant as said, then reliabilities and
// strengths from that.
func (c *crowd) fit() (*Crowd, error) {
	out := &Crowd{}
	graph := newGraph(c.data.items, c.data.preferences)
	soft := &games{items: c.data.items, edges: make([]edge, len(c.data.edges))}
	p := problem{likelihood: soft, components: graph.members, precision: make([]float64, c.data.items)}
	for i := range p.precision {
		p.precision[i] = 1.0 / (DefaultPrior * DefaultPrior)
	}
	m := &maximum{x: make([]float64, c.data.items)}
	meant, total := make([]float64, len(c.rating)), make([]float64, len(c.rating))
	for {
		value := c.expect(m.x, soft, meant, total)
		out.LogLikelihood = value
		value += c.logPrior(m.x, p.precision)
		n := len(out.posterior)
		settled := n > 0 && value-out.posterior[n-1] <= crowdSettled*math.Abs(value)
		out.posterior = append(out.posterior, value)
		if out.Settled = settled; settled || out.Passes == crowdPasses {
			break
		}
		out.Passes++
		for g := range c.rating {
			c.rating[g] = (meant[g] + 1) / (total[g] + 2)
		}
		if !p.improve(m) {
			return nil, fmt.Errorf("fit strengths, pass %d: %w", out.Passes, errRunsAway)
		}
	}
	out.Strengths = m.x
	out.Raters = c.reliabilities(m.x)
	return out, nil
}

// improve makes a step uphill with the factor that m has, and makes a new factor if that
// one shortens the next step by less than half. The expectation is maximized again and
// again, so that one step each time is enough.
func (p *problem) improve(m *maximum) bool {
	step := make([]float64, len(m.x))
	direct := func() float64 {
		clear(step)
		p.slope(m.x, step)
		p.pull(m.x, step)
		m.factor.solve(step)
		return largest(step)
	}
	if m.factor == nil {
		m.factor = newSymmetric(len(m.x))
		if !p.refactor(m) {
			return false
		}
	}
	size := direct()
	if size > tolerant && !p.ascend(m, step) {
		return false
	}
	if direct() > 0.5*size && size > tolerant {
		return p.refactor(m)
	}
	return true
}

func (c *crowd) logPrior(x, precision []float64) float64 {
	sum := 0.0
	for i, v := range x {
		sum -= float64(0.5 * float64(float64(precision[i]*v)*v))
	}
	for _, eta := range c.rating {
		sum += kernel.Log(eta) + kernel.Log(1-eta)
	}
	return sum
}

// expect shares each game out to both sides of its edge by how likely the rater meant
// what it said, counts what each group meant, and gives the log-likelihood.
func (c *crowd) expect(x []float64, soft *games, meant, total []float64) float64 {
	for k, e := range c.data.edges {
		soft.edges[k] = edge{left: e.left, right: e.right}
	}
	clear(meant)
	clear(total)
	chance := c.chances(x)
	value := 0.0
	for _, r := range c.rated {
		e, p, eta := &soft.edges[r.edge], chance[r.edge], c.rating[r.rater]
		first := float64(eta*p) + float64((1-eta)*(1-p)) // P(the rater says the lower item)
		switch r.outcome {
		case 2: // half of each
			value += float64(float64(0.5*r.count) * (kernel.Log(first) + kernel.Log(1-first)))
			c.share(e, r, 0, float64(0.5*r.count), float64(eta*p)/first, meant, total)
			c.share(e, r, 1, float64(0.5*r.count), float64(eta*(1-p))/(1-first), meant, total)
		case 0:
			value += float64(r.count * kernel.Log(first))
			c.share(e, r, 0, r.count, float64(eta*p)/first, meant, total)
		case 1:
			value += float64(r.count * kernel.Log(1-first))
			c.share(e, r, 1, r.count, float64(eta*(1-p))/(1-first), meant, total)
		}
	}
	return value
}

// share gives a win to the side that was said with the probability that it was meant,
// and else to the other side.
func (c *crowd) share(e *edge, r rated, said int, count, probability float64, meant, total []float64) {
	m := float64(count * probability)
	e.won[said] += m
	e.won[1-said] += count - m
	meant[r.rater] += m
	total[r.rater] += count
}

// chances is P(lower beats higher) of each edge.
func (c *crowd) chances(x []float64) []float64 {
	out := make([]float64, len(c.data.edges))
	for k, e := range c.data.edges {
		out[k] = kernel.Logistic(x[e.left] - x[e.right])
	}
	return out
}
