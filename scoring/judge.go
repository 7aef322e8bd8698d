package scoring

import (
	"bytes"
	"slices"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring/kernel"
	"github.com/assaynet/assay/scoring/standing"
)

// judge closes the jobs whose answers are in and whose seals are open.
func (s *State) judge(r *round) {
	for _, p := range s.programs {
		b := s.books[p.Name]
		if b == nil {
			continue
		}
		b.jobs = slices.DeleteFunc(b.jobs, func(j *job) bool {
			if j.due >= r.opened.Round {
				return false
			}
			if !r.cutOff {
				j.overdue++
			}
			if !j.opened || !j.complete() && j.overdue <= uint64(2*s.params.MaxTries)+jobPatience {
				return false
			}
			s.closeJob(p, b, j, r.opened.Round)
			return true
		})
	}
}

// jobPatience is how many closed rounds beyond the tries of a question a job waits for
// raters that are not asked any more, since they left.
const jobPatience = 2

func (j *job) complete() bool {
	return !slices.ContainsFunc(j.handouts, func(x *handout) bool { return !x.final })
}

// closeJob moves standings and pay by a job, tells of its tasks, and remembers what
// later ones are compared with.
func (s *State) closeJob(p *program.Program, b *book, j *job, round uint64) {
	if j.lost {
		b.lost += uint64(len(j.tasks))
		return
	}
	slices.SortFunc(j.handouts, func(x, y *handout) int { return bytes.Compare(x.hotkey[:], y.hotkey[:]) })
	passed := map[protocol.Hotkey]bool{}
	for _, x := range j.handouts {
		passed[x.hotkey] = s.passed(p, x.hotkey)
	}
	said := j.said()
	for _, x := range j.handouts {
		s.judgeHandout(p, b, x, passed, said)
	}
	for i, t := range j.tasks {
		s.tell(p, j, i, round, passed, said[i])
		if b.judged++; t.truth != "" {
			b.gold++
			b.truths = append(b.truths, t.truth)
		}
	}
	b.truths = b.truths[max(0, len(b.truths)-truthsKept):]
	b.remember(j)
}

// sayings are the valid answers to one task, by the places of the handouts.
type sayings []saying

type saying struct {
	hotkey protocol.Hotkey
	answer answer
}

// said are the valid answers to each task, by hotkey.
func (j *job) said() []sayings {
	out := make([]sayings, len(j.tasks))
	for _, x := range j.handouts {
		for i, h := range x.tasks {
			if a := x.answerTo(i); a.valid {
				out[h.index] = append(out[h.index], saying{x.hotkey, a})
			}
		}
	}
	return out
}

// judgeHandout gives a rater a row for each of its tasks, and its marks.
func (s *State) judgeHandout(p *program.Program, b *book, x *handout, passed map[protocol.Hotkey]bool, said []sayings) {
	m := s.miners[x.hotkey]
	if m == nil {
		return // forgotten
	}
	who := b.rater(x.hotkey)
	who.judged = s.closed
	rules := s.labelRules(p)
	c := m.cell(labelCell(p))
	for i, h := range x.tasks {
		t, a := x.job.tasks[h.index], x.answerTo(i)
		how, f := contrast{fail: 1}, Finding{Fail, a.reason}
		if a.valid {
			how, f = s.compareAnswer(p, b, x, t, a.said, passed, said[h.index])
			if t.truth != "" {
				who.mark(x, i, t)
			}
		}
		s.countAnswer(m, c, how, rules)
		s.payTask(m, c, x, t, f, a)
	}
}

// countAnswer moves the standing of a rater by one answer.
func (s *State) countAnswer(m *miner, c *cell, how contrast, rules *Parameters) {
	if how == (contrast{}) {
		return
	}
	for _, p := range []*standing.Posterior{&m.all, &c.valid} {
		p.See(true, how.pass, s.params.Forget)
		p.See(false, how.fail, s.params.Forget)
		p.Checked++
	}
	c.test.seeContrast(how, rules, s.strata())
	c.change.move(how.pass, how.fail, rules, 0)
}

// seeContrast takes the mean, over the references, of the factors of single rows: a mean
// of e-values is one.
func (t *test) seeContrast(how contrast, rules *Parameters, strata int) {
	g := rules.Good
	if g <= rules.Bad {
		return
	}
	factor := 1 - how.pass - how.fail
	factor += float64(how.pass * (rules.Bad / g))
	factor += float64(how.fail * ((1 - rules.Bad) / (1 - g)))
	t.logE += kernel.Log(factor)
	t.decide(rules, strata)
}

