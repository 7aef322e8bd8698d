package acceptance

import "fmt"

// Characteristic is what a sequential test does at one share θ, exactly but for
// rounding: error rates and the law of the number of rows.
type Characteristic struct {
	Accept, Reject float64 // probabilities, with what was decided at the cap
	// AtCap is the probability of reaching the cap undecided.
	AtCap float64
	ASN   float64 // average sample number: the expected number of rows

	stop []float64 // stop[i] is P(the test ends with row i+1)
}

// Quantile is the smallest number of rows within which the test ends with
// probability q or more, 0 < q < 1.
func (c Characteristic) Quantile(q float64) int {
	sum := 0.0
	for i, p := range c.stop {
		if sum += p; sum >= q {
			return i + 1
		}
	}
	return len(c.stop)
}

// Characteristic is the operating characteristic of the design's sequential test at
// a share theta of rows that verify, by dynamic programming over rows and failures.
// With a population, theta stands for the nearest number of rows; Good and Bad stand
// for the worst corpus that is good and the best that is bad.
//
// It fails for designs whose tests take too long to follow: when good and bad are
// close, give a cap.
func (d Design) Characteristic(theta float64) (Characteristic, error) {
	if err := d.check(); err != nil {
		return Characteristic{}, err
	}
	if err := checkShare(theta); err != nil {
		return Characteristic{}, err
	}
	fails := func(int, int) float64 { return 1 - theta }
	if d.Population > 0 {
		defects := d.defectsAt(theta)
		fails = func(n, failures int) float64 {
			return float64(defects-failures) / float64(d.Population-n)
		}
	}
	lower, upper := d.Boundaries()
	p, err := cross(d.ladder(), lower, upper, d.limit(), fails)
	if err != nil {
		return Characteristic{}, err
	}
	return p.characteristic(), nil
}

func (p *passage) characteristic() Characteristic {
	c := Characteristic{Accept: p.leftLow, Reject: p.leftHigh, AtCap: p.leftLow + p.leftHigh, stop: make([]float64, len(p.low))}
	for i := range p.low {
		c.Accept += p.low[i]
		c.Reject += p.high[i]
		c.stop[i] = p.low[i] + p.high[i]
	}
	if last := len(c.stop) - 1; last >= 0 {
		c.stop[last] += c.AtCap
	}
	for i, q := range c.stop {
		c.ASN += float64(float64(i+1) * q)
	}
	return c
}

// passage is when a walk leaves the strip between two boundaries, and on which side.
type passage struct {
	low, high         []float64 // at step i+1
	leftLow, leftHigh float64   // still inside at the last step, by the sign of L
}

const (
	// restMass is the probability of still being inside at which a walk is followed no
	// further.
	restMass = 1e-14
	// maxStates bounds the work of one passage, maxSteps its memory.
	maxStates = 1 << 26
	maxSteps  = 1 << 20
)

// cross follows the walk of L from 0 until it is at most lower or at least upper, or
// for limit steps if that is not 0. fails is the probability that the row after n
// rows with so many failures fails.
func cross(l *ladder, lower, upper float64, limit int, fails func(n, failures int) float64) (*passage, error) {
	out := &passage{}
	first, inside := 0, []float64{1} // P(inside with first+i failures)
	for n, states := 0, 0; limit == 0 || n < limit; n++ {
		if states += len(inside); states > maxStates || n >= maxSteps {
			return nil, fmt.Errorf("good and bad are too close to follow the test: it takes more than %d rows or %d steps of computation; choose them further apart, or cap the test at fewer rows", maxSteps, maxStates)
		}
		next := make([]float64, len(inside)+1)
		for i, p := range inside {
			f := float64(p * fails(n, first+i))
			next[i+1] += f
			next[i] += p - f
		}
		first, inside = out.leave(l, lower, upper, n+1, first, next)
		rest := 0.0
		for _, p := range inside {
			rest += p
		}
		if rest < restMass {
			return out, nil
		}
	}
	for i, p := range inside {
		if l.at(limit-first-i, first+i) > 0 {
			out.leftHigh += p
		} else {
			out.leftLow += p
		}
	}
	return out, nil
}

// leave books what left the strip with step n, and gives what is left inside. L
// rises with the failures, so the inside is one piece.
func (p *passage) leave(l *ladder, lower, upper float64, n, first int, mass []float64) (int, []float64) {
	var low, high float64
	for len(mass) > 0 && (mass[0] == 0 || l.at(n-first, first) <= lower) {
		low += mass[0]
		first, mass = first+1, mass[1:]
	}
	for last := len(mass) - 1; last >= 0 && (mass[last] == 0 || l.at(n-first-last, first+last) >= upper); last-- {
		high += mass[last]
		mass = mass[:last]
	}
	p.low, p.high = append(p.low, low), append(p.high, high)
	return first, mass
}
