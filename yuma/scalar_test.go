package yuma

import (
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestScalarVectors checks the fixed-point operations against generated vectors;
// the unsigned forms wherever they are meant for the operands.
func TestScalarVectors(t *testing.T) {
	var file struct {
		Mul     [][3]int64
		Div     [][3]int64
		ToU16   [][2]int64 `json:"to_u16"`
		Exp     [][2]int64
		Sigmoid [][7]int64
	}
	decodeFile(t, "gen_scalar.json", &file)
	if min(len(file.Mul), len(file.Div), len(file.ToU16), len(file.Exp), len(file.Sigmoid)) < 200 {
		t.Fatal("vectors are missing")
	}
	for _, v := range file.Mul {
		if got := mulSigned(v[0], v[1]); got != v[2] {
			t.Errorf("mul(%d, %d) = %d, want %d", v[0], v[1], got, v[2])
		}
	}
	for _, v := range file.Div {
		if got := divSigned(v[0], v[1]); got != v[2] {
			t.Errorf("div(%d, %d) = %d, want %d", v[0], v[1], got, v[2])
		}
	}
	for _, v := range file.ToU16 {
		// Fractions of an epoch are never negative; nor do they reach 2^47.
		if v[0] >= 0 && v[0] < 1<<47 && toU16(uint64(v[0])) != uint16(v[1]) {
			t.Errorf("toU16(%d) = %d, want %d", v[0], toU16(uint64(v[0])), v[1])
		}
	}
	e := newExponential()
	for _, v := range file.Exp {
		if got := e.at(v[0]); got != uint64(v[1]) {
			t.Errorf("exp(%d) = %d, want %d", v[0], got, v[1])
		}
	}
	for _, v := range file.Sigmoid {
		curve := newAlphaCurve(uint64(v[3]), uint64(v[4]), v[5])
		if got := curve.at(distance(uint64(v[0]), uint64(v[1]), uint64(v[2]))); got != uint64(v[6]) {
			t.Errorf("alpha of %v = %d, want %d", v[:6], got, v[6])
		}
	}
}

// TestExponentialSeries compares the series with one that divides plainly.
func TestExponentialSeries(t *testing.T) {
	e := newExponential()
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.OneOf(rapid.Uint64Range(1, expLimit), rapid.Uint64Range(1, nearbyLimit), rapid.Uint64Range(nearbyLimit-5, nearbyLimit)).Draw(t, "x")
		sum, term := one+x, x
		for i := uint64(2); i <= expTerms; i++ {
			term = mul(term, x) / i
			sum += term
		}
		if got := e.series(x); got != sum {
			t.Fatalf("series(%d) = %d, want %d", x, got, sum)
		}
		if got := e.series4([lanes]uint64{0, x, one, x}); x < nearbyLimit && (got[1] != sum || got[3] != sum || got[0] != one) {
			t.Fatalf("series4(%d) = %d, want %d", x, got, sum)
		}
	})
}

// TestRatesInGroups compares rates computed several at a time with single ones.
func TestRatesInGroups(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		steepness := rapid.OneOf(rapid.Just[int16](1000), rapid.Int16()).Draw(t, "steepness")
		low, high := rapid.Uint16().Draw(t, "low"), rapid.Uint16().Draw(t, "high")
		c := newAlphaCurve(fromU16(low), fromU16(high), int64(steepness)*one)
		d := rapid.SliceOfN(rapid.OneOf(
			rapid.Uint64Range(0, one),
			rapid.SampledFrom([]uint64{0, 0, 1, one / 2, one/2 - 1, one/2 + 1, one/2 + one/10, one/2 + one/10 + 1, one}),
		), 0, 13).Draw(t, "distances")
		var want []uint64
		for _, d := range d {
			want = append(want, c.at(d))
		}
		if c.rates(d); !slices.Equal(d, want) {
			t.Fatalf("rates %d, want %d", d, want)
		}
	})
}

// TestProducts and the tests below compare with arbitrary precision.
func TestProducts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.OneOf(rapid.Uint64Range(0, 1<<48), rapid.Uint64Range(0, one), rapid.Just[uint64](one)).Draw(t, "a")
		b := rapid.Uint64Range(0, 1<<47).Draw(t, "b")
		exact := new(big.Int).Mul(integer(a), integer(b))
		down := new(big.Int).Rsh(exact, 32)
		if got := mul(a, b); down.Cmp(integer(got)) != 0 {
			t.Fatalf("mul = %d, want %d", got, down)
		}
		if a <= one && newFactor(a).times(b) != down.Uint64() {
			t.Fatalf("times = %d, want %d", newFactor(a).times(b), down)
		}
		up := new(big.Int).Rsh(exact.Add(exact, integer(one-1)), 32)
		if got := mulUp(a, b); up.Cmp(integer(got)) != 0 {
			t.Fatalf("mulUp = %d, want %d", got, up)
		}
	})
}

