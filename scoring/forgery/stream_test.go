package forgery

import (
	"math"
	"testing"

	"github.com/assaynet/assay/scoring/kernel"
	"pgregory.net/rapid"
)

const runs = 10_000

// most is the greatest share of runs that a chance of at most alpha gives, but for one
// seed in 30,000: four standard errors above it.
func most(alpha float64) float64 { return alpha + 4*math.Sqrt(alpha*(1-alpha)/runs) }

// law is a law over categories, as a table to draw from.
type law []int

// newLaw rounds weights to parts of 4096.
func newLaw(weights ...float64) law {
	var total, sum float64
	for _, w := range weights {
		total += w
	}
	var out law
	for k, w := range weights {
		sum += w
		for len(out) < int(math.Round(4096*sum/total)) {
			out = append(out, k)
		}
	}
	return out
}

func evenLaw(k int) law {
	w := make([]float64, k)
	for i := range w {
		w[i] = 1
	}
	return newLaw(w...)
}

// peaked has its first category with a given share, and the others even.
func peaked(k int, share float64) law {
	w := make([]float64, k)
	for i := range w {
		w[i] = (1 - share) / float64(k-1)
	}
	w[0] = share
	return newLaw(w...)
}

func (l law) fill(t testing.TB, c *Categorical, r *kernel.Random, n int) {
	for range n {
		if c.Add(l[r.Uint64()>>52]) != nil {
			t.Fatal("a law has a category that the histogram has not")
		}
	}
}

func histogram(t testing.TB, k int) Categorical {
	c, err := NewCategorical(k)
	noError(t, err)
	return c
}

// stream is one subject against the others.
type stream struct {
	categories         int
	others, subject    law
	pool, blocks, a, b int
	honest             int // blocks before the subject forges
}

// run gives the number of blocks until the value reaches 1/α, or 0.
func (s stream) run(t testing.TB, r *kernel.Random, pool Categorical, alpha float64) int {
	empty := histogram(t, s.categories)
	own, drawn, fresh := empty, empty, empty
	var e EProcess
	for block := 1; block <= s.honest+s.blocks; block++ {
		drawn, fresh = empty, empty
		from := s.subject
		if block <= s.honest {
			from = s.others
		}
		from.fill(t, &drawn, r, s.a)
		s.others.fill(t, &fresh, r, s.b)
		noError(t, e.Observe(&own, &pool, &drawn, &fresh))
		if e.Log() >= -math.Log(alpha) {
			return block
		}
		noError(t, own.Merge(&drawn))
		noError(t, pool.Merge(&fresh))
	}
	return 0
}

// TestEProcessFalseAlarms simulates the chance that the value ever reaches 1/α in 20
// blocks under the null, with pools of 50, 500 and 5,000 observations at the start.
func TestEProcessFalseAlarms(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		stream
	}{
		{"even digits, pool 50", stream{categories: 10, others: evenLaw(10), pool: 50, a: 3, b: 8}},
		{"even digits, pool 500", stream{categories: 10, others: evenLaw(10), pool: 500, a: 3, b: 8}},
		{"even digits, pool 5000", stream{categories: 10, others: evenLaw(10), pool: 5000, a: 3, b: 8}},
		{"sparse seconds, pool 50", stream{categories: 60, others: peaked(60, 0.9), pool: 50, a: 3, b: 8}},
		{"sparse seconds, pool 5000", stream{categories: 60, others: peaked(60, 0.9), pool: 5000, a: 3, b: 8}},
		{"no pool, one other", stream{categories: 10, others: evenLaw(10), a: 2, b: 2}},
		{"two outcomes", stream{categories: 2, others: peaked(2, 0.3), pool: 50, a: 5, b: 5}},
	} {
		r := kernel.NewRandom(11)
		c.subject, c.blocks = c.others, 20
		alarms := 0
		var pool Categorical
		for i := range runs {
			if i%20 == 0 { // the rate holds for every pool
				pool = histogram(t, c.categories)
				c.others.fill(t, &pool, r, c.pool)
			}
			if c.run(t, r, pool, 0.05) > 0 {
				alarms++
			}
		}
		share := float64(alarms) / runs
		t.Logf("%s: %.4f of runs reach 20", c.name, share)
		if share > most(0.05) {
			t.Errorf("%s: %.4f of runs reach 20, at most %.4f may", c.name, share, most(0.05))
		}
	}
}

