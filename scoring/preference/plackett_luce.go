package preference

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/assaynet/assay/scoring/kernel"
)

const (
	maxRanked = 1 << 24 // items of all rankings together
	// maxRankedPairs bounds the pairs of items of each ranking: the information has a
	// term of its own for each. They are some seconds of work for a step of the fit.
	maxRankedPairs = 1 << 31
)

// Ranking is an order of different items, numbered from 0.
type Ranking struct {
	Order []int // best first
	Rest  []int // items known to be worse than all of Order, in no known order
}

// PlackettLuce fits strengths to rankings (Plackett 1975; Luce 1959; Hunter 2004): the best
// item is chosen from all of a ranking with probability e^θ_i / Σ e^θ_j, then the next
// from those left, and so on. A ranking may have any of the items. Each is a cluster of
// its own. Prior is as in Options. The result's Games are the rankings of an item. The
// error names the ranking that is not allowed, from 0.
func PlackettLuce(items int, rankings []Ranking, prior float64) (*Fit, error) {
	if items < 1 || items > MaxItems {
		return nil, fmt.Errorf("rankings of %d items: want from 1 to %d", items, MaxItems)
	}
	if err := checkWork(rankings); err != nil {
		return nil, err
	}
	games, seen, total := make([]int64, items), make([]int, items), 0
	for k, r := range rankings {
		total += len(r.Order) + len(r.Rest)
		if len(r.Order) == 0 {
			return nil, fmt.Errorf("ranking %d: it orders no item", k)
		}
		for n := range len(r.Order) + len(r.Rest) {
			i := r.item(n)
			switch {
			case i < 0 || i >= items:
				return nil, fmt.Errorf("ranking %d: there is no item %d, want from 0 to %d", k, i, items-1)
			case seen[i] == k+1:
				return nil, fmt.Errorf("ranking %d: item %d is there twice", k, i)
			}
			seen[i] = k + 1
			games[i]++
		}
	}
	if total == 0 {
		return nil, errors.New("there are no rankings to fit strengths to")
	}
	f, err := fit(newRanked(items, rankings), items, items, prior)
	if err != nil {
		return nil, err
	}
	f.Games = games
	return f, nil
}

// checkWork bounds what the rankings take, before anything is done with them.
func checkWork(rankings []Ranking) error {
	total, pairs := 0, 0
	for k, r := range rankings {
		n := len(r.Order) + len(r.Rest)
		if total += n; n > maxRanked || total > maxRanked {
			return fmt.Errorf("ranking %d: all together have more than %d items: fit a part of them", k, maxRanked)
		}
		if pairs += n * (n + 1) / 2; pairs > maxRankedPairs {
			return fmt.Errorf("ranking %d: all together have more than %d pairs of items of one ranking, which has %d items itself: fit a part of them, or cut long rankings", k, maxRankedPairs, n)
		}
	}
	return nil
}

// item is the n-th of the ranking, those of Rest last.
func (r *Ranking) item(n int) int {
	if n < len(r.Order) {
		return r.Order[n]
	}
	return r.Rest[n-len(r.Order)]
}

// choices is how often an item was chosen from others.
func (r *Ranking) choices() int {
	if len(r.Rest) == 0 {
		return len(r.Order) - 1
	}
	return len(r.Order)
}

// ranked is the likelihood of rankings.
type ranked struct {
	items    int
	rankings []Ranking
	weights  []float64 // how often each ranking counts
}

// newRanked puts rankings in order, so that theirs does not matter, and counts equal
// ones together.
func newRanked(items int, rankings []Ranking) *ranked {
	sorted := make([]Ranking, len(rankings))
	for k, r := range rankings {
		sorted[k] = Ranking{slices.Clone(r.Order), slices.Sorted(slices.Values(r.Rest))}
	}
	compare := func(a, b Ranking) int {
		return cmp.Or(slices.Compare(a.Order, b.Order), slices.Compare(a.Rest, b.Rest))
	}
	slices.SortFunc(sorted, compare)
	d := &ranked{items: items}
	for _, r := range sorted {
		if n := len(d.rankings); n == 0 || compare(d.rankings[n-1], r) != 0 {
			d.rankings, d.weights = append(d.rankings, r), append(d.weights, 0)
		}
		d.weights[len(d.weights)-1]++
	}
	return d
}