func TestQuotients(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.OneOf(
			rapid.Uint64Range(1, 1<<50), rapid.Uint64Range(1, 1<<31), rapid.Uint64Range(1, 70000), rapid.Uint64Range(one-2, one+2),
			rapid.Map(rapid.IntRange(0, 50), func(k int) uint64 { return 1 << k }),
		).Draw(t, "d")
		most := min(d, one)
		x := rapid.OneOf(rapid.Uint64Range(0, most), rapid.Just(most), rapid.Just(most-1)).Draw(t, "x")
		want := new(big.Int).Quo(new(big.Int).Lsh(integer(x), 32), integer(d)).Uint64()
		if got := newDivisor(d).into(x); got != want {
			t.Fatalf("%d into %d = %d, want %d", d, x, got, want)
		}
		if got := quo(x, d); got != want {
			t.Fatalf("quo(%d, %d) = %d, want %d", x, d, got, want)
		}
	})
	if got := newDivisor(0).into(one); got != 0 {
		t.Errorf("1/0 = %d, want 0", got)
	}
}

// TestQuotientsNextToIntegers takes dividends for which the quotient is as close below
// an integer as can be, or just reaches it: there an excess would show.
func TestQuotientsNextToIntegers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bits := rapid.IntRange(1, 48).Draw(t, "bits")
		d := rapid.Uint64Range(1<<(bits-1), 1<<bits-1).Draw(t, "d")
		by := newDivisor(d)
		for range 64 {
			q := rapid.Uint64Range(1, one).Draw(t, "q")
			// The least x with x·2^32 ≥ q·d, and the one before it.
			hi := new(big.Int).Mul(integer(q), integer(d))
			x := new(big.Int).Rsh(hi.Add(hi, integer(one-1)), 32).Uint64()
			for _, x := range []uint64{x - 1, x} {
				if x > min(d, one) {
					continue
				}
				want := new(big.Int).Quo(new(big.Int).Lsh(integer(x), 32), integer(d)).Uint64()
				if got := by.into(x); got != want {
					t.Fatalf("%d into %d = %d, want %d", d, x, got, want)
				}
			}
		}
	})
}

func TestWideQuotient(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.Custom(func(t *rapid.T) wide {
			bits := rapid.IntRange(0, 94).Draw(t, "bits")
			v := wide{rapid.Uint64().Draw(t, "hi"), rapid.Uint64().Draw(t, "lo")}
			if bits <= 64 {
				return wide{0, v.lo >> (64 - bits)}
			}
			return wide{v.hi >> (128 - bits), v.lo}
		})
		a, b := amount.Draw(t, "a"), amount.Draw(t, "b")
		total := a.plus(b)
		if total.hi>>31 != 0 || total == (wide{}) {
			return
		}
		exact := func(w wide) *big.Int {
			return new(big.Int).Or(new(big.Int).Lsh(integer(w.hi), 64), integer(w.lo))
		}
		want := new(big.Int).Lsh(exact(a), 32)
		want.Quo(want, exact(total))
		if got := a.over(total); integer(got).Cmp(want) != 0 {
			t.Fatalf("%v over %v = %d, want %d", a, total, got, want)
		}
	})
}

// TestWideQuotientOneTooLarge takes amounts for which dividing by the leading bits
// of the total alone gives one too much, which random ones hardly ever are.
func TestWideQuotientOneTooLarge(t *testing.T) {
	for _, hi := range []uint64{1, 2, 3, 1<<31 - 1} {
		total := wide{hi, 1<<64 - 1}
		almost := wide{hi, 1<<64 - 2}
		if got := almost.over(total); got != one-1 {
			t.Errorf("%v over %v = %d, want %d", almost, total, got, one-1)
		}
		if got := total.over(total); got != one {
			t.Errorf("%v over itself = %d, want 1.0", total, got)
		}
	}
}

func integer(x uint64) *big.Int { return new(big.Int).SetUint64(x) }
