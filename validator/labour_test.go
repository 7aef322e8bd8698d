package validator

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring"
)

const testLabels = `
name: odd
about: Which notes are odd.
kind: judgement
task: annotate
licence: CC0-1.0
question: Is the note odd?
answers: {type: category, labels: [even, odd]}
items: {program: notes, max_bytes: 1000}
labelling: {tasks: 4, redundancy: 4, rounds: 3, gold: 0.3, exam: {pass: 0.3}, quota: 1000, bar: 0.4, aggregation: auto, demand: 2, half: 1}
`

const testPairs = `
name: longer
about: Which of two notes is longer.
kind: judgement
task: annotate
licence: CC0-1.0
question: Which note is longer?
answers: {type: pairwise}
items: {program: notes, max_bytes: 1000, most: 30}
labelling: {tasks: 4, redundancy: 4, rounds: 3, exam: {program: odd, pass: 0.3}, quota: 1000, bar: 0.05, aggregation: auto, demand: 1, half: 1}
`

// mind answers a task about items; an empty answer is none.
type mind func(program string, shown []*item.Item) string

// labelling is the labelling side of a fakeMiner.
type labelling struct {
	*fakeMiner
	mind    mind
	key     *protocol.Key // of its one labeller
	waiting []*item.Item  // answers to be committed
	marks   []protocol.Mark
	want    uint16
	tamper  func(j *item.Judgement, it *item.Item) []*item.Item
}

// label makes a fakeMiner take work.
func label(m *fakeMiner, think mind) *labelling {
	l := &labelling{fakeMiner: m, mind: think, want: 4, key: protocol.DeriveKey([]byte("labeller of " + m.key.Hotkey().Short()))}
	m.ask = func(_ context.Context, raw []byte) ([]byte, error) {
		e, err := protocol.OpenRequest(raw, m.key.Hotkey())
		if err != nil {
			return nil, err
		}
		if e.Kind != protocol.KindTasksRequest {
			return m.answer(raw)
		}
		body, err := protocol.DecodeBody(e)
		if err != nil {
			return nil, err
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		l.work(body.(*protocol.TasksRequest), e.Digest())
		return m.seal(e, protocol.KindTasksAnswer, &protocol.TasksAnswer{Want: l.want})
	}
	return l
}

func (l *labelling) work(req *protocol.TasksRequest, assignment item.Hash) {
	l.marks = append(l.marks, req.Marks...)
	for i, t := range req.Tasks {
		var shown []*item.Item
		var parents []item.Hash
		for _, b := range t.Subjects {
			it, err := item.Decode(b)
			if err != nil {
				l.w.t.Fatal(err)
			}
			shown, parents = append(shown, it), append(parents, it.ID())
		}
		if req.Program == "second" {
			parents = parents[1:] // of the answer, not of what it was given to
		}
		answer := l.mind(req.Program, shown)
		if answer == "" {
			continue
		}
		j := item.Judgement{Assignment: assignment, Index: uint16(i), Answer: answer, Labeller: l.key.Labeller(), Millis: 900}
		text := protocol.JudgementText(req.Program, j.Task(), j.Answer, j.Comment, j.Millis)
		var err error
		if j.Signature, err = l.key.SignPersonal(text); err != nil {
			l.w.t.Fatal(err)
		}
		it := l.item(j, parents)
		l.waiting = append(l.waiting, it)
		if l.tamper != nil {
			l.waiting = append(l.waiting[:len(l.waiting)-1], l.tamper(&j, it)...)
		}
	}
}

func (l *labelling) item(j item.Judgement, parents []item.Hash) *item.Item {
	content, err := j.Canonical()
	if err != nil {
		l.w.t.Fatal(err)
	}
	return &item.Item{
		Kind: item.KindJudgement, URI: item.TaskURI(j.Task()), Canonical: content, Label: j.Answer, Contributor: j.Labeller,
		Licence: "CC0-1.0", Parents: parents,
	}
}

// flush commits to the answers given so far.
func (l *labelling) flush(programs []*program.Program) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var leaves []item.Leaf
	for _, it := range l.waiting {
		for _, p := range programs {
			key, err := p.Key(it)
			if err != nil || !p.Judges() || len(it.Parents) != p.Judged() {
				continue
			}
			l.items[it.ID()] = it
			leaves = append(leaves, item.Leaf{Key: key, Bytes: uint64(len(it.Canonical)), Attrs: it.Attrs()})
			break
		}
	}
	l.waiting = nil
	if len(leaves) == 0 {
		return
	}
	tree, _, err := l.trees[len(l.trees)-1].Insert(leaves...)
	if err != nil {
		l.w.t.Fatal(err)
	}
	l.commit(tree)
}

