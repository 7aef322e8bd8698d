package desk

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/assaynet/assay/item"
)

// one is a desk with one task, and two labellers.
func one(t *testing.T) (w *world, ann, bob *person, id item.Hash) {
	w = open(t)
	a := w.take(work(t, "a", 1))
	return w, w.wallet("ann"), w.wallet("bob"), item.TaskID(a.Digest, 0)
}

// Who asks again and again keeps a task for three leases, and then never has it again;
// others do. Asking early is no renewal.
func TestLeaseIsRenewedTwice(t *testing.T) {
	w, ann, bob, id := one(t)
	began := w.clock.now()
	for m := range 30 {
		want := 10
		if m > 5 {
			want = 20
		}
		if m > 15 {
			want = 30
		}
		got := ann.tasks("spam", 5)
		if len(got) != 1 || !got[0].Until.Equal(began.Add(time.Duration(want)*time.Minute)) {
			t.Fatalf("after %d minutes ann has %+v, want it until minute %d", m, got, want)
		}
		if m%10 == 9 && len(bob.tasks("spam", 5)) != 0 {
			t.Fatalf("after %d minutes bob has the task too", m)
		}
		w.clock.pass(time.Minute)
	}
	if n := len(ann.tasks("spam", 5)); n != 0 {
		t.Error("ann has the task a fourth time")
	}
	if n := len(bob.tasks("spam", 5)); n != 1 {
		t.Error("bob does not get the task")
	}
	w.clock.pass(10 * time.Minute)
	if n := len(ann.tasks("spam", 5)); n != 0 {
		t.Error("ann has the task again after bob")
	}
	// Nobody has it now, and bob's lease was the last one, so that his answer is taken.
	if k := bob.answer("spam", id, "ham"); k.State != "kept" {
		t.Errorf("%+v", k)
	}
}

// A lease that ended can be had again, as one of the three.
func TestLapsedLeaseCounts(t *testing.T) {
	w, ann, _, _ := one(t)
	for n := range 4 {
		want := 1
		if n == mostLeases {
			want = 0
		}
		if got := len(ann.tasks("spam", 5)); got != want {
			t.Errorf("lease %d: %d tasks, want %d", n+1, got, want)
		}
		w.clock.pass(11 * time.Minute)
	}
}

// Taking answers or skips back does not hold a task longer than asking does.
func TestTakingBackRenewsNoMore(t *testing.T) {
	for _, how := range []string{"answers", "skip"} {
		w, ann, bob, id := one(t)
		ann.tasks("spam", 5)
		for m := range 30 {
			w.clock.pass(time.Minute)
			var body any = skipBody{id.String(), "other"}
			if how == "answers" {
				body = ann.signed("spam", id, "ham", "", 500)
			}
			w.post(how, ann.token, body).into(t, &struct{}{})
			w.post("withdraw", ann.token, withdrawBody{id.String()}).into(t, &opened{})
			if m < 29 && len(bob.tasks("spam", 5)) != 0 {
				t.Fatalf("%s: bob has ann's task after %d minutes", how, m+1)
			}
		}
		if n := len(bob.tasks("spam", 5)); n != 1 {
			t.Errorf("%s: the task is not bob's after half an hour", how)
		}
	}
}

// Who lets leases end without an answer rests, and the desk does not go on for it. An
// answer ends that, unless it is taken back.
func TestLapsesCount(t *testing.T) {
	w := open(t)
	w.hands(3)
	ann, bob := w.wallet("ann"), w.wallet("bob")
	had := ann.tasks("spam", 20)
	w.clock.pass(10 * time.Minute)
	ask := func() reply { return w.post("tasks", ann.token, tasksBody{"spam", 20}) }
	before := w.dump()
	r := ask()
	if c := r.code(t); c != CodeBusy || r.status != http.StatusTooManyRequests || r.head.Get("Retry-After") != "3600" || !strings.Contains(string(r.body), "2026-03-01T09:10:00Z") {
		t.Fatalf("after %d lapses: %v %s", len(had), r.head, r.body)
	}
	if w.dump() != before {
		t.Error("a refusal changed something")
	}
	if n := len(bob.tasks("spam", 1)); n != 1 {
		t.Error("bob gets none of what ann let lapse")
	}
	id := had[0].ID
	if id == bob.tasks("spam", 1)[0].ID {
		id = had[1].ID
	}
	ann.answer("spam", id, "ham")
	if c := ask().code(t); c != "ok" {
		t.Errorf("after an answer: %s", c)
	}
	w.post("withdraw", ann.token, withdrawBody{id.String()}).into(t, &opened{})
	if c := ask().code(t); c != CodeBusy {
		t.Errorf("after the answer is taken back: %s", c)
	}
	w.clock.pass(16 * time.Minute)
	if c := ask().code(t); c != CodeBusy {
		t.Errorf("a quarter of an hour later: %s", c)
	}
	w.wants("while only one who rests is there", 0)
	w.clock.pass(time.Hour)
	if c := ask().code(t); c != "ok" {
		t.Errorf("an hour later: %s", c)
	}
}

// Few lapses are no harm, and none is one that the task's closing cut short.
func TestLapsesThatAreForgiven(t *testing.T) {
	w := open(t)
	w.hands(3)
	ann := w.wallet("ann")
	if n := len(ann.tasks("spam", mostLapses-1)); n != mostLapses-1 {
		t.Fatalf("%d tasks", n)
	}
	w.clock.pass(10 * time.Minute)
	bob := w.wallet("bob")
	for range 3 { // what has lapsed is counted once
		bob.tasks("spam", 1)
	}
	if n := len(ann.tasks("spam", 20)); n != 11 {
		t.Errorf("%d tasks after %d lapses", n, mostLapses-1)
	}
	w.clock.pass(9 * time.Minute)
	w.judgements(16, "spam")
	w.clock.pass(10 * time.Minute)
	if c := w.post("tasks", ann.token, tasksBody{"spam", 1}).code(t); c != "ok" {
		t.Errorf("after leases that were cut short: %s", c)
	}
}

// A lease that ends after its answer is no lapse.
func TestAnsweredTasksDoNotLapse(t *testing.T) {
	w := open(t)
	w.hands(3)
	ann := w.wallet("ann")
	for _, x := range ann.tasks("spam", 20) {
		ann.answer("spam", x.ID, "ham")
	}
	w.clock.pass(11 * time.Minute)
	if c := w.post("tasks", ann.token, tasksBody{"spam", 1}).code(t); c != "ok" {
		t.Errorf("after twelve answers: %s", c)
	}
}

// What is never asked about again has lapsed all the same when it is sealed.
func TestLapsesAtSealing(t *testing.T) {
	w := open(t)
	w.hands(3)
	ann := w.wallet("ann")
	ann.tasks("spam", 20)
	w.clock.pass(30 * time.Minute)
	w.judgements(16, "spam")
	if c := w.post("tasks", ann.token, tasksBody{"spam", 1}).code(t); c != CodeBusy {
		t.Errorf("after twelve tasks that nobody answered: %s", c)
	}
	if strings.Contains(w.dump(), "leases [") {
		t.Error("the leases of what is over are still kept")
	}
}
