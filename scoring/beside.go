package scoring

import (
	"slices"
	"strings"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/scoring/acceptance"
)

// paired reports whether rows are judged beside the controls of their own round.
func (s *State) paired() bool { return s.params.Paired && s.since(4) }

// beside are the controls of a host in the round that is being settled.
type beside struct {
	before      host // what was known before them
	found, gone int
}

// settleBeside takes the controls of a round, before the hosts do.
func (s *State) settleBeside(fetches []evidence.Fetch) {
	s.beside = map[string]*beside{}
	s.steps = map[blockOf]besideSteps{}
	for _, f := range fetches {
		if !f.Control {
			continue
		}
		name := program.Host(f.URI)
		b := s.beside[name]
		if b == nil {
			b = &beside{}
			if h := s.hosts[name]; h != nil {
				b.before = *h
			}
			s.beside[name] = b
		}
		switch f.Status {
		case evidence.FetchFound:
			b.found++
		case evidence.FetchGone:
			b.gone++
		}
	}
}

// row is a draw that was decided in the round that is being settled.
type row struct {
	cell cellID
	host string
	id   item.Hash
	pass bool
	// gone is a page that this validator saw before and that has been taken away. It says
	// nothing against the miner; but the controls are such pages too, so in the evidence
	// for a stream it counts as a failure: else all pages that were seen once would pass
	// more often than controls do.
	gone bool
	// again is an item that was a row of this miner before. It is what it was then, so it
	// tells nothing new of how the miner works.
	again bool
}

// addRow takes a decided draw as a row of its round. A page that was fetched once is one
// row, however often it was drawn.
func addRow(rows []row, d *draw) []row {
	r := row{cell: d.cell(), host: d.host, id: d.id, pass: d.spot.Verdict == Pass, gone: d.spot.Verdict == Unknown}
	if slices.ContainsFunc(rows, func(o row) bool { return o.cell == r.cell && o.id == r.id }) {
		return rows
	}
	return append(rows, r)
}

// part is the rows of one host in a round.
type part struct {
	host             string
	pass, fail, gone int
}

// byHost counts rows, by host in order: those of items that are new, or all.
func byHost(rows []row, all bool) []part {
	var out []part
	for _, r := range rows {
		if r.again && !all {
			continue
		}
		i, found := slices.BinarySearchFunc(out, r.host, func(p part, host string) int { return strings.Compare(p.host, host) })
		if !found {
			out = slices.Insert(out, i, part{host: r.host})
		}
		switch {
		case r.pass:
			out[i].pass++
		case r.gone:
			out[i].gone++
		default:
			out[i].fail++
		}
	}
	return out
}

// judgeRows moves the verdicts of a miner by its rows of a round: those of each cell,
// and those of each source as a whole.
func (s *State) judgeRows(m *miner, rows []row) {
	slices.SortStableFunc(rows, func(a, b row) int { return compareCells(a.cell, b.cell) })
	for len(rows) > 0 {
		id := s.sourceOf(rows[0].cell)
		n := len(rows)
		if i := slices.IndexFunc(rows, func(r row) bool { return s.sourceOf(r.cell) != id }); i >= 0 {
			n = i
		}
		all := rows[:n]
		rows = rows[n:]
		p := s.programOf(id.program)
		if p == nil {
			continue
		}
		for i, r := range all {
			all[i].again = !r.gone && s.speaks(r.host, p) && m.judged.meet(r)
		}
		w := m.whole(id)
		s.judgeBlock(&w.test, &w.change, p, all)
		for len(all) > 0 {
			cell := all[0].cell
			k := len(all)
			if i := slices.IndexFunc(all, func(r row) bool { return r.cell != cell }); i >= 0 {
				k = i
			}
			c := m.cell(cell)
			s.judgeBlock(&c.test, &c.change, p, all[:k])
			all = all[k:]
		}
	}
}