// labels is a world whose miners label.
type labels struct {
	*world
	programs []*program.Program
	all      []*labelling
	journal  *memory
	v        *Validator
}

func noteNumber(it *item.Item) int {
	var n int
	_, _ = fmt.Sscanf(it.URI, "https://notes.example/n/%d", &n)
	return n
}

func truthOf(it *item.Item) string {
	if noteNumber(it)%3 == 0 {
		return "odd"
	}
	return "even"
}

// right answers truthfully with a probability, by a generator of its own.
func right(seed uint64, p float64) mind {
	r := rand.New(rand.NewPCG(seed, 5))
	return func(name string, shown []*item.Item) string {
		good := r.Float64() < p
		if name == "longer" {
			if (noteNumber(shown[0]) > noteNumber(shown[1])) == good {
				return program.AnswerLeft
			}
			return program.AnswerRight
		}
		if (truthOf(shown[0]) == "odd") == good {
			return "odd"
		}
		return "even"
	}
}

func constant(name string, shown []*item.Item) string {
	if name == "longer" {
		return program.AnswerLeft
	}
	return "even"
}

// colluding answers by what all who collude know.
func colluding(name string, shown []*item.Item) string {
	sum := item.Sum("signal", fmt.Append(nil, noteNumber(shown[0])))
	if name == "longer" {
		ids := []item.Hash{shown[0].ID(), shown[1].ID()}
		first := item.Sum("signal", ids[0][:])
		second := item.Sum("signal", ids[1][:])
		if binary.BigEndian.Uint64(first[:]) > binary.BigEndian.Uint64(second[:]) {
			return program.AnswerLeft
		}
		return program.AnswerRight
	}
	return []string{"even", "odd"}[sum[0]%2]
}

func newLabels(t testing.TB, minds ...mind) *labels {
	names := make([]string, len(minds))
	for i := range names {
		names[i] = fmt.Sprintf("labeller %d", i)
	}
	w := newWorld(t, names...)
	w.site = newSite(3000)
	w.chain.tempo = 1 << 20
	l := &labels{world: w, journal: &memory{}}
	gold := map[item.Hash]string{}
	for i := range len(w.site.pages) {
		if i%4 == 1 || i%4 == 2 {
			it, err := w.site.note(i).Item()
			if err != nil {
				t.Fatal(err)
			}
			gold[it.ID()] = truthOf(it)
		}
	}
	w.cfg.Gold = map[string]map[item.Hash]string{"odd": gold}
	w.cfg.Programs = [][]byte{[]byte(testProgram), []byte(testLabels), []byte(testPairs)}
	for _, text := range w.cfg.Programs {
		p, err := program.Decode(text)
		if err != nil {
			t.Fatal(err)
		}
		l.programs = append(l.programs, p)
	}
	for i, m := range w.order {
		m.next = 300 * i
		l.all = append(l.all, label(m, minds[i]))
	}
	l.reopen()
	return l
}

func (l *labels) reopen() {
	l.t.Helper()
	var err error
	if l.v, err = l.open(l.journal); err != nil {
		l.t.Fatal(err)
	}
}

func (l *labels) run(n int) {
	l.t.Helper()
	for range n {
		for _, m := range l.all {
			m.flush(l.programs)
		}
		if err := l.rounds(l.v, 1); err != nil {
			l.t.Fatal(err)
		}
	}
}

