package preference

import (
	"errors"
	"fmt"
	"math"

	"github.com/assaynet/assay/scoring/kernel"
)

// Ties says what a tie is.
type Ties uint8

const (
	// HalfWins takes a tie for half a win to each item. The log-likelihood is then no
	// probability's logarithm, but its maximum estimates the same strengths.
	HalfWins Ties = iota
	// Davidson gives ties a probability of their own (Davidson 1970), with ν estimated:
	// P(i) : P(j) : P(tie) = γ_i : γ_j : ν·√(γ_i·γ_j), γ = e^θ. Without any tie it is
	// HalfWins.
	Davidson
)

// Options say how BradleyTerry fits.
type Options struct {
	Ties Ties
	// Side adds an effect δ of standing left, as playing at home:
	// P(left wins) = σ(θ_left − θ_right + δ).
	Side bool
	// Prior is the standard deviation of a normal prior of mean 0 of the strengths. 0 is
	// none where the games determine finite strengths, and DefaultPrior where they do
	// not. Only under one prior for all tables does a further win never lower a
	// strength: without, the one win that makes a component strongly connected also
	// takes its prior away.
	Prior float64
}

// clustered is a likelihood of data in clusters that are independent of each other.
type clustered interface {
	likelihood
	// clusters counts them. grouped is the number of those that are raters, of more than
	// one game perhaps.
	clusters() (all, grouped float64)
	// scatter adds Σ s·sᵀ over the clusters to out, s being the derivative of a
	// cluster's log-likelihood at x. bread is the inverse of the information.
	scatter(x []float64, bread, out *symmetric)
	// resample draws as many clusters as there are, with replacement.
	resample(r *kernel.Random) likelihood
}

// Fit is a maximum of the likelihood, or with a prior of the posterior density.
type Fit struct {
	Strengths []float64 // of each item; they sum to zero in each component
	Side      float64   // δ, the effect of standing left; 0 without
	Tie       float64   // ν of Davidson; 0 without
	// LogLikelihood is that of all games or rankings at the maximum, without the prior.
	LogLikelihood float64
	// Components numbers each item's connected component of the graph of games.
	// Strengths of different components cannot be compared.
	Components []int
	// Parts numbers each item's strongly connected component: from every item in it, a
	// chain of wins leads to every other.
	Parts []int
	// Shrunk says for each item whether its strength has a prior.
	Shrunk []bool
	Games  []int64 // of each item
	Steps  int     // of Newton's method

	data    clustered
	problem problem
	maximum *maximum
}

// BradleyTerry fits strengths to a table of games (Bradley and Terry 1952) by Newton's
// method on its counts. The error says that the table is empty, that an option is not
// allowed, or that the maximum was not found.
func BradleyTerry(t *Table, o Options) (*Fit, error) {
	if t.games == 0 {
		return nil, errors.New("there are no games to fit strengths to")
	}
	if o.Ties > Davidson {
		return nil, fmt.Errorf("there is no kind of ties %d: want HalfWins or Davidson", o.Ties)
	}
	tied, games := t.played()
	data := newGames(t, o.Side, o.Ties == Davidson && tied > 0)
	side, tie, n := data.parameters()
	f, err := fit(data, t.items, n, o.Prior)
	if err != nil {
		return nil, err
	}
	f.Games = games
	if side >= 0 {
		f.Side = f.maximum.x[side]
	}
	if tie >= 0 {
		f.Tie = kernel.Exp(f.maximum.x[tie])
	}
	return f, nil
}

// played counts the ties, and the games of each item.
func (t *Table) played() (tied int64, games []int64) {
	games = make([]int64, t.items)
	for _, p := range t.pairs {
		n := p.counts[LeftWins] + p.counts[RightWins] + p.counts[Tie] + p.counts[Neither]
		games[p.left] += n
		games[p.right] += n
		tied += p.counts[Tie] + p.counts[Neither]
	}
	return tied, games
}

// fit maximizes a likelihood of n parameters, the first of which are strengths.
func fit(data clustered, items, n int, prior float64) (*Fit, error) {
	if math.IsNaN(prior) || math.IsInf(prior, 0) || prior < 0 || prior != 0 && (prior < 1e-3 || prior > 1e3) {
		return nil, fmt.Errorf("a prior of standard deviation %v: want 0 for none, or from 0.001 to 1000", prior)
	}
	g := newGraph(items, data.preferences)
	p := problem{likelihood: data, components: g.members, precision: make([]float64, n)}
	for i := range items {
		switch {
		case prior > 0:
			p.precision[i] = 1 / float64(prior*prior)
		case !g.strong[g.components[i]]:
			p.precision[i] = 1.0 / (DefaultPrior * DefaultPrior)
		}
	}
	m, err := p.orShrunk(make([]float64, n), items)
	if err != nil {
		return nil, err
	}
	f := &Fit{Strengths: m.x[:items:items], LogLikelihood: m.value, Components: g.components, Parts: g.parts,
		Shrunk: make([]bool, items), Steps: m.steps, data: data, problem: p, maximum: m}
	for i := range f.Shrunk {
		f.Shrunk[i] = p.precision[i] > 0
	}
	return f, nil
}

// orShrunk maximizes, and if there is no maximum, because an effect of the side or ν
// explains all games, gives every parameter the default prior.
func (p *problem) orShrunk(x []float64, items int) (*maximum, error) {
	m, err := p.maximize(x, items)
	if err == nil {
		return m, nil
	}
	for i, w := range p.precision {
		if w == 0 {
			p.precision[i] = 1.0 / (DefaultPrior * DefaultPrior)
		}
	}
	m, err = p.maximize(make([]float64, len(x)), items)
	if err != nil {
		return nil, fmt.Errorf("fit strengths: %w", err)
	}
	return m, nil
}
