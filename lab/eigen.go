package lab

import (
	"math"
	"slices"
)

// eigen is the eigenvectors, in columns, and eigenvalues of a symmetric matrix, by Jacobi's
// rotations (Golub and Van Loan, Matrix Computations, 8.5): few lines, no assembly, the
// same bits everywhere.
func eigen(of [][]float64) (vectors [][]float64, values []float64) {
	n := len(of)
	a := make([][]float64, n)
	for i := range a {
		a[i] = slices.Clone(of[i])
	}
	vectors = identity(n)
	for range 60 { // it converges quadratically, in less than ten sweeps
		off, all := 0.0, 0.0
		for i := range a {
			for j := range a {
				if all += float64(a[i][j] * a[i][j]); i != j {
					off += float64(a[i][j] * a[i][j])
				}
			}
		}
		if !(off > 1e-30*all) {
			break
		}
		for p := range n {
			for q := p + 1; q < n; q++ {
				rotate(a, vectors, p, q)
			}
		}
	}
	for i := range a {
		values = append(values, a[i][i])
	}
	return vectors, values
}

// rotate makes a[p][q] zero.
func rotate(a, vectors [][]float64, p, q int) {
	if a[p][q] == 0 {
		return
	}
	theta := (a[q][q] - a[p][p]) / (2 * a[p][q])
	t := 1 / (math.Abs(theta) + math.Sqrt(float64(theta*theta)+1))
	if theta < 0 {
		t = -t
	}
	cos := 1 / math.Sqrt(float64(t*t)+1)
	sin := float64(t * cos)
	for k := range a {
		x, y := a[k][p], a[k][q]
		a[k][p], a[k][q] = float64(cos*x)-float64(sin*y), float64(sin*x)+float64(cos*y)
	}
	for k := range a {
		x, y := a[p][k], a[q][k]
		a[p][k], a[q][k] = float64(cos*x)-float64(sin*y), float64(sin*x)+float64(cos*y)
	}
	for k := range vectors {
		x, y := vectors[k][p], vectors[k][q]
		vectors[k][p], vectors[k][q] = float64(cos*x)-float64(sin*y), float64(sin*x)+float64(cos*y)
	}
}
