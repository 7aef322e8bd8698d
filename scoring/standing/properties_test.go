package standing

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// history is any history of rows, over any number of rounds.
func history(t *rapid.T, label string) []Row {
	return rapid.Custom(func(t *rapid.T) []Row {
		var rows []Row
		var round uint64
		for range rapid.IntRange(0, 120).Draw(t, "rows") {
			round += uint64(max(0, rapid.IntRange(-40, 20).Draw(t, "rounds")))
			w := 1.0
			if rapid.IntRange(0, 3).Draw(t, "whole") == 0 {
				w = rapid.Float64Range(0.001, 1).Draw(t, "weight")
			}
			rows = append(rows, Row{round, rapid.Bool().Draw(t, "pass"), w})
		}
		return rows
	}).Draw(t, label)
}

func last(rows []Row) uint64 {
	if len(rows) == 0 {
		return 0
	}
	return rows[len(rows)-1].Round
}

func anyRule(t *rapid.T) Rule {
	r := uniform()
	r.Forget = rapid.SampledFrom([]float64{0.5, 0.9, 0.99, 0.999, 1}).Draw(t, "forget")
	r.ForgetRound = rapid.SampledFrom([]float64{0.5, 0.985, 1}).Draw(t, "forget a round")
	r.PriorPass = rapid.SampledFrom([]float64{0.5, 1, 4}).Draw(t, "prior")
	return r
}

// slack is what a bound found by bisection may be off.
const slack = 1e-9

// What holds under forgetting, for every history that rows can leave: one more pass
// lowers neither the mean nor a bound, one more failure raises none. It holds because
// Pass and Fail never exceed 1/(1−forget): a pass then adds more than it forgets, and
// only lowers what failed.
func TestOneMoreRow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, rows := anyRule(t), history(t, "rows")
		now, err := r.After(rows, last(rows))
		if err != nil {
			t.Fatal(err)
		}
		w := rapid.Float64Range(0, 1).Draw(t, "weight")
		up, down := now, now
		up.See(true, w, r.Forget)
		down.See(false, w, r.Forget)
		before, passed, failed := r.Share(now, 0), r.Share(up, 0), r.Share(down, 0)
		for _, c := range [][3]float64{
			{failed.Mean, before.Mean, passed.Mean},
			{failed.Lower, before.Lower, passed.Lower},
			{failed.Upper, before.Upper, passed.Upper},
		} {
			if c[0] > c[1]+slack || c[1] > c[2]+slack {
				t.Fatalf("after %+v: failure, now and pass give %v", now, c)
			}
		}
	})
}

// More correct work, at whatever time: a failure that was a pass, and a pass that was
// not there, lower nothing.
func TestMoreCorrectWorkEarlier(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, rows := anyRule(t), history(t, "rows")
		at := rapid.IntRange(0, len(rows)).Draw(t, "at")
		better := append([]Row{}, rows[:at]...)
		if at < len(rows) && rapid.Bool().Draw(t, "turn") {
			better = append(better, Row{rows[at].Round, true, rows[at].Weight})
			better = append(better, rows[at+1:]...)
		} else {
			better = append(better, Row{last(rows[:at]), true, 1})
			better = append(better, rows[at:]...)
		}
		a, err := r.After(rows, last(rows))
		if err != nil {
			t.Fatal(err)
		}
		b, err := r.After(better, last(rows))
		if err != nil {
			t.Fatal(err)
		}
		if b.Pass < a.Pass-slack || b.Fail > a.Fail+slack || r.Share(b, 0).Lower < r.Share(a, 0).Lower-slack {
			t.Fatalf("%+v with more correct work, %+v without", b, a)
		}
	})
}

// A round that passes without rows moves the mean towards the prior's. The lower
// bound may rise by it, but never above both what it was and the prior's own: who is
// not checked gains at most what a newcomer has. Measured here for priors of one row
// each, not proven.
func TestTimeGivesAtMostTheNewcomersBound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, rows := anyRule(t), history(t, "rows")
		r.PriorPass = 1
		now, err := r.After(rows, last(rows))
		if err != nil {
			t.Fatal(err)
		}
		later := now
		later.Fade(rapid.Float64Range(0, 1).Draw(t, "fade"))
		a, b, fresh := r.Share(now, 0), r.Share(later, 0), r.Share(Posterior{}, 0)
		if math.Abs(b.Mean-fresh.Mean) > math.Abs(a.Mean-fresh.Mean)+slack || b.Lower > max(a.Lower, fresh.Lower)+slack {
			t.Fatalf("time makes %+v of %+v", b, a)
		}
	})
}