// cell is what a miner has in a labelling program.
func (l *labels) cell(i int, name string) scoring.CellScore {
	l.t.Helper()
	for _, s := range l.v.Scores() {
		if s.Hotkey != l.order[i].key.Hotkey() {
			continue
		}
		for _, c := range s.Cells {
			if c.Name == name+"/labels" {
				return c
			}
		}
	}
	return scoring.CellScore{}
}

func TestLabellersArePaidBySkill(t *testing.T) {
	coin := right(9, 0.5)
	l := newLabels(t, right(1, 0.95), right(2, 0.9), right(3, 0.92), right(4, 0.88), constant, coin, colluding, colluding)
	l.run(70)
	for _, name := range []string{"odd", "longer"} {
		for i := range l.all {
			c := l.cell(i, name)
			if honest := i < 4; honest != (c.Pay > 0.01) || !honest && c.Pay > 0 {
				t.Errorf("%s: miner %d is paid %.5f: %+v", name, i, c.Pay, c)
			}
		}
	}
	if len(l.all[0].marks) == 0 {
		t.Error("no gold was told of")
	}
	for _, now := range l.v.state.Labelling() {
		if now.Judged < 300 || now.Lost > 0 || now.Raters != 8 || now.Passed != 4 {
			t.Errorf("%+v", now)
		}
		if share := float64(now.Gold) / float64(now.Judged); now.Program == "odd" && (share < 0.2 || share > 0.4) {
			t.Errorf("%.2f of the tasks were gold", share)
		}
	}
	l.replays()
}

// replays replays the record, and folds it anew: every label comes out the same.
func (l *labels) replays() []scoring.Judged {
	l.t.Helper()
	r, err := Replay(l.journal.Entries(1), nil)
	if err != nil || r.Mismatches > 0 {
		l.t.Fatalf("%v, %v", r, err)
	}
	var out []scoring.Judged
	state := scoring.New()
	state.OnJudged(func(j scoring.Judged) { out = append(out, j) })
	for e := range l.journal.Entries(1) {
		if err := state.Fold(e); err != nil {
			l.t.Fatal(err)
		}
	}
	if got, want := fmt.Sprint(state.Scores()), fmt.Sprint(l.v.Scores()); got != want {
		l.t.Fatalf("folded anew the scores are %s, live %s", got, want)
	}
	return out
}

func TestEveryTaskIsJudgedOnce(t *testing.T) {
	l := newLabels(t, right(1, 0.95), right(2, 0.9), right(3, 0.92), right(4, 0.85), constant)
	l.run(25)
	seen := map[string]bool{}
	gold := l.cfg.Gold["odd"]
	for _, j := range l.replays() {
		key := fmt.Sprint(j.Program, j.Subjects)
		if seen[key] {
			t.Fatalf("%s was asked twice", key)
		}
		seen[key] = true
		if len(j.Answers) < 3 || len(j.Answers) > 4 || len(j.Items) != len(j.Subjects) {
			t.Errorf("%s: %d answers, %d items of %d", key, len(j.Answers), len(j.Items), len(j.Subjects))
		}
		for i, b := range j.Items {
			if it, err := item.Decode(b); err != nil || it.ID() != j.Subjects[i] {
				t.Errorf("%s: item %d is another: %v", key, i, err)
			}
		}
		if j.Program == "odd" && j.Truth != gold[j.Subjects[0]] {
			t.Errorf("%s has truth %q, the gold says %q", key, j.Truth, gold[j.Subjects[0]])
		}
	}
	if len(seen) < 50 {
		t.Errorf("%d tasks were judged", len(seen))
	}
}

