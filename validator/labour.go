package validator

import (
	"bytes"
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strconv"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring"
)

// Work is what a miner is asked as a labeller of one program: perhaps nothing, and then
// only whether it wants to be.
type Work struct {
	Program  string
	Due      uint64
	Subjects [][]item.Hash // of each task, in the order to be shown
	Items    [][][]byte    // their encodings, where the plan has them already
	Marks    []protocol.Mark
}

// Labour chooses what labellers are asked, and knows the truths. It has no clock and no
// randomness but the key of the seals, so a simulation asks as a validator does.
type Labour struct {
	State *scoring.State
	Seals item.Hash // what the keys of seals are made from
	// Gold are truths by program and content id, Items the items of programs that take
	// them from a file.
	Gold    map[string]map[item.Hash]string
	Items   map[string][]*item.Item
	surplus map[item.Hash]bool // gold that is not asked about, since there is enough
}

// Lookup finds the encodings of items by their content ids.
type Lookup func(ids []item.Hash) [][]byte

// Tasks picks what the labellers of each program are asked in a round: gold and
// live items in the shares that the program states, in the order of what is asked about,
// which tells nothing. The lots follow from the key of the seals and not from the
// round's seed, which is known before the answers are due.
func (l *Labour) Tasks(opened *evidence.Opened) []*evidence.Tasks {
	var out []*evidence.Tasks
	for _, p := range l.State.Programs() {
		if !p.Judges() {
			continue
		}
		n := min(taskCount(p, labellers(l.State, p, opened)), scoring.MaxOpenTasks-l.State.OpenTasks(p.Name))
		key := sealKey(l.Seals, p.Name, opened.Round)
		subjects := l.subjects(newStream(key, purposeTasks, nil), p, opened, n)
		if len(subjects) == 0 {
			continue
		}
		e := &evidence.Tasks{Round: opened.Round, Program: p.Name, Due: opened.Round + p.Labelling.Rounds}
		for i, ids := range subjects {
			e.Tasks = append(e.Tasks, evidence.Sealed{Subjects: ids, Seal: evidence.SealOf(key, i, l.gold(p, ids))})
		}
		out = append(out, e)
	}
	return out
}

// gold is the truth of a task, if this validator knows it. What the program does not
// take for an answer is none.
func (l *Labour) gold(p *program.Program, ids []item.Hash) string {
	if len(ids) > 1 || p.Labelling.Gold == 0 {
		return ""
	}
	truth := l.Gold[p.Name][ids[0]]
	if p.Answers.Check(truth) != nil {
		return ""
	}
	return truth
}

// subjects picks up to n tasks: what came first is asked about first, gold or not, or the
// age of an item would tell which it is. Gold beyond the share that the program states is
// never asked about; where less came there is less.
func (l *Labour) subjects(s *stream, p *program.Program, opened *evidence.Opened, n int) [][]item.Hash {
	pool := l.pool(p, opened)
	if n <= 0 {
		return nil
	}
	if p.Judged() == 2 {
		return inOrder(l.pairs(s, p, pool, n))
	}
	budget := share(s, n, p.Labelling.Gold)
	var out [][]item.Hash
	for _, id := range pool {
		ids := []item.Hash{id}
		switch {
		case len(out) == n:
			return inOrder(out)
		case l.gold(p, ids) == "":
			out = append(out, ids)
		case l.surplus[id]:
		case budget > 0:
			budget--
			out = append(out, ids)
		default:
			if l.surplus == nil {
				l.surplus = map[item.Hash]bool{}
			}
			l.surplus[id] = true
		}
	}
	return inOrder(out)
}

// inOrder sorts tasks by what they ask about.
func inOrder(tasks [][]item.Hash) [][]item.Hash {
	slices.SortFunc(tasks, func(a, b []item.Hash) int {
		x, y := scoring.TaskKey(a), scoring.TaskKey(b)
		return bytes.Compare(x[:], y[:])
	})
	return tasks
}

// share is a share of n, rounded up or down by chance so that it is right on average.
func share(s *stream, n int, of float64) int {
	exact := float64(n) * of
	whole := int(exact)
	if float64(s.next()>>11)/(1<<53) < exact-float64(whole) {
		whole++
	}
	return whole
}