// TestPlugInRatioFails shows why the new observations of the others are part of the
// value: the ratio of the two predictives alone reaches 1/α far too often.
func TestPlugInRatioFails(t *testing.T) {
	r, l := kernel.NewRandom(12), peaked(60, 0.9)
	alarms := 0
	for range 500 {
		own, pool := histogram(t, 60), histogram(t, 60)
		l.fill(t, &pool, r, 50)
		log := 0.0
		for range 80 {
			k := l[r.Uint64()>>52]
			q := (float64(own.Count(k)) + priorWeight*float64(pool.Count(k)+1)/110) / (float64(own.Total()) + priorWeight)
			log += math.Log(q / pool.Predictive(k))
			noError(t, own.Add(k))
			if log >= math.Log(20) {
				alarms++
				break
			}
		}
	}
	if alarms < 450 {
		t.Errorf("the plain ratio reached 20 in %d of 500 runs; the comment of EProcess says that it fails", alarms)
	}
}

// TestEProcessFinds is the power against forgeries that the adversaries list has.
func TestEProcessFinds(t *testing.T) {
	clock := peaked(60, 0.3) // a source whose schedulers post on the full minute
	for _, c := range []struct {
		name string
		stream
		blocks int // the mean to find it in
	}{
		{"uniform seconds where the source has peaks", stream{categories: 60, others: clock, subject: evenLaw(60), pool: 500, a: 4, b: 40}, 70},
		{"seconds rounded to :00", stream{categories: 60, others: evenLaw(60), subject: peaked(60, 0.999), pool: 500, a: 4, b: 40}, 4},
		{"a favourite last digit", stream{categories: 10, others: evenLaw(10), subject: peaked(10, 0.4), pool: 500, a: 4, b: 40}, 30},
		{"turns after 200 honest blocks", stream{categories: 60, others: evenLaw(60), subject: peaked(60, 0.999), pool: 500, a: 4, b: 40, honest: 200}, 40},
	} {
		r := kernel.NewRandom(13)
		c.stream.blocks = 400
		var total, missed int
		for range 100 {
			pool := histogram(t, c.categories)
			c.others.fill(t, &pool, r, c.pool)
			at := c.run(t, r, pool, 0.01)
			if at == 0 {
				missed++
				continue
			}
			total += at - c.honest
		}
		mean := float64(total) / 100
		t.Logf("%s: found after %.1f blocks", c.name, mean)
		if missed > 0 || mean > float64(c.blocks) {
			t.Errorf("%s: missed %d of 100, found in %.1f blocks, want all in %d", c.name, missed, mean, c.blocks)
		}
	}
}

// slowEProcess is the obvious twin: one factor per observation, one product per
// beginning, and their weighted mean.
type slowEProcess struct{ values []float64 }

func (s *slowEProcess) observe(own, pool, drawn, fresh *Categorical) {
	a, b := float64(drawn.Total()), float64(fresh.Total())
	value := 1.0
	for k := range own.categories {
		p := pool.Predictive(k)
		q := (float64(own.Count(k)) + priorWeight*p) / (float64(own.Total()) + priorWeight)
		m := (a*q + b*p) / (a + b)
		for range drawn.Count(k) {
			value *= q / m
		}
		for range fresh.Count(k) {
			value *= p / m
		}
	}
	s.values = append(s.values, value)
}

func (s *slowEProcess) value() float64 {
	n := float64(len(s.values))
	sum := 1 / (n + 1)
	for from := range s.values {
		product := 1.0
		for _, v := range s.values[from:] {
			product *= v
		}
		sum += product / float64((from+1)*(from+2))
	}
	return sum
}

