package preference

import (
	"fmt"
	"math"

	"github.com/assaynet/assay/scoring/kernel"
)

// Bounds of a bootstrap.
const (
	minReplicates = 20
	MaxReplicates = 10_000
)

// Bootstrap is the covariance of the estimates in as many tables, each of clusters
// drawn with replacement (Efron 1979): raters with all their games, and beside them
// games whose rater is not known, which are drawn from the counts of the different
// games. Clusters are as in Sandwich, and so are the degrees of freedom. A prior's means
// are drawn too, so that a strength that the games leave open is as uncertain as the
// prior says. Equal seeds give equal results.
func (f *Fit) Bootstrap(replicates int, seed uint64) (*Covariance, error) {
	if replicates < minReplicates || replicates > MaxReplicates {
		return nil, fmt.Errorf("a bootstrap of %d replicates: want from %d to %d", replicates, minReplicates, MaxReplicates)
	}
	n := len(f.maximum.x)
	df, err := freedom(f.data.clusters())
	if err != nil {
		return nil, err
	}
	random := kernel.NewRandom(seed)
	all := newSymmetric(n)
	sample, mean := make([][]float64, replicates), make([]float64, n)
	for b := range sample {
		x, err := f.refit(random)
		if err != nil {
			return nil, fmt.Errorf("replicate %d: %w", b, err)
		}
		sample[b] = x
		for i, v := range x {
			mean[i] += v / float64(replicates)
		}
	}
	for _, x := range sample {
		for i := range x {
			x[i] -= mean[i]
		}
	}
	columns := make([][]float64, n)
	for i := range columns {
		columns[i] = make([]float64, replicates)
		for b, x := range sample {
			columns[i][b] = x[i]
		}
	}
	for i := range n {
		for j := range i + 1 {
			v := dot(columns[i], columns[j]) / float64(replicates-1)
			all.rows[i*n+j], all.rows[j*n+i] = v, v
		}
	}
	f.problem.unplayed(all)
	return &Covariance{all, df}, nil
}

// refit estimates from one drawn table.
func (f *Fit) refit(random *kernel.Random) ([]float64, error) {
	p := f.problem
	p.likelihood = f.data.resample(random)
	p.center = f.drawCenter(random)
	if x := f.chord(&p); x != nil {
		return x, nil
	}
	items := len(f.Strengths)
	p.precision = append([]float64(nil), p.precision...)
	g := newGraph(items, p.preferences)
	for _, members := range f.problem.components {
		part, strong := g.parts[members[0]], true
		for _, i := range members {
			strong = strong && g.parts[i] == part
		}
		for _, i := range members {
			if !strong && p.precision[i] == 0 {
				p.precision[i] = 1.0 / (DefaultPrior * DefaultPrior)
			}
		}
	}
	m, err := p.orShrunk(append([]float64(nil), f.maximum.x...), items)
	if err != nil {
		return nil, err
	}
	return m.x, nil
}

// drawCenter draws the means of the priors, of sum zero in each component. It is nil
// where there is none.
func (f *Fit) drawCenter(random *kernel.Random) []float64 {
	var center []float64
	for i, w := range f.problem.precision {
		if w > 0 {
			if center == nil {
				center = make([]float64, len(f.problem.precision))
			}
			center[i] = random.Normal() / math.Sqrt(w)
		}
	}
	if center == nil {
		return nil
	}
	for _, items := range f.problem.components {
		mean := 0.0
		for _, i := range items {
			mean += center[i] / float64(len(items))
		}
		for _, i := range items {
			center[i] -= mean
		}
	}
	return center
}

// chord climbs from the fit's maximum with the information there, which that of a
// drawn table is close to when there are many games: a step is then a small part of the
// step before it. It gives up, with nil, where it is not.
func (f *Fit) chord(p *problem) []float64 {
	x := append([]float64(nil), f.maximum.x...)
	step := make([]float64, len(x))
	before := math.Inf(1)
	for range 40 {
		clear(step)
		p.slope(x, step)
		p.pull(x, step)
		f.maximum.factor.solve(step)
		size := largest(step)
		if !(size < 0.5*before) {
			return nil
		}
		for i, v := range step {
			x[i] += v
		}
		if size <= 1e-6 { // what is left is far below the error of a bootstrap
			return x
		}
		before = size
	}
	return nil
}

// resample draws the games without a rater from their counts, and the raters.
func (g *games) resample(r *kernel.Random) likelihood {
	out := &games{items: g.items, side: g.side, davidson: g.davidson, edges: make([]edge, len(g.edges))}
	total := 0.0
	weights, drawn := make([]float64, 3*len(g.alone)), make([]float64, 3*len(g.alone))
	for k, won := range g.alone {
		for o, n := range won {
			weights[3*k+o] = n
			total += n
		}
	}
	multinomial(r, total, weights, drawn)
	for k, e := range g.edges {
		out.edges[k] = edge{e.left, e.right, [3]float64(drawn[3*k : 3*k+3])}
	}
	raters := g.raters()
	times := make([]float64, len(raters))
	for range raters {
		times[r.Intn(len(raters))]++
	}
	for w, games := range raters {
		if times[w] == 0 {
			continue
		}
		for _, c := range games {
			out.edges[c.edge].won[c.outcome] += float64(times[w] * c.count)
		}
	}
	return out
}