// pairs picks pairs of the pool that were not asked yet.
func (l *Labour) pairs(s *stream, p *program.Program, pool []item.Hash, n int) [][]item.Hash {
	var open [][]item.Hash
	for i, a := range pool {
		for _, b := range pool[i+1:] {
			ids := []item.Hash{a, b}
			if bytes.Compare(a[:], b[:]) > 0 {
				slices.Reverse(ids)
			}
			if !l.State.Asked(p, ids) {
				open = append(open, ids)
			}
		}
	}
	return choose(s, open, n)
}

// pool is what a program may ask about: what the record offers, or a file's items.
func (l *Labour) pool(p *program.Program, opened *evidence.Opened) []item.Hash {
	var ids []item.Hash
	for _, x := range l.State.Pool(p, opened.Neurons) {
		ids = append(ids, x.ID)
	}
	for _, it := range l.Items[p.Name] {
		id := it.ID()
		raw, err := it.Encode()
		if err != nil || len(raw) > p.Items.MaxBytes {
			continue
		}
		if p.Items.File == "" || !l.State.Owns(opened.Neurons, id) || p.Judged() == 1 && l.State.Asked(p, []item.Hash{id}) {
			continue
		}
		if p.Items.Most == 0 || len(ids) < p.Items.Most {
			ids = append(ids, id)
		}
	}
	return ids
}

// Lookups find the items of each labelling program.
func (l *Labour) Lookups(opened *evidence.Opened) map[string]Lookup {
	out := map[string]Lookup{}
	for _, p := range l.State.Programs() {
		if !p.Judges() {
			continue
		}
		shown := map[item.Hash][][]byte{}
		for _, x := range l.State.Pool(p, opened.Neurons) {
			shown[x.ID] = x.Shown()
		}
		for _, it := range l.Items[p.Name] {
			if b, err := it.Encode(); err == nil {
				shown[it.ID()] = [][]byte{b}
			}
		}
		out[p.Name] = func(ids []item.Hash) [][]byte {
			var found [][]byte
			for _, id := range ids {
				found = append(found, shown[id]...)
			}
			return found
		}
	}
	return out
}

// labeller is a miner to whom new tasks may be handed.
type labeller struct {
	hotkey protocol.Hotkey
	room   int
	passed bool // the exam
}

// labellers are the miners of a round that want work of a program and have taken what
// they were handed before.
func labellers(state *scoring.State, p *program.Program, opened *evidence.Opened) []labeller {
	started, _ := state.Started()
	var out []labeller
	for _, n := range opened.Neurons {
		if !n.Serving || n.Hotkey == started.Validator {
			continue
		}
		r := state.Rater(p.Name, n.Hotkey, opened.Round)
		if room := min(int(r.Want), p.Labelling.Tasks); room > 0 && len(r.Again) == 0 {
			out = append(out, labeller{n.Hotkey, room, r.Passed})
		}
	}
	return out
}

// taskCount is how many tasks keep the labellers busy, each asked of as many as the
// program says, or of all where there are fewer.
func taskCount(p *program.Program, all []labeller) int {
	room := 0
	for _, l := range all {
		room += l.room
	}
	if len(all) == 0 {
		return 0
	}
	return min(room/min(p.Labelling.Redundancy, len(all)), scoring.MaxRoundTasks)
}

