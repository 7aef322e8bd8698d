package scoring

import (
	"slices"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring/standing"
)

// book is what a record says of the labelling of one program.
type book struct {
	pool   pool
	jobs   []*job // not judged yet, by round
	raters map[protocol.Hotkey]*rater
	judged uint64 // tasks
	gold   uint64 // of them
	lost   uint64 // tasks whose seals were never opened
}

// rater is a miner as a labeller of one program.
type rater struct {
	invited uint64 // the round in which it was last asked for its wish
	want    uint16 // how many tasks it wants in a round
	missed  int    // how often in a row it did not say so
	pending *handout
	marks   []protocol.Mark
	judged  uint64 // how many rounds were closed when an answer of its last said something of it
	// peers is how it compares with each of them, in a program without gold.
	peers map[protocol.Hotkey]*standing.Posterior
}

// job is the tasks of one round.
type job struct {
	program    *program.Program // as it was when the tasks were asked
	round, due uint64
	tasks      []*task
	handouts   []*handout
	opened     bool   // its truths are known, or lost
	lost       bool   // the truths cannot be known
	overdue    uint64 // closed rounds since it was due
}

// contrasts is for how many rounds after its own a job is compared with others: their
// truths, and what raters said to them, are no more known when its answers are due than
// its own.
const contrasts = 4

func (j *job) window() uint64 { return min(contrasts, j.program.Labelling.Rounds) }

// task is one question of a job.
type task struct {
	key      item.Hash
	subjects []item.Hash // ascending
	items    [][]byte    // their encodings, once someone was asked
	seal     item.Hash
	truth    string
}

// handout is what one rater was handed of a job.
type handout struct {
	job        *job
	hotkey     protocol.Hotkey
	assignment item.Hash // of the last request that handed it out
	tasks      []handed
	taken      bool
	tries      int
	root       uint64 // that its answers stand under: the last one shown in time
	shown      uint64 // the round in which it was shown
	silent     bool   // it showed none when it was asked in time
	final      bool   // revealed, given up, or void
	void       bool   // it could not be asked in time, and is not judged
	answers    []answer
}

// handed is a task as a rater sees it.
type handed struct {
	index  int  // in the job
	turned bool // shown in descending order of ids
}

// answer is what was revealed of a task.
type answer struct {
	valid     bool
	reason    string // why not
	judgement item.Judgement
	// said is the answer in the subjects' order.
	said string
}

func (s *State) book(name string) *book {
	b := s.books[name]
	if b == nil {
		b = &book{raters: map[protocol.Hotkey]*rater{}}
		s.books[name] = b
	}
	return b
}

func (b *book) rater(h protocol.Hotkey) *rater {
	r := b.raters[h]
	if r == nil {
		r = &rater{}
		b.raters[h] = r
	}
	return r
}

// Handed is one task of a handout that has to be made, or made again.
type Handed struct {
	Index  int // of the task in its job
	Turned bool
}

// Rater is a miner as a plan sees it.
type Rater struct {
	Want uint16 // tasks that may be handed to it
	// Again is what it was handed and has not taken: it is handed that again, and
	// nothing new.
	Again      []Handed
	AgainIDs   [][]item.Hash // the subjects of each, in the order to be shown
	AgainItems [][][]byte    // and their encodings
	AgainDue   uint64
	Marks      []protocol.Mark
	Invite     bool // it is to be asked for its wish although it labels nothing
	Passed     bool // the exam
}

// Rater is what a plan needs to know of a miner in a round.
func (s *State) Rater(name string, h protocol.Hotkey, round uint64) Rater {
	b := s.books[name]
	if b == nil || b.raters[h] == nil {
		return Rater{Invite: true}
	}
	r := b.raters[h]
	out := Rater{Want: r.want, Marks: slices.Clone(r.marks), Invite: r.want == 0 && r.invited+inviteEvery <= round}
	if p := s.programNamed(name); p != nil {
		out.Passed = s.passed(p, h)
		if c := s.miners[h].labels(p); c != nil && c.test.rejected {
			out.Want, out.Invite = 0, false // nothing that it says is used or paid
		}
	}
	if p := r.pending; p != nil {
		out.AgainDue = p.job.due
		for _, t := range p.tasks {
			out.Again = append(out.Again, Handed{t.index, t.turned})
			out.AgainIDs = append(out.AgainIDs, shown(p.job.tasks[t.index].subjects, t.turned))
			out.AgainItems = append(out.AgainItems, shown(p.job.tasks[t.index].items, t.turned))
		}
	}
	return out
}

// inviteEvery is after how many rounds a miner that labels nothing is asked again
// whether it wants to.
const inviteEvery = 8

// shown is a task's items, or anything that stands for them, in the order of a rater.
func shown[T any](of []T, turned bool) []T {
	out := slices.Clone(of)
	if turned {
		slices.Reverse(out)
	}
	return out
}

// Reveal is a question for all answers of an assignment, under a root that was shown
// in time.
type Reveal struct {
	Seq  uint64
	Draw protocol.Draw
}

// Reveals are the assignments of a miner whose time is over in a round and whose
// answers were not asked for yet.
func (s *State) Reveals(h protocol.Hotkey, round uint64) []Reveal {
	m := s.miners[h]
	if m == nil {
		return nil
	}
	var out []Reveal
	for _, p := range s.programs {
		b := s.books[p.Name]
		if b == nil {
			continue
		}
		for _, j := range b.jobs {
			if round <= j.due {
				continue
			}
			for _, x := range j.handouts {
				if x.hotkey == h && !x.final && x.root > 0 {
					out = append(out, Reveal{x.root, protocol.BucketDraw(p.AssignmentBucket(x.assignment))})
				}
			}
		}
	}
	return out
}

// Unopened are tasks whose seals are to be opened, with the program as it was when they
// were asked.
type Unopened struct {
	Program *program.Program
	Tasks   *evidence.Tasks
}

// Unopened are the tasks of a program whose answers are in and whose seals are to be
// opened in a round, by the round that asked them.
func (s *State) Unopened(name string, round uint64) []Unopened {
	b := s.books[name]
	if b == nil {
		return nil
	}
	var out []Unopened
	for _, j := range b.jobs {
		if j.due >= round || j.opened || !s.over(j) {
			continue
		}
		e := &evidence.Tasks{Round: j.round, Program: name, Due: j.due}
		for _, t := range j.tasks {
			e.Tasks = append(e.Tasks, evidence.Sealed{Subjects: t.subjects, Seal: t.seal})
		}
		out = append(out, Unopened{j.program, e})
	}
	return out
}

// OpenTasks is how many tasks of a program wait to be judged.
func (s *State) OpenTasks(name string) int {
	n := 0
	if b := s.books[name]; b != nil {
		for _, j := range b.jobs {
			n += len(j.tasks)
		}
	}
	return n
}
