package forgery

import (
	"fmt"
	"math"
	"math/bits"

	"github.com/assaynet/assay/scoring/kernel"
)

// Norm is the mean and the variance of a score of texts, as NGram's Surprise or
// CompressionRatio, by bins of length, four to each doubling. Its zero value is empty.
type Norm struct{ bins [256]moments }

// moments are a running mean and sum of squared deviations (Welford 1962).
type moments struct {
	n, mean, squares float64
}

// leastNorm is how many texts a bin needs before texts are compared with it.
const leastNorm = 30

// binOf takes the length's highest bit and the two below it.
func binOf(length int) int {
	width := bits.Len(uint(length))
	if width <= 3 {
		return length
	}
	return width<<2 | length>>(width-3)&3
}

func checkScored(value float64, length int) error {
	if length < 1 {
		return fmt.Errorf("a text of %d bytes: allowed are 1 or more", length)
	}
	if !(math.Abs(value) <= 1e100) {
		return fmt.Errorf("a score of %v: allowed are numbers up to 1e100", value)
	}
	return nil
}

// Add takes the score of an accepted text of a length in bytes.
func (n *Norm) Add(value float64, length int) error {
	if err := checkScored(value, length); err != nil {
		return err
	}
	b := &n.bins[binOf(length)]
	b.n++
	gap := value - b.mean
	b.mean += gap / b.n
	b.squares += float64(gap * (value - b.mean))
	return nil
}

// NormTest is the outcome of Norm.Compare.
type NormTest struct {
	Z    float64 // above 0 when the scores are above the norm
	P    float64 // two-sided
	Used int     // texts whose bin had enough accepted ones
}

// Compare tests that a subject's texts score as accepted texts of their length do. With
// the mean μ_b and variance s_b² of the N_b accepted texts in bin b, and n_b of the
// subject's in it,
//
//	Z = Σ (x − μ_b) / √(Σ_b s_b²·(n_b + n_b²/N_b)).
//
// P is by Student's law (1908) with the degrees of freedom of the smallest bin in use. It
// is rough for a few texts of a skewed score. Texts in bins with fewer than 30 accepted
// ones are left out. P is 1 and Z is 0 when none remain, and when the norm does not vary
// in any bin, so that there is nothing to measure by.
func (n *Norm) Compare(values []float64, lengths []int) (NormTest, error) {
	if err := sameLength("scores and lengths", len(values), len(lengths)); err != nil {
		return NormTest{}, err
	}
	var counts [256]float64
	var sum float64
	t := NormTest{P: 1}
	for i, v := range values {
		if err := checkScored(v, lengths[i]); err != nil {
			return NormTest{}, fmt.Errorf("text %d: %w", i, err)
		}
		k := binOf(lengths[i])
		if b := &n.bins[k]; b.n >= leastNorm {
			t.Used++
			counts[k]++
			sum += v - b.mean
		}
	}
	variance, df := 0.0, math.Inf(1)
	for k, c := range counts {
		if c > 0 {
			b := &n.bins[k]
			df = min(df, b.n-1)
			variance += float64(b.squares / (b.n - 1) * float64(c*(1+c/b.n)))
		}
	}
	if variance == 0 {
		return t, nil
	}
	t.Z = sum / math.Sqrt(variance)
	t.P = kernel.BetaCDF(df/2, 0.5, df/(df+float64(t.Z*t.Z)))
	return t, nil
}
