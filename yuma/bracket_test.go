package yuma

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// TestExponentialIsInItsBracket draws exponents from everywhere within reach, and next
// to where the tables step.
func TestExponentialIsInItsBracket(t *testing.T) {
	b, e := newBrackets(), newExponential()
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.OneOf(
			rapid.Int64Range(-reach*one, reach*one),
			rapid.Map(rapid.IntRange(-64*reach+1, 64*reach-1), func(k int) int64 { return int64(k) << stepBits }),
			rapid.SampledFrom([]int64{-reach * one, reach * one, -1, 0, 1}),
		).Draw(t, "x")
		x = min(max(x+rapid.Int64Range(-3, 3).Draw(t, "beside"), -reach*one), reach*one)
		if x == one { // the special case
			x++
		}
		least, most := b.of(uint64(x + reach*one))
		if got := e.at(x); got < least || got > most {
			t.Fatalf("e^%d is %d, not within %d to %d", x, got, least, most)
		}
	})
}

// TestTruncatedBoundsEveryLoss derives the bounds: term i of the series loses less than
// one unit to truncation, as long as the term before it is not 0, and with it are lost
// the terms that it would have led to, x/(i+1) + x²/((i+1)(i+2)) + ... for one.
func TestTruncatedBoundsEveryLoss(t *testing.T) {
	bounds := truncated()
	for q, bound := range bounds {
		x := float64(q+1) / 4
		term, loss := x, 0.0
		for i := 2; i <= expTerms && term >= 1.0/one; i++ {
			follows, share := 1.0, 1.0
			for k := 1; k < 60; k++ {
				share *= x / float64(i+k)
				follows += share
			}
			loss += follows
			term *= x / float64(i)
		}
		for i := 1; i < 60 && q == len(bounds)-1; i++ { // past the last power of the series
			loss += math.Pow(x, float64(expTerms+i)) / math.Gamma(float64(expTerms+i+1)) * one
		}
		loss += math.Exp(x) / 16 // a power exceeds the true one by less than 2^-36 of it
		if loss > float64(bound) {
			t.Errorf("up to %g: %g can be lost, not %d", x, loss, bound)
		}
		if float64(bound) > loss+1.2 {
			t.Errorf("up to %g: %d is more than %g", x, bound, loss)
		}
	}
}

// TestMostRatesAreQuick keeps brackets as narrow as they are useful.
func TestMostRatesAreQuick(t *testing.T) {
	curve := newAlphaCurve(fromU16(45875), fromU16(58982), 1000*one)
	rng := rand.New(rand.NewPCG(1, 2))
	const draws = 20000
	quick := 0
	for range draws {
		d := rng.Uint64N(one + 1)
		if rate, sure := curve.quick(d); sure {
			quick++
			if rate != curve.at(d) {
				t.Fatalf("rate for %d is %d, want %d", d, rate, curve.at(d))
			}
		}
	}
	if quick < draws*8/10 {
		t.Errorf("%d of %d rates are quick", quick, draws)
	}
}
