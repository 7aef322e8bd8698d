package scoring

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
)

// MaxRoundTasks is how many tasks of one program a round may ask.
const MaxRoundTasks = 1024

// MaxOpenTasks is how many tasks of one program may wait to be judged.
const MaxOpenTasks = 1 << 14

func (s *State) admitTasks(b *evidence.Tasks) error {
	p := s.programNamed(b.Program)
	switch {
	case s.open == nil || s.open.opened.Round != b.Round || len(s.open.exchanges) > 0 || s.open.reference != nil:
		return fmt.Errorf("tasks of round %d outside of its beginning", b.Round)
	case p == nil || !p.Judges():
		return fmt.Errorf("tasks of %q, which is no labelling program in force", b.Program)
	case slices.ContainsFunc(s.open.jobs, func(j *job) bool { return j.program.Name == b.Program }):
		return fmt.Errorf("a second set of tasks of %s in round %d", b.Program, b.Round)
	case b.Due != b.Round+p.Labelling.Rounds:
		return fmt.Errorf("tasks are due in round %d, the program says %d", b.Due, b.Round+p.Labelling.Rounds)
	case len(b.Tasks) == 0 || len(b.Tasks) > MaxRoundTasks:
		return fmt.Errorf("%d tasks, want 1 to %d", len(b.Tasks), MaxRoundTasks)
	case s.OpenTasks(b.Program)+len(b.Tasks) > MaxOpenTasks:
		return fmt.Errorf("%d tasks beside %d that wait, at most %d are allowed", len(b.Tasks), s.OpenTasks(b.Program), MaxOpenTasks)
	}
	var last item.Hash
	waiting := map[item.Hash]bool{}
	for _, x := range s.Pool(p, s.open.opened.Neurons) {
		waiting[x.ID] = true
	}
	for i, t := range b.Tasks {
		key := TaskKey(t.Subjects)
		switch {
		case len(t.Subjects) != p.Judged() || len(t.Subjects) == 2 && bytes.Compare(t.Subjects[0][:], t.Subjects[1][:]) >= 0:
			return fmt.Errorf("task %d: want %d subjects, ascending", i, p.Judged())
		case i > 0 && bytes.Compare(key[:], last[:]) <= 0:
			return fmt.Errorf("task %d is not in the order of what is asked about", i) // an order could tell which are gold
		case s.Asked(p, t.Subjects):
			return fmt.Errorf("task %d was asked before", i)
		case slices.ContainsFunc(t.Subjects, func(id item.Hash) bool { return !s.Owns(s.open.opened.Neurons, id) }):
			return fmt.Errorf("task %d asks about an item of another validator", i)
		case p.Items.File == "" && slices.ContainsFunc(t.Subjects, func(id item.Hash) bool { return !waiting[id] }):
			return fmt.Errorf("task %d asks about an item that is not in the pool", i)
		}
		last = key
	}
	return nil
}

func (s *State) applyTasks(b *evidence.Tasks) {
	j := &job{program: s.programNamed(b.Program), round: b.Round, due: b.Due}
	for _, t := range b.Tasks {
		j.tasks = append(j.tasks, &task{key: TaskKey(t.Subjects), subjects: t.Subjects, seal: t.Seal})
	}
	s.open.jobs = append(s.open.jobs, j)
}

func (s *State) admitTruths(b *evidence.Truths) error {
	if s.open == nil || s.open.opened.Round != b.Round || s.open.reference == nil {
		return fmt.Errorf("truths in round %d outside of its end", b.Round)
	}
	j := s.jobOf(b.Program, b.Of)
	switch {
	case j == nil || j.opened || s.openedNow(j):
		return fmt.Errorf("truths of round %d of %q, which waits for none", b.Of, b.Program)
	case j.due >= b.Round || !s.over(j):
		return fmt.Errorf("truths of round %d before all its answers are in", b.Of)
	case len(b.Truths) == 0:
		return nil // they are lost
	case len(b.Truths) != len(j.tasks):
		return fmt.Errorf("%d truths of %d tasks", len(b.Truths), len(j.tasks))
	}
	answers := j.program.Answers
	for i, truth := range b.Truths {
		if evidence.SealOf(b.Key, i, truth) != j.tasks[i].seal {
			return fmt.Errorf("truth %d is not what was sealed", i)
		}
		if truth != "" {
			if err := answers.Check(truth); err != nil {
				return fmt.Errorf("truth %d: %w", i, err)
			}
		}
	}
	return nil
}

func (s *State) openedNow(j *job) bool {
	return slices.ContainsFunc(s.open.truths, func(t *evidence.Truths) bool { return t.Program == j.program.Name && t.Of == j.round })
}

// admitClosed demands that no seal stays shut once the answers are in.
func (s *State) admitClosed(b *evidence.Closed) error {
	if s.open == nil || s.open.opened.Round != b.Round || s.open.reference == nil {
		return fmt.Errorf("end of round %d, which is not open or has no reference yet", b.Round)
	}
	for _, p := range s.programs {
		if book := s.books[p.Name]; book != nil {
			for _, j := range book.jobs {
				if j.due < b.Round && s.over(j) && !j.opened && !s.openedNow(j) {
					return fmt.Errorf("end of round %d before the seals of round %d of %s are opened", b.Round, j.round, p.Name)
				}
			}
		}
	}
	return nil
}