// Row by row and round by round gives the bits of the whole history at once, and a
// plain sum over rows of what each is still worth agrees.
func TestIncrementalIsBatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, rows := anyRule(t), history(t, "rows")
		end := last(rows) + uint64(rapid.IntRange(0, 20).Draw(t, "after the last"))
		want, err := r.After(rows, end)
		if err != nil {
			t.Fatal(err)
		}
		var p Posterior
		next := 0
		for round := uint64(0); round <= end; round++ {
			p.Fade(r.ForgetRound)
			for ; next < len(rows) && rows[next].Round == round; next++ {
				if rows[next].Weight == 1 {
					p.Check(rows[next].Pass, r.Forget)
				} else {
					p.See(rows[next].Pass, rows[next].Weight, r.Forget)
				}
			}
		}
		if p != want {
			t.Fatalf("row by row %+v, at once %+v", p, want)
		}
		pass, fail := plainSum(r, rows, end)
		if math.Abs(p.Pass-pass) > 1e-12*(1+pass) || math.Abs(p.Fail-fail) > 1e-12*(1+fail) {
			t.Fatalf("row by row %+v, by a plain sum %v and %v", p, pass, fail)
		}
		if r.Forget < 1 && p.Rows() > 1/(1-r.Forget)+slack {
			t.Fatalf("%v rows are counted, at most %v can be", p.Rows(), 1/(1-r.Forget))
		}
	})
}

// plainSum asks of each row what is left of it.
func plainSum(r Rule, rows []Row, end uint64) (pass, fail float64) {
	for i, row := range rows {
		left := row.Weight * math.Pow(r.ForgetRound, float64(end-row.Round))
		for _, later := range rows[i+1:] {
			left *= 1 - later.Weight*(1-r.Forget)
		}
		if row.Pass {
			pass += left
		} else {
			fail += left
		}
	}
	return pass, fail
}

// Many rounds at once fade like one after the other.
func TestManyRoundsAtOnce(t *testing.T) {
	r := uniform()
	p, err := r.After([]Row{{1, true, 1}}, 301)
	if err != nil {
		t.Fatal(err)
	}
	want := 1.0
	for range 300 {
		want *= r.ForgetRound
	}
	if p.Pass != want {
		t.Errorf("300 rounds leave %v, one by one %v", p.Pass, want)
	}
	if p, err := r.After([]Row{{1, true, 1}}, math.MaxUint64); err != nil || p.Pass > 1e-300 {
		t.Errorf("an age leaves %+v, %v", p, err)
	}
	r.Forget, r.ForgetRound = 0.99, 0.97
	if p, err = r.After([]Row{{0, true, 1}, {0, false, 1}, {7, true, 1}}, 20); err != nil {
		t.Fatal(err)
	}
	var one Posterior
	for round := range 21 {
		one.Fade(r.ForgetRound)
		if round == 0 {
			one.Check(true, r.Forget)
			one.Check(false, r.Forget)
		}
		if round == 7 {
			one.Check(true, r.Forget)
		}
	}
	if p != one {
		t.Errorf("gaps of 7 and 13 rounds leave %+v, round by round %+v", p, one)
	}
}

// An age costs nothing where nothing fades, and is refused where it fades too slowly.
func TestAnAgeIsBounded(t *testing.T) {
	r := uniform()
	r.ForgetRound = 1
	rows := []Row{{1, true, 1}, {math.MaxUint64, true, 1}}
	if p, err := r.After(rows, math.MaxUint64); err != nil || p.Pass != 1+r.Forget {
		t.Errorf("rounds that forget nothing leave %+v, %v", p, err)
	}
	r.ForgetRound = 1 - 0x1p-50
	if p, err := r.After(rows, math.MaxUint64); err == nil || p != (Posterior{}) {
		t.Errorf("rounds that forget next to nothing leave %+v, without an error", p)
	}
}
