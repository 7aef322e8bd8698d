package weights

import (
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/assaynet/assay/yuma"
)

// near is equality up to rounding, also where numbers lose bits for being tiny.
func near(a, b float64) bool { return math.Abs(a-b) <= 1e-12*(math.Abs(a)+math.Abs(b))+1e-300 }

func amounts(t *rapid.T, label string, least int) []float64 {
	return rapid.SliceOfN(rapid.OneOf(rapid.Just(0.0), rapid.Float64Range(0, 1), rapid.Float64Range(0, 1e9)), least, 12).Draw(t, label)
}

func bounds(t *rapid.T, label string, n int) []float64 {
	return rapid.SliceOfN(rapid.Float64Range(0, 1), n, n).Draw(t, label)
}

func sum(x []float64) float64 {
	var s float64
	for _, v := range x {
		s += v
	}
	return s
}

// By hand: amounts 30, 10 and 0 with half = 60 in a cell that pays 2.
func TestCellByHand(t *testing.T) {
	got, err := Cell([]float64{30, 10, 0}, []float64{0.9, 0.5, 1}, 2, 60, 2)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{0.6 * 0.81, 0.2 * 0.25, 0} {
		if !near(got[i], want) {
			t.Errorf("pay %v, want %v", got[i], want)
		}
	}
	shares, err := Shares(got)
	if err != nil || !near(shares[0], 0.486/0.536) || shares[2] != 0 {
		t.Errorf("shares %v, %v", shares, err)
	}
	if Value(1, 0, 0, 0) != 0 || Value(1, 5, 5, math.NaN()) != 0 {
		t.Error("an amount of nothing is worth something")
	}
}

func TestBadNumbersAreErrors(t *testing.T) {
	nan := math.NaN()
	cell := func(a, l []float64, demand, half float64, gamma int) error {
		_, err := Cell(a, l, demand, half, gamma)
		return err
	}
	family := func(b Bounded, l, v []float64) error { _, err := b.Weights(l, v); return err }
	softmax := func(temperature float64, s ...float64) error { _, err := Softmax(s, temperature); return err }
	shares := func(p ...float64) error { _, err := Shares(p); return err }
	one := []float64{1}
	for _, c := range []struct {
		err  error
		want string
	}{
		{cell(one, nil, 1, 1, 2), "1 numbers of amount and 0 of bound"},
		{cell([]float64{-1}, one, 1, 1, 2), "amount 0 is -1"},
		{cell(one, []float64{1.5}, 1, 1, 2), "bound 0 is 1.5, want 0 to 1"},
		{cell(one, []float64{nan}, 1, 1, 2), "bound 0 is NaN"},
		{cell(one, one, nan, 1, 2), "demand NaN"},
		{cell(one, one, 1, -1, 2), "half -1"},
		{cell(one, one, 1, 1, -2), "gamma -2"},
		{cell(one, one, 1, 1, MaxGamma+1), "gamma 65"},
		{cell([]float64{1e200, 1e150}, []float64{.5, .5}, 1e120, 1, 2), "amount 0 is 1e+200, want 0 to 1e+150"},
		{cell([]float64{1e150, 1e200}, []float64{.5, 0}, 1e120, 1, 2), "amount 1 is 1e+200, want 0 to 1e+150"},
		{cell(one, one, 1.1e150, 1, 2), "want a demand of 0 to 1e+150"},
		{shares(1, nan), "pay 1 is NaN"},
		{shares(1e308, 1e308), "use a larger unit"},
		{family(Bounded{Floor: 1}, one, one), "floor 1"},
		{family(Bounded{Gamma: nan}, one, one), "gamma NaN"},
		{family(Bounded{Rho: 9}, one, one), "rho 9"},
		{family(Bounded{}, one, []float64{math.Inf(1)}), "volume 0 is +Inf"},
		{softmax(0, 1), "temperature is 0"},
		{softmax(1, 1, nan), "score 1 is NaN"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("error %v, want %q", c.err, c.want)
		}
	}
	if got := Quantise([]float64{nan, math.Inf(1), -3, 0, 2, 1}); !slices.Equal(got, []uint16{0, 0, 0, 0, 65535, 32768}) {
		t.Errorf("what is no pay is quantised: %v", got)
	}
	if len(Quantise(nil)) != 0 || !slices.Equal(Quantise([]float64{0, 0}), []uint16{0, 0}) {
		t.Error("nobody earned anything")
	}
}

// At the ends of what is allowed pay is a finite number, and the greater amount has the
// greater weight.
func TestCellAtItsEnds(t *testing.T) {
	for _, half := range []float64{0, 1, math.MaxFloat64} {
		got, err := Cell([]float64{MaxAmount, MaxAmount / 2, 0}, []float64{1, 1, 0}, MaxAmount, half, MaxGamma)
		if err != nil || math.IsInf(got[0], 0) || !(got[0] > 0) || !near(got[1], got[0]/2) || got[2] != 0 {
			t.Errorf("half %v: pay %v, %v", half, got, err)
		}
		if q := Quantise(got); !slices.Equal(q, []uint16{65535, 32768, 0}) {
			t.Errorf("half %v: weights %v", half, q)
		}
	}
}