// mark keeps a truth to be told to the rater, on the side on which it was shown.
func (r *rater) mark(x *handout, i int, t *task) {
	truth := t.truth
	if x.tasks[i].turned {
		truth = program.Turned(truth)
	}
	if len(r.marks) < protocol.MaxMarks {
		r.marks = append(r.marks, protocol.Mark{Task: item.TaskID(x.assignment, uint16(i)), Truth: truth})
	}
}

// payTask counts a task as work asked for, and as work done if it was answered: right
// or wrong is the business of the standing.
func (s *State) payTask(m *miner, c *cell, x *handout, t *task, f Finding, a answer) {
	d := &draw{round: x.job.round, key: labelKey(s.programNamed(x.job.program), t), id: t.key, label: a.said, spot: f, weight: 1, judged: true}
	if a.valid {
		d.uri = item.TaskURI(a.judgement.Task())
		d.fresh, d.credit, d.alone, d.amount = 1, 1, true, uint64(x.want)
	}
	c.paid.work(d, a.valid, s.params.Forget)
	m.remember(d)
}

// work is see for a task: its worth is that it was answered.
func (t *tally) work(d *draw, answered bool, forget float64) {
	t.fade(forget)
	t.drawn++
	t.ended++
	t.decided++
	if answered {
		t.fresh++
		t.credit++
		t.worth++
		t.amount += float64(d.amount)
	}
}

// contrast is what one answer says of its rater: the shares of the references of other
// tasks to which it is further, and nearer, than to that of its own. What is left of 1
// are references that say nothing.
type contrast struct{ pass, fail float64 }

// finding is the contrast in a word.
func (c contrast) finding(reason string) Finding {
	switch {
	case c.pass > c.fail:
		return Finding{Pass, ""}
	case c.fail > c.pass:
		return Finding{Fail, reason}
	}
	return Finding{Unknown, ReasonNoContrast}
}

// compareAnswer compares an answer with the truth where there is one, in a program that
// has gold; else with the answers of peers that passed the exam.
func (s *State) compareAnswer(p *program.Program, b *book, x *handout, t *task, said string, passed map[protocol.Hotkey]bool, others sayings) (contrast, Finding) {
	if t.truth != "" {
		c, ok := against(p.Answers, said, t.truth, b.otherTruths(x.job, t))
		if !ok {
			return c, Finding{Unknown, ReasonNoReference}
		}
		return c, c.finding(ReasonGoldWrong)
	}
	if p.Labelling.Gold > 0 {
		return contrast{}, Finding{Unknown, ReasonLive}
	}
	c, ok := b.againstPeers(p.Answers, x.hotkey, said, passed, others)
	if !ok {
		return c, Finding{Unknown, ReasonNoReference}
	}
	return c, c.finding(ReasonPeersDiffer)
}

// against compares an answer with the reference of its own task and with those of
// others. With one of them it passes when it is nearer to its own, fails when it is
// nearer to the other, and says nothing when neither is; the contrast is the mean over
// all. It is not ok where there are none.
//
// Exchange the two references, and a pass becomes a failure. So an answer that does
// not depend on the task passes as often as it fails, whatever it is and however common
// the classes are: chance is ½ for every answer space, and skill = 2p − 1. The
// expected difference of passes and failures is P(reference = x | task) − P(x), which is
// the gain by the quadratic scoring rule of a forecast that moves a small step from the
// base rate towards x: it is largest for the answer whose probability, given the task,
// exceeds its share the most. With a peer's answers for references it is the multi-task
// mechanism of Dasgupta and Ghosh (2013).
func against(space program.Answers, said, own string, others []string) (c contrast, ok bool) {
	near, n := space.Distance(said, own), 0
	var pass, fail int
	for _, other := range others {
		n++
		switch far := space.Distance(said, other); {
		case near < far:
			pass++
		case near > far:
			fail++
		}
	}
	if n == 0 {
		return contrast{}, false
	}
	return contrast{float64(pass) / float64(n), float64(fail) / float64(n)}, true
}

// otherTruths are those of the other gold tasks that were spent lately, or are in the
// same job.
func (b *book) otherTruths(j *job, own *task) []string {
	refs := slices.Clone(b.truths)
	for _, t := range j.tasks {
		if t != own && t.truth != "" {
			refs = append(refs, t.truth)
		}
	}
	return refs
}

// againstPeers is the mean contrast of an answer over the other raters of the task that
// passed the exam, each with what it said of other tasks lately.
func (b *book) againstPeers(space program.Answers, h protocol.Hotkey, said string, passed map[protocol.Hotkey]bool, others sayings) (mean contrast, ok bool) {
	peers := 0
	for _, x := range others { // by hotkey
		if x.hotkey == h || !passed[x.hotkey] {
			continue
		}
		if c, ok := against(space, said, x.answer.said, b.rater(x.hotkey).given); ok {
			mean.pass, mean.fail = mean.pass+c.pass, mean.fail+c.fail
			peers++
		}
	}
	if peers == 0 {
		return contrast{}, false
	}
	return contrast{mean.pass / float64(peers), mean.fail / float64(peers)}, true
}