// handOut gives every miner of a plan its work. Each task goes to as many labellers as
// the program says: half of them such as passed the exam, where there are, so that the
// others cannot use up what is asked once. Those with the most room come first, and by lot
// where they have as much, so that who shares tasks with whom is different from round to
// round; sides are by lot.
func handOut(seed item.Hash, state *scoring.State, opened *evidence.Opened, tasks []*evidence.Tasks, miners []MinerPlan) {
	for _, p := range state.Programs() {
		if !p.Judges() {
			continue
		}
		handed := map[protocol.Hotkey][][]item.Hash{}
		i := slices.IndexFunc(tasks, func(t *evidence.Tasks) bool { return t.Program == p.Name })
		if i >= 0 {
			handed = deal(newStream(seed, purposeHand, []byte(p.Name)), p, labellers(state, p, opened), tasks[i].Tasks)
		}
		for k := range miners {
			m := &miners[k]
			r := state.Rater(p.Name, m.Hotkey, opened.Round)
			w := Work{Program: p.Name, Due: opened.Round + p.Labelling.Rounds, Subjects: handed[m.Hotkey], Marks: r.Marks}
			w.Items = make([][][]byte, len(w.Subjects))
			if len(r.Again) > 0 {
				w.Due, w.Subjects, w.Items = r.AgainDue, r.AgainIDs, r.AgainItems
			}
			if r.Want > 0 || r.Invite || len(w.Subjects) > 0 {
				m.Work = append(m.Work, w)
			}
		}
	}
}

// deal gives each task to its labellers.
func deal(s *stream, p *program.Program, all []labeller, tasks []evidence.Sealed) map[protocol.Hotkey][][]item.Hash {
	out := map[protocol.Hotkey][][]item.Hash{}
	for _, t := range tasks {
		choose(s, all, len(all))
		slices.SortStableFunc(all, func(a, b labeller) int { return cmp.Compare(b.room, a.room) })
		for _, i := range askedOf(all, p.Labelling.Redundancy) {
			all[i].room--
			ids := slices.Clone(t.Subjects)
			if len(ids) == 2 && s.below(2) == 1 {
				slices.Reverse(ids)
			}
			out[all[i].hotkey] = append(out[all[i].hotkey], ids)
		}
	}
	return out
}

// askedOf are the places of those who are asked a task, of labellers in their order.
func askedOf(all []labeller, redundancy int) []int {
	var first, rest []int
	for i, l := range all {
		switch {
		case l.room == 0:
		case l.passed && 2*len(first) < redundancy:
			first = append(first, i)
		default:
			rest = append(rest, i)
		}
	}
	return append(first, rest[:min(len(rest), max(0, redundancy-len(first)))]...)
}

// Truths opens the seals of all tasks whose answers are in. Those of a round whose seals
// another key shut have none: its tasks are void.
func (l *Labour) Truths(round uint64) []*evidence.Truths {
	var out []*evidence.Truths
	for _, p := range l.State.Programs() {
		if !p.Judges() {
			continue
		}
		for _, open := range l.State.Unopened(p.Name, round) {
			p, tasks := open.Program, open.Tasks
			t := &evidence.Truths{Round: round, Program: p.Name, Of: tasks.Round, Key: sealKey(l.Seals, p.Name, tasks.Round)}
			for i, sealed := range tasks.Tasks {
				truth, ok := unseal(t.Key, i, sealed.Seal, append([]string{l.gold(p, sealed.Subjects), ""}, candidates(p)...))
				if !ok {
					t.Truths = nil
					break
				}
				t.Truths = append(t.Truths, truth)
			}
			out = append(out, t)
		}
	}
	return out
}

// unseal finds which truth was sealed. It is not looked up in the gold of today alone,
// which may have changed since.
func unseal(key item.Hash, i int, seal item.Hash, candidates []string) (string, bool) {
	for _, c := range candidates {
		if evidence.SealOf(key, i, c) == seal {
			return c, true
		}
	}
	return "", false
}

// mostSteps is how many answers on a scale are tried as truths.
const mostSteps = 10_000

// candidates are the answers that a gold task can have.
func candidates(p *program.Program) []string {
	a := p.Answers
	if a.Type != program.Scalar {
		return a.Labels
	}
	var out []string
	for i := 0; i <= mostSteps; i++ {
		x := a.Min + float64(float64(i)*a.Step)
		if x > a.Max {
			break
		}
		out = append(out, strconv.FormatFloat(x, 'g', -1, 64))
	}
	return out
}

// sealKey is the key of the seals of one round of one program.
func sealKey(seed item.Hash, name string, round uint64) item.Hash {
	mac := hmac.New(sha256.New, seed[:])
	mac.Write(binary.BigEndian.AppendUint64(nil, round))
	mac.Write([]byte(name))
	return item.Hash(mac.Sum(nil))
}
