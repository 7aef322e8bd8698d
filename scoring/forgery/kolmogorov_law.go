package forgery

import (
	"math"

	"github.com/assaynet/assay/scoring/kernel"
)

// kolmogorovLimit is the chance that √n·D exceeds z when n is large: Kolmogorov's
// series 2·Σ (−1)^(k−1)·e^(−2k²z²), and for small z the other one that its theta
// function has, which converges fast there.
func kolmogorovLimit(z float64) float64 {
	if z <= 0 {
		return 1
	}
	var sum float64
	if z < 1.18 {
		for k := 7; k >= 1; k -= 2 {
			sum += kernel.Exp(-float64(float64(k*k)*math.Pi*math.Pi) / float64(8*float64(z*z)))
		}
		return min(1, max(0, 1-float64(math.Sqrt(2*math.Pi)/z*sum)))
	}
	for k := 5; k >= 1; k-- {
		sum = kernel.Exp(-float64(2*float64(k*k))*float64(z*z)) - sum
	}
	return min(1, max(0, 2*sum))
}

// exactObservations is the most observations for which the law of D of one sample is
// found exactly.
const exactObservations = 2000

// kolmogorovSurvival is P(D_n ≥ d) for one sample of n values of a continuous law. Where
// n·d² ≥ 4 or d ≥ ½ it is twice the chance of one side, which exceeds it by less than
// one part in 10^10 or not at all; elsewhere it is 1 − P(D_n < d) by the matrix of
// Durbin (1973) as Marsaglia, Tsang and Wang (2003) set it up. Beyond exactObservations
// the limit takes the place of the first, and its expansion that of the second.
func kolmogorovSurvival(n int, d float64) float64 {
	scaled := float64(float64(n) * d)
	switch {
	case scaled <= 0.5:
		return 1
	case d >= 1:
		return 0
	case n > exactObservations && float64(scaled*d) >= 4:
		return kolmogorovLimit(float64(math.Sqrt(float64(n)) * d))
	case n > exactObservations:
		return min(1, max(0, 1-pelzGood(float64(n), d)))
	case d >= 0.5 || float64(scaled*d) >= 4:
		return min(1, 2*smirnovOneSided(n, d))
	}
	return max(0, 1-durbin(n, scaled))
}

// smirnovOneSided is P(sup (F_n − F) ≥ d) by the sum of Smirnov (1944),
// d·Σ_j C(n,j)·(d + j/n)^(j−1)·(1 − d − j/n)^(n−j) over j ≤ n(1−d).
func smirnovOneSided(n int, d float64) float64 {
	size := float64(n)
	var sum float64
	for j := range n {
		left := 1 - d - float64(j)/size
		if left <= 0 {
			break
		}
		up := d + float64(j)/size
		logTerm := kernel.LogChoose(size, float64(j)) + float64((float64(j)-1)*kernel.Log(up)) + float64((size-float64(j))*kernel.Log(left))
		sum += kernel.Exp(logTerm)
	}
	return float64(d * sum)
}

// durbin is P(n·D_n < scaled): n!/n^n times the middle element of the n-th power of a
// matrix H of size 2k−1, k = ⌊scaled⌋+1. A row vector is multiplied by H n times, with
// i/n each time, and is scaled up when it becomes small.
func durbin(n int, scaled float64) float64 {
	k := int(scaled) + 1
	size := 2*k - 1
	h := durbinMatrix(size, float64(k)-scaled)
	row, next := make([]float64, size), make([]float64, size)
	row[k-1] = 1
	const tiny, huge = 0x1p-400, 0x1p400
	scalings := 0
	for i := 1; i <= n; i++ {
		factor := float64(i) / float64(n)
		var greatest float64
		for c := range next {
			var sum float64
			for r := max(c-1, 0); r < size; r++ { // H is zero above its superdiagonal
				sum += float64(row[r] * h[r*size+c])
			}
			next[c] = float64(sum * factor)
			greatest = max(greatest, math.Abs(next[c]))
		}
		row, next = next, row
		if greatest < tiny {
			for c := range row {
				row[c] = float64(row[c] * huge)
			}
			scalings++
		}
	}
	out := row[k-1]
	for range scalings {
		out = float64(out * tiny)
	}
	return min(1, max(0, out))
}

// durbinMatrix is H by rows: 1/(i−j+1)! on and below the superdiagonal, with powers of
// h taken from the first column and the last row.
func durbinMatrix(size int, h float64) []float64 {
	out := make([]float64, size*size)
	for i := range size {
		for j := 0; j <= min(i+1, size-1); j++ {
			out[i*size+j] = 1
		}
	}
	power := h
	for i := range size {
		out[i*size] -= power
		out[(size-1)*size+size-1-i] -= power
		power = float64(power * h)
	}
	if twice := 2*h - 1; twice > 0 {
		out[(size-1)*size] += kernel.Power(twice, size)
	}
	inverse := 1.0 // 1/g!
	for g := 1; g <= size; g++ {
		inverse /= float64(g)
		for i := g - 1; i < size; i++ {
			out[i*size+i+1-g] = float64(out[i*size+i+1-g] * inverse)
		}
	}
	return out
}

// pelzGood is P(D_n < d) to the order n^(−3/2) (Pelz and Good 1976): with z = √n·d it is
// K0 + K1/√n + K2/n + K3/n^(3/2), sums over k of polynomials in k+½ and k times the
// exponentials below. For n ≥ 200 and n·d² < 4 it is within 1e-6.
func pelzGood(n, d float64) float64 {
	root := math.Sqrt(n)
	z := float64(root * d)
	if z < 0.15 { // below 1e-90
		return 0
	}
	z2 := float64(z * z)
	z4, z6, z8 := kernel.Power(z, 4), kernel.Power(z, 6), kernel.Power(z, 8)
	const p2 = math.Pi * math.Pi
	var k0, k1, k2, k3 float64 // over k+½ ≥ ½; the negative ones are equal
	var w2, w3 float64         // over k ≥ 1
	for k := 15.0; k >= 1; k-- {
		s := float64(p2 * float64((k-0.5)*(k-0.5)))
		e := kernel.Exp(-s / float64(2*z2))
		k0 += e
		k1 += float64((s - z2) * e)
		k2 += float64((float64(6*z6) + float64(2*z4) + float64((float64(2*z4)-float64(5*z2))*s) + float64((1-float64(2*z2))*float64(s*s))) * e)
		k3 += float64((float64(float64(float64(s*s)*s)*(5-float64(30*z2))) + float64(float64(s*s)*(float64(212*z4)-float64(60*z2))) + float64(s*(float64(135*z4)-float64(96*z6))) - float64(30*z6) - float64(90*z8)) * e)
		s = float64(p2 * float64(k*k))
		e = kernel.Exp(-s / float64(2*z2))
		w2 += float64(s * e)
		w3 += float64((float64(3*float64(s*z2)) - float64(s*s)) * e)
	}
	c := 2 * math.Sqrt(math.Pi/2)
	out := float64(c / z * k0)
	out += float64(c/float64(6*z4)*k1) / root
	out += (float64(c/float64(72*float64(z6*z))*k2) - float64(c/float64(36*float64(z2*z))*w2)) / n
	out += (float64(c/float64(6480*float64(z8*z2))*k3) + float64(c/float64(216*z6)*w3)) / float64(n*root)
	return out
}