// A power out of its range pays nothing, at once.
func TestPayOutOfRange(t *testing.T) {
	for _, gamma := range []int{-1, math.MinInt, MaxGamma + 1, math.MaxInt} {
		if got := Pay(10, .01, gamma); got != 0 {
			t.Errorf("gamma %d pays %v", gamma, got)
		}
	}
	if Pay(10, .5, 0) != 10 || Pay(10, .5, 2) != 2.5 || !(Pay(10, .9, MaxGamma) > 0) {
		t.Error("a gamma in its range does not pay")
	}
}

// More proven work or a better standing never pays less, nor does it pay a rival more.
func TestCellIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := amounts(t, "amounts", 1)
		l := bounds(t, "bounds", len(a))
		half := rapid.Float64Range(0.001, 1e6).Draw(t, "half")
		gamma := rapid.IntRange(1, 4).Draw(t, "gamma")
		before, err := Cell(a, l, 1, half, gamma)
		if err != nil {
			t.Fatal(err)
		}
		i := rapid.IntRange(0, len(a)-1).Draw(t, "worker")
		more, better := slices.Clone(a), slices.Clone(l)
		more[i] += rapid.Float64Range(0, 1e6).Draw(t, "more")
		better[i] += float64((1 - l[i]) * rapid.Float64Range(0, 1).Draw(t, "better"))
		after, err := Cell(more, better, 1, half, gamma)
		if err != nil {
			t.Fatal(err)
		}
		for j := range a {
			if d := (after[j] - before[j]) * (1 + 1e-12); j == i && d < -1e-12*before[j] || j != i && d > 1e-12*before[j] {
				t.Fatalf("worker %d of %d: pay %v becomes %v", j, len(a), before, after)
			}
		}
	})
}

// A worker cut into any parts gets what it got, and so does everyone else. Where the
// parts' bounds differ the sum is at most the amount at the best bound.
func TestCellIsSplitProof(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := amounts(t, "amounts", 1)
		l := bounds(t, "bounds", len(a))
		half := rapid.Float64Range(0.001, 1e6).Draw(t, "half")
		whole, err := Cell(a, l, 1, half, 2)
		if err != nil {
			t.Fatal(err)
		}
		parts := rapid.SliceOfN(rapid.Float64Range(0, 1), 1, 20).Draw(t, "parts")
		split, own := slices.Clone(a[1:]), slices.Clone(l[1:])
		total := sum(parts)
		for _, p := range parts {
			if total > 0 {
				split, own = append(split, a[0]*(p/total)), append(own, l[0])
			}
		}
		got, err := Cell(split, own, 1, half, 2)
		if err != nil {
			t.Fatal(err)
		}
		if total > 0 && !near(sum(got[len(a)-1:]), whole[0]) {
			t.Fatalf("%d keys get %v, one gets %v", len(parts), sum(got[len(a)-1:]), whole[0])
		}
		if total > 0 && !near(sum(got[:len(a)-1]), sum(whole[1:])) {
			t.Fatalf("the others get %v, before the split %v", got[:len(a)-1], whole[1:])
		}
	})
}

// Quantise keeps the order, is within half a unit of the exact share of the largest,
// and the chain's own scaling leaves it as it is. Against the SDK's rule it differs
// at ties alone.
func TestQuantise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pay := amounts(t, "pay", 1)
		got := Quantise(pay)
		most := slices.Max(pay)
		uids := make([]int, len(pay))
		for i, p := range pay {
			uids[i] = i
			if most > 0 && math.Abs(float64(got[i])-65535*(p/most)) > 0.5+1e-9 {
				t.Fatalf("%v of %v becomes %d", p, most, got[i])
			}
			for j, q := range pay {
				if p <= q && got[i] > got[j] {
					t.Fatalf("%v has %d and %v has %d", p, got[i], q, got[j])
				}
			}
		}
		if !slices.Equal(yuma.MaxUpscale(got), got) {
			t.Fatalf("the chain makes %v of %v", yuma.MaxUpscale(got), got)
		}
		out, values, err := Emit(uids, pay)
		if err != nil {
			t.Fatal(err)
		}
		sdk := make([]uint16, len(pay))
		for k, u := range out {
			sdk[u] = values[k]
		}
		for i := range got {
			if got[i] != sdk[i] && (got[i] != sdk[i]+1 || 65535*(pay[i]/most) != float64(sdk[i])+0.5) {
				t.Fatalf("%v of %v: %d, the SDK has %d", pay[i], most, got[i], sdk[i])
			}
		}
	})
	if got := Quantise([]float64{131070, 1, 5, 7, 0.99}); !slices.Equal(got, []uint16{65535, 1, 3, 4, 0}) {
		t.Errorf("ties: %v", got)
	}
}