// preferences calls beats for each choice and the next, which links all of a ranking.
func (d *ranked) preferences(beats func(winner, loser int)) {
	for k, r := range d.rankings {
		if d.weights[k] == 0 {
			continue
		}
		for n := 1; n < len(r.Order); n++ {
			beats(r.Order[n-1], r.Order[n])
		}
		for _, i := range r.Rest {
			beats(r.Order[len(r.Order)-1], i)
		}
	}
}

// terms are what a ranking adds to the log-likelihood and its derivatives.
type terms struct {
	gamma []float64 // e^θ of each of its items, relative to the largest
	// once and twice are Σ 1/S and Σ 1/S² over the choices up to each one, S being the
	// sum of gamma of the items left at a choice.
	once, twice []float64
	value       float64
}

// of fills t for ranking r at x.
func (t *terms) of(r *Ranking, x []float64) {
	n, choices := len(r.Order)+len(r.Rest), r.choices()
	t.gamma, t.once, t.twice, t.value = t.gamma[:0], t.once[:0], t.twice[:0], 0
	top := x[r.item(0)]
	for k := range n {
		top = max(top, x[r.item(k)])
	}
	sums := make([]float64, n)
	for k := range n {
		t.gamma = append(t.gamma, kernel.Exp(max(x[r.item(k)]-top, -300))) // no sum is 0
	}
	left := 0.0
	for k := n - 1; k >= 0; k-- {
		left += t.gamma[k]
		sums[k] = left
	}
	var a, b float64
	for k := range choices {
		s := sums[k]
		a += 1 / s
		b += 1 / float64(s*s)
		t.once, t.twice = append(t.once, a), append(t.twice, b)
		t.value += x[r.Order[k]] - top - kernel.Log(s)
	}
}

// score is the derivative of the ranking's log-likelihood by the strength of its n-th
// item.
func (t *terms) score(n int) float64 {
	last := min(n, len(t.once)-1)
	s := -float64(t.gamma[n] * t.once[last])
	if n < len(t.once) {
		s++
	}
	return s
}

// evaluate is the log-likelihood of the rankings.
func (d *ranked) evaluate(x []float64, information *symmetric) float64 {
	value := 0.0
	var t terms
	for k := range d.rankings {
		r, w := &d.rankings[k], d.weights[k]
		if w == 0 || r.choices() == 0 {
			continue
		}
		t.of(r, x)
		value += float64(w * t.value)
		if information == nil {
			continue
		}
		for n := range t.gamma {
			i, last := r.item(n), min(n, len(t.once)-1)
			information.add(i, i, float64(float64(w*t.gamma[n])*t.once[last]))
			for m := range n + 1 { // −γ_i·γ_j·Σ 1/S² over the choices that had both
				v := float64(float64(float64(w*t.gamma[n])*t.gamma[m]) * t.twice[min(m, last)])
				information.add(i, r.item(m), -v)
			}
		}
	}
	return value
}

// slope adds the derivatives at x.
func (d *ranked) slope(x, gradient []float64) {
	var t terms
	for k := range d.rankings {
		r, w := &d.rankings[k], d.weights[k]
		if w == 0 || r.choices() == 0 {
			continue
		}
		t.of(r, x)
		for n := range t.gamma {
			gradient[r.item(n)] += float64(w * t.score(n))
		}
	}
}

// clusters counts the rankings.
func (d *ranked) clusters() (all, grouped float64) {
	for _, w := range d.weights {
		all += w
	}
	return all, 0
}

// scatter adds the squared derivatives of the rankings.
func (d *ranked) scatter(x []float64, _, out *symmetric) {
	var t terms
	sum := newSparse(d.items)
	for k := range d.rankings {
		r := &d.rankings[k]
		if r.choices() == 0 {
			continue
		}
		t.of(r, x)
		for n := range t.gamma {
			sum.add(r.item(n), t.score(n))
		}
		sum.square(out, d.weights[k])
	}
}

// resample draws the rankings.
func (d *ranked) resample(random *kernel.Random) likelihood {
	out := &ranked{d.items, d.rankings, make([]float64, len(d.weights))}
	total, _ := d.clusters()
	multinomial(random, total, d.weights, out.weights)
	return out
}
