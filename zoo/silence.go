package zoo

import "github.com/assaynet/assay/item"

// liar is a miner that knows which of its items are fakes.
type liar struct {
	mix   mix
	fakes known
}

// Act implements Conduct.
func (c *liar) Act(h *Hand) {
	honest, n := c.mix.work(h)
	fakes := forgeAll(h, honest, c.mix.beside(n))
	c.fakes.add(fakes...)
	h.Add("", honest...)
	h.Add("", fakes...)
}

// silencer does not answer a question that lands on a fake, or not before it was put some
// times.
type silencer struct {
	liar
	how   Reaction
	times int
}

// React implements Conduct.
func (c *silencer) React(h *Hand, drawn []*item.Item) Reaction {
	if h.Asked < c.times && c.fakes.among(drawn) {
		return c.how
	}
	return Answer
}

func silent(name string, how Reaction) Adversary {
	about := map[Reaction]string{
		Stall: "says nothing when a question lands on a fake", Refuse: "refuses when a question lands on a fake",
	}[how]
	return Adversary{
		Name: name, About: about, Defence: without("unanswered"), At: map[string]float64{"share": 0.2, "times": 1000},
		Settings: []Setting{
			share(0.3),
			{"times", 1, 1000, 1000, []float64{1, 2, 1000}},
		},
		Make: one(func(s map[string]float64) Conduct {
			return &silencer{liar{mix{share: s["share"]}, known{}}, how, int(s["times"])}
		}),
	}
}

// boaster shows a large index, many times what it holds, and answers nothing from some
// epoch on.
type boaster struct {
	junk
	after uint64
}

// Act implements Conduct.
func (c *boaster) Act(h *Hand) {
	c.work(h)
	if h.Epoch < c.after {
		h.Show("")
		return
	}
	h.Show("", shelfJunk)
}

// React implements Conduct.
func (c *boaster) React(h *Hand, _ []*item.Item) Reaction {
	if h.Epoch < c.after {
		return Answer
	}
	return Stall
}

func counter() Adversary {
	return Adversary{
		Name: "counter", About: "shows a large index and lets nobody look into it",
		Defence: without("seen,unanswered"), At: map[string]float64{"after": 8, "times": 20},
		Settings: []Setting{
			{"times", 0, 100, 10, []float64{1, 20}},
			{"after", 0, 200, 0, []float64{0, 8, 20}},
		},
		Make: one(func(s map[string]float64) Conduct {
			return &boaster{junk: junk{times: s["times"]}, after: uint64(s["after"])}
		}),
	}
}
