package truth

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/assaynet/assay/scoring/kernel"
)

// A product of ten thousand factors from 2^−700 to 2^700 has the logarithm that big floats have.
func TestProduct(t *testing.T) {
	random := kernel.NewRandom(1)
	p, exact := newProduct(), new(big.Float).SetPrec(200).SetInt64(1)
	for range 10_000 {
		x := math.Ldexp(1+random.Float64(), random.Intn(1400)-700)
		p.times(x)
		exact.Mul(exact, big.NewFloat(x))
	}
	mantissa := new(big.Float)
	exponent := exact.MantExp(mantissa)
	m, _ := mantissa.Float64()
	want := math.Log(m) + float64(exponent)*math.Ln2
	if got := p.log(); math.Abs(got-want) > 1e-9*math.Abs(want) {
		t.Errorf("the logarithm is %v, want %v", got, want)
	}
}

// Strips of classes give the bits of the plain loops.
func TestStrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, cells := rapid.IntRange(1, 11).Draw(t, "classes"), rapid.IntRange(1, 5).Draw(t, "cells")
		random := kernel.NewRandom(rapid.Uint64().Draw(t, "seed"))
		numbers := func(n int) []float64 {
			x := make([]float64, n)
			for i := range x {
				x[i] = random.Float64()
			}
			return x
		}
		prior, factors, counts := numbers(n), numbers(n*cells), numbers(n*cells)
		var row []int32
		for range rapid.IntRange(0, 6).Draw(t, "labels") {
			row = append(row, int32(random.Intn(cells)))
		}
		q, want, sums := make([]float64, n), append([]float64{}, prior...), append([]float64{}, counts...)
		multiply(q, prior, factors, row)
		count(counts, q, row)
		for _, c := range row {
			for k := range n {
				want[k] *= factors[int(c)*n+k]
			}
		}
		for _, c := range row {
			for k := range n {
				sums[int(c)*n+k] += want[k]
			}
		}
		for k := range n {
			if q[k] != want[k] {
				t.Fatalf("q[%d] is %v, want %v", k, q[k], want[k])
			}
		}
		for i := range sums {
			if counts[i] != sums[i] {
				t.Fatalf("counts[%d] is %v, want %v", i, counts[i], sums[i])
			}
		}
	})
}

// Thousands of labels at one task underflow every product of chances. Half of the workers say
// class and then half the other, which no scale of one class alone could follow.
func TestTaskWithThousandsOfLabels(t *testing.T) {
	const each = 1500
	var task, worker, class []int32
	for w := range int32(2 * each) {
		x := int32(0)
		if w >= each {
			x = 1
		}
		task, worker, class = append(task, 0, 1), append(worker, w, w), append(class, x, x)
	}
	task, worker, class = append(task, 0), append(worker, 0), append(class, 1)
	l := mustLabels(t, 2, 2*each, 3, task, worker, class)
	for _, m := range []Method{DawidSkene, DawidSkeneMAP} {
		sameAsTwin(t, l, m, 3)
	}
	r := infer(t, l, OneCoin, Options{Iterations: 3, Tolerance: -1})
	q, logLikelihood := coinTwin(l, 3)
	if math.Abs(r.LogLikelihood-logLikelihood) > 1e-9*math.Abs(logLikelihood) {
		t.Errorf("log-likelihood %v, the twin has %v", r.LogLikelihood, logLikelihood)
	}
	for k := range 3 {
		if got := r.Posterior.At(0, k); math.Abs(got-q[0][k]) > 1e-9 {
			t.Errorf("P(task 0 is %d) is %v, the twin has %v", k, got, q[0][k])
		}
	}
	neverFalls(t, infer(t, l, IBCC, Options{}))
}