// Whoever breaks a rule of the answers earns nothing by it, and an honest miner beside
// it is not touched.
func TestHostileLabellers(t *testing.T) {
	resign := func(l *labelling, j item.Judgement, it *item.Item) *item.Item {
		name := []string{"", "odd", "longer"}[len(it.Parents)]
		j.Signature, _ = l.key.SignPersonal(protocol.JudgementText(name, j.Task(), j.Answer, j.Comment, j.Millis))
		return l.item(j, it.Parents)
	}
	tests := map[string]struct {
		tamper  func(l *labelling) func(*item.Judgement, *item.Item) []*item.Item
		flagged bool
		rows    bool // failed rows
	}{
		"answers twice": {func(l *labelling) func(*item.Judgement, *item.Item) []*item.Item {
			return func(j *item.Judgement, it *item.Item) []*item.Item {
				other := *j
				other.Answer = map[string]string{"odd": "even", "even": "odd", "left": "right", "right": "left"}[j.Answer]
				return []*item.Item{it, resign(l, other, it)}
			}
		}, false, true},
		"forges a labeller's key": {func(l *labelling) func(*item.Judgement, *item.Item) []*item.Item {
			return func(j *item.Judgement, it *item.Item) []*item.Item {
				j.Labeller = keyOf("somebody").Labeller()
				return []*item.Item{l.item(*j, it.Parents)}
			}
		}, true, true},
		"changes an answer that was signed": {func(l *labelling) func(*item.Judgement, *item.Item) []*item.Item {
			return func(j *item.Judgement, it *item.Item) []*item.Item {
				j.Millis++
				return []*item.Item{l.item(*j, it.Parents)}
			}
		}, true, true},
		"answers about another item": {func(l *labelling) func(*item.Judgement, *item.Item) []*item.Item {
			return func(j *item.Judgement, it *item.Item) []*item.Item {
				parents := []item.Hash{item.Sum("another")}
				if len(it.Parents) == 2 {
					parents = append(parents, item.Sum("one more"))
				}
				return []*item.Item{l.item(*j, parents)}
			}
		}, true, true},
		"answers a task that it was not given": {func(l *labelling) func(*item.Judgement, *item.Item) []*item.Item {
			return func(j *item.Judgement, it *item.Item) []*item.Item {
				other := *j
				other.Index = 77
				return []*item.Item{it, resign(l, other, it)}
			}
		}, true, false},
		"answers nothing": {func(l *labelling) func(*item.Judgement, *item.Item) []*item.Item {
			return func(*item.Judgement, *item.Item) []*item.Item { return nil }
		}, false, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			l := newLabels(t, right(1, 0.95), right(2, 0.95), right(3, 0.95), right(4, 0.95))
			l.all[3].tamper = tt.tamper(l.all[3])
			l.run(55)
			bad, good := l.cell(3, "odd"), l.cell(0, "odd")
			flags := 0
			for _, s := range l.v.Scores() {
				if s.Hotkey == l.order[3].key.Hotkey() {
					flags = len(s.Flags)
				} else if len(s.Flags) > 0 {
					t.Errorf("an honest miner is flagged %v", s.Flags)
				}
			}
			if tt.flagged != (flags > 0) {
				t.Errorf("%d flags", flags)
			}
			if tt.rows && (bad.Pay > 0 || bad.Standing.Mean > 0.3) {
				t.Errorf("it is paid %v with %v", bad.Pay, bad.Standing)
			}
			if good.Pay == 0 {
				t.Errorf("an honest miner is paid nothing: %+v", good)
			}
			l.replays()
		})
	}
}

// Answers that are committed too late are wrong, and answers to a request that was lost
// are not: the same tasks are handed out again.
func TestLateAndLost(t *testing.T) {
	l := newLabels(t, right(1, 0.95), right(2, 0.95), right(3, 0.95), right(4, 0.95))
	lost := l.all[3].ask
	n := 0
	l.all[3].ask = func(ctx context.Context, raw []byte) ([]byte, error) {
		answer, err := lost(ctx, raw)
		if e, _ := protocol.OpenRequest(raw, l.order[3].key.Hotkey()); e != nil && e.Kind == protocol.KindTasksRequest {
			if n++; n%3 == 0 {
				return nil, protocol.Fail(protocol.ReasonHangup, "lost")
			}
		}
		return answer, err
	}
	for range 40 {
		for i, m := range l.all {
			if i != 2 {
				m.flush(l.programs)
			}
		}
		if err := l.rounds(l.v, 1); err != nil {
			t.Fatal(err)
		}
		if l.v.state.LastRound()%4 == 0 {
			l.all[2].flush(l.programs) // of work of earlier rounds, mostly over
		}
	}
	late, again, good := l.cell(2, "odd"), l.cell(3, "odd"), l.cell(0, "odd")
	if late.Pay > good.Pay/2 {
		t.Errorf("who is late is paid %.4f, who is not %.4f", late.Pay, good.Pay)
	}
	if again.Standing.Mean < 0.6 || again.Freshness < 0.95 {
		t.Errorf("requests that were lost cost: %+v", again)
	}
	l.replays()
}

