package acceptance

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strconv"
	"testing"
)

func readVectors(t *testing.T, name string, into any) {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatal(err)
	}
}

// Intervals of scipy, to 1e-10 relative.
func TestIntervalVectors(t *testing.T) {
	var vectors map[string]struct {
		CP, Jeffreys, Wilson [2]float64
		Lower                float64 `json:"cp_lower_onesided99"`
	}
	readVectors(t, "binom_ci.json", &vectors)
	if len(vectors) != 5 {
		t.Fatalf("%d vectors", len(vectors))
	}
	for key, want := range vectors {
		var passes, n int
		if _, err := fmt.Sscanf(key, "%d/%d", &passes, &n); err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			interval func(int, int, float64) (float64, float64, error)
			want     [2]float64
		}{"Clopper-Pearson": {ClopperPearson, want.CP}, "Jeffreys": {Jeffreys, want.Jeffreys}, "Wilson": {Wilson, want.Wilson}} {
			lower, upper, err := c.interval(passes, n, 0.05)
			if err != nil {
				t.Fatal(err)
			}
			near(t, key+" "+name+" lower", lower, c.want[0], 1e-10*c.want[0])
			near(t, key+" "+name+" upper", upper, c.want[1], 1e-10*c.want[1])
			// Failures and passes are mirror images.
			low, high, err := c.interval(n-passes, n, 0.05)
			if err != nil || math.Abs(low-(1-upper)) > 1e-12 || math.Abs(high-(1-lower)) > 1e-12 {
				t.Errorf("%s %s mirrored: [%v, %v], %v", key, name, low, high, err)
			}
		}
		lower, err := ClopperPearsonLower(passes, n, 0.01)
		if err != nil {
			t.Fatal(err)
		}
		near(t, key+" one-sided", lower, want.Lower, 1e-10*want.Lower)
		if upper, err := ClopperPearsonUpper(n-passes, n, 0.01); err != nil || math.Abs(upper-(1-lower)) > 1e-12 {
			t.Errorf("%s one-sided mirrored: %v, %v", key, upper, err)
		}
	}
	// R's binom.test
	lower, upper, _ := ClopperPearson(95, 100, 0.05)
	near(t, "95 of 100 lower", lower, 0.887165, 5e-7)
	near(t, "95 of 100 upper", upper, 0.983568, 5e-7)
}

// congruential is the generator of the vectors' outcomes.
type congruential uint64

func (c *congruential) next() float64 {
	*c = 6364136223846793005**c + 1442695040888963407
	return float64(*c>>11) * 0x1p-53
}

type sequence interface {
	Observe(x float64) error
	Interval() (lower, upper float64)
	Contradicted() bool
}

// Confidence sequences of package confseq, printed to its grid: to 1/1000.
func TestSequenceVectors(t *testing.T) {
	type table map[string][2]float64
	var vectors map[string]struct {
		K         []int     `json:"k"`
		First     []float64 `json:"first20"`
		Hedged    table     `json:"hedged_cs_a01"`
		Betting   table     `json:"betting_cs_wor_N400_a01"`
		Bernstein table     `json:"predmix_eb_cs_a01"`
		Hoeffding table     `json:"predmix_hoeffding_cs_a01"`
	}
	readVectors(t, "confseq_vectors.json", &vectors)
	for name, c := range map[string]struct {
		seed  congruential
		theta float64
	}{"good95": {7, 0.95}, "bad80": {8, 0.80}} {
		want := vectors[name]
		for method, m := range map[string]struct {
			begin func() (sequence, error)
			want  table
		}{
			"hedged":                      {func() (sequence, error) { return NewBettingSequence(0.01, 0) }, want.Hedged},
			"betting without replacement": {func() (sequence, error) { return NewBettingSequence(0.01, 400) }, want.Betting},
			"empirical Bernstein":         {func() (sequence, error) { return NewBernstein(0.01) }, want.Bernstein},
			"Hoeffding":                   {func() (sequence, error) { return NewHoeffding(0.01) }, want.Hoeffding},
		} {
			s, err := m.begin()
			if err != nil || len(m.want) != 5 {
				t.Fatal(err, len(m.want))
			}
			random, passes, checked := c.seed, 0, 0
			for n := 1; n <= 200; n++ {
				x := 0.0
				if random.next() < c.theta {
					x = 1
					passes++
				}
				if n <= 20 && x != want.First[n-1] {
					t.Fatalf("%s: outcome %d is %v", name, n, x)
				}
				if err := s.Observe(x); err != nil {
					t.Fatal(err)
				}
				at, ok := m.want[strconv.Itoa(n)]
				if !ok {
					continue
				}
				lower, upper := s.Interval()
				near(t, fmt.Sprint(name, " ", method, " lower at ", n), lower, at[0], 1e-3+1e-12)
				near(t, fmt.Sprint(name, " ", method, " upper at ", n), upper, at[1], 1e-3+1e-12)
				if passes != want.K[checked] {
					t.Errorf("%s: %d passes at %d", name, passes, n)
				}
				checked++
			}
			if checked != 5 || s.Contradicted() {
				t.Errorf("%s %s: checked at %d times, contradicted: %v", name, method, checked, s.Contradicted())
			}
		}
	}
}
