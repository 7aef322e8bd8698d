package preference

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/assaynet/assay/scoring/kernel"
)

// tiedGames are n games of the model with ties and an effect of the left side.
func tiedGames(seed uint64, items, n int, side, nu float64) []Game {
	r := kernel.NewRandom(seed)
	theta := trueStrengths(items)
	var out []Game
	for range n {
		i := r.Intn(items)
		j := (i + 1 + r.Intn(items-1)) % items
		d := theta[i] - theta[j] + side
		a, b := math.Exp(d/2), math.Exp(-d/2)
		o := Tie
		switch u := r.Float64() * (a + b + nu); {
		case u < a:
			o = LeftWins
		case u < a+b:
			o = RightWins
		}
		out = append(out, Game{i, j, o, NoRater})
	}
	return out
}

// written is the log-likelihood as the model is written, game by game. x has the
// strengths of all items but the last, which is minus their sum, δ and ln ν.
func written(games []Game, items int, x []float64, davidson bool) float64 {
	theta := append([]float64(nil), x[:items-1]...)
	last := 0.0
	for _, v := range theta {
		last -= v
	}
	theta = append(theta, last)
	sum := 0.0
	for _, g := range games {
		a, b := math.Exp(theta[g.Left]+x[items-1]), math.Exp(theta[g.Right])
		tie := 0.0
		if davidson {
			tie = math.Exp(x[items]) * math.Sqrt(a*b)
		}
		all := a + b + tie
		switch {
		case g.Outcome == LeftWins:
			sum += math.Log(a / all)
		case g.Outcome == RightWins:
			sum += math.Log(b / all)
		case davidson:
			sum += math.Log(tie / all)
		default:
			sum += math.Log(a/all)/2 + math.Log(b/all)/2
		}
	}
	return sum
}

// climb maximizes f from 0 by Newton's method on differences of its values, and returns
// the inverse of minus its second derivatives there too.
func climb(t *testing.T, n int, f func([]float64) float64) ([]float64, *mat.SymDense) {
	const h = 1e-4
	x := make([]float64, n)
	at := func(i, j int, a, b float64) float64 {
		y := append([]float64(nil), x...)
		y[i] += a * h
		y[j] += b * h
		return f(y)
	}
	var inverse mat.SymDense
	for range 12 {
		slope, second := mat.NewVecDense(n, nil), mat.NewSymDense(n, nil)
		for i := range n {
			slope.SetVec(i, (at(i, i, 1, 0)-at(i, i, -1, 0))/(2*h))
			for j := range i + 1 {
				second.SetSym(i, j, -(at(i, j, 1, 1)-at(i, j, 1, -1)-at(i, j, -1, 1)+at(i, j, -1, -1))/(4*h*h))
			}
		}
		var chol mat.Cholesky
		if !chol.Factorize(second) {
			t.Fatal("the twin's matrix is not positive definite")
		}
		var step mat.VecDense
		if err := chol.SolveVecTo(&step, slope); err != nil {
			t.Fatal(err)
		}
		for i := range x {
			x[i] += step.AtVec(i)
		}
		if err := chol.InverseTo(&inverse); err != nil {
			t.Fatal(err)
		}
	}
	return x, &inverse
}

// The twin climbs the written likelihood, without its derivatives.
func TestWrittenTwin(t *testing.T) {
	const items = 5
	games := tiedGames(5, items, 800, 0.4, 0.8)
	for _, davidson := range []bool{false, true} {
		o := Options{Side: true}
		n := items
		if davidson {
			o.Ties = Davidson
			n++
		}
		f := fitted(t, tabled(t, games), o)
		x := append([]float64(nil), f.Strengths[:items-1]...)
		x = append(x, f.Side)
		if davidson {
			x = append(x, math.Log(f.Tie))
		}
		near(t, "log-likelihood", f.LogLikelihood, written(games, items, x, davidson), 1e-8)
		found, inverse := climb(t, n, func(x []float64) float64 { return written(games, items, x, davidson) })
		for i, v := range found {
			near(t, "parameter", x[i], v, 1e-7)
		}
		c := f.Fisher()
		for i := range items - 1 {
			near(t, "standard error", c.Error(i), math.Sqrt(inverse.At(i, i)), 1e-5)
		}
		near(t, "error of the side's effect", math.Sqrt(c.values.at(items, items)), math.Sqrt(inverse.At(items-1, items-1)), 1e-5)
	}
}

// Hunter's minorization, game by game, reaches the same strengths.
func TestMinorizationTwin(t *testing.T) {
	b := generated(3000, 8)
	f := fitted(t, b.table(t), Options{})
	for i, v := range perGame(b, 8, 1e-13) {
		near(t, "strength", f.Strengths[i], v, 1e-8)
	}
}

