package scoring

import (
	"bytes"
	"maps"
	"slices"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/scoring/acceptance"
	"github.com/assaynet/assay/scoring/kernel"
)

// paired reports whether rows are judged beside the controls of their own round.
func (s *State) paired() bool { return s.params.Paired && s.since(4) }

// beside are the controls of a host in the round that is being settled.
type beside struct {
	before      host // what was known before them, without the pool
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
}

// addRow takes a decided draw as a row of its round. A page that was fetched once is one
// row, however often it was drawn.
func addRow(rows []row, d *draw) []row {
	r := row{d.cell(), program.Host(d.uri), d.id, d.spot.Verdict == Pass}
	if slices.ContainsFunc(rows, func(o row) bool { return o.cell == r.cell && o.id == r.id }) {
		return rows
	}
	return append(rows, r)
}

// part is the rows of one host in a round.
type part struct {
	host       string
	pass, fail int
}

// byHost counts rows, by host in order.
func byHost(rows []row) []part {
	at := map[string]*part{}
	for _, r := range rows {
		p := at[r.host]
		if p == nil {
			p = &part{host: r.host}
			at[r.host] = p
		}
		if r.pass {
			p.pass++
		} else {
			p.fail++
		}
	}
	var out []part
	for _, name := range slices.Sorted(maps.Keys(at)) {
		out = append(out, *at[name])
	}
	return out
}

// whole is everything that a miner serves of one program, as one stream of rows: it
// cannot be thinned out over cells.
type whole struct {
	test   test
	change change
}

func (m *miner) whole(program [8]byte) *whole {
	w := m.wholes[program]
	if w == nil {
		w = &whole{}
		if m.wholes == nil {
			m.wholes = map[[8]byte]*whole{}
		}
		m.wholes[program] = w
	}
	return w
}

// judgeRows moves the verdicts of a miner by its rows of a round: those of each cell,
// and those of each program as a whole.
func (s *State) judgeRows(m *miner, rows []row) {
	slices.SortStableFunc(rows, func(a, b row) int { return compareCells(a.cell, b.cell) })
	for len(rows) > 0 {
		id := rows[0].cell.program
		n := len(rows)
		if i := slices.IndexFunc(rows, func(r row) bool { return r.cell.program != id }); i >= 0 {
			n = i
		}
		all := rows[:n]
		rows = rows[n:]
		p := s.programOf(id)
		if p == nil {
			continue
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
// host stand beside the controls of that host.
func (s *State) judgeBlock(t *test, c *change, p *program.Program, rows []row) {
	var bad, good float64
	for _, x := range byHost(rows) {
		b, steps := s.stepsOf(x, p)
		bad += steps.bad.Log(b.found, b.gone, x.pass, x.fail)
		good += steps.good.Log(b.found, b.gone, x.pass, x.fail)
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
	none   bool // the program wants no controls
}

// stepsOf are those of the rows of one host in this round. Where there is no control
// of the host in the round they are 0, unless the program wants none: then its stated
// noise is the noise.
func (s *State) stepsOf(x part, p *program.Program) (beside, besideSteps) {
	key := blockOf{x.host, p.Checks.Noise, x.pass + x.fail, p.Checks.Controls == 0}
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
		out.good, _ = good.Steps(found, controls, key.rows)
		return out
	}
	out.bad, _ = bad.Known(1 - max(key.stated, leastNoise))
	out.good, _ = good.Known(1 - max(key.stated, leastNoise))
	return out
}

// failWholes lets rows that failed for one cause, as those of a question that stayed
// unanswered, move the watch for change of the whole of each program, as proven bytes
// are. However many there are, they bring none further than half-way to an alarm: one
// outage is no change.
func (s *State) failWholes(m *miner, rows int) {
	bytesOf := map[[8]byte]float64{}
	var total float64
	for id, c := range m.cells {
		if !s.judging(id) {
			bytesOf[id.program] += float64(c.sums.Bytes) // whole numbers: exact in any order
			total += float64(c.sums.Bytes)
		}
	}
	if total == 0 || rows == 0 {
		return
	}
	step := kernel.Log((1 - s.params.Bad) / (1 - s.params.Good))
	for id, n := range bytesOf { // each moves alone: any order
		if n > 0 {
			bad := min(float64(float64(float64(rows)*step)*(n/total)), float64(0.5*s.params.TrialAlarm))
			m.whole(id).change.weigh(bad, -bad, s.params)
		}
	}
}

// verdict is how a cell stands: by its own rows, and by those of the whole of its
// program. The evidence shown is the larger.
type verdict struct {
	rejected, onTrial bool
	logE, cusum       float64
}

func (s *State) verdict(m *miner, id cellID, c *cell) verdict {
	v := verdict{c.test.rejected, s.onTrial(id, &c.change), c.test.logE, c.change.sum}
	if s.without(WithoutStrata) {
		v = verdict{}
	}
	if w := m.wholes[id.program]; w != nil && s.paired() {
		v.rejected = v.rejected || w.test.rejected
		v.onTrial = v.onTrial || s.onTrial(id, &w.change)
		v.logE, v.cusum = max(v.logE, w.test.logE), max(v.cusum, w.change.sum)
	}
	return v
}

// onTrial reports whether a watch for change has put its stream on trial, and is not
// switched off.
func (s *State) onTrial(id cellID, c *change) bool { return c.onTrial && s.alarmAt(s.judging(id)) > 0 }

// alarmAt is where the watch for change alarms, in cells of labels and in others.
func (s *State) alarmAt(judging bool) float64 {
	if s.paired() && !judging {
		return s.params.TrialAlarm
	}
	return s.params.ChangeAlarm
}

// pays reports whether a cell can earn: it is not rejected, and not on trial.
func (s *State) pays(m *miner, id cellID, c *cell) bool {
	v := s.verdict(m, id, c)
	return !v.rejected && !v.onTrial
}

// WholeScore is how the verdicts stand on everything that a miner serves of a program.
type WholeScore struct {
	Program  string
	LogE     float64 // of the reject verdict
	Rejected bool
	CUSUM    float64 // of the watch for change
	OnTrial  bool
	Clear    float64 // on trial: the evidence that it is good again
}

// wholeScores are those of the programs in force that a miner has rows of, by id.
func (s *State) wholeScores(m *miner) []WholeScore {
	if !s.paired() {
		return nil
	}
	var out []WholeScore
	for _, id := range m.sortedWholes() {
		if p := s.programOf(id); p != nil {
			w := m.wholes[id]
			out = append(out, WholeScore{p.Name, w.test.logE, w.test.rejected, w.change.sum, s.onTrial(cellID{program: id}, &w.change), w.change.trial})
		}
	}
	return out
}

func (m *miner) sortedWholes() [][8]byte {
	return slices.SortedFunc(maps.Keys(m.wholes), func(a, b [8]byte) int { return bytes.Compare(a[:], b[:]) })
}
