package acceptance

// Decision is what a test has come to.
type Decision int

const (
	Continue Decision = iota // draw another row
	Accept                   // the corpus is not bad
	Reject                   // the corpus is not good
)

// String is one word: continue, accept or reject.
func (d Decision) String() string {
	switch d {
	case Accept:
		return "accept"
	case Reject:
		return "reject"
	}
	return "continue"
}

// SPRT is Wald's sequential probability ratio test of rows that pass or fail
// (Wald 1945). It follows
//
//	L = Σ ln P(outcome | bad) − ln P(outcome | good),
//
// rejects when L reaches the upper boundary and accepts when it reaches the lower
// one. With a population it is the hypergeometric ratio, which decides sooner. At
// the cap it rejects if L > 0 and accepts otherwise. Design.Characteristic tells how
// often it errs and how many rows it takes.
type SPRT struct {
	ladder             *ladder
	lower, upper       float64
	limit              int
	passes, failures   int
	passSum, failedSum float64
	decision           Decision
}

// NewSPRT begins a test.
func NewSPRT(d Design) (*SPRT, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	s := &SPRT{ladder: d.ladder(), limit: d.limit()}
	s.lower, s.upper = d.Boundaries()
	return s, nil
}

// Observe takes the outcome of one row. What comes after the decision changes
// nothing.
func (s *SPRT) Observe(pass bool) Decision {
	if s.decision != Continue {
		return s.decision
	}
	if pass {
		s.passSum += s.ladder.pass(s.passes)
		s.passes++
	} else {
		s.failedSum += s.ladder.failure(s.failures)
		s.failures++
	}
	s.decision = decide(s.LogRatio(), s.lower, s.upper, s.limit > 0 && s.passes+s.failures >= s.limit)
	return s.decision
}

func decide(l, lower, upper float64, last bool) Decision {
	switch {
	case l >= upper, last && l > 0:
		return Reject
	case l <= lower, last:
		return Accept
	}
	return Continue
}

// Decision is what the test has come to.
func (s *SPRT) Decision() Decision { return s.decision }

// LogRatio is L, natural logarithm; infinite when a small population's outcomes rule
// one of the two corpora out.
func (s *SPRT) LogRatio() float64 { return s.passSum + s.failedSum }

// Counts are the outcomes up to the decision.
func (s *SPRT) Counts() (passes, failures int) { return s.passes, s.failures }