func TestEProcessIsItsTwin(t *testing.T) {
	r, others, subject := kernel.NewRandom(14), evenLaw(7), peaked(7, 0.4)
	own, pool := histogram(t, 7), histogram(t, 7)
	var e EProcess
	var slow slowEProcess
	for range 30 {
		drawn, fresh := histogram(t, 7), histogram(t, 7)
		subject.fill(t, &drawn, r, 1+r.Intn(4))
		others.fill(t, &fresh, r, 1+r.Intn(20))
		noError(t, e.Observe(&own, &pool, &drawn, &fresh))
		slow.observe(&own, &pool, &drawn, &fresh)
		near(t, "the value", math.Exp(e.Log()), slow.value(), 1e-12)
		noError(t, own.Merge(&drawn))
		noError(t, pool.Merge(&fresh))
	}
	if e.Blocks() != 30 {
		t.Errorf("%d blocks counted, want 30", e.Blocks())
	}
}

// The exact mean of a block's value over all outcomes is at most 1, whatever the
// predictives: two categories, one and two observations.
func TestEProcessBlockHasMeanOfAtMostOne(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		own, pool := histogram(t, 3), histogram(t, 3)
		p := make([]float64, 3)
		var sum float64
		for k := range p {
			own.counts[k] = rapid.Int64Range(0, 50).Draw(rt, "own")
			pool.counts[k] = rapid.Int64Range(0, 50).Draw(rt, "pool")
			own.total, pool.total = own.total+own.counts[k], pool.total+pool.counts[k]
			p[k] = rapid.Float64Range(0.001, 1).Draw(rt, "p")
			sum += p[k]
		}
		var mean float64
		for x := range 3 {
			for y := range 3 {
				for z := range 3 {
					drawn, fresh := histogram(t, 3), histogram(t, 3)
					noError(t, drawn.Add(x))
					noError(t, fresh.Add(y))
					noError(t, fresh.Add(z))
					mean += p[x] * p[y] * p[z] / (sum * sum * sum) * math.Exp(logBlock(&own, &pool, &drawn, &fresh))
				}
			}
		}
		if mean > 1+1e-12 {
			rt.Fatalf("the mean is %v", mean)
		}
	})
}

func TestCategorical(t *testing.T) {
	all, part := histogram(t, 3), histogram(t, 3)
	for _, k := range []int{0, 1, 1, 2} {
		noError(t, all.Add(k))
	}
	noError(t, part.Add(1))
	rest, err := all.Without(&part)
	noError(t, err)
	if rest.Total() != 3 || rest.Count(1) != 1 || rest.Count(3) != 0 || rest.Count(-1) != 0 {
		t.Errorf("all without the part: %v", rest)
	}
	near(t, "predictive", all.Predictive(1), 2.5/5.5, 1e-15)
	if all.Predictive(3) != 0 || all.Predictive(-1) != 0 {
		t.Error("a category that is not there has a chance")
	}
	noError(t, rest.Merge(&part))
	if rest != all {
		t.Errorf("merged again: %v, want %v", rest, all)
	}
	all.Halve()
	if all.Total() != 1 || all.Count(1) != 1 {
		t.Errorf("halved: %v", all)
	}
}

func TestStreamRefuses(t *testing.T) {
	three, four := histogram(t, 3), histogram(t, 4)
	var zero Categorical
	var e EProcess
	for what, err := range map[string]error{
		"a category below 0":     three.Add(-1),
		"a category too many":    three.Add(3),
		"no categories":          zero.Add(0),
		"another width to merge": three.Merge(&four),
		"other widths":           e.Observe(&three, &three, &four, &three),
		"no widths":              e.Observe(&zero, &zero, &zero, &zero),
	} {
		if err == nil {
			t.Errorf("%s: no error", what)
		}
	}
	for _, k := range []int{-1, 0, 1, 65} {
		if _, err := NewCategorical(k); err == nil {
			t.Errorf("a histogram of %d categories: no error", k)
		}
	}
	one := histogram(t, 3)
	noError(t, one.Add(0))
	if _, err := three.Without(&one); err == nil {
		t.Error("more taken than there is: no error")
	}
	if _, err := three.Without(&four); err == nil {
		t.Error("another width taken: no error")
	}
	noError(t, e.Observe(&three, &three, &one, &three))
	if e.Log() != 0 || e.Blocks() != 0 {
		t.Errorf("a block without others moved the value to %v", e.Log())
	}
}