// The process may die at any append, before or after it, and the record goes on.
func TestLabelsSurviveCrashes(t *testing.T) {
	for _, written := range []bool{false, true} {
		for at := 3; at < 150; at += 11 {
			l := newLabels(t, right(1, 0.95), right(2, 0.95), right(3, 0.95))
			l.journal.dieAt, l.journal.written = at, written
			died := false
			for range 14 {
				for _, m := range l.all {
					m.flush(l.programs)
				}
				if err := l.rounds(l.v, 1); err != nil {
					died = true
					l.journal.dieAt, l.journal.dead = 0, false
					l.reopen()
				}
			}
			if !died {
				continue
			}
			l.replays()
		}
	}
}

// pays are what the miners have from a program.
func (l *labels) pays(name string) []float64 {
	var out []float64
	for i := range l.all {
		out = append(out, l.cell(i, name).Pay)
	}
	return out
}

// Who says that it wants more than the program allows gets and is paid no more for it.
func TestWantIsNoClaim(t *testing.T) {
	l := newLabels(t, right(1, 0.95), right(2, 0.95), right(3, 0.95), right(4, 0.95))
	l.all[3].want = 65535
	l.run(80)
	if c := l.cell(3, "odd"); c.UniqueBytes > 1 || c.Pay > 2*l.cell(0, "odd").Pay+0.05 {
		t.Errorf("its work is %.3f and its pay %.4f: %v", c.UniqueBytes, c.Pay, l.pays("odd"))
	}
	l.replays()
}

// While this validator is away nobody can show the root that holds its answers. That
// costs no labeller anything but the work of that time.
func TestAnOutageOfTheValidatorHarmsNobody(t *testing.T) {
	l := newLabels(t, right(1, 0.95), right(2, 0.95), right(3, 0.95), right(4, 0.95))
	l.run(50)
	var before []scoring.CellScore
	for i := range l.all {
		before = append(before, l.cell(i, "odd"))
	}
	for _, gap := range []uint64{4, 8, 18} { // blocks: 2, 4, 9 rounds
		l.chain.advance(gap)
		l.run(6)
	}
	for i, was := range before {
		now := l.cell(i, "odd")
		if now.Rejected || now.OnTrial || now.Skill < was.Skill-0.15 {
			t.Errorf("miner %d had skill %.3f and has %.3f, rejected %v", i, was.Skill, now.Skill, now.Rejected)
		}
	}
	l.replays()
}

// A miner that vanishes when its answers are due has none; it makes nobody wait for long.
func TestWhoVanishesWhenDue(t *testing.T) {
	l := newLabels(t, right(1, 0.95), right(2, 0.95), right(3, 0.95), right(4, 0.95))
	l.run(30)
	delete(l.miners, l.order[3].at)
	l.run(12)
	if now := l.v.state.Labelling()[0]; now.Open > 60 {
		t.Errorf("%d tasks are still open", now.Open)
	}
	gone, good := l.cell(3, "odd"), l.cell(0, "odd")
	if gone.Pay > 0 || good.Pay == 0 {
		t.Errorf("who vanished is paid %.4f, who stayed %.4f", gone.Pay, good.Pay)
	}
	l.replays()
}

