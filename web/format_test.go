package web

import (
	"math"
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
