package desk

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

func TestWant(t *testing.T) {
	ask := func(w *world, name string, want uint16) {
		t.Helper()
		if n, err := w.Want(name); n != want || err != nil {
			t.Errorf("%s: wants %d (%v), want %d", name, n, err, want)
		}
	}
	w := open(t)
	ask(w, "spam", 0) // nobody was there
	ann := w.wallet("ann")
	ask(w, "spam", 0) // she does not say what she wants to label
	ann.tasks("spam", 1)
	ask(w, "spam", 4)
	ask(w, "preference", 0)
	ask(w, "forum", 0)
	w.clock.pass(16 * time.Minute)
	ask(w, "spam", 0)
	always := open(t, func(c *Config) { c.Take = TakeAlways })
	ask(always, "spam", 4)
	for i := range backlog {
		always.take(work(t, string(rune('a'+i)), 4*i, 4*i+1, 4*i+2, 4*i+3))
	}
	ask(always, "spam", 4) // they are of this round
	always.round(11)
	ask(always, "spam", 0)
	ask(always, "preference", 3)
	never := open(t, func(c *Config) { c.Take = TakeNever })
	never.wallet("ann").tasks("spam", 1)
	ask(never, "spam", 0)
}

// What a validator may hand out is bounded, and what is refused leaves no trace.
func TestAssignmentsThatAreRefused(t *testing.T) {
	w := open(t)
	w.take(work(t, "a", 1))
	broken := work(t, "b", 1)
	broken.Tasks[0].Subjects[0] = append(broken.Tasks[0].Subjects[0], 0)
	blob := work(t, "b", 1)
	raw, err := (&item.Item{Kind: item.KindBlob, URI: "urn:x:y", Canonical: []byte{1}}).Encode()
	if err != nil {
		t.Fatal(err)
	}
	blob.Tasks[0].Subjects[0] = raw
	with := func(f func(*Assignment)) Assignment {
		a := work(t, "b", 1)
		f(&a)
		return a
	}
	before := w.dump()
	for name, c := range map[string]struct {
		a    Assignment
		want protocol.Reason
	}{
		"no program":   {with(func(a *Assignment) { a.Program = "forum" }), protocol.ReasonRefused},
		"over":         {with(func(a *Assignment) { a.Due = a.Round }), protocol.ReasonMalformed},
		"far away":     {with(func(a *Assignment) { a.Due = math.MaxUint64 }), protocol.ReasonMalformed},
		"too many":     {work(t, "b", 1, 2, 3, 4, 5), protocol.ReasonMalformed},
		"no pair":      {with(func(a *Assignment) { a.Program = "preference" }), protocol.ReasonMalformed},
		"broken item":  {broken, protocol.ReasonMalformed},
		"unshown kind": {blob, protocol.ReasonMalformed},
	} {
		var f *protocol.Failure
		if err := w.Take(c.a); !errors.As(err, &f) || f.Reason != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	w.take(work(t, "a", 1)) // known already
	if w.dump() != before {
		t.Error("something was stored")
	}
	for i := 2; ; i++ {
		err := w.Take(work(t, strings.Repeat("x", i), i))
		if err == nil {
			continue
		}
		if protocol.ReasonOf(err) != protocol.ReasonBusy || i != 8+mostRepeat+1 {
			t.Errorf("assignment %d: %v", i, err)
		}
		break
	}
}

// The same tasks again, in another request, take the place of the first.
func TestRepeatedHandOut(t *testing.T) {
	w := open(t)
	ann := w.wallet("ann")
	first := w.take(work(t, "first", 1, 2))
	tasks := ann.tasks("spam", 1)
	ann.answer("spam", tasks[0].ID, "ham")
	again := work(t, "again", 2, 1)
	again.Round = 11
	w.take(again)
	got := ann.tasks("spam", 20)
	if len(got) != 2 {
		t.Fatalf("%d tasks, want the two of the second request", len(got))
	}
	for _, x := range got {
		if x.ID == item.TaskID(first.Digest, 0) || x.ID == item.TaskID(first.Digest, 1) {
			t.Error("a task of the first request is still handed out")
		}
	}
	if c := w.post("answers", ann.token, ann.signed("spam", tasks[0].ID, "spam", "", 500)).code(t); c != CodeSealed {
		t.Errorf("a change of an answer that is over: %s", c)
	}
	if r := ann.me().Recent; len(r) != 1 || r[0].State != "missed" {
		t.Errorf("recent is %+v", r)
	}
	if n := len(w.judgements(16, "spam")); n != 0 {
		t.Errorf("%d answers of the first request are given", n)
	}
}

// A mark counts only from the validator whose task it is, and once the answer is final.
func TestMarksOfOthersAndTooEarly(t *testing.T) {
	w := open(t)
	ann := w.wallet("ann")
	a := w.take(work(t, "a", 1, 2))
	for _, x := range ann.tasks("spam", 1) {
		ann.answer("spam", x.ID, "ham")
	}
	var marks []protocol.Mark
	for i := range a.Tasks {
		marks = append(marks, protocol.Mark{Task: item.TaskID(a.Digest, uint16(i)), Truth: "ham"})
	}
	marks = append(marks, protocol.Mark{Task: item.Sum("other"), Truth: "ham"})
	before := w.dump()
	if err := w.Mark(a.Validator, marks); err != nil {
		t.Fatal(err)
	}
	if w.dump() != before {
		t.Error("a truth was told before the answers were final")
	}
	w.judgements(16, "spam")
	before = w.dump()
	if err := w.Mark(key("v2").Hotkey(), marks); err != nil {
		t.Fatal(err)
	}
	marks[0].Truth, marks[1].Truth = "neither", ""
	if err := w.Mark(a.Validator, marks); err != nil {
		t.Fatal(err)
	}
	if w.dump() != before {
		t.Error("a mark of another validator, or outside the answers, was taken")
	}
}

// Assign does the three things in one.
func TestAssign(t *testing.T) {
	w := open(t)
	a := work(t, "a", 1)
	if n, err := w.Assign(a.Validator, 10, a.Digest, &protocol.TasksRequest{Program: "spam", Due: 18}); n != 0 || err != nil {
		t.Errorf("with nobody there: %d, %v", n, err)
	}
	w.wallet("ann").tasks("spam", 1)
	if n, err := w.Assign(a.Validator, 10, a.Digest, &protocol.TasksRequest{Program: "spam", Due: 18, Tasks: a.Tasks}); n != 4 || err != nil {
		t.Errorf("with someone there: %d, %v", n, err)
	}
	if n, err := w.Assign(a.Validator, 10, item.Sum("b"), &protocol.TasksRequest{Program: "spam", Due: 9, Tasks: a.Tasks}); n != 0 || protocol.ReasonOf(err) != protocol.ReasonMalformed {
		t.Errorf("with tasks that are over: %d, %v", n, err)
	}
}

// An assignment that nobody came to seal in time is over, and old ones are forgotten.
func TestMissedAndForgotten(t *testing.T) {
	w := open(t)
	ann := w.wallet("ann")
	w.take(work(t, "a", 1))
	id := ann.tasks("spam", 1)[0].ID
	ann.answer("spam", id, "ham")
	if n := len(w.judgements(19, "spam")); n != 0 {
		t.Errorf("%d answers are given when it is too late", n)
	}
	if m := ann.me(); m.Sealed != 0 || m.Answered != 1 || m.Recent[0].State != "missed" {
		t.Errorf("%+v", m)
	}
	if strings.Contains(w.dump(), "shown [") {
		t.Error("what is over is still kept")
	}
	next := work(t, "b", 2)
	next.Round, next.Due = 10_000, 10_008
	w.take(next)
	w.judgements(10_006, "spam")
	if m := ann.me(); len(m.Recent) != 0 || m.Answered != 1 {
		t.Errorf("after 5000 rounds: %+v", m)
	}
}

// What comes late, or is of a program with few rounds, is open for the rest of the round
// it came in, and is sealed in time for the last root; all else has until two rounds
// before its last one.
func TestWhenTasksClose(t *testing.T) {
	for _, c := range []struct{ round, due, closes, seals uint64 }{
		{10, 18, 16, 16},
		{10, 14, 12, 12},
		{10, 13, 11, 11},
		{10, 12, 11, 10}, // with the last block of the round
		{10, 11, 11, 10},
		{0, 1, 1, 0},
	} {
		w := open(t)
		w.round(c.round)
		ann := w.wallet("ann")
		a := work(t, "a", 1)
		a.Round, a.Due = c.round, c.due
		w.take(a)
		got := ann.tasks("spam", 1)
		if len(got) != 1 || !got[0].Closes.Equal(w.clock.now().Add(time.Duration(c.closes-c.round)*roundTime)) {
			t.Errorf("due in round %d, handed out in %d: %+v, want one that closes with the start of round %d", c.due, c.round, got, c.closes)
			continue
		}
		ann.answer("spam", got[0].ID, "ham")
		if c.seals > c.round {
			if n := len(w.judgements(c.seals-1, "spam")); n != 0 {
				t.Errorf("due in round %d: it is sealed in round %d", c.due, c.seals-1)
			}
			ann.answer("spam", got[0].ID, "spam") // it can still be changed
		}
		for round := c.seals; round <= c.due; round++ {
			if n := len(w.judgements(round, "spam")); n != 1 {
				t.Errorf("due in round %d: %d answers are given in round %d, want 1", c.due, n, round)
			}
		}
		w.round(c.closes)
		if n := len(w.judgements(c.due+1, "spam")); n != 0 || len(ann.tasks("spam", 1)) != 0 {
			t.Errorf("due in round %d: something is left of it", c.due)
		}
	}
}
