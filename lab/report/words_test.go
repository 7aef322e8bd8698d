package report

import (
	"math"
	"slices"
	"testing"
)

func TestNumbers(t *testing.T) {
	for x, want := range map[float64]string{0: "0", 1: "1", -2: "−2", 0.5: "0.50", 36.29: "36.3", 1234.5: "1,234", 1234567: "1,234,567", 0.00951: "0.0095", 0.00003: "3.00e-05", 1e300: "1.00e+300",
		math.Inf(1): "unbounded", math.Inf(-1): "unbounded below"} {
		if got := number(x); got != want {
			t.Errorf("number(%v) = %q, want %q", x, got, want)
		}
	}
	for x, want := range map[float64]string{0: "0 %", 1: "100 %", 0.2: "20 %", 0.123: "12.3 %", 0.0095: "0.95 %", 0.00001: "0.001 %", 0.9994: "99.94 %", -0.5: "−50 %"} {
		if got := percent(x); got != want {
			t.Errorf("percent(%v) = %q, want %q", x, got, want)
		}
	}
	if got := number(math.NaN()) + " " + never(math.NaN()) + " " + never(math.Inf(1)); got != "unknown never never" {
		t.Error(got)
	}
	if got := interval(-1, 1, ratio) + interval(0.1, 0.2, percent) + interval(math.NaN(), math.NaN(), ratio) + interval(0, math.Inf(1), ratio); got != " (−1.00 to 1.00) (10–20 %) (0.00 to unbounded)" {
		t.Error(got)
	}
}

func TestNames(t *testing.T) {
	for name, want := range map[string]string{"": "(no name)", "milk": "milk", "a\x00b\nc": "a\ufffdb\ufffdc", "a\u202eb": "a\ufffdb", "\xff": "\ufffd",
		"123456789012345678901234567890": "1234567890123456789012345…", "äöüäöüäöüäöüäöüäöüäöüäöüäö": "äöüäöüäöüäöüäöüäöüäöüäöüäö"} {
		if got := short(name); got != want {
			t.Errorf("short(%q) = %q, want %q", name, got, want)
		}
	}
	names := []string{"m-10", "m-2", "m-02", "m", "n", "m-2b"}
	slices.SortFunc(names, compareNames)
	if want := []string{"m", "m-02", "m-2", "m-2b", "m-10", "n"}; !slices.Equal(names, want) {
		t.Error(names)
	}
}

func TestAxes(t *testing.T) {
	for _, c := range []struct {
		a    axis
		low  float64
		high float64
		want []string
	}{
		{axis{}, 0, 1, []string{"0", "0.2", "0.4", "0.6", "0.8", "1.0"}},
		{axis{percent: true}, 0.5, 1, []string{"50 %", "60 %", "70 %", "80 %", "90 %", "100 %"}},
		{axis{}, 3, 3, []string{"1.5", "2.0", "2.5", "3.0", "3.5", "4.0", "4.5"}},
		{axis{}, 0, 0, []string{"0", "0.1", "0.2", "0.3", "0.4", "0.5"}},
		{axis{log: true}, 4, 800, []string{"1", "10", "100", "1,000"}},
		{axis{log: true}, 0, 800, []string{"0", "200", "400", "600", "800"}},
		{axis{}, -1e15, 1e15, []string{"−1e+15", "−5e+14", "0", "5e+14", "1e+15"}},
	} {
		var e extremes
		e.add(c.low, c.high)
		var got []string
		for _, m := range c.a.fit(e).ticks() {
			got = append(got, m.text)
			if !(m.at >= 0 && m.at <= 1) {
				t.Errorf("%v to %v: a tick at %v", c.low, c.high, m.at)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%v to %v: %q, want %q", c.low, c.high, got, c.want)
		}
	}
}
