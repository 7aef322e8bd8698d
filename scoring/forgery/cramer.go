package forgery

import (
	"fmt"
	"math"

	"github.com/assaynet/assay/scoring/kernel"
)

// Statistic is a statistic with its p-value.
type Statistic struct {
	Value float64
	P     float64
}

// leastCramer is the least p-value of the Cramér–von Mises tests: below it the series
// of the limit law has lost its digits.
const leastCramer = 1e-12

// CramerVonMises tests that independent values follow a continuous law with the
// distribution function cdf: W² = 1/(12n) + Σ ((2i−1)/(2n) − F(x_(i)))². P is by the
// expansion of Csörgő and Faraway (1996) to the order 1/n, good to about 1e-3 from ten
// values on. It is never below 1e-12.
func CramerVonMises(values []float64, cdf func(float64) float64) (Statistic, error) {
	u, err := chances(values, cdf)
	if err != nil {
		return Statistic{}, err
	}
	n := float64(len(u))
	w := 1 / float64(12*n)
	for i, v := range u {
		gap := (float64(2*i+1))/float64(2*n) - v
		w += float64(gap * gap)
	}
	switch {
	case w <= 1/float64(12*n):
		return Statistic{w, 1}, nil
	case w >= n/3:
		return Statistic{w, leastCramer}, nil
	}
	cdfW := float64(cramerLimit(w)*(1+1/float64(12*n))) + cramerCorrection(w)/n
	return Statistic{w, min(1, max(leastCramer, 1-cdfW))}, nil
}

// CramerVonMisesTwoSample tests that two samples of independent values come from one
// law, by T of Anderson (1962) on midranks. P is by the limit law after T is given the
// limit's mean and variance; it is good to about 1e-2 from ten values each on, and
// never below 1e-12. It refuses samples of more than 10^7 values.
func CramerVonMisesTwoSample(x, y []float64) (Statistic, error) {
	a, err := sortedFinite(x)
	if err != nil {
		return Statistic{}, fmt.Errorf("first sample: %w", err)
	}
	b, err := sortedFinite(y)
	if err != nil {
		return Statistic{}, fmt.Errorf("second sample: %w", err)
	}
	const most = 10_000_000
	if len(a) > most || len(b) > most {
		return Statistic{}, fmt.Errorf("samples of %d and %d values: %d are allowed; draw fewer at random", len(a), len(b), most)
	}
	n, m := float64(len(a)), float64(len(b))
	sumA, sumB := rankExcess(a, b)
	u := float64(n*sumA) + float64(m*sumB)
	k, all := float64(n*m), n+m
	t := u/float64(k*all) - (float64(4*k)-1)/float64(6*all)
	mean := (1 + 1/all) / 6
	variance := float64((all+1)*(float64(float64(4*k)*all)-float64(3*(float64(n*n)+float64(m*m)))-float64(2*k))) / float64(float64(45*float64(all*all))*float64(4*k))
	if !(variance > 0) {
		return Statistic{t, 1}, nil // one value against one
	}
	limit := 1.0/6 + (t-mean)/math.Sqrt(float64(45*variance))
	if limit < 0.003 { // the limit law has less than 1e-9 below
		return Statistic{t, 1}, nil
	}
	return Statistic{t, min(1, max(leastCramer, 1-cramerLimit(limit)))}, nil
}

// rankExcess gives, for two sorted samples, Σ (r_i − i)² of each, with r_i the midrank
// of its i-th value in both together.
func rankExcess(a, b []float64) (sumA, sumB float64) {
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		at := math.Inf(1)
		if i < len(a) {
			at = a[i]
		}
		if j < len(b) {
			at = min(at, b[j])
		}
		fromI, fromJ := i, j
		for i < len(a) && a[i] == at {
			i++
		}
		for j < len(b) && b[j] == at {
			j++
		}
		rank := float64(float64(fromI+fromJ+i+j+1) / 2)
		for l := fromI; l < i; l++ {
			sumA += float64((rank - float64(l+1)) * (rank - float64(l+1)))
		}
		for l := fromJ; l < j; l++ {
			sumB += float64((rank - float64(l+1)) * (rank - float64(l+1)))
		}
	}
	return sumA, sumB
}

