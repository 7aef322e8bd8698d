package zoo

import (
	"strconv"

	"github.com/assaynet/assay/item"
)

// grinder has several sets of fakes ready and shows the one under which the next draws
// would land best. Where draws can be foreseen, it asks; else it goes by those that were:
// it takes fakes away that were drawn, since they are known now, and shows the set that
// was drawn least.
type grinder struct {
	answers
	mix   mix
	tries int
	fakes known
	shelf map[item.Hash]int // of a fake
	drawn []int             // draws on each shelf
}

// Act implements Conduct.
func (c *grinder) Act(h *Hand) {
	honest := h.collect()
	h.Add("", honest...)
	n := c.mix.beside(len(honest))
	for i := range c.tries {
		for _, it := range forgeAll(h, honest, n) {
			c.fakes.add(it)
			c.shelf[it.ID()] = i
			h.Add(shelfOf(i), it)
		}
	}
	for _, it := range h.Drawn {
		if i, ok := c.shelf[it.ID()]; ok {
			c.drawn[i]++
		}
	}
	h.Show("", shelfOf(c.best(h)))
}

func shelfOf(i int) string { return "set " + strconv.Itoa(i) }

// best is the set of fakes to be shown; none, if all would be found out.
func (c *grinder) best(h *Hand) int {
	best := 0
	for i := range c.tries {
		switch {
		case h.Foresee != nil:
			if !c.fakes.among(h.Foresee("", shelfOf(i))) {
				return i
			}
			best = c.tries
		case c.drawn[i] < c.drawn[best]:
			best = i
		}
	}
	return best
}

func grind() Adversary {
	return Adversary{
		Name: "grind", About: "has several sets of fakes, and shows the one under which the draws seem kindest",
		Defence: Defence{"defences", "draws_foreseen"}, At: map[string]float64{"share": 0.3, "tries": 16},
		Settings: []Setting{
			{"share", 0.01, 0.9, 0.3, []float64{0.03, 0.3}},
			{"tries", 2, 64, 8, []float64{2, 16}},
		},
		Make: one(func(s map[string]float64) Conduct {
			n := int(s["tries"])
			return &grinder{mix: mix{share: s["share"]}, tries: n, fakes: known{}, shelf: map[item.Hash]int{}, drawn: make([]int, n+1)}
		}),
	}
}