// remember keeps what the raters of a job said, for later comparisons.
func (b *book) remember(j *job) {
	for _, x := range j.handouts {
		r := b.rater(x.hotkey)
		for i := range x.tasks {
			if a := x.answerTo(i); a.valid {
				r.given = append(r.given, a.said)
			}
		}
		r.given = r.given[max(0, len(r.given)-givenKept):]
	}
}

// tell reports a judged task to whoever makes labels of a record.
func (s *State) tell(p *program.Program, j *job, i int, round uint64, passed map[protocol.Hotkey]bool, said sayings) {
	if s.onJudged == nil {
		return
	}
	t := j.tasks[i]
	out := Judged{Program: p.Name, Round: j.round, Closed: round, Subjects: t.subjects, Items: t.items, Truth: t.truth}
	for _, x := range said {
		out.Answers = append(out.Answers, JudgedAnswer{
			Miner: x.hotkey, Answer: x.answer.said, Labeller: x.answer.judgement.Labeller, Comment: x.answer.judgement.Comment,
			Millis: x.answer.judgement.Millis, Assignment: x.answer.judgement.Assignment, Passed: passed[x.hotkey],
		})
	}
	s.onJudged(out)
}

// labelCell is the one cell of a labelling program.
func labelCell(p *program.Program) cellID { return cellID{program: p.ID()} }

func labelKey(p *program.Program, t *task) item.Key {
	if p == nil {
		return item.Key{}
	}
	return item.NewKey(item.Bucket{Program: p.ID()}, t.key)
}

// labelRules are the parameters by which a rater's rows are tested: good is at the
// program's bar, bad is chance.
func (s *State) labelRules(p *program.Program) *Parameters {
	rules := *s.params
	rules.Good, rules.Bad = float64(0.5*(1+p.Labelling.Bar)), 0.5
	return &rules
}

// skill is 2p − 1, not below zero: 0 at chance, 1 for who is never wrong.
func skill(p float64) float64 { return max(0, float64(2*p)-1) }

// passed reports whether a miner has passed the exam of a program: the lower bound of
// its skill reaches the pass mark, in a cell that pays.
func (s *State) passed(p *program.Program, h protocol.Hotkey) bool {
	exam := s.programNamed(p.ExamProgram())
	m := s.miners[h]
	if exam == nil || !exam.Judges() || m == nil {
		return false
	}
	c := m.cells[labelCell(exam)]
	return c != nil && s.pays(c) && skill(s.params.standing().Share(c.valid, 0).Lower) >= p.Labelling.Exam.Pass
}

// Labelling is how the labelling of a program stands.
type Labelling struct {
	Program  string
	Question string
	Judged   uint64 // tasks
	Gold     uint64 // of them
	Lost     uint64 // tasks whose truths could not be told
	Open     int    // tasks that wait for answers
	Waiting  int    // items that may be asked about
	Raters   int    // miners that want work
	Passed   int    // of them passed the exam
}

// Labelling is how each labelling program stands, in the order of the record.
func (s *State) Labelling() []Labelling {
	var out []Labelling
	for _, p := range s.programs {
		b := s.books[p.Name]
		if !p.Judges() || b == nil {
			continue
		}
		l := Labelling{Program: p.Name, Question: p.Question, Judged: b.judged, Gold: b.gold, Lost: b.lost, Waiting: len(b.pool.waiting)}
		for _, j := range b.jobs {
			l.Open += len(j.tasks)
		}
		for h, r := range b.raters {
			if r.want > 0 {
				l.Raters++
				if s.passed(p, h) {
					l.Passed++
				}
			}
		}
		out = append(out, l)
	}
	return out
}

// judging reports whether a cell is that of a labelling program.
func (s *State) judging(id cellID) bool {
	p := s.programOf(id.program)
	return p != nil && p.Judges()
}

// works reports whether a miner is paid for labels now: it wants work, passed the exam,
// and work of its was judged lately.
func (s *State) works(p *program.Program, h protocol.Hotkey) bool {
	b := s.books[p.Name]
	if b == nil || b.raters[h] == nil {
		return false
	}
	r := b.raters[h]
	return r.want > 0 && r.judged+idleRounds >= s.closed && s.passed(p, h)
}

// idleRounds is for how many closed rounds a rater is paid for its last work: the pool
// of what to ask about may run dry.
const idleRounds = 64