// cramerLimit is the distribution function of W² for large n (Anderson and Darling
// 1952): Σ_k Γ(k+½)/(Γ(k+1)·√(π³x)) · √(4k+1) · e^(−q) · K_¼(q), q = (4k+1)²/(16x).
func cramerLimit(x float64) float64 {
	var sum float64
	coefficient := 1 / (math.Pi * math.Sqrt(x)) // Γ(½)/(Γ(1)·√(π³x))
	for k := 0; k < 1000; k++ {
		y := float64(4*k + 1)
		q := float64(y*y) / float64(16*x)
		term := float64(float64(coefficient*math.Sqrt(y)) * float64(kernel.Exp(-2*q)*besselK(0.25, q)))
		sum += term
		if q > 1 && term < 1e-18 {
			break
		}
		coefficient = float64(coefficient * (float64(k) + 0.5) / float64(k+1))
	}
	return min(1, sum)
}

// cramerCorrection is the term of order 1/n of the distribution function of W², less
// the twelfth of the limit that the caller adds: (1.10) of Csörgő and Faraway (1996).
func cramerCorrection(x float64) float64 {
	root := math.Sqrt(x)
	y1 := float64(root * math.Sqrt(root)) // x^(3/4)
	y2 := float64(x * math.Sqrt(root))    // x^(5/4)
	gamma := math.Sqrt(math.Pi)           // Γ(k+½)
	factorial := 1.0                      // k!
	var sum float64
	for k := 0; k < 150; k++ {
		m := float64(2*k + 1)
		low, mid, high := float64(4*k+1)/(2*root), float64(4*k+3)/(2*root), float64(4*k+5)/(2*root)
		a := float64(float64(m*gamma)*cylinder2(mid)) / float64(9*y1)
		a += float64(gamma*cylinder3(low)) / float64(72*y2)
		a += float64(float64(float64(2*(m+2))*float64(gamma*(float64(k)+0.5)))*cylinder3(high)) / float64(12*y2)
		a += float64(float64(float64(7*m)*gamma)*(cylinder2(low)+cylinder2(high))) / float64(144*y1)
		a /= float64(math.Pi * factorial)
		sum -= a
		if low > 2 && a < 1e-18 {
			break
		}
		gamma = float64(gamma * (float64(k) + 0.5))
		factorial = float64(factorial * float64(k+1))
	}
	return sum
}

// cylinder2 and cylinder3 are e^(−y²/4) times the parabolic cylinder functions
// D_½ and D_{3/2} of the correction, by Bessel functions of z = y²/4.
func cylinder2(y float64) float64 {
	z := float64(y*y) / 4
	half := float64(y/2) * math.Sqrt(y/2)
	return float64(kernel.Exp(-2*z)*half) * (besselK(0.25, z) + besselK(0.75, z)) / math.Sqrt(math.Pi)
}

func cylinder3(y float64) float64 {
	z := float64(y*y) / 4
	half := float64(float64(y/2)*float64(y/2)) * math.Sqrt(y/2)
	return float64(kernel.Exp(-2*z)*half) * (float64(2*besselK(0.25, z)) + float64(3*besselK(0.75, z)) - besselK(1.25, z)) / math.Sqrt(math.Pi)
}

// besselK is e^z·K_ν(z) for z > 0, the integral of e^(−z(cosh t − 1))·cosh νt over
// t ≥ 0 (DLMF 10.32.9) by the trapezoidal rule, which converges geometrically here.
func besselK(nu, z float64) float64 {
	const step = 1.0 / 16
	sum := 0.5
	for i := 1; i < 2000; i++ {
		t := float64(float64(i) * step)
		grow := kernel.Exp(t)
		depth := float64(z * (float64(0.5*(grow+1/grow)) - 1))
		if depth > 60 {
			break
		}
		angle := kernel.Exp(float64(nu * t))
		sum += float64(kernel.Exp(-depth) * float64(0.5*(angle+1/angle)))
	}
	return float64(step * sum)
}
