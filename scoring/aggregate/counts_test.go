package aggregate

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring"
)

// changed is tasks whose answers another function has changed.
func changed(tasks []scoring.Judged, f func(t *scoring.Judged)) []scoring.Judged {
	out := slices.Clone(tasks)
	for i := range out {
		out[i].Answers = slices.Clone(out[i].Answers)
		f(&out[i])
	}
	return out
}

// standing says of each answer whether its miner had passed.
func standing(tasks []scoring.Judged, passed func(t scoring.Judged, h protocol.Hotkey) bool) []scoring.Judged {
	return changed(tasks, func(t *scoring.Judged) {
		for k := range t.Answers {
			t.Answers[k].Passed = passed(*t, t.Answers[k].Miner)
		}
	})
}

// A rater that has not passed the exam moves no label, and is not listed.
func TestOnlyThoseCountThatPassed(t *testing.T) {
	w := worlds()["category"]
	want := labels(t, w.program, w.tasks)
	tasks := changed(w.tasks, func(t *scoring.Judged) {
		t.Answers = append(t.Answers, scoring.JudgedAnswer{Miner: miner(900), Answer: "class-1"})
	})
	got := labels(t, w.program, tasks)
	if len(got.Notes) != 1 || !strings.Contains(got.Notes[0], fmt.Sprint(len(tasks), " answers are of miners that had not passed")) {
		t.Errorf("notes %q", got.Notes)
	}
	if a, b := ofThePassed(got, tasks), ofThePassed(want, w.tasks); a != b {
		t.Error("the answers count")
	}
	got = labels(t, w.program, standing(tasks, func(scoring.Judged, protocol.Hotkey) bool { return false }))
	if !got.Everyone || len(got.Raters) != len(want.Raters)+1 || !strings.Contains(strings.Join(got.Notes, ";"), "nobody had passed the exam") {
		t.Errorf("%d raters, notes %q", len(got.Raters), got.Notes)
	}
}

// ofThePassed is what follows from the answers that count alone.
func ofThePassed(r *Result, tasks []scoring.Judged) string {
	x := *r
	x.Tasks = slices.Clone(r.Tasks)
	for i := range x.Tasks {
		x.Tasks[i].Majority = ""
	}
	x.Majority, x.Notes = Accuracy{}, nil
	return plainly(&x, tasks)
}

// What a miner answered before it passed counts as what it answered later, and nothing of
// one that has lost it.
func TestTheNewestTaskDecides(t *testing.T) {
	w := worlds()["category"]
	last := map[protocol.Hotkey]uint64{}
	for _, task := range w.tasks {
		for _, a := range task.Answers {
			last[a.Miner] = max(last[a.Miner], task.Closed)
		}
	}
	want := labels(t, w.program, w.tasks)
	late := standing(w.tasks, func(task scoring.Judged, h protocol.Hotkey) bool { return task.Closed == last[h] })
	if got := labels(t, w.program, late); plainly(got, late) != plainly(want, w.tasks) {
		t.Error("answers from before the exam do not count")
	}
	lost := standing(w.tasks, func(task scoring.Judged, h protocol.Hotkey) bool { return h != miner(5) || task.Closed != last[h] })
	absent := changed(w.tasks, func(t *scoring.Judged) {
		t.Answers = slices.DeleteFunc(t.Answers, func(a scoring.JudgedAnswer) bool { return a.Miner == miner(5) })
	})
	got, without := labels(t, w.program, lost), labels(t, w.program, absent)
	if ofThePassed(got, lost) != ofThePassed(without, absent) || len(got.Raters) != len(want.Raters)-1 {
		t.Error("answers count of a miner that had lost the exam again")
	}
	if slices.EqualFunc(got.Tasks, without.Tasks, func(a, b Task) bool { return a.Majority == b.Majority }) {
		t.Error("the majority lacks the miner that did not pass")
	}
}

// Each record has a newest task of its own, and one record is enough. Of several tasks
// that were judged in the same round, any is.
func TestOneRecordIsEnough(t *testing.T) {
	w := worlds()["category"]
	half := len(w.tasks) / 2
	// Miner 5 passes at the first validator, whose record is the shorter one.
	tasks := standing(w.tasks, func(task scoring.Judged, h protocol.Hotkey) bool {
		return h != miner(5) || task.Closed < w.tasks[half].Closed
	})
	has := func(r *Result) bool {
		return slices.ContainsFunc(r.Raters, func(x Rater) bool { return x.Miner == miner(5) })
	}
	if !has(labels(t, w.program, tasks[:half], tasks[half:])) || !has(labels(t, w.program, tasks[half:], tasks[:half])) {
		t.Error("a miner that passed at one of two validators does not count")
	}
	if has(labels(t, w.program, tasks)) {
		t.Error("a miner counts that had not passed at its newest task")
	}
	one := 0
	same := standing(w.tasks, func(task scoring.Judged, h protocol.Hotkey) bool {
		if h == miner(5) {
			one++
			return one == 3
		}
		return true
	})
	for i := range same {
		same[i].Closed = 7
	}
	if !has(labels(t, w.program, same)) {
		t.Error("one of the tasks of the newest round is not enough")
	}
}

