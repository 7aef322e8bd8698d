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

// judge closes the jobs whose answers are in, whose seals are open, and that have been
// followed by all those that they are compared with.
func (s *State) judge(r *round) {
	for _, p := range s.programs {
		b := s.books[p.Name]
		if b == nil {
			continue
		}
		open := b.jobs[:0:0]
		for _, j := range b.jobs {
			if j.due < r.opened.Round {
				s.lapse(b, j)
				if !r.cutOff {
					j.overdue++
				}
			}
			// In order, so that those after it are still there to be compared with.
			if len(open) > 0 || r.opened.Round <= j.due+j.window() || !b.openedUntil(j.round+j.window()) {
				open = append(open, j)
				continue
			}
			s.closeJob(b, j, r.opened.Round)
		}
		b.jobs = open
	}
}

// openedUntil reports whether the seals of all jobs up to a round are open.
func (b *book) openedUntil(round uint64) bool {
	return !slices.ContainsFunc(b.jobs, func(j *job) bool { return j.round <= round && !j.opened })
}

// over reports whether nothing more is to come of the answers to a job: then its seals
// are to be opened, and not before, since who has committed may still keep silent.
func (s *State) over(j *job) bool {
	return j.complete() || j.overdue > uint64(s.params.MaxTries)+jobPatience
}

// jobPatience is how many closed rounds beyond the tries of a question a job waits for
// raters that are not asked any more, since they left or answer nothing else either.
const jobPatience = 2

func (j *job) complete() bool {
	return !slices.ContainsFunc(j.handouts, func(x *handout) bool { return !x.final })
}

// closeJob moves standings and pay by a job, and tells of its tasks.
func (s *State) closeJob(b *book, j *job, round uint64) {
	if j.lost {
		b.lost += uint64(len(j.tasks))
		return
	}
	slices.SortFunc(j.handouts, func(x, y *handout) int { return bytes.Compare(x.hotkey[:], y.hotkey[:]) })
	passed := map[protocol.Hotkey]bool{}
	for _, x := range j.handouts {
		passed[x.hotkey] = s.passed(j.program, x.hotkey)
	}
	t := b.table(j, passed)
	t.plain = s.without(WithoutContrast)
	for _, x := range j.handouts {
		if !x.void {
			s.judgeHandout(b, x, t)
		}
	}
	for i, task := range j.tasks {
		s.tell(j, i, round, passed, t.said[i])
		if b.judged++; task.truth != "" {
			b.gold++
		}
	}
}

// table is what the answers to a job are compared with.
type table struct {
	plain  bool // agreement is all that counts
	passed map[protocol.Hotkey]bool
	said   []sayings   // to each task of the job
	truths []reference // of the gold of the job and of those after it
	// given are the answers of each rater to the tasks of the job and of those after it.
	given map[protocol.Hotkey][]reference
}

// reference is a truth, or an answer, and the task that it belongs to.
type reference struct {
	task *task
	what string
}

// table gathers references. When the answers of a job are due, neither the truths of its
// own round and of later ones are known to anyone but this validator, nor what others say
// of them; of earlier rounds they may be.
func (b *book) table(j *job, passed map[protocol.Hotkey]bool) *table {
	t := &table{passed: passed, said: j.said(), given: map[protocol.Hotkey][]reference{}}
	for _, other := range b.jobs {
		if other.round < j.round || other.round > j.round+j.window() || !j.program.Answers.Equal(other.program.Answers) {
			continue
		}
		for _, task := range other.tasks {
			if task.truth != "" {
				t.truths = append(t.truths, reference{task, task.truth})
			}
		}
		for _, x := range other.handouts {
			for i, h := range x.tasks {
				if a := x.answerTo(i); a.valid {
					t.given[x.hotkey] = append(t.given[x.hotkey], reference{other.tasks[h.index], a.said})
				}
			}
		}
	}
	return t
}

