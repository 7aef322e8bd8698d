package web

import (
	"math"
	"strconv"
	"strings"
	"testing"
)

func TestFormats(t *testing.T) {
	for got, want := range map[string]string{
		share(0): none, share(math.NaN()): none, share(0.0001): "<0.001", share(0.1126): "0.113", share(1): "1.000",
		amount(0): none, amount(1): "<0.0001", amount(123456789): "0.1235", amount(1e9): "1", amount(4009585400000): "4\u2009010", amount(12345678900): "12.35", amount(1234567e9): "1\u2009234\u2009567",
		number(1.7): "1.7", number(0.00123): "0.0012", number(12345): "1.23e+04",
		blocks(1, 12): "1 block (~12\u00a0s)", blocks(214, 12): "214 blocks (~43\u00a0min)", blocks(1000, 12): "1\u2009000 blocks (~3.3\u00a0h)",
		blocks(50000, 12): "50\u2009000 blocks (~6.9\u00a0days)", blocks(3, 0): "3 blocks",
		short("0x0123456789abcdef"): "0x012345…", short("abc"): "abc", shorten("äöü", 2): "äö…",
		nextEpoch(View{}): none, nextEpoch(View{Block: 9, NextEpoch: 9}): "due now",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestFigureStaysInside(t *testing.T) {
	for _, s := range []Score{{}, {Mean: -1, Lower: -5, Upper: 7}, {Mean: math.NaN(), Lower: math.Inf(-1), Upper: math.Inf(1)}, {Mean: 1, Lower: 1, Upper: 1}} {
		w := newWhisker(&s)
		if len(w.Low) > 5 || len(w.Width) > 5 || len(w.Mean) > 5 {
			t.Errorf("%+v gives %+v", s, w)
		}
	}
	if b := newBar(2, 1); b.Width != "36" {
		t.Errorf("overlong bar %s", b.Width)
	}
	if b := newBar(1, 0); b.Width != "0" {
		t.Errorf("bar of nothing %s", b.Width)
	}
}

func TestVerdicts(t *testing.T) {
	for want, s := range map[string]Score{
		"flagged": {Flags: []string{"duplicates"}, Rejected: true, Weight: 1}, "rejected": {Rejected: true, Weight: 1},
		"earning": {Weight: 0.1, Checked: 1}, "new": {}, "unpaid": {Checked: 5},
	} {
		if v := verdictOf(&s); v.Word != want || v.Sign == "" || v.Meaning == "" {
			t.Errorf("%+v is %q, want %q", s, v.Word, want)
		}
	}
}

func TestStack(t *testing.T) {
	odd := []Product{{"a", "record", math.NaN()}, {"b", "record", math.Inf(1)}, {"c", "record", -1}, {"d", "record", 0}}
	legend := legendOf(View{Neurons: []Neuron{{Score: &Score{Products: odd}}, {Score: nil}, {Score: &Score{Products: []Product{{"e", "judgement", 1}, {"f", "record", 1}, {"g", "record", 1}}}}}})
	if len(legend) != 7 || legend[4].Name != "e" || legend[4].Kind != "judgement" || legend[0].Look != 0 || legend[6].Look != 0 {
		t.Errorf("legend %+v", legend)
	}
	for label, s := range map[string]*Score{
		"":                          {Products: odd},
		"e 100\u00a0%":              {Products: []Product{odd[0], {"e", "judgement", 0.001}}},
		"e 50\u00a0%, f 50\u00a0%":  {Products: []Product{{"f", "record", 0.9}, {"e", "judgement", 0.9}}},
		"e <1\u00a0%, f 100\u00a0%": {Products: []Product{{"e", "judgement", 0.001}, {"f", "record", 0.999}, odd[1]}},
		"f 33\u00a0%, f 67\u00a0%":  {Products: []Product{{"f", "record", 0.2}, {"f", "record", 0.4}, {"unknown", "record", 0}}},
	} {
		stack := newStack(s, legend)
		if stack.Label != label || len(stack.Parts) != strings.Count(label, "%") {
			t.Errorf("%+v is %+v, want %q", s.Products, stack, label)
		}
		end := 0.0
		for _, p := range stack.Parts {
			x, _ := strconv.ParseFloat(p.X, 64)
			w, _ := strconv.ParseFloat(p.Width, 64)
			if x < end-2 || w <= 0 || x < 0 || x+w > stackWidth+0.11 {
				t.Errorf("%q: a part from %s, %s wide, after %v", label, p.X, p.Width, end)
			}
			end = x + w
		}
	}
	for got, want := range map[string]string{
		percent(math.NaN()): none, percent(0.004): "<1\u00a0%",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
