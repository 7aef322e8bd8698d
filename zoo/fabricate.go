package zoo

import (
	"fmt"
	"slices"

	"github.com/assaynet/assay/item"
)

// fabricate mixes invented items into honest ones.
type fabricate struct {
	answers
	mix mix
}

// Fabricate is the conduct of a miner that invents a share of what it serves.
func Fabricate(share float64) Conduct { return &fabricate{mix: mix{share: share}} }

// Act implements Conduct.
func (c *fabricate) Act(h *Hand) {
	honest, n := c.mix.work(h)
	h.Add("", honest...)
	h.Add("", forgeAll(h, honest, c.mix.beside(n))...)
}

func fabricators() []Adversary {
	of := func(s map[string]float64) Conduct { return Fabricate(s["share"]) }
	out := []Adversary{{
		Name: "fabricate", About: "invents rows that pass the schema and look like the source's, beside its honest work",
		Defence: without("refetch"), At: map[string]float64{"share": 0.5}, Settings: []Setting{share(1)}, Make: one(of),
	}}
	for _, percent := range []int{10, 20, 30} {
		fixed := map[string]float64{"share": float64(percent) / 100}
		out = append(out, Adversary{
			Name:  fmt.Sprintf("fabricate-%d", percent),
			About: fmt.Sprintf("mixes %d %% of invented rows into honest ones", percent), Defence: without("refetch"),
			Make: func(map[string]float64, uint64) []Conduct { return []Conduct{of(fixed)} },
		})
	}
	return out
}

// stratum hides all its fakes in few labels: those of which others show least, where few
// bytes are worth most.
type stratum struct {
	answers
	mix    mix
	labels int
	keep   float64 // share of its honest items of those labels that it shows
	small  []string
	owed   int // fakes, while it is not known where they go
}

// Act implements Conduct.
func (c *stratum) Act(h *Hand) {
	honest := h.collect()
	if len(c.small) == 0 {
		c.small = scarce(h, c.labels)
	}
	small := c.small
	for _, it := range honest {
		if !labelled(it, small) || chosen(it, c.keep) {
			h.Add("", it)
		}
	}
	c.owed += c.mix.beside(len(honest))
	if len(small) == 0 {
		return
	}
	for i := range c.owed {
		h.Add("", h.Invent(Look{Label: small[i%len(small)]}))
	}
	c.owed = 0
}

// scarce are the n labels that stand on the fewest items of rivals; none before they show
// any.
func scarce(h *Hand, n int) []string {
	count := map[string]int{}
	for i := range h.Rivals {
		for _, it := range h.Rival(i, 64) {
			count[it.Label]++
		}
	}
	if len(count) == 0 {
		return nil
	}
	labels := slices.Clone(h.Labels)
	slices.SortStableFunc(labels, func(a, b string) int { return count[a] - count[b] })
	return labels[:min(n, len(labels))]
}

func labelled(it *item.Item, labels []string) bool {
	for _, l := range labels {
		if it.Label == l {
			return true
		}
	}
	return false
}

func hideStratum() Adversary {
	return Adversary{
		Name: "hide-stratum", About: "puts all its fakes into few labels, of which it shows little else",
		Defence: without("strata,verdicts"), At: map[string]float64{"share": 0.1, "labels": 28},
		Settings: []Setting{
			{"share", 0.01, 0.9, 0.2, []float64{0.02, 0.1, 0.3}},
			{"labels", 1, 32, 1, []float64{1, 4}},
			{"keep", 0, 1, 1, []float64{0, 1}},
		},
		Make: one(func(s map[string]float64) Conduct {
			return &stratum{mix: mix{share: s["share"]}, labels: int(s["labels"]), keep: s["keep"]}
		}),
	}
}

// steerer makes its fakes of another size than its honest items, and puts them where the
// fewest draws have landed so far.
type steerer struct {
	answers
	mix   mix
	bytes int
	least bool
	drawn map[string]int
}