// Tasks that are left out tell of the exam all the same.
func TestWhatIsLeftOutTellsOfTheExam(t *testing.T) {
	w := worlds()["category"]
	none := standing(w.tasks, func(scoring.Judged, protocol.Hotkey) bool { return false })
	again := standing(w.tasks, func(_ scoring.Judged, h protocol.Hotkey) bool { return h == miner(2) })
	for i := range again {
		again[i].Round += 100
	}
	if r := labels(t, w.program, none, again); r.Everyone || len(r.Raters) != 1 || r.Raters[0].Miner != miner(2) {
		t.Errorf("everyone %v, %d raters", r.Everyone, len(r.Raters))
	}
}

// The majority is of all valid answers, and the first of the answer space where some tie;
// its accuracy is that on the same half of the gold.
func TestMajorityIsOfAll(t *testing.T) {
	w := worlds()["category"]
	tasks := changed(w.tasks, func(t *scoring.Judged) {
		for k := range t.Answers {
			t.Answers[k].Passed = k%2 == 0 || t.Answers[k].Miner == miner(0)
		}
		t.Answers = append(t.Answers, scoring.JudgedAnswer{Miner: miner(900), Answer: "class-1"}, scoring.JudgedAnswer{Miner: miner(901), Answer: "nonsense"})
	})
	r := labels(t, w.program, tasks)
	byAt := map[int]string{}
	for _, x := range r.Tasks {
		votes := make([]int, 3)
		for _, a := range tasks[x.At].Answers {
			if k := slices.Index(w.program.Answers.Labels, a.Answer); k >= 0 {
				votes[k]++
			}
		}
		most := w.program.Answers.Labels[slices.Index(votes, slices.Max(votes))]
		if x.Majority != most {
			t.Errorf("task %d: majority %s of the votes %v", x.At, x.Majority, votes)
		}
		byAt[x.At] = most
	}
	j, err := gather(w.program, [][]scoring.Judged{tasks})
	if err != nil {
		t.Fatal(err)
	}
	gold, right := j.gold(), 0
	gold = gold[len(gold)/2:]
	for _, g := range gold {
		if at := j.tasks[g].at; byAt[at] == tasks[at].Truth {
			right++
		}
	}
	if r.Majority.Right != right || r.Majority.Held != len(gold) || r.Accuracy.Held != len(gold) || r.Majority.Others != r.Accuracy.Others {
		t.Errorf("majority %+v, labels %+v, want %d of %d", r.Majority, r.Accuracy, right, len(gold))
	}
}

// There is a majority even where no answer counts.
func TestMajorityWithoutLabels(t *testing.T) {
	p := categories(2)
	tasks := []scoring.Judged{
		{Program: "kinds", Subjects: worlds()["category"].tasks[0].Subjects, Truth: "class-0", Answers: []scoring.JudgedAnswer{
			{Miner: miner(0), Answer: "nonsense", Passed: true}, {Miner: miner(1), Answer: "class-1"}}},
	}
	r := labels(t, p, tasks)
	if len(r.Tasks) != 1 || r.Tasks[0].Majority != "class-1" || r.Tasks[0].Label != "class-0" || r.Method != "" || r.Everyone || !math.IsNaN(r.Majority.Share) {
		t.Errorf("%+v", r)
	}
}

// Whatever the scale is, an estimate becomes an answer of it.
func TestEveryEstimateIsAnAnswer(t *testing.T) {
	for _, a := range []program.Answers{
		{Type: program.Scalar, Min: -0.3, Max: 0.3, Step: 0.1}, {Type: program.Scalar, Min: 0, Max: 3_000_000, Step: 1_000_000},
		{Type: program.Scalar, Min: 0, Max: 0.000_01, Step: 0.000_001}, {Type: program.Scalar, Min: -2.5, Max: 5, Step: 2.5}, {Type: program.Scalar, Min: 100, Max: 300, Step: 100},
	} {
		m := byNumber{judged: &judged{program: &program.Program{Answers: a}}}
		for i := -10; i < 120; i++ {
			label, _, _ := m.rounded(a.Min + float64((a.Max-a.Min)*float64(i))/100)
			if err := a.Check(label); err != nil {
				t.Errorf("from %v to %v: %v", a.Min, a.Max, err)
			}
		}
	}
}
