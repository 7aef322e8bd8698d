package preference

import "math"

// clusters counts the raters and the games without one.
func (g *games) clusters() (all, grouped float64) {
	grouped = float64(len(g.raters()))
	all = grouped
	for _, won := range g.alone {
		all += won[0] + won[1] + won[2]
	}
	return all, grouped
}

// scatter adds the squares of the derivatives of the raters' and of the other games.
func (g *games) scatter(x []float64, bread, out *symmetric) {
	laws := make([]law, len(g.edges))
	for k := range g.edges {
		e := &g.edges[k]
		laws[k] = g.at(e, x)
		for o, count := range g.alone[k] {
			s, t := laws[k].residuals(uint8(o))
			g.inform(out, e, float64(float64(s*s)*count), float64(float64(s*t)*count), float64(float64(t*t)*count))
		}
	}
	clusters, _ := g.clusters()
	sum, next := newSparse(len(x)), newSparse(len(x))
	for _, games := range g.raters() {
		for _, r := range games {
			s, t := laws[r.edge].residuals(r.outcome)
			g.spread(sum, &g.edges[r.edge], float64(s*r.count), float64(t*r.count))
		}
		g.withoutOwn(games, laws, bread, sum, next)
		sum.square(out, (clusters-1)/clusters)
	}
	g.untold(laws, out)
}

// raters are the games of each rater.
func (g *games) raters() [][]rated {
	var out [][]rated
	from := 0
	for to := range g.rated {
		if to+1 == len(g.rated) || g.rated[to+1].rater != g.rated[from].rater {
			out = append(out, g.rated[from:to+1])
			from = to + 1
		}
	}
	return out
}

// spread adds games with residuals s and t to a rater's derivative.
func (g *games) spread(v *sparse, e *edge, s, t float64) {
	side, tie, _ := g.parameters()
	v.add(int(e.left), s)
	v.add(int(e.right), -s)
	if side >= 0 {
		v.add(side, s)
	}
	if tie >= 0 {
		v.add(tie, t)
	}
}

// withoutOwn turns a rater's derivative s into (I − H_r·H⁻¹)⁻¹·s = s + H_r·H⁻¹·s + …, as far
// as a thousand terms go.
func (g *games) withoutOwn(games []rated, laws []law, bread *symmetric, s, term *sparse) {
	for _, i := range s.at {
		term.add(i, s.values[i])
	}
	moved := make([]float64, len(s.values)) // H⁻¹·term where the rater's games see it
	for range 1000 {
		for _, i := range s.at {
			v := 0.0
			for _, j := range s.at {
				v += float64(bread.rows[i*bread.n+j] * term.values[j])
			}
			moved[i] = v
		}
		term.clear()
		g.informed(games, laws, moved, term)
		size, whole := 0.0, 0.0
		for _, i := range s.at {
			s.values[i] += term.values[i]
			size, whole = max(size, math.Abs(term.values[i])), max(whole, math.Abs(s.values[i]))
		}
		if size <= float64(1e-9*whole) {
			break
		}
	}
	term.clear()
}

// informed adds H_r·v.
func (g *games) informed(games []rated, laws []law, v []float64, out *sparse) {
	side, tie, _ := g.parameters()
	for _, r := range games {
		e, l := &g.edges[r.edge], &laws[r.edge]
		d, t := v[e.left]-v[e.right], 0.0
		if side >= 0 {
			d += v[side]
		}
		if tie >= 0 {
			t = v[tie]
		}
		a := float64(l.variance*d) + float64(l.cross*t)
		b := float64(l.cross*d) + float64(float64(l.tie*(1-l.tie))*t)
		g.spread(out, e, float64(a*r.count), float64(b*r.count))
	}
}

// untold adds the information of games whose squares tell too little: those of items that
// only one rater has judged, whose derivative by their strengths is 0 at the maximum,
// and those that went one way only, between different strongly connected parts.
func (g *games) untold(laws []law, out *symmetric) {
	parts := newGraph(g.items, g.preferences).parts
	const nobody, several = -1, -2
	judge := make([]int32, g.items)
	for i := range judge {
		judge[i] = nobody
	}
	note := func(i, rater int32) {
		if judge[i] == nobody {
			judge[i] = rater
		} else if judge[i] != rater {
			judge[i] = several
		}
	}
	for k, e := range g.edges {
		if g.alone[k] != [3]float64{} {
			note(e.left, several)
			note(e.right, several)
		}
	}
	for _, r := range g.rated {
		note(g.edges[r.edge].left, r.rater)
		note(g.edges[r.edge].right, r.rater)
	}
	for k := range g.edges {
		e, l := &g.edges[k], &laws[k]
		if n := e.won[0] + e.won[1] + e.won[2]; judge[e.left] >= 0 || judge[e.right] >= 0 || parts[e.left] != parts[e.right] {
			g.inform(out, e, float64(n*l.variance), float64(n*l.cross), float64(float64(n*l.tie)*(1-l.tie)))
		}
	}
}

// sparse is a vector of which few entries are not 0.
type sparse struct {
	values  []float64
	at      []int // where they are not
	touched []bool
}

func newSparse(n int) *sparse { return &sparse{values: make([]float64, n), touched: make([]bool, n)} }

func (v *sparse) add(i int, x float64) {
	if !v.touched[i] {
		v.touched[i] = true
		v.at = append(v.at, i)
	}
	v.values[i] += x
}

// square adds weight·v·vᵀ to out and sets v to 0.
func (v *sparse) square(out *symmetric, weight float64) {
	for a, i := range v.at {
		w := float64(weight * v.values[i])
		for _, j := range v.at[:a+1] {
			out.add(i, j, float64(w*v.values[j]))
		}
	}
	v.clear()
}

func (v *sparse) clear() {
	for _, i := range v.at {
		v.values[i], v.touched[i] = 0, false
	}
	v.at = v.at[:0]
}
