package acceptance

import (
	"fmt"

	"github.com/assaynet/assay/scoring/kernel"
)

// gridSteps is how finely a BettingSequence looks: at the means 0, 1/1000 … 1.
const gridSteps = 1000

// BettingSequence is a confidence sequence for the mean of scores in [0, 1]: an
// interval after each score, of which the probability that it ever misses the mean is
// at most alpha. So it may be quoted at any time, and looked at to decide when to
// stop.
//
// For each possible mean m two gamblers bet against it, one that the scores are
// higher and one that they are lower. The capital of neither can grow if m is true, so
// m is given up when half of either exceeds 1/alpha: the hedged capital process
// (Waudby-Smith and Ramdas 2024, theorem 3), stakes cut at ½ of what could ruin, and
// the intersection of the intervals so far. Without replacement m is what the mean of
// the rows that are left would have to be, and the interval has only means that the
// rows drawn allow.
//
// The first capital falls and the second rises with m. So the means that are left
// are an interval, and it is enough to look at a grid and to widen by one step of
// it. Memory is two numbers for each step of the grid.
type BettingSequence struct {
	breaks    int
	logAlpha  float64 // of half of alpha
	giveUp    float64 // the capital at which a mean is given up
	rest      rest
	moments   moments
	higher    []float64 // capital of the gambler on higher scores, by mean
	lower     []float64
	low, high int // the means that are left
	interval
}

// interval is the intersection of intervals.
type interval struct {
	from, to     float64
	contradicted bool
}

// meet intersects. An empty intersection is not taken, unless it is one point but
// for rounding.
func (i *interval) meet(from, to float64) {
	from, to = max(i.from, from), min(i.to, to)
	if from > to+roundingSlack {
		i.contradicted = true
		return
	}
	i.from, i.to = min(from, to), max(from, to)
}

// Interval is the interval after the scores so far, [0, 1] before the first.
func (i *interval) Interval() (lower, upper float64) { return i.from, i.to }

// Contradicted reports whether no mean was left. If scores have one mean, that has
// probability alpha at most; it shows that the mean has changed, or that rows were not
// drawn at random. The last interval that was not empty stays.
func (i *interval) Contradicted() bool { return i.contradicted }

// NewBettingSequence begins a sequence. population is 0 for draws with replacement.
func NewBettingSequence(alpha float64, population int) (*BettingSequence, error) {
	if err := checkSequence(alpha, population); err != nil {
		return nil, err
	}
	return newBettingSequence(alpha, population, gridSteps), nil
}

func checkSequence(alpha float64, population int) error {
	if !(alpha > 0 && alpha < 1) {
		return fmt.Errorf("alpha is %v: an error rate is above 0 and below 1", alpha)
	}
	if population < 0 || population > MaxPopulation {
		return fmt.Errorf("the population is %d: it is a number of rows up to %d, or 0 for draws with replacement", population, MaxPopulation)
	}
	return nil
}

func newBettingSequence(alpha float64, population, breaks int) *BettingSequence {
	s := &BettingSequence{
		breaks: breaks, logAlpha: kernel.Log(2 / alpha), giveUp: 2 / alpha,
		rest: rest{population: population}, moments: newMoments(),
		higher: make([]float64, breaks+1), lower: make([]float64, breaks+1), high: breaks,
		interval: interval{to: 1},
	}
	for i := range s.higher {
		s.higher[i], s.lower[i] = 1, 1
	}
	return s
}

// Observe takes the next score. A wrong one is an error and changes nothing.
func (s *BettingSequence) Observe(x float64) error {
	if err := checkScore(x); err != nil {
		return err
	}
	if s.rest.population > 0 && s.rest.n >= s.rest.population {
		return fmt.Errorf("all %d rows of the corpus were drawn before", s.rest.population)
	}
	s.bet(x)
	s.rest.observe(x)
	s.moments.observe(x)
	s.narrow()
	return nil
}

func checkScore(x float64) error {
	if !(x >= 0 && x <= 1) {
		return fmt.Errorf("the outcome is %v: want a number from 0 to 1", x)
	}
	return nil
}

// bet settles the bets on x at all means that are left.
func (s *BettingSequence) bet(x float64) {
	lambda := s.moments.stake(s.logAlpha)
	for i := s.low; i <= s.high; i++ {
		mean := float64(i) / float64(s.breaks)
		switch s.rest.settled(mean) { // given up for certain
		case 1:
			s.higher[i] = s.giveUp * 2
			continue
		case -1:
			s.lower[i] = s.giveUp * 2
			continue
		}
		m := s.rest.mean(mean)
		up, down := lambda, lambda
		if m > 0 {
			up = min(up, 0.5/m)
		}
		if m < 1 {
			down = min(down, 0.5/(1-m))
		}
		s.higher[i] *= 1 + float64(up*(x-m))
		s.lower[i] *= 1 - float64(down*(x-m))
	}
}

// narrow gives up means and takes the interval of what is left.
func (s *BettingSequence) narrow() {
	low, high := s.low, s.high
	for low <= high && s.higher[low] > s.giveUp {
		low++
	}
	for low <= high && s.lower[high] > s.giveUp {
		high--
	}
	if low > high {
		s.contradicted = true
	} else {
		s.low, s.high = low, high
	}
	s.meet(float64(max(0, s.low-1))/float64(s.breaks), float64(min(s.breaks, s.high+1))/float64(s.breaks))
	if s.rest.population > 0 {
		n := float64(s.rest.population)
		s.meet(s.rest.sum/n, (s.rest.sum+float64(s.rest.population-s.rest.n))/n)
	}
}
