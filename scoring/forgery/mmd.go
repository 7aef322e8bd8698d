package forgery

import (
	"fmt"
	"math"

	"github.com/assaynet/assay/scoring/kernel"
)

// DiscrepancyTest is the outcome of MaximumMeanDiscrepancy.
type DiscrepancyTest struct {
	Value float64 // the unbiased estimate of MMD², below 0 at times
	Sigma float64 // of the kernel
	P     float64 // by permutations
}

// mostDiscrepancyRows bounds the kernel matrix at 72 MB.
const mostDiscrepancyRows = 3000

// MaximumMeanDiscrepancy tests that two samples of vectors come from one law, by the
// unbiased estimate of MMD² = E k(x,x') + E k(y,y') − 2·E k(x,y) (Gretton et al. 2012)
// with the kernel k(a,b) = e^(−|a−b|²/(2σ²)), σ the median of the distances between all
// rows, or between those that differ when half of them do not. Distances below about
// 1e-301 of the largest value count as 0. P is
// (1 + #{permuted ≥ observed})/(1 + permutations), which is exact: at most α of the
// nulls have P ≤ α, whatever the number of permutations. Each is drawn from the seed.
//
// It refuses samples of fewer than two rows, more than 3,000 rows in all, rows of
// unequal or no width, values that are not finite, and permutations outside of 1 to
// 100,000. The cost is about rows²·(width + permutations/4) steps.
func MaximumMeanDiscrepancy(x, y [][]float64, permutations int, seed uint64) (DiscrepancyTest, error) {
	switch {
	case len(x) < 2 || len(y) < 2:
		return DiscrepancyTest{}, fmt.Errorf("samples of %d and %d rows: each needs two or more", len(x), len(y))
	case len(x)+len(y) > mostDiscrepancyRows:
		return DiscrepancyTest{}, fmt.Errorf("samples of %d and %d rows: %d in all are allowed; draw fewer at random", len(x), len(y), mostDiscrepancyRows)
	case permutations < 1 || permutations > 100_000:
		return DiscrepancyTest{}, fmt.Errorf("%d permutations: allowed are 1 to 100000", permutations)
	}
	rows, width, err := flatten(x, y)
	if err != nil {
		return DiscrepancyTest{}, err
	}
	shift := spread(rows)
	matrix, sigma := gaussianKernel(rows, width)
	if sigma == 0 {
		return DiscrepancyTest{P: 1}, nil // all rows are equal
	}
	split := newSplit(matrix, len(x), len(y))
	out := DiscrepancyTest{Value: split.value(), Sigma: math.Ldexp(sigma, -shift)}
	random := kernel.NewRandom(seed)
	above := 1
	// Sums of other orders differ in their last digits: ties count as above.
	bar := out.Value - 1e-12
	for range permutations {
		split.permute(random)
		if split.value() >= bar {
			above++
		}
	}
	out.P = float64(above) / float64(permutations+1)
	return out, nil
}

// flatten lays the rows of both samples one after the other.
func flatten(x, y [][]float64) (rows []float64, width int, err error) {
	width = len(x[0])
	if width < 1 || width > 100_000 {
		return nil, 0, fmt.Errorf("rows of %d values: allowed are 1 to 100000", width)
	}
	rows = make([]float64, 0, (len(x)+len(y))*width)
	for _, sample := range [][][]float64{x, y} {
		for i, row := range sample {
			if err := sameLength("values of the first row and of another", width, len(row)); err != nil {
				return nil, 0, err
			}
			for _, v := range row {
				if !(math.Abs(v) <= 1e150) { // its square must be finite
					return nil, 0, fmt.Errorf("row %d has the value %v: allowed are numbers up to 1e150", i, v)
				}
			}
			rows = append(rows, row...)
		}
	}
	return rows, width, nil
}

// spread multiplies the rows by 2^shift, which changes no digit of theirs, so that the
// largest value is of about 2^500: no square of a distance overflows, and those of
// the smallest that count do not underflow.
func spread(rows []float64) (shift int) {
	largest := 0.0
	for _, v := range rows {
		largest = max(largest, math.Abs(v))
	}
	if largest == 0 {
		return 0
	}
	_, exponent := math.Frexp(largest)
	shift = 500 - exponent
	for i, v := range rows {
		rows[i] = math.Ldexp(v, shift)
	}
	return shift
}

