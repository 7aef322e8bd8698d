package scoring

import (
	"bytes"
	"cmp"
	"maps"
	"slices"

	"github.com/assaynet/assay/scoring/kernel"
	"github.com/assaynet/assay/scoring/standing"
)

// whole is everything that a miner serves of one source of a program, as one stream of
// rows: it cannot be thinned out over cells. What another source does is not held against
// it.
type whole struct {
	test   test
	change change
	valid  standing.Posterior
}

func (m *miner) whole(id sourceID) *whole {
	w := m.wholes[id]
	if w == nil {
		w = &whole{}
		if m.wholes == nil {
			m.wholes = map[sourceID]*whole{}
		}
		m.wholes[id] = w
	}
	return w
}

// failWholes lets rows that failed for one cause, as those of a question that stayed
// unanswered, move the watch for change of the whole of each program, as proven bytes
// are. However many there are, they bring none further than half-way to an alarm: one
// outage is no change.
func (s *State) failWholes(m *miner, rows int) {
	bytesOf := map[sourceID]float64{}
	var total float64
	for _, id := range m.sortedCells() {
		if !s.judging(id) {
			bytesOf[s.sourceOf(id)] += float64(m.cells[id].sums.Bytes)
			total += float64(m.cells[id].sums.Bytes)
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

// wholeLower is the lower bound of everything that a miner serves of a program, as it was
// computed last while a miner is scored: one cell after the other asks for it.
type wholeLower struct {
	of         standing.Posterior
	eta, lower float64
	known      bool
}

func (l *wholeLower) find(rule standing.Rule, w *whole, eta float64) float64 {
	var of standing.Posterior
	if w != nil {
		of = w.valid
	}
	if !l.known || l.of != of || l.eta != eta {
		*l = wholeLower{of, eta, rule.Lower(of, eta), true}
	}
	return l.lower
}

// cellDoubt is by how much less likely a cell's own bound is missed than others.
const cellDoubt = 10

// cellStanding is the share that a cell's pay follows from. By the rules of fold version 4
// its lower bound is that of the whole source, but no higher than the cell's own upper
// bound, at a tenth of the doubt, so that chance does not lower it: a key with many cells is not taken to be less known than several keys with one
// each, and a cell that is worse than the rest is not covered by it. What fails in a cell
// is not paid in any case. Before, it was the cell's own lower bound.
func (s *State) cellStanding(m *miner, id cellID, c *cell, eta float64, whole *wholeLower) Share {
	rule := s.params.standing()
	switch {
	case s.without(WithoutStrata):
		return rule.Share(m.all, eta)
	case s.paired():
		own := rule
		own.Credible /= cellDoubt
		return Share{
			Mean: rule.Mean(c.valid, eta), Lower: min(whole.find(rule, m.wholes[s.sourceOf(id)], eta), own.Upper(c.valid, eta)),
			Upper: rule.Upper(c.valid, eta), Checked: c.valid.Checked,
		}
	}
	return rule.Share(c.valid, eta)
}

// seeWhole takes a row, or a part of one, into the standing of a source as a whole.
func (s *State) seeWhole(m *miner, id cellID, pass bool, weight, noise float64) {
	if s.paired() {
		take(&m.whole(s.sourceOf(id)).valid, pass, weight, noise, s.params.ForgetProgram)
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
	if w := m.wholes[s.sourceOf(id)]; w != nil && s.paired() {
		v.rejected = v.rejected || w.test.rejected
		v.onTrial = v.onTrial || s.onTrial(id, &w.change)
		v.logE, v.cusum = max(v.logE, w.test.logE), max(v.cusum, w.change.sum)
	}
	if s.without(WithoutVerdicts) {
		v.rejected, v.onTrial = false, false
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

// WholeScore is how the verdicts stand on everything that a miner serves of a source.
type WholeScore struct {
	Source   string  // program/source
	LogE     float64 // of the reject verdict
	Rejected bool
	CUSUM    float64 // of the watch for change
	OnTrial  bool
	Clear    float64 // on trial: the evidence that it is good again
}

// wholeScores are those of the sources of programs in force that a miner has rows of, in their order.
func (s *State) wholeScores(m *miner) []WholeScore {
	if !s.paired() {
		return nil
	}
	var out []WholeScore
	for _, id := range m.sortedWholes() {
		if name := s.sourceName(id); name != "" {
			w := m.wholes[id]
			out = append(out, WholeScore{name, w.test.logE, w.test.rejected, w.change.sum, s.onTrial(cellID{program: id.program}, &w.change), w.change.trial})
		}
	}
	return out
}

func (m *miner) sortedWholes() []sourceID {
	return slices.SortedFunc(maps.Keys(m.wholes), func(a, b sourceID) int {
		return cmp.Or(bytes.Compare(a.program[:], b.program[:]), cmp.Compare(a.number, b.number))
	})
}

// sourceID names a source of a program, by its place in it.
type sourceID struct {
	program [8]byte
	number  uint8
}

// sourceOf is the source that a cell is of.
func (s *State) sourceOf(id cellID) sourceID {
	if p := s.programOf(id.program); p != nil && len(p.Labels) > 0 {
		return sourceID{id.program, id.cell / uint8(len(p.Labels))}
	}
	return sourceID{program: id.program}
}

// sourceName is a source's name with its program's; empty where no program in force has it.
func (s *State) sourceName(id sourceID) string {
	p := s.programOf(id.program)
	if p == nil || int(id.number) >= len(p.Sources) {
		return ""
	}
	return p.Name + "/" + p.Sources[id.number].Name
}