// Act implements Conduct.
func (c *steerer) Act(h *Hand) {
	for _, it := range h.Drawn {
		c.drawn[it.Label]++
	}
	honest, n := c.mix.work(h)
	h.Add("", honest...)
	for i := range c.mix.beside(n) {
		look := Look{Label: anyLabel(h), Bytes: c.bytes}
		if c.least {
			look.Label = c.quiet(h.Labels)
		}
		if len(honest) > 0 {
			look.Time = timeOf(honest[i%len(honest)])
		}
		h.Add("", h.Invent(look))
	}
}

// quiet is the label that was drawn least.
func (c *steerer) quiet(labels []string) string {
	best := labels[0]
	for _, l := range labels {
		if c.drawn[l] < c.drawn[best] {
			best = l
		}
	}
	return best
}

func steer() Adversary {
	return Adversary{
		Name: "steer", About: "makes its fakes much larger or smaller than its honest items, and hides them where draws are fewest",
		Defence: Defence{"defences", "draws_by_leaf"}, At: map[string]float64{"share": 0.03, "bytes": 8000},
		Settings: []Setting{
			{"share", 0.01, 0.9, 0.1, []float64{0.01, 0.1, 0.5}},
			{"bytes", 1, 60000, 8000, []float64{20, 400, 8000}},
			{"least", 0, 1, 0, []float64{0, 1}},
		},
		Make: one(func(s map[string]float64) Conduct {
			return &steerer{mix: mix{share: s["share"]}, bytes: int(s["bytes"]), least: s["least"] >= 0.5, drawn: map[string]int{}}
		}),
	}
}

// squatter fills a label that a rival lives on with fakes, to dilute him.
type squatter struct {
	answers
	mix  mix
	mark string // the rival's label
	owed int    // fakes, while it is not known
}

// Act implements Conduct.
func (c *squatter) Act(h *Hand) {
	if c.mark == "" {
		c.mark = busiest(h.Rival(0, 64))
	}
	honest := h.collect()
	h.Add("", honest...)
	c.owed += c.mix.beside(len(honest))
	if c.mark == "" {
		return
	}
	for range c.owed {
		h.Add("", h.Invent(Look{Label: c.mark}))
	}
	c.owed = 0
}

// busiest is the label that most of the items have.
func busiest(items []*item.Item) string {
	count, best := map[string]int{}, ""
	for _, it := range items {
		if count[it.Label]++; count[it.Label] > count[best] {
			best = it.Label
		}
	}
	return best
}

func squat() Adversary {
	return Adversary{
		Name: "squat", About: "claims much in the cell that a rival lives on, to dilute him",
		Defence: without("claims,refetch"), At: map[string]float64{"share": 0.8},
		Settings: []Setting{{"share", 0.01, 0.95, 0.5, []float64{0.03, 0.3, 0.8}}},
		Make:     one(func(s map[string]float64) Conduct { return &squatter{mix: mix{share: s["share"]}} }),
	}
}

// citer cites pages that nobody can look up.
type citer struct {
	answers
	mix  mix
	dead bool
}

// Act implements Conduct.
func (c *citer) Act(h *Hand) {
	honest, n := c.mix.work(h)
	h.Add("", honest...)
	for range c.mix.beside(n) {
		h.Add("", h.Cite(anyLabel(h), c.dead))
	}
}

func unresolvable() Adversary {
	return Adversary{
		Name: "unresolvable", About: "cites pages that may not be fetched, or that never answer",
		Defence: without("resolved"), At: map[string]float64{"share": 0.5},
		Settings: []Setting{
			share(0.3),
			{"dead", 0, 1, 0, []float64{0, 1}},
		},
		Make: one(func(s map[string]float64) Conduct { return &citer{mix: mix{share: s["share"]}, dead: s["dead"] >= 0.5} }),
	}
}
