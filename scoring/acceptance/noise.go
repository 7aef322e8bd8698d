package acceptance

import "fmt"

// Controls are rows that are known to be good and were checked like all others. The
// share of them that fails is the noise η of the check: pages that are gone since,
// sources that answer differently.
type Controls struct {
	Failed, Passed float64 // outcomes, each counted once
	// PriorFailed and PriorPassed are the Beta prior of η, above 0: ½ and ½, or what
	// the noise was said to be, weighing as many controls as their sum.
	PriorFailed, PriorPassed float64
	Delta                    float64 // P(the bound on η is ever wrong), above 0 and below 0.5
}

// check says what is wrong with controls.
func (c Controls) check() error {
	switch {
	case !(c.Failed >= 0 && c.Passed >= 0 && c.Failed+c.Passed <= maxCount):
		return fmt.Errorf("the controls are %v failed and %v passed: both are counts", c.Failed, c.Passed)
	case !(c.PriorFailed > 0 && c.PriorPassed > 0 && c.PriorFailed+c.PriorPassed <= maxCount):
		return fmt.Errorf("the prior of the noise is Beta(%v, %v): both numbers are above 0", c.PriorFailed, c.PriorPassed)
	case !(c.Delta > 0 && c.Delta < 0.5):
		return fmt.Errorf("delta is %v: an error rate is above 0 and below 0.5", c.Delta)
	}
	return nil
}

// Noise is the upper bound of η, good at all times with probability 1 − Delta.
func (c Controls) Noise() float64 {
	return MixtureUpper(c.Failed, c.Passed, c.PriorFailed, c.PriorPassed, c.Delta)
}

// WithNoise lowers what counts as good by the noise of the check. A good corpus has a
// share Good or more of good rows, and each passes with probability 1 − η, so that a
// row passes with probability Good·(1−η) ≥ Good − η. alpha is the error rate that may
// be stated for the outcome: a good corpus is rejected with probability at most
// d.Alpha + c.Delta, whenever the bound was taken. A row that is not good does not
// pass more often for the noise, and Beta stays.
//
// It fails when the noise leaves no room between good and bad, and for a Population.
// Noise strikes each row by itself, so that the number of rows that fail is random,
// and a corpus that is just good has more of them than Good − η allows about every
// second time; a test that takes that number as fixed rejects it far more often than
// alpha. The test for Population 0 keeps alpha for a finite corpus too. It takes a
// few more rows than one that made use of the size, and may be undecided when a small
// corpus has no more; a Cap at its size decides there, at what a Cap adds.
func (d Design) WithNoise(c Controls) (noisy Design, alpha float64, err error) {
	if err := d.check(); err != nil {
		return Design{}, 0, err
	}
	if err := c.check(); err != nil {
		return Design{}, 0, err
	}
	if d.Population > 0 {
		return Design{}, 0, fmt.Errorf("the population is %d: noise makes the number of its rows that fail random, and a test of a population takes it as fixed and would reject good corpora too often; set Population to 0, which keeps alpha for a corpus of any size and takes a few more rows", d.Population)
	}
	noise := c.Noise()
	noisy = d
	noisy.Good = d.Good - noise
	if !(noisy.Good > d.Bad) {
		return Design{}, 0, fmt.Errorf("the noise of the check may be as high as %.4f, which makes good %.4f, not above bad %.4f: check more controls, or set bad lower", noise, noisy.Good, d.Bad)
	}
	return noisy, d.Alpha + c.Delta, nil
}