// others are what is known of other tasks.
func others(of []reference, own *task) []string {
	var out []string
	for _, k := range of {
		if k.task != own {
			out = append(out, k.what)
		}
	}
	return out
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

// judgeHandout gives a rater a row for each of its answers to which there is one, and its
// marks.
func (s *State) judgeHandout(b *book, x *handout, t *table) {
	m := s.miners[x.hotkey]
	if m == nil {
		return // forgotten
	}
	who := b.rater(x.hotkey)
	c := m.cell(labelCell(x.job.program))
	for i, h := range x.tasks {
		task, a := x.job.tasks[h.index], x.answerTo(i)
		how, f := contrast{}, Finding{Fail, a.reason}
		if a.valid {
			how, f = s.compareAnswer(x, task, a.said, t, t.said[h.index])
			if task.truth != "" {
				who.mark(x, i, task)
			}
		} else if task.truth != "" && !s.without(WithoutWithheld) {
			how = x.withheld(task, t)
		}
		if how != (contrast{}) {
			who.judged = s.closed
			s.countAnswer(m, c, how, x.job.program)
		}
		s.payTask(m, c, x, task, f, a)
	}
}

// withheld is the contrast of a gold task that was not answered: that of a wrong answer,
// so that it does not pay to leave out what is hard. A handout that was lost whole has one
// cause and counts as one task. Of what is not gold nothing is known; it is not paid.
func (x *handout) withheld(own *task, t *table) contrast {
	space := x.job.program.Answers
	refs := others(t.truths, own)
	if len(refs) == 0 {
		return contrast{}
	}
	apart := 0
	for _, other := range refs {
		if space.Distance(own.truth, other) > 0 {
			apart++
		}
	}
	gold, answered := 0, false
	for i, h := range x.tasks {
		if x.job.tasks[h.index].truth != "" {
			gold++
		}
		answered = answered || x.answerTo(i).valid
	}
	if answered {
		gold = 1
	}
	return contrast{fail: float64(apart) / float64(len(refs)*gold)}
}

// countAnswer moves the standing of a rater by one answer.
func (s *State) countAnswer(m *miner, c *cell, how contrast, p *program.Program) {
	rules := s.labelRules(p)
	c.change.move(how.pass, how.fail, s.changeRules(p, c), 0)
	for _, of := range []*standing.Posterior{&m.all, &c.valid} {
		of.See(true, how.pass, s.params.Forget)
		of.See(false, how.fail, s.params.Forget)
		of.Checked++
	}
	c.test.seeContrast(how, rules, s.strata())
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

// payTask counts a task as work that was asked for, and as work done if it was answered:
// right or wrong is the business of the standing.
func (s *State) payTask(m *miner, c *cell, x *handout, t *task, f Finding, a answer) {
	d := &draw{round: x.job.round, key: item.NewKey(item.Bucket{Program: x.job.program.ID()}, t.key), id: t.key, label: a.said, spot: f, weight: 1, judged: true}
	c.paid.ended++
	if a.valid {
		d.uri, d.fresh = item.TaskURI(a.judgement.Task()), 1
		c.paid.fresh++
		c.paid.amount++
	}
	m.remember(d)
}

// fadeLabels lets a closed round pass over a labelling cell: work is what was answered per
// round, so a round without any counts too. Standing fades only of who is away.
func (s *State) fadeLabels(c *cell, away bool) {
	if away {
		c.valid.Fade(s.params.ForgetRound)
	}
	c.paid.fade(s.params.ForgetRound)
	c.paid.drawn++
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
func (s *State) compareAnswer(x *handout, own *task, said string, t *table, to sayings) (contrast, Finding) {
	p := x.job.program
	if own.truth != "" {
		c, ok := t.against(p.Answers, said, own.truth, others(t.truths, own))
		if !ok {
			return c, Finding{Unknown, ReasonNoReference}
		}
		return c, c.finding(ReasonGoldWrong)
	}
	if p.Labelling.Gold > 0 {
		return contrast{}, Finding{Unknown, ReasonLive}
	}
	who := s.book(p.Name).rater(x.hotkey)
	who.fade(s.params.Forget)
	c, ok := t.againstPeers(p.Answers, x.hotkey, own, said, to, who.compared)
	if !ok {
		return c, Finding{Unknown, ReasonNoReference}
	}
	return c, c.finding(ReasonPeersDiffer)
}

// against is the contrast of an answer, or plain agreement where that is all that counts.
func (t *table) against(space program.Answers, said, own string, others []string) (contrast, bool) {
	if !t.plain {
		return against(space, said, own, others)
	}
	if space.Distance(said, own) == 0 {
		return contrast{pass: 1}, true
	}
	return contrast{fail: 1}, true
}

// against compares an answer with the reference of its own task and with those of
// others. With one of them it passes when it is nearer to its own and fails when it is
// nearer to the other; when it is as near to both, and they differ, it is half of each,
// or an answer that is hardly ever right could be given for nothing; where they are the
// same there is nothing to compare. The contrast is the mean over all. It is not ok where
// there are none.
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
	near := space.Distance(said, own)
	var pass, fail, even int
	for _, other := range others {
		switch far := space.Distance(said, other); {
		case near < far:
			pass++
		case near > far:
			fail++
		case space.Distance(own, other) > 0:
			even++
		}
	}
	if len(others) == 0 {
		return contrast{}, false
	}
	n := float64(2 * len(others))
	return contrast{float64(2*pass+even) / n, float64(2*fail+even) / n}, true
}

// againstPeers is the mean contrast of an answer over the other raters of the task that
// passed the exam, each with what it said of other tasks. each is told of every one.
func (t *table) againstPeers(space program.Answers, h protocol.Hotkey, own *task, said string, to sayings, each func(peer protocol.Hotkey, c contrast)) (mean contrast, ok bool) {
	peers := 0
	for _, x := range to { // by hotkey
		if x.hotkey == h || !t.passed[x.hotkey] {
			continue
		}
		if c, ok := t.against(space, said, x.answer.said, others(t.given[x.hotkey], own)); ok {
			mean.pass, mean.fail = mean.pass+c.pass, mean.fail+c.fail
			peers++
			each(x.hotkey, c)
		}
	}
	if peers == 0 {
		return contrast{}, false
	}
	return contrast{mean.pass / float64(peers), mean.fail / float64(peers)}, true
}

// tell reports a judged task to whoever makes labels of a record.
func (s *State) tell(j *job, i int, round uint64, passed map[protocol.Hotkey]bool, said sayings) {
	if s.onJudged == nil {
		return
	}
	t := j.tasks[i]
	out := Judged{Program: j.program.Name, Round: j.round, Closed: round, Subjects: t.subjects, Items: t.items[max(0, len(t.items)-len(t.subjects)):], Truth: t.truth}
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

// labelRules are the parameters by which a rater's rows are tested: good is at the
// program's bar, bad is chance.
func (s *State) labelRules(p *program.Program) *Parameters {
	rules := *s.params
	rules.Good, rules.Bad = float64(0.5*(1+p.Labelling.Bar)), 0.5
	return &rules
}

// changeRules are those of the watch for change: good is what the rater has shown so far,
// since one that is far above the bar falls a long way before it reaches it.
func (s *State) changeRules(p *program.Program, c *cell) *Parameters {
	rules := s.labelRules(p)
	rules.Good = min(max(rules.Good, s.params.standing().Lower(c.valid, 0)), s.params.Good)
	return rules
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
	id := labelCell(exam)
	c := m.cells[id]
	return c != nil && s.pays(m, id, c) && skill(s.params.standing().Lower(c.valid, 0)) >= p.Labelling.Exam.Pass
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
		l.Open = s.OpenTasks(p.Name)
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
