package scoring

import (
	"github.com/assaynet/assay/scoring/acceptance"
	"github.com/assaynet/assay/scoring/kernel"
)

// change watches a cell for the moment at which it turns bad, which the reject
// verdict cannot see: that one forgets nothing, so a long good time outweighs what
// follows. It is a CUSUM of the same log-likelihood ratios, in which good rows earn
// no credit. At an alarm the cell is on trial: it is drawn from as before and pays
// nothing, until Wald's sequential test of the rows from then on accepts. A trial that
// ends otherwise is followed by another one; nothing is for good.
type change struct {
	sum     float64 // S of the CUSUM
	onTrial bool
	trial   float64 // log-likelihood ratio of bad to good since the trial began
}

// see takes a row. As in the reject verdict a good row passes with probability
// g = good − η; where η leaves no room above bad it decides nothing, except on trial,
// where g is at least half-way between the two, so that no trial is without end.
func (c *change) see(pass bool, par *Parameters, eta float64) {
	if pass {
		c.move(1, 0, par, eta)
	} else {
		c.move(0, 1, par, eta)
	}
}

// fail takes some failed rows that have one cause, not all of them whole. They move the
// watch by half of what makes an alarm at the most.
func (c *change) fail(rows float64, par *Parameters, eta float64) {
	if watch, err := acceptance.NewCUSUM(par.Good-eta, par.Bad, 1); err == nil {
		c.move(0, min(rows, par.ChangeAlarm/float64(2*watch.Failure)), par, eta)
	}
}

// move takes some rows that passed and some that failed.
func (c *change) move(passed, failed float64, par *Parameters, eta float64) {
	if par.ChangeAlarm == 0 {
		*c = change{}
		return
	}
	good := par.Good - eta
	if c.onTrial {
		good = max(good, float64(0.5*(par.Good+par.Bad)))
	}
	watch, err := acceptance.NewCUSUM(good, par.Bad, par.ChangeAlarm)
	if err != nil {
		return
	}
	step := float64(passed*watch.Pass) + float64(failed*watch.Failure)
	if !c.onTrial {
		c.sum = max(0, c.sum+step)
		c.onTrial, c.trial = c.sum >= par.ChangeAlarm, 0
		return
	}
	bound := kernel.Log((1 - par.ChangeError) / par.ChangeError)
	switch c.trial += step; {
	case c.trial <= -bound:
		*c = change{}
	case c.trial >= bound:
		c.trial = 0
	}
}

// watchAnew begins the watch for change of all that is collected, and the windows of the
// noise, anew: what they hold is of another rule than the one that comes into force.
func (s *State) watchAnew() {
	for _, m := range s.miners {
		for id, c := range m.cells {
			if !s.judging(id) {
				c.change = change{}
			}
		}
		for _, w := range m.wholes {
			w.change = change{}
		}
	}
	for _, h := range s.hosts {
		h.window, h.before, h.windows = window{}, window{}, 0
	}
}