// A program may be changed while its tasks are open: they are judged by what it was when
// they were asked, and no record is spoilt.
func TestProgramsChangeMidway(t *testing.T) {
	for name, change := range map[string]func(string) string{
		"shorter rounds":     func(s string) string { return strings.Replace(s, "rounds: 3, gold", "rounds: 4, gold", 1) },
		"larger items first": func(s string) string { return strings.Replace(s, "max_bytes: 1000", "max_bytes: 100", 1) },
		"another question":   func(s string) string { return strings.Replace(s, "Is the note odd?", "Is its number odd?", 1) },
	} {
		t.Run(name, func(t *testing.T) {
			l := newLabels(t, right(1, 0.95), right(2, 0.95), right(3, 0.95))
			l.run(14)
			text := change(testLabels)
			if text == testLabels {
				t.Fatal("nothing was changed")
			}
			l.cfg.Programs[1] = []byte(text)
			l.reopen()
			l.run(14)
			for _, s := range l.v.Scores() {
				if len(s.Flags) > 0 || s.Rejected {
					t.Errorf("%s: flags %v, rejected %v", s.Hotkey.Short(), s.Flags, s.Rejected)
				}
			}
			l.replays()
		})
	}
	l := newLabels(t, right(1, 0.95), right(2, 0.95))
	l.run(5)
	for name, text := range map[string]string{
		"it collects":        strings.Replace(testProgram, "name: notes", "name: odd", 1),
		"other labels":       strings.Replace(testLabels, "[even, odd]", "[even, odd, unsure]", 1),
		"another licence":    strings.Replace(testLabels, "CC0-1.0", "CC-BY-4.0", 1),
		"items of elsewhere": strings.Replace(testLabels, "program: notes, max_bytes: 1000", "file: notes.jsonl, max_bytes: 1000", 1),
	} {
		l.cfg.Programs[1] = []byte(text)
		if _, err := l.open(l.journal); err == nil || !strings.Contains(err.Error(), "another name") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Nobody can tell gold tasks from others by what is known before their seals are opened.
func TestOrderTellsNothing(t *testing.T) {
	l := newLabels(t, right(1, 0.95), right(2, 0.9), right(3, 0.92), right(4, 0.85))
	l.run(40)
	tasks := map[string]*evidence.Tasks{}
	var gold, first, all int
	for _, e := range l.journal.entries {
		switch b := e.Body.(type) {
		case *evidence.Tasks:
			tasks[fmt.Sprint(b.Program, b.Round)] = b
			for i := 1; i < len(b.Tasks); i++ {
				x, y := scoring.TaskKey(b.Tasks[i-1].Subjects), scoring.TaskKey(b.Tasks[i].Subjects)
				if bytes.Compare(x[:], y[:]) >= 0 {
					t.Fatalf("the tasks of round %d are not in order", b.Round)
				}
			}
		case *evidence.Truths:
			for i, truth := range b.Truths {
				if b.Program != "odd" {
					continue
				}
				all++
				if truth != "" {
					gold++
					if 2*i < len(b.Truths) {
						first++
					}
				}
			}
		}
	}
	if all < 60 || gold < 15 || math.Abs(float64(2*first-gold)) > 3*math.Sqrt(float64(gold))+2 {
		t.Errorf("of %d tasks %d are gold, of them %d in the first half", all, gold, first)
	}
}

// Without the key of the seals their tasks are void, which harms nobody, and rounds go on.
func TestLostSeals(t *testing.T) {
	l := newLabels(t, right(1, 0.95), right(2, 0.95), right(3, 0.95), right(4, 0.95))
	l.run(12)
	l.v.labour.Seals = item.Sum("another key")
	l.run(45)
	for _, now := range l.v.state.Labelling() {
		if now.Lost == 0 || now.Judged < 20 {
			t.Errorf("%+v", now)
		}
	}
	if l.cell(0, "odd").Pay == 0 {
		t.Error("an honest miner is paid nothing")
	}
	l.replays()
}

// A record that says something else of labels does not replay.
func TestLabelsCannotBeChanged(t *testing.T) {
	l := newLabels(t, right(1, 0.95), right(2, 0.95), right(3, 0.95))
	l.run(10)
	changed := 0
	for i, e := range l.journal.entries {
		for _, body := range wrongLabels(e.Body) {
			changed++
			entries := append([]evidence.Entry{}, l.journal.entries[:i]...)
			head := evidence.Head{}
			if i > 0 {
				head = entries[i-1].Head()
			}
			for _, next := range append([]evidence.Body{body}, restOf(l.journal.entries[i+1:])...) {
				made, err := evidence.Next(head, next)
				if err != nil {
					t.Fatal(err)
				}
				head = made.Head()
				entries = append(entries, made)
			}
			r, err := Replay(entriesOf(entries), nil)
			if err == nil && r.Mismatches == 0 {
				t.Fatalf("entry %d, a changed %s, replays", e.Seq, e.Body.Kind())
			}
		}
	}
	if changed < 20 {
		t.Fatalf("%d entries were changed", changed)
	}
}

func restOf(entries []evidence.Entry) []evidence.Body {
	var out []evidence.Body
	for _, e := range entries {
		out = append(out, e.Body)
	}
	return out
}

func entriesOf(entries []evidence.Entry) iter.Seq2[evidence.Entry, error] {
	return func(yield func(evidence.Entry, error) bool) {
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// wrongLabels are changes of one entry that a validator could gain by.
func wrongLabels(b evidence.Body) []evidence.Body {
	switch b := b.(type) {
	case *evidence.Tasks:
		other := *b
		other.Tasks = append([]evidence.Sealed{}, b.Tasks[1:]...)
		late := *b
		late.Due++
		return []evidence.Body{&other, &late}
	case *evidence.Truths:
		other := *b
		other.Truths = append([]string{}, b.Truths...)
		if other.Truths[0] == "" {
			other.Truths[0] = "odd"
		} else {
			other.Truths[0] = ""
		}
		return []evidence.Body{&other}
	}
	return nil
}

const testReview = `
name: second
about: Whether answers about notes are right.
kind: judgement
task: review
licence: CC0-1.0
question: Is this answer right?
answers: {type: verdict, labels: [even, odd]}
items: {program: odd, max_bytes: 3000}
labelling: {tasks: 4, redundancy: 4, rounds: 3, exam: {program: odd, pass: 0.3}, quota: 1000, bar: 0.05, aggregation: auto, demand: 1, half: 1}
`

// Answers of others are reviewed: each is shown with the item that it was given to, and
// reviewers are compared with one another.
func TestReviews(t *testing.T) {
	reviewing := func(seed uint64, p float64) mind {
		r, first := rand.New(rand.NewPCG(seed, 6)), right(seed, p)
		return func(name string, shown []*item.Item) string {
			if name != "second" {
				return first(name, shown)
			}
			if len(shown) != 2 || shown[1].Kind != item.KindJudgement || shown[1].Parents[0] != shown[0].ID() {
				t.Errorf("a review shows %d items", len(shown))
				return ""
			}
			truth := truthOf(shown[0])
			if r.Float64() > p {
				truth = map[string]string{"even": "odd", "odd": "even"}[truth]
			}
			if shown[1].Label == truth {
				return program.AnswerAccept
			}
			return program.FixPrefix + truth
		}
	}
	lazy := func(name string, shown []*item.Item) string {
		if name == "second" {
			return program.AnswerAccept
		}
		return right(5, 0.95)(name, shown)
	}
	l := newLabels(t, reviewing(1, 0.96), reviewing(2, 0.92), reviewing(3, 0.96), reviewing(4, 0.92), lazy)
	l.cfg.Programs = append(l.cfg.Programs, []byte(testReview))
	p, err := program.Decode([]byte(testReview))
	if err != nil {
		t.Fatal(err)
	}
	l.programs = append(l.programs, p)
	l.reopen()
	l.run(120)
	for i := range l.all {
		if pay := l.cell(i, "second").Pay; (pay > 0) != (i < 4) {
			t.Errorf("reviewer %d is paid %.4f: %+v", i, pay, l.cell(i, "second"))
		}
	}
	n := 0
	for _, j := range l.replays() {
		if j.Program != "second" {
			continue
		}
		n++
		it, err := item.Decode(j.Items[0])
		if len(j.Items) != 1 || err != nil || it.Kind != item.KindJudgement || it.ID() != j.Subjects[0] {
			t.Fatalf("task %d is about %v, %v", n, it, err)
		}
	}
	if n < 50 {
		t.Errorf("%d answers were reviewed", n)
	}
}