// judgeBlock moves the verdicts of one stream by its rows of a round. The rows of each
// host stand beside the controls of that host. Each item is evidence once, or a few bad
// ones in a small stock would be held against their miner at every draw; but what a
// miner on trial shows now is looked at whole.
func (s *State) judgeBlock(t *test, c *change, p *program.Program, rows []row) {
	var bad, good float64
	for _, x := range byHost(rows, false) {
		b, steps := s.stepsOf(x, p)
		bad += steps.bad.Log(b.found, b.gone, x.pass, x.fail)
	}
	if c.onTrial {
		for _, x := range byHost(rows, true) {
			b, steps := s.stepsOf(x, p)
			good += steps.good.Log(b.found, b.gone, x.pass, x.fail+x.gone)
		}
	}
	t.logE += bad
	t.decide(s.params, s.strata())
	c.weigh(bad, good, s.params)
}

// weigh moves the watch for change by the evidence of a round that the stream is bad, and
// that it is good. The trial is the same watch with its hypotheses exchanged.
func (c *change) weigh(bad, good float64, par *Parameters) {
	switch {
	case par.TrialAlarm == 0:
		*c = change{}
	case !c.onTrial:
		c.sum = max(0, c.sum+bad)
		c.onTrial, c.trial = c.sum >= par.TrialAlarm, 0
	default:
		if c.trial = max(0, c.trial+good); c.trial >= par.TrialClear {
			*c = change{}
		}
	}
}

// besideSteps are what the outcomes of a block add to the evidence that a stream is bad,
// against all that are good, and to that it is good, against all that are bad.
type besideSteps struct{ bad, good acceptance.PairedSteps }

// blockOf is what the steps of a block depend on, in one round.
type blockOf struct {
	host   string
	stated float64
	rows   int
	gone   int  // beside them
	none   bool // the program wants no controls, or there never was one
}

// stepsOf are those of the rows of one host in this round. Where there is no control
// of the host in the round they are 0, unless the program wants none or there never was one: then its stated
// noise is the noise.
func (s *State) stepsOf(x part, p *program.Program) (beside, besideSteps) {
	key := blockOf{x.host, p.Checks.Noise, x.pass + x.fail, x.gone, s.bare(x.host, p)}
	var b beside
	if at := s.beside[x.host]; at != nil {
		b = *at
	}
	steps, known := s.steps[key]
	if !known {
		steps = s.makeSteps(b, key)
		s.steps[key] = steps
	}
	return b, steps
}

// bare reports whether a host has no controls and never had one, or is to have none.
func (s *State) bare(host string, p *program.Program) bool {
	h := s.hosts[host]
	return p.Checks.Controls == 0 || h == nil || h.tried == 0
}

// speaks reports whether rows of a host move anything in this round.
func (s *State) speaks(host string, p *program.Program) bool {
	b := s.beside[host]
	return b != nil && b.found+b.gone > 0 || s.bare(host, p)
}

// The forecast of the noise stays between these: at 0 and at 1 a single outcome could
// rule a forecast out.
const (
	leastNoise = 0.001
	mostNoise  = 0.5
)

func (s *State) makeSteps(b beside, key blockOf) (out besideSteps) {
	eta := b.before.noise(s.params, key.stated).Mean
	found := 1 - min(max(eta, leastNoise), mostNoise)
	bad := acceptance.Paired{Null: s.params.Good, Alternative: s.params.Bad}
	good := acceptance.Paired{Null: s.params.Bad, Alternative: s.params.Good}
	if controls := b.found + b.gone; controls > 0 || !key.none {
		// The shares were checked when the parameters were read, and the counts are those
		// of one round.
		out.bad, _ = bad.Steps(found, controls, key.rows)
		out.good, _ = good.Steps(found, controls, key.rows+key.gone)
		return out
	}
	out.bad, _ = bad.Known(1 - max(key.stated, leastNoise))
	out.good, _ = good.Known(1 - max(key.stated, leastNoise))
	return out
}
