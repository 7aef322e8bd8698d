package aggregate

import (
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring"
	"github.com/assaynet/assay/scoring/kernel"
)

func labels(t testing.TB, p *program.Program, records ...[]scoring.Judged) *Result {
	t.Helper()
	r, err := Labels(p, records...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// plainly is the result in a form that two can be compared by, with every bit.
func plainly(r *Result, tasks []scoring.Judged) string {
	var b strings.Builder
	for _, x := range r.Tasks {
		fmt.Fprintf(&b, "%v %s %x %s %d %x %v %x %x %x round %d\n", x.Subjects, x.Label, x.Probability, x.Majority, x.Judgements, x.Agreement, x.Gold, x.Value, x.Lower, x.Upper, tasks[x.At].Round)
	}
	fmt.Fprintf(&b, "%s|%s|%v|%d\n%x\n%x\n%x\n%x\n", r.Method, r.Why, r.Notes, r.Unlabelled, r.Accuracy, r.Majority, r.Agreement, r.Raters)
	if r.Ranking != nil {
		fmt.Fprintf(&b, "%x\n", *r.Ranking)
	}
	return b.String()
}

func TestOrderDoesNotMatter(t *testing.T) {
	for name, w := range worlds() {
		t.Run(name, func(t *testing.T) {
			want := plainly(labels(t, w.program, w.tasks), w.tasks)
			r := kernel.NewRandom(3)
			tasks := slices.Clone(w.tasks)
			r.Shuffle(len(tasks), func(i, j int) { tasks[i], tasks[j] = tasks[j], tasks[i] })
			for i := range tasks {
				tasks[i].Answers = slices.Clone(tasks[i].Answers)
				r.Shuffle(len(tasks[i].Answers), func(a, b int) {
					tasks[i].Answers[a], tasks[i].Answers[b] = tasks[i].Answers[b], tasks[i].Answers[a]
				})
			}
			if got := plainly(labels(t, w.program, tasks), tasks); got != want {
				t.Errorf("in another order:\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// The bits are these on every machine.
func TestBits(t *testing.T) {
	want := map[string]uint64{"category": 0xc6a50db1594bbd65, "pairwise": 0x69ba1c7a9d632ce, "ordinal": 0xc161564a87a33a59, "scalar": 0x3bae6eddb03b47dd, "verdict": 0xc6b51c06760c4498}
	for name, w := range worlds() {
		h := fnv.New64a()
		h.Write([]byte(plainly(labels(t, w.program, w.tasks), w.tasks)))
		if h.Sum64() != want[name] {
			t.Errorf("%s: the result's digest is %#x, want %#x", name, h.Sum64(), want[name])
		}
	}
}

func TestGoldIsItsTruth(t *testing.T) {
	for name, w := range worlds() {
		r := labels(t, w.program, w.tasks)
		right, others := 0, 0
		for _, x := range r.Tasks {
			if want := w.tasks[x.At].Truth; x.Gold != (want != "") || x.Gold && (x.Label != want || x.Probability != 1) {
				t.Errorf("%s: task %d: %+v, want the truth %q", name, x.At, x, want)
			}
			if !x.Gold && !(x.Probability >= 0 && x.Probability <= 1) {
				t.Errorf("%s: probability %v", name, x.Probability)
			}
			if err := w.program.Answers.Check(x.Label); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if !x.Gold {
				others++
				if x.Label == w.truth[x.At] {
					right++
				}
			}
		}
		if share := float64(right) / float64(others); share < 0.6 || name != "pairwise" && (r.Accuracy.Held == 0 || r.Accuracy.Lower > share || share > r.Accuracy.Upper) {
			t.Errorf("%s: %v of the labels are right, stated %+v", name, share, r.Accuracy)
		}
	}
}

func TestTheFirstOfTwoCounts(t *testing.T) {
	w := worlds()["category"]
	want := labels(t, w.program, w.tasks)
	again := slices.Clone(w.tasks[:10])
	for i := range again {
		again[i].Answers = nil
	}
	got := labels(t, w.program, slices.Concat(w.tasks, again))
	if len(got.Notes) != 1 || !strings.HasPrefix(got.Notes[0], "10 tasks") {
		t.Errorf("notes %q", got.Notes)
	}
	got.Notes = nil
	if plainly(got, w.tasks) != plainly(want, w.tasks) {
		t.Error("the second of two tasks about a subject counts")
	}
	early := slices.Clone(w.tasks[80:90])
	for i := range early {
		early[i].Round--
		early[i].Truth = ""
	}
	got = labels(t, w.program, w.tasks, early)
	for _, x := range got.Tasks {
		if x.At >= 80 && x.At < 90 {
			t.Errorf("task %d counts, which another validator asked earlier", x.At)
		}
	}
}

func TestTheNamedMethodIsTaken(t *testing.T) {
	w := worlds()["category"]
	for _, m := range []string{"majority", "wawa", "one-coin", "dawid-skene", "dawid-skene-map", "ibcc", "bwa", "glad", "mace"} {
		w.program.Labelling.Aggregation = m
		r := labels(t, w.program, w.tasks)
		gold := 0
		for _, x := range r.Tasks {
			if x.Gold {
				gold++
			}
		}
		if r.Method != m || r.Accuracy.Held != gold {
			t.Errorf("%s: method %s, %d of %d gold tasks held out", m, r.Method, r.Accuracy.Held, gold)
		}
	}
}

// Gold chooses another method where that is better beyond chance: here many classes and
// few answers of each rater leave too little for confusion matrices, and half of the
// raters guess.
func TestGoldChooses(t *testing.T) {
	const classes, raters = 8, 60
	r := kernel.NewRandom(5)
	p := categories(classes)
	var tasks []scoring.Judged
	for i := range 400 {
		task := scoring.Judged{Program: "kinds", Subjects: []item.Hash{numbered(i)}}
		k := r.Intn(classes)
		if i%3 == 0 {
			task.Truth = p.Answers.Labels[k]
		}
		for _, m := range r.Perm(raters)[:5] {
			x := k
			if r.Float64() < 0.5 || m%2 == 0 {
				x = r.Intn(classes)
			}
			task.Answers = append(task.Answers, scoring.JudgedAnswer{Miner: miner(m), Answer: p.Answers.Labels[x], Passed: true})
		}
		tasks = append(tasks, task)
	}
	out := labels(t, p, tasks)
	if out.Method != "one-coin" || out.Why != "right of 67 gold tasks that were held out to choose by: dawid-skene-map 30, bwa 40, one-coin 45, wawa 45, majority 36" {
		t.Errorf("%s: %s", out.Method, out.Why)
	}
	if out.Accuracy.Held != 67 || out.Accuracy.Share <= out.Majority.Share {
		t.Errorf("labels %+v, majority %+v", out.Accuracy, out.Majority)
	}
}

func TestFewAndNone(t *testing.T) {
	p := categories(2)
	r := labels(t, p, nil)
	if r.Method != "" || len(r.Tasks) != 0 || !math.IsNaN(r.Agreement.Alpha) {
		t.Errorf("of nothing: %+v", r)
	}
	silent := []scoring.Judged{{Program: "kinds", Subjects: []item.Hash{numbered(0)}}, {Program: "kinds", Subjects: []item.Hash{numbered(1)}, Truth: "class-0"}}
	r = labels(t, p, silent)
	if len(r.Tasks) != 1 || r.Unlabelled != 1 || r.Tasks[0].Label != "class-0" || !r.Tasks[0].Gold || r.Tasks[0].Judgements != 0 {
		t.Errorf("without answers: %+v", r)
	}
	one := []scoring.Judged{{Program: "kinds", Subjects: []item.Hash{numbered(0)}, Answers: []scoring.JudgedAnswer{{Miner: miner(0), Answer: "class-1", Passed: true}}}}
	r = labels(t, p, one)
	if len(r.Tasks) != 1 || r.Tasks[0].Label != "class-1" || r.Accuracy.Lower != 0 || r.Accuracy.Upper != 1 || r.Agreement.Undefined == "" {
		t.Errorf("of one answer: %+v", r)
	}
}

func TestRefusals(t *testing.T) {
	collects := categories(2)
	collects.Kind = item.KindRecord.String()
	for want, c := range map[string]struct {
		p     *program.Program
		tasks []scoring.Judged
	}{
		"collects":           {collects, nil},
		`of program "other"`: {categories(2), []scoring.Judged{{Program: "other", Subjects: []item.Hash{{}}}}},
		"with 2 subjects":    {categories(2), []scoring.Judged{{Program: "kinds", Subjects: []item.Hash{{}, {1}}}}},
		"ascending":          {pairs(), []scoring.Judged{{Program: "pairs", Subjects: []item.Hash{{1}, {1}}}}},
	} {
		if _, err := Labels(c.p, c.tasks); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

// No answers, of whatever kind, make it panic or give a label outside of the space.
func TestAnythingGoesIn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kinds := []string{"category", "pairwise", "ordinal", "scalar", "verdict"}
		p := worlds()[rapid.SampledFrom(kinds).Draw(t, "kind")].program
		answers := append(classesOf(p.Answers), "1", "2.5", "5", "", "nonsense", "NaN", "1e400")
		var tasks []scoring.Judged
		for range rapid.IntRange(0, 12).Draw(t, "tasks") {
			task := scoring.Judged{Program: p.Name, Truth: rapid.SampledFrom(append(answers, "", "", "", "")).Draw(t, "truth")}
			first := rapid.IntRange(0, 5).Draw(t, "subject")
			task.Subjects = []item.Hash{numbered(first)}
			if p.Judged() == 2 {
				task.Subjects, _ = pair(numbered(first), numbered(6+rapid.IntRange(0, 3).Draw(t, "other")))
			}
			task.Round, task.Closed = rapid.Uint64Range(0, 3).Draw(t, "round"), rapid.Uint64Range(0, 3).Draw(t, "closed")
			for range rapid.IntRange(0, 4).Draw(t, "answers") {
				task.Answers = append(task.Answers, scoring.JudgedAnswer{Miner: miner(rapid.IntRange(0, 3).Draw(t, "miner")), Answer: rapid.SampledFrom(answers).Draw(t, "answer"), Passed: rapid.Bool().Draw(t, "passed")})
			}
			tasks = append(tasks, task)
		}
		part := rapid.IntRange(0, len(tasks)).Draw(t, "part")
		r, err := Labels(p, tasks[:part], tasks[part:])
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range r.Tasks {
			if err := p.Answers.Check(x.Label); err != nil {
				t.Fatal(err)
			}
			if x.Majority != "" && p.Answers.Check(x.Majority) != nil {
				t.Fatalf("majority %q", x.Majority)
			}
			miners := map[protocol.Hotkey]bool{}
			for _, a := range tasks[x.At].Answers {
				if r.Counts(p, a) {
					miners[a.Miner] = true
				}
			}
			if len(miners) != x.Judgements {
				t.Fatalf("answers of %d miners count, and %d are stated", len(miners), x.Judgements)
			}
		}
	})
}
