package zoo

import "math"

// shelfJunk holds what is not always shown.
const shelfJunk = "junk"

// junk is fakes that are kept ready, as many as a ratio of the honest items.
type junk struct {
	mix   mix
	times float64 // of the honest items
}

// work collects, and has the junk for it ready.
func (j *junk) work(h *Hand) {
	honest := h.collect()
	h.Add("", honest...)
	h.Add(shelfJunk, forgeAll(h, honest, j.mix.times(len(honest), j.times))...)
}

// alternator shows junk in some rounds and none in others.
type alternator struct {
	answers
	junk
	period     float64 // rounds
	bad, phase float64 // shares of a period
}

// Act implements Conduct.
func (c *alternator) Act(h *Hand) {
	c.work(h)
	if _, place := math.Modf(float64(h.Round)/c.period + c.phase); place >= 1-c.bad {
		h.Show("", shelfJunk)
		return
	}
	h.Show("")
}

// rowsARound is how many items are drawn in a round, with the shipped programs.
const rowsARound = 6

func alternate() Adversary {
	return Adversary{
		Name: "alternate", About: "good rounds and bad rounds in turn",
		Defence: without("proven_amount,verdicts"), At: map[string]float64{"times": 10, "period": 86.4, "bad": 0.1, "phase": 0.065},
		Settings: []Setting{
			{"period", 12, 10000, 600, []float64{12, 86.4, 600, 3000}}, // rows; an epoch has 86.4
			{"bad", 0.01, 0.9, 0.3, []float64{0.02, 0.1, 0.5}},
			{"times", 0.01, 100, 1, []float64{0.1, 10}},
			{"phase", 0, 1, 0, []float64{0.065, 0.5}},
		},
		Make: one(func(s map[string]float64) Conduct {
			return &alternator{junk: junk{times: s["times"]}, period: max(2, s["period"]/rowsARound), bad: s["bad"], phase: s["phase"]}
		}),
	}
}

// swell makes its index much larger just before validators vote.
type swell struct {
	answers
	junk
	before uint64
	copies bool // of what rivals show, which is true, in the place of fakes
}

// Act implements Conduct.
func (c *swell) Act(h *Hand) {
	if c.copies {
		h.Add("", h.collect()...)
		for i := range h.Rivals {
			h.Add(shelfJunk, h.Rival(i, 16)...)
		}
	} else {
		c.work(h)
	}
	// The last root that is drawn from before the vote is that of the round before the last.
	if h.Left >= 1 && h.Left <= c.before {
		h.Show("", shelfJunk)
		return
	}
	h.Show("")
}

func uncheckedCredit() Adversary {
	return Adversary{
		Name: "unchecked-credit", About: "swells its index just before the vote by what was never drawn, and takes it away after it",
		Defence: without("proven_amount,verdicts"), At: map[string]float64{"times": 20},
		Settings: []Setting{
			{"times", 0.1, 100, 10, []float64{0.3, 3, 30}},
			{"before", 1, 10, 1, []float64{1, 3}},
			{"copies", 0, 1, 0, []float64{0, 1}},
		},
		Make: one(func(s map[string]float64) Conduct {
			return &swell{junk: junk{times: s["times"]}, before: uint64(s["before"]), copies: s["copies"] >= 0.5}
		}),
	}
}

// milker is honest until it has its standing, and then shows junk, as a multiple of all
// that it holds, at once.
type milker struct {
	answers
	junk
	after uint64 // epochs
	work  bool   // goes on with its honest work
}

// Act implements Conduct.
func (c *milker) Act(h *Hand) {
	if h.Epoch >= c.after && !c.work {
		h.Show("", shelfJunk)
		return
	}
	c.junk.work(h)
	if h.Epoch < c.after {
		h.Show("")
		return
	}
	h.Show("", shelfJunk)
}

func milk() Adversary {
	return Adversary{
		Name: "milk", About: "builds standing by honest work, then shows junk, many times what it holds",
		Defence: without("proven_amount,verdicts"), At: map[string]float64{"after": 12, "times": 20},
		Settings: []Setting{
			{"after", 1, 200, 15, []float64{5, 15, 30}},
			{"times", 0, 100, 1, []float64{0, 0.1, 1, 10}},
			{"work", 0, 1, 1, []float64{0, 1}},
		},
		Make: one(func(s map[string]float64) Conduct {
			return &milker{junk: junk{times: s["times"]}, after: uint64(s["after"]), work: s["work"] >= 0.5}
		}),
	}
}

// washer shows junk from some age of a key on, gives the key up when it pays less than it
// did, and begins anew with another, to which it takes its honest stock. Without junk it
// only changes keys.
type washer struct {
	answers
	junk
	leave float64 // at this share of the best that the key was paid
	after uint64  // epochs before junk is shown
	most  uint64  // epochs that a key lives at most
	key   life
}

// life is that of a key.
type life struct {
	began, epoch uint64
	best         float64
	over         bool
}

// Act implements Conduct.
func (c *washer) Act(h *Hand) {
	if h.Round <= 1 || c.key.over && h.Epoch > c.key.epoch {
		c.key = life{began: h.Epoch, epoch: h.Epoch}
	}
	c.work(h)
	old := h.Epoch - c.key.began
	if old >= c.after {
		h.Show("", shelfJunk)
	} else {
		h.Show("")
	}
	if h.Epoch == c.key.epoch {
		return
	}
	c.key.epoch = h.Epoch
	paid := h.Incentive()
	c.key.best = max(c.key.best, paid)
	if old >= c.most || old > c.after+1 && paid < c.leave*c.key.best {
		h.Renew("", shelfJunk)
		c.key.over = true
	}
}

func whitewash() Adversary {
	return Adversary{
		Name: "whitewash", About: "milks a key, lets it fall, and registers another one",
		Defence: without("proven_amount,verdicts"), At: map[string]float64{"times": 20, "after": 8, "leave": 0.5, "most": 12},
		Settings: []Setting{
			{"times", 0, 100, 1, []float64{0, 0.3, 10}},
			{"leave", 0, 1, 0.5, []float64{0.5, 0.9}},
			{"after", 0, 100, 4, []float64{0, 5}},
			{"most", 1, 1000, 30, []float64{8, 30}},
		},
		Make: one(func(s map[string]float64) Conduct {
			return &washer{junk: junk{times: s["times"]}, leave: s["leave"], after: uint64(s["after"]), most: uint64(s["most"])}
		}),
	}
}