// The sandwich of games without a rater is the written H⁻¹·G·H⁻¹, here for three items
// with the last one fixed, and with each game as its own rater the jackknife over them.
func TestWrittenSandwich(t *testing.T) {
	games := tiedGames(6, 3, 150, 0, 0)
	f := fitted(t, tabled(t, games), Options{})
	h, g := mat.NewDense(2, 2, nil), mat.NewDense(2, 2, nil)
	for _, game := range games {
		p := kernel.Logistic(f.Strengths[game.Left] - f.Strengths[game.Right])
		r := -p
		if game.Outcome == LeftWins {
			r = 1 - p
		}
		v := make([]float64, 3)
		v[game.Left], v[game.Right] = 1, -1
		for i := range 2 {
			for j := range 2 {
				h.Set(i, j, h.At(i, j)+p*(1-p)*v[i]*v[j])
				g.Set(i, j, g.At(i, j)+r*r*v[i]*v[j])
			}
		}
	}
	var inverse, half, all mat.Dense
	if err := inverse.Inverse(h); err != nil {
		t.Fatal(err)
	}
	half.Mul(&inverse, g)
	all.Mul(&half, &inverse)
	c, err := f.Sandwich()
	if err != nil {
		t.Fatal(err)
	}
	near(t, "error of a difference", c.Difference(0, 2), math.Sqrt(all.At(0, 0)), 1e-8)
	near(t, "error of another", c.Difference(1, 2), math.Sqrt(all.At(1, 1)), 1e-8)
	for i := range games {
		games[i].Rater = i
	}
	d, err := fitted(t, tabled(t, games), Options{}).Sandwich()
	if err != nil {
		t.Fatal(err)
	}
	near(t, "each game its own rater", d.Difference(0, 2)/c.Difference(0, 2), 1, 0.02)
}

// The jackknife over raters refits without each of them; Sandwich does it in one step.
func TestJackknifeTwin(t *testing.T) {
	const raters = 15
	games := simulated(kernel.NewRandom(9), 4, raters, 40, 0.5)
	f := fitted(t, tabled(t, games), Options{})
	c, err := f.Sandwich()
	if err != nil {
		t.Fatal(err)
	}
	var squares [4]float64
	for w := range raters {
		var others []Game
		for _, g := range games {
			if g.Rater != w {
				others = append(others, g)
			}
		}
		for i, s := range fitted(t, tabled(t, others), Options{}).Strengths {
			d := s - f.Strengths[i]
			squares[i] += d * d * (raters - 1) / raters
		}
	}
	for i, v := range squares {
		near(t, "error relative to the jackknife's", c.Error(i)/math.Sqrt(v), 1, 0.05)
	}
}

// binomial and multinomial have the right means and variances over all branches.
func TestBinomialMoments(t *testing.T) {
	r := kernel.NewRandom(3)
	for _, c := range []struct{ n, p float64 }{{5, .3}, {40, .9}, {1000, .005}, {100, .3}, {1e6, .4}, {1e9, .999}, {50, 1}, {50, 0}, {0, .5}} {
		const draws = 40000
		var sum, squares float64
		for range draws {
			k := binomial(r, c.n, c.p)
			if k < 0 || k > c.n || k != math.Trunc(k) {
				t.Fatalf("drew %v of %v", k, c.n)
			}
			d := k - c.n*c.p
			sum += d
			squares += d * d
		}
		variance := c.n * c.p * (1 - c.p)
		near(t, "mean", sum/draws, 0, 4*math.Sqrt(variance/draws)+1e-9)
		near(t, "variance", squares/draws, variance, 0.04*variance+1e-9)
	}
}

func TestMatrixTwin(t *testing.T) {
	const n = 37
	r := kernel.NewRandom(1)
	root := mat.NewDense(n, n, nil)
	for i := range n {
		for j := range n {
			root.Set(i, j, r.Normal())
		}
	}
	var square mat.Dense
	square.Mul(root, root.T())
	a := newSymmetric(n)
	for i := range n {
		for j := range n {
			a.rows[i*n+j] = square.At(i, j)
		}
	}
	meat := &symmetric{n, append([]float64(nil), a.rows...)}
	if !a.factor() {
		t.Fatal("no factor")
	}
	var inverse, twice mat.Dense
	if err := inverse.Inverse(&square); err != nil {
		t.Fatal(err)
	}
	ours := a.inverse()
	around := meat.around(ours)
	twice.Mul(&inverse, &square)
	twice.Mul(&twice, &inverse)
	b := make([]float64, n)
	b[3] = 1
	a.solve(b)
	scale := mat.Max(&inverse)
	for i := range n {
		near(t, "solution", b[i], inverse.At(i, 3), 1e-8*scale)
		for j := range n {
			near(t, "inverse", ours.at(i, j), inverse.At(i, j), 1e-8*scale)
			near(t, "sandwich", around.at(i, j), twice.At(i, j), 1e-8*scale)
		}
	}
	if (&symmetric{2, []float64{1, 0, 1, 1}}).factor() {
		t.Error("a singular matrix has a factor")
	}
}