// leastSquare is the least square of a distance, of rows that are spread, that does not
// count as 0. Of a σ made of such, 1/(2σ²) is finite.
const leastSquare = 0x1p-1000

// gaussianKernel is the symmetric matrix k(i,j), and σ, 0 when all rows are equal.
func gaussianKernel(rows []float64, width int) (matrix []float64, sigma float64) {
	n := len(rows) / width
	matrix = make([]float64, n*n)
	squares := make([]float64, 0, n*(n-1)/2)
	for i := range n {
		a := rows[i*width : (i+1)*width]
		for j := range i {
			b := rows[j*width : (j+1)*width]
			var sum float64
			for l, v := range a {
				gap := v - b[l]
				sum += float64(gap * gap)
			}
			if sum < leastSquare {
				sum = 0
			}
			matrix[i*n+j] = sum
			squares = append(squares, sum)
		}
	}
	sigma = medianRoot(squares)
	if sigma == 0 {
		return nil, 0
	}
	scale := 1 / float64(2*float64(sigma*sigma))
	for i := range n {
		for j := range i {
			k := kernel.Exp(-float64(matrix[i*n+j] * scale))
			matrix[i*n+j], matrix[j*n+i] = k, k
		}
	}
	return matrix, sigma
}

// medianRoot is the median of the square roots; of those above 0 when it would be 0.
// It reorders its argument.
func medianRoot(squares []float64) float64 {
	if m := median(squares); m > 0 {
		return m
	}
	positive := squares[:0]
	for _, v := range squares {
		if v > 0 {
			positive = append(positive, v)
		}
	}
	if len(positive) == 0 {
		return 0
	}
	return median(positive)
}

func median(squares []float64) float64 {
	half := len(squares) / 2
	high := math.Sqrt(quickselect(squares, half))
	if len(squares)%2 == 1 {
		return high
	}
	low := 0.0 // all before half are at most high
	for _, v := range squares[:half] {
		low = max(low, v)
	}
	return (math.Sqrt(low) + high) / 2
}

// quickselect puts the value of rank k in its place, no greater ones before it and no
// smaller ones after (Hoare 1961), and gives it. Its pivots come from a fixed seed.
func quickselect(v []float64, k int) float64 {
	random := kernel.NewRandom(1)
	low, high := 0, len(v)-1
	for low < high {
		pivot := v[low+random.Intn(high-low+1)]
		i, j := low, high
		for i <= j {
			for v[i] < pivot {
				i++
			}
			for v[j] > pivot {
				j--
			}
			if i <= j {
				v[i], v[j] = v[j], v[i]
				i++
				j--
			}
		}
		switch {
		case k <= j:
			high = j
		case k >= i:
			low = i
		default:
			return v[k]
		}
	}
	return v[k]
}

// split is the rows of a kernel matrix, in two samples. The sums over one sample give
// those over the other by the sums of the rows, which do not change.
type split struct {
	matrix     []float64
	n          int
	sums       []float64 // of each row, without the diagonal
	all        float64
	order      []int // the first sample, then the second
	first      int
	smallFirst bool
}

func newSplit(matrix []float64, x, y int) *split {
	n := x + y
	s := &split{matrix: matrix, n: n, sums: make([]float64, n), order: make([]int, n), first: x, smallFirst: x <= y}
	for i := range n {
		s.order[i] = i
		for _, k := range matrix[i*n : (i+1)*n] {
			s.sums[i] += k
		}
		s.all += s.sums[i]
	}
	return s
}

// permute draws a new first sample, by as many steps of Fisher and Yates as it needs.
func (s *split) permute(random *kernel.Random) {
	for i := range s.first {
		j := i + random.Intn(s.n-i)
		s.order[i], s.order[j] = s.order[j], s.order[i]
	}
}

// value is the unbiased MMD² of the split.
func (s *split) value() float64 {
	small, large := s.order[:s.first], s.order[s.first:]
	if !s.smallFirst {
		small, large = large, small
	}
	var within, touching float64 // over the small sample
	for i, a := range small {
		row := s.matrix[a*s.n : (a+1)*s.n]
		var sum float64
		for _, b := range small[:i] {
			sum += row[b]
		}
		within += 2 * sum
		touching += s.sums[a]
	}
	cross := touching - within
	other := s.all - within - 2*cross
	n, m := float64(len(small)), float64(len(large))
	return within/float64(n*(n-1)) + other/float64(m*(m-1)) - float64(2*cross)/float64(n*m)
}
