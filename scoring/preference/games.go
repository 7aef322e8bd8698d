package preference

import (
	"cmp"
	"slices"
)

// edge is all games of two items. Where the side has no effect, left is the lower one.
type edge struct {
	left, right int32
	won         [3]float64 // by left, by right, by none
}

// rated counts equal games of one rater on an edge.
type rated struct {
	rater, edge int32
	outcome     uint8 // as the index of edge.won
	count       float64
}

// games is the likelihood of a Table. Its parameters are the strengths, then the effect
// of the left side if there is one, then ln ν if ties are Davidson's.
type games struct {
	items          int
	side, davidson bool
	edges          []edge
	alone          [][3]float64 // for each edge, its games without a rater
	rated          []rated      // by rater, edge and outcome
}

// newGames orders the counts of a table.
func newGames(t *Table, side, davidson bool) *games {
	t.compact()
	order := make([]int32, len(t.pairs))
	for i := range order {
		order[i] = int32(i)
	}
	ends := func(p int32) (low, high int32, flipped bool) {
		l, r := t.pairs[p].left, t.pairs[p].right
		if !side && l > r {
			return r, l, true
		}
		return l, r, false
	}
	slices.SortFunc(order, func(a, b int32) int {
		al, ah, af := ends(a)
		bl, bh, bf := ends(b)
		return cmp.Or(cmp.Compare(al, bl), cmp.Compare(ah, bh), boolean(af)-boolean(bf))
	})
	g := &games{items: t.items, side: side, davidson: davidson}
	where := make([]int32, len(t.pairs)) // the edge of a pair
	for _, p := range order {
		low, high, flipped := ends(p)
		if n := len(g.edges); n == 0 || g.edges[n-1].left != low || g.edges[n-1].right != high {
			g.edges = append(g.edges, edge{left: low, right: high})
			g.alone = append(g.alone, [3]float64{})
		}
		n := len(g.edges) - 1
		where[p] = int32(n)
		for o := range Neither + 1 {
			g.edges[n].won[indexOf(o, flipped)] += float64(t.pairs[p].counts[o])
			g.alone[n][indexOf(o, flipped)] += float64(t.pairs[p].anonymous[o])
		}
	}
	g.place(t, where)
	return g
}

// indexOf is the index of an outcome in edge.won.
func indexOf(o Outcome, flipped bool) uint8 {
	switch {
	case o >= Tie:
		return 2
	case flipped:
		return uint8(RightWins - o)
	}
	return uint8(o)
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}

// place puts the games by rater on the edges, in an order that does not depend on which
// item was left.
func (g *games) place(t *Table, edges []int32) {
	g.rated = make([]rated, len(t.cells))
	for i, c := range t.cells {
		game := c.game()
		e := edges[t.find(game.Left, game.Right)]
		flipped := g.edges[e].left != int32(game.Left)
		g.rated[i] = rated{int32(game.Rater), e, indexOf(game.Outcome, flipped), float64(c.count)}
	}
	slices.SortFunc(g.rated, func(a, b rated) int {
		return cmp.Or(cmp.Compare(a.rater, b.rater), cmp.Compare(a.edge, b.edge), cmp.Compare(a.outcome, b.outcome))
	})
	n := 0
	for _, r := range g.rated {
		if n > 0 && g.rated[n-1].rater == r.rater && g.rated[n-1].edge == r.edge && g.rated[n-1].outcome == r.outcome {
			g.rated[n-1].count += r.count
			continue
		}
		g.rated[n] = r
		n++
	}
	g.rated = g.rated[:n]
}

// preferences calls beats for each edge and winner.
func (g *games) preferences(beats func(winner, loser int)) {
	for _, e := range g.edges {
		if e.won[0]+e.won[2] > 0 {
			beats(int(e.left), int(e.right))
		}
		if e.won[1]+e.won[2] > 0 {
			beats(int(e.right), int(e.left))
		}
	}
}

// parameters are the indices of what follows the strengths, −1 for what is not there,
// and how many parameters there are.
func (g *games) parameters() (side, tie, n int) {
	side, tie, n = -1, -1, g.items
	if g.side {
		side = n
		n++
	}
	if g.davidson {
		tie = n
		n++
	}
	return side, tie, n
}

// at is the law of an edge's games at x.
func (g *games) at(e *edge, x []float64) law {
	side, tie, _ := g.parameters()
	d := x[e.left] - x[e.right]
	if side >= 0 {
		d += x[side]
	}
	if tie >= 0 {
		return g.law(d, x[tie])
	}
	return g.law(d, 0)
}

// evaluate is the log-likelihood of the games; a tie as half a win to each is half the
// logarithm of either win.
func (g *games) evaluate(x []float64, information *symmetric) float64 {
	value := 0.0
	for k := range g.edges {
		e := &g.edges[k]
		n := e.won[0] + e.won[1] + e.won[2]
		if n == 0 {
			continue
		}
		l := g.at(e, x)
		left, right, none := l.logs()
		value += float64(e.won[0]*left) + float64(e.won[1]*right) + float64(e.won[2]*none)
		if information != nil {
			g.inform(information, e, float64(n*l.variance), float64(n*l.cross), float64(float64(n*l.tie)*(1-l.tie)))
		}
	}
	return value
}

// slope adds the derivatives at x.
func (g *games) slope(x, gradient []float64) {
	side, tie, _ := g.parameters()
	for k := range g.edges {
		e := &g.edges[k]
		l := g.at(e, x)
		n := e.won[0] + e.won[1] + e.won[2]
		s := float64(0.5*(e.won[0]-e.won[1])) - float64(n*l.mean)
		gradient[e.left] += s
		gradient[e.right] -= s
		if side >= 0 {
			gradient[side] += s
		}
		if tie >= 0 {
			gradient[tie] += e.won[2] - float64(n*l.tie)
		}
	}
}

// inform adds the information of games on an edge: the variances and the covariance of
// their statistics s and t.
func (g *games) inform(a *symmetric, e *edge, ss, st, tt float64) {
	side, tie, _ := g.parameters()
	i, j := int(e.left), int(e.right)
	a.add(i, i, ss)
	a.add(j, j, ss)
	a.add(i, j, -ss)
	if side >= 0 {
		a.add(side, i, ss)
		a.add(side, j, -ss)
		a.add(side, side, ss)
	}
	if tie >= 0 {
		a.add(tie, i, st)
		a.add(tie, j, -st)
		a.add(tie, tie, tt)
		if side >= 0 {
			a.add(tie, side, st)
		}
	}
}