func (s *State) jobOf(name string, round uint64) *job {
	b := s.books[name]
	if b == nil {
		return nil
	}
	for _, j := range b.jobs {
		if j.round == round {
			return j
		}
	}
	return nil
}

func (s *State) programNamed(name string) *program.Program {
	for _, p := range s.programs {
		if p.Name == name {
			return p
		}
	}
	return nil
}

// settleTasks takes the jobs of a closed round into the books, and spends what they
// ask about.
func (s *State) settleTasks(r *round) {
	for _, j := range r.jobs {
		b := s.book(j.program.Name)
		b.jobs = append(b.jobs, j)
		for _, t := range j.tasks {
			if len(t.subjects) == 1 {
				b.pool.spend(t.key)
			} else {
				b.pool.pair(t.subjects)
			}
		}
	}
}

// settleHandout takes a request that handed work out, or asked for a wish.
func (s *State) settleHandout(r *round, m *miner, assignment item.Hash, req *protocol.TasksRequest, c *evidence.Call) error {
	p := s.programNamed(req.Program)
	if p == nil || !p.Judges() {
		return fmt.Errorf("hands out work of %q, which is no labelling program in force", req.Program)
	}
	b := s.book(req.Program)
	who := b.rater(m.hotkey)
	who.invited = r.opened.Round
	x := who.pending
	if len(req.Tasks) > 0 && x == nil {
		var err error
		if x, err = s.handOut(r, p, m, req); err != nil {
			return err
		}
	}
	if c.Outcome == evidence.Answered {
		if s.collectsNothing(m) {
			m.drawnAt = s.closed // there is nothing else to draw from
		}
		want, err := c.Want()
		if err != nil {
			return err
		}
		who.want, who.missed, who.marks, who.pending = min(want, uint16(p.Labelling.Tasks)), 0, nil, nil
		if x != nil && len(req.Tasks) > 0 {
			x.assignment, x.taken = assignment, true
		}
		return nil
	}
	counts := c.Outcome.Consequence().Counts && !r.cutOff
	if counts {
		who.missed++
	}
	if c.Outcome == evidence.Refused || who.missed >= s.params.MaxTries {
		who.want = 0 // it does not label, or not any more
	}
	if x == nil {
		return nil
	}
	who.pending = x
	if counts {
		x.tries++
	}
	if x.tries >= s.params.MaxTries || x.job.due <= r.opened.Round {
		x.final, who.pending = true, nil
	}
	return nil
}

// collectsNothing reports whether a miner has no items that could be drawn.
func (s *State) collectsNothing(m *miner) bool {
	for id, c := range m.cells {
		if c.sums.Bytes > 0 && !s.judging(id) {
			return false
		}
	}
	return len(m.questions) == 0
}

// handOut makes a handout of what a request shows, which is part of this round's job.
func (s *State) handOut(r *round, p *program.Program, m *miner, req *protocol.TasksRequest) (*handout, error) {
	i := slices.IndexFunc(r.jobs, func(j *job) bool { return j.program.Name == p.Name })
	if i < 0 || req.Due != r.jobs[i].due {
		return nil, fmt.Errorf("hands out work of %s that the round does not have", p.Name)
	}
	j := r.jobs[i]
	byKey := make(map[item.Hash]int, len(j.tasks))
	for i, t := range j.tasks {
		byKey[t.key] = i
	}
	x := &handout{job: j, hotkey: m.hotkey}
	for _, t := range req.Tasks {
		ids, raw, turned, err := shownItems(p, t)
		if err != nil {
			return nil, err
		}
		at, ok := byKey[TaskKey(ids)]
		if !ok || len(ids) != p.Judged() {
			return nil, fmt.Errorf("hands out a task of %s that the round does not have", p.Name)
		}
		j.tasks[at].items = raw
		x.tasks = append(x.tasks, handed{at, turned})
	}
	j.handouts = append(j.handouts, x)
	return x, nil
}

// shownItems are the content ids of what a task is about, the encodings of all that it
// shows, ascending by id where there are two to compare, and whether it shows them the
// other way round.
func shownItems(p *program.Program, t protocol.Task) (ids []item.Hash, raw [][]byte, turned bool, err error) {
	for _, b := range t.Subjects {
		it, err := item.Decode(b)
		if err != nil {
			return nil, nil, false, fmt.Errorf("shows an item that cannot be read: %w", err)
		}
		ids, raw = append(ids, it.ID()), append(raw, b)
	}
	if len(ids) > p.Judged() {
		return ids[len(ids)-p.Judged():], raw, false, nil
	}
	if len(ids) == 2 && bytes.Compare(ids[0][:], ids[1][:]) > 0 {
		slices.Reverse(ids)
		slices.Reverse(raw)
		turned = true
	}
	return ids, raw, turned, nil
}

// settleTruths opens seals.
func (s *State) settleTruths(r *round) {
	for _, t := range r.truths {
		j := s.jobOf(t.Program, t.Of)
		if j == nil {
			continue
		}
		j.opened, j.lost = true, len(t.Truths) == 0
		for i, truth := range t.Truths {
			j.tasks[i].truth = truth
		}
	}
}
