package preference

import "math"

// symmetric is a symmetric matrix in rows, of which the lower triangle counts.
type symmetric struct {
	n    int
	rows []float64
}

func newSymmetric(n int) *symmetric { return &symmetric{n, make([]float64, n*n)} }

func (a *symmetric) row(i int) []float64 { return a.rows[i*a.n : (i+1)*a.n] }

func (a *symmetric) at(i, j int) float64 {
	if i < j {
		i, j = j, i
	}
	return a.rows[i*a.n+j]
}

// add adds v at (i, j), which is also (j, i).
func (a *symmetric) add(i, j int, v float64) {
	if i < j {
		i, j = j, i
	}
	a.rows[i*a.n+j] += v
}

// dot is Σ x_i·y_i in four sums, in one order on every machine.
func dot(x, y []float64) float64 {
	y = y[:len(x)]
	var s0, s1, s2, s3 float64
	for len(x) >= 4 && len(y) >= 4 {
		s0 += float64(x[0] * y[0])
		s1 += float64(x[1] * y[1])
		s2 += float64(x[2] * y[2])
		s3 += float64(x[3] * y[3])
		x, y = x[4:], y[4:]
	}
	for i, v := range x {
		s0 += float64(v * y[i])
	}
	return (s0 + s1) + (s2 + s3)
}

// factor turns a into its Cholesky factor L, a = L·Lᵀ. It reports false when a is not
// positive definite to working precision.
func (a *symmetric) factor() bool {
	for i := range a.n {
		ri := a.row(i)
		for j := range i {
			rj := a.row(j)
			ri[j] = (ri[j] - dot(ri[:j], rj[:j])) / rj[j]
		}
		s := ri[i] - dot(ri[:i], ri[:i])
		if !(s > 1e-13*ri[i]) || math.IsInf(s, 1) {
			return false
		}
		ri[i] = math.Sqrt(s)
	}
	return true
}

// solve turns b into the solution x of L·Lᵀ·x = b, for a factor L.
func (a *symmetric) solve(b []float64) {
	for i := range a.n {
		r := a.row(i)
		b[i] = (b[i] - dot(r[:i], b[:i])) / r[i]
	}
	for i := a.n - 1; i >= 0; i-- {
		r := a.row(i)
		b[i] /= r[i]
		x := b[i]
		for k, v := range r[:i] {
			b[k] -= float64(v * x)
		}
	}
}

// inverse is (L·Lᵀ)⁻¹ for a factor L, in both triangles.
func (a *symmetric) inverse() *symmetric {
	z, out := newSymmetric(a.n), newSymmetric(a.n) // row j of z is column j of L⁻¹
	for j := range a.n {
		x := z.row(j)
		x[j] = 1 / a.rows[j*a.n+j]
		for i := j + 1; i < a.n; i++ {
			r := a.row(i)
			x[i] = -dot(r[j:i], x[j:i]) / r[i]
		}
	}
	for i := range a.n {
		for j := range i + 1 {
			v := dot(z.row(i)[i:], z.row(j)[i:])
			out.rows[i*a.n+j], out.rows[j*a.n+i] = v, v
		}
	}
	return out
}

// around is s·a·s for a full symmetric s, in both triangles.
func (a *symmetric) around(s *symmetric) *symmetric {
	for i := range a.n { // the upper triangle of a as well
		for j := range i {
			a.rows[j*a.n+i] = a.rows[i*a.n+j]
		}
	}
	half, out := newSymmetric(a.n), newSymmetric(a.n)
	for i := range a.n {
		for j := range a.n {
			half.rows[i*a.n+j] = dot(s.row(i), a.row(j))
		}
	}
	for i := range a.n {
		for j := range i + 1 {
			v := dot(half.row(i), s.row(j))
			out.rows[i*a.n+j], out.rows[j*a.n+i] = v, v
		}
	}
	return out
}
