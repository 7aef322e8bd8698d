package agreement

import (
	"fmt"
	"math"
)

// Weights say how much a disagreement of two raters counts, by how many steps the
// codes of their values are apart.
type Weights uint8

// The weights v(c, k) of disagreement.
const (
	Unweighted Weights = iota // 1 when c ≠ k
	Linear                    // |c − k|
	Quadratic                 // (c − k)²
)

// Cohen is the agreement of two raters.
type Cohen struct {
	Kappa         float64
	StandardError float64 // large-sample, of the estimate
}

// CohenKappa is Cohen's κ = 1 − Σv·o/Σv·e of two raters (Cohen 1960, 1968): o are the
// shares of pairs of values that they gave to a unit, e the products of their
// marginal shares, v the weights of disagreement. first[i] and second[i], in
// 0..values−1, are their values for unit i.
//
// The standard error is that of Fleiss, Cohen and Everitt (1969). Written with
// disagreements, and v̄_c. = Σ_k p_.k·v(c,k), v̄_.k likewise,
//
//	n·SE² = (Σ o·(v − (v̄_c. + v̄_.k)·(1−κ))² − (Σv·o)²)/(Σv·e)².
//
// Time and memory are O(units + values): no table of values by values is made. The
// error is an *UndefinedError when there are no units or both raters gave one and
// the same value to all.
func CohenKappa(values int, first, second []int32, weights Weights) (Cohen, error) {
	if err := checkPairs(values, first, second, weights); err != nil {
		return Cohen{}, err
	}
	n := float64(len(first))
	rows, columns := shares(values, first), shares(values, second)
	byRow, byColumn := meanWeights(columns, weights), meanWeights(rows, weights)
	observed, chance := 0.0, 0.0
	for i := range first {
		observed += weights.of(first[i], second[i]) / n
	}
	for c, p := range rows {
		chance += float64(p * byRow[c])
	}
	if chance == 0 {
		return Cohen{}, &UndefinedError{"Cohen's kappa", "both raters gave one and the same value to all units"}
	}
	lack := observed / chance // 1 − κ
	squares := 0.0
	for i := range first {
		d := weights.of(first[i], second[i]) - float64((byRow[first[i]]+byColumn[second[i]])*lack) + observed // its mean is 0
		squares += float64(d*d) / n
	}
	return Cohen{1 - lack, math.Sqrt(squares/n) / chance}, nil
}

func checkPairs(values int, first, second []int32, weights Weights) error {
	switch {
	case len(first) != len(second):
		return fmt.Errorf("the raters have %d and %d values, want one each for the same units", len(first), len(second))
	case len(first) > MaxLabels || values < 0 || values > MaxUnits:
		return fmt.Errorf("there are %d units and %d values, at most %d and %d are allowed", len(first), values, MaxLabels, MaxUnits)
	case weights > Quadratic:
		return fmt.Errorf("there are no weights %d, want unweighted, linear or quadratic", weights)
	case len(first) == 0:
		return &UndefinedError{"Cohen's kappa", "there are no units that both raters labelled"}
	}
	for i := range first {
		if a, b := first[i], second[i]; a < 0 || int(a) >= values || b < 0 || int(b) >= values {
			return fmt.Errorf("unit %d has the values %d and %d, want 0 to %d", i, a, b, values-1)
		}
	}
	return nil
}

func (w Weights) of(c, k int32) float64 {
	d := math.Abs(float64(c) - float64(k))
	switch {
	case w == Linear:
		return d
	case w == Quadratic:
		return float64(d * d)
	case d > 0:
		return 1
	}
	return 0
}

func shares(values int, labels []int32) []float64 {
	out := make([]float64, values)
	for _, v := range labels {
		out[v]++
	}
	for v := range out {
		out[v] /= float64(len(labels))
	}
	return out
}

// meanWeights is by value c the mean Σ_k p_k·v(c, k). Linear weights come from sums
// over the values below and above, quadratic ones from the mean and variance of k.
func meanWeights(p []float64, weights Weights) []float64 {
	out := make([]float64, len(p))
	switch weights {
	case Linear:
		below, distance := 0.0, 0.0 // Σ_{k<c} p_k and Σ_{k<c} p_k·(c−k)
		for c := range p {
			distance += below
			out[c] = distance
			below += p[c]
		}
		above, distance := 0.0, 0.0
		for c := len(p) - 1; c >= 0; c-- {
			distance += above
			out[c] += distance
			above += p[c]
		}
	case Quadratic:
		mean, variance := 0.0, 0.0
		for k, share := range p {
			mean += float64(share * float64(k))
		}
		for k, share := range p {
			variance += float64(share * float64((float64(k)-mean)*(float64(k)-mean)))
		}
		for c := range p {
			out[c] = variance + float64((float64(c)-mean)*(float64(c)-mean))
		}
	default:
		for c := range p {
			out[c] = 1 - p[c]
		}
	}
	return out
}
