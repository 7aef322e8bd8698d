package desk

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/assaynet/assay/database"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// A hand-out goes through two labellers, one of each kind of key, to items of the
// index, and its gold to the ledger.
func TestFromHandOutToLedger(t *testing.T) {
	w := open(t)
	ann, bob := w.wallet("ann"), w.signIn(pageSigner(t))
	a := w.take(work(t, "a", 1, 2, 3))
	mine := ann.tasks("spam", 2)
	if len(mine) != 2 {
		t.Fatalf("leased %d tasks, want 2", len(mine))
	}
	if got := mine[0]; len(got.Subjects) != 1 || got.Subjects[0].Body != "Buy <b>now</b>!" || got.Subjects[0].Time != "2023-11-14T22:13:20Z" ||
		!got.Closes.Equal(w.clock.now().Add(6*roundTime)) || !got.Until.Equal(w.clock.now().Add(10*time.Minute)) {
		t.Errorf("a task is %+v", got)
	}
	theirs := bob.tasks("spam", 20)
	if len(theirs) != 1 {
		t.Fatalf("the other gets %d tasks, want the one that is left", len(theirs))
	}
	w.clock.pass(time.Second)
	if k := ann.answer("spam", mine[0].ID, "spam"); k.State != "kept" || k.Changes != 0 {
		t.Errorf("first answer: %+v", k)
	}
	ann.answer("spam", mine[1].ID, "spam")
	if k := ann.answer("spam", mine[1].ID, "ham"); k.Changes != 1 {
		t.Errorf("another answer: %+v", k)
	}
	if k := ann.answer("spam", mine[1].ID, "ham"); k.Changes != 1 {
		t.Errorf("the same again: %+v", k)
	}
	bob.answer("spam", theirs[0].ID, "spam")
	if n := len(w.judgements(15, "spam")); n != 0 {
		t.Fatalf("%d answers are sealed before their time", n)
	}
	sealed := w.judgements(16, "spam")
	checkItems(t, a, sealed, map[item.Hash]string{mine[0].ID: "spam", mine[1].ID: "ham", theirs[0].ID: "spam"})
	for round := uint64(16); round <= 18; round++ {
		again := w.judgements(round, "spam")
		if len(again) != 3 || again[0].ID() != sealed[0].ID() || again[0].Attrs() != sealed[0].Attrs() {
			t.Errorf("another call in round %d does not give the same items", round)
		}
	}
	if n := len(w.judgements(19, "spam")); n != 0 {
		t.Errorf("%d items are given after their last round", n)
	}
	marks := []protocol.Mark{{Task: mine[0].ID, Truth: "spam"}, {Task: mine[1].ID, Truth: "spam"}, {Task: theirs[0].ID, Truth: "spam"}}
	for range 2 { // told twice, counted once
		if err := w.Mark(a.Validator, marks); err != nil {
			t.Fatal(err)
		}
	}
	m := ann.me()
	if m.Answered != 2 || m.Sealed != 2 || m.GoldAsked != 2 || m.GoldRight != 1 || m.Points != 0 || m.QuotaLeft != 2*5000-2 || m.Quota["spam"] != 4998 || m.Quota["preference"] != 5000 {
		t.Errorf("ann's account is %+v", m)
	}
	if len(m.Recent) != 2 || m.Recent[0].Task != mine[1].ID || m.Recent[0].State != "sealed" || m.Recent[0].Truth != "spam" || m.Recent[0].Answer != "ham" {
		t.Errorf("ann's last answers are %+v", m.Recent)
	}
	var ledger struct{ Programs []ledgerView }
	w.send("GET", "/api/v1/ledger", "", nil).into(t, &ledger)
	rows := ledger.Programs[0].Labellers
	if len(rows) != 2 || rows[0].Labeller != bob.name || math.Abs(rows[0].Points-1./3) > 1e-12 || rows[0].Share != 1 || rows[1].Share != 0 {
		t.Errorf("the ledger is %+v", rows)
	}
}

// checkItems demands that items are the judgements of an assignment's tasks, as the
// program and validators want them.
func checkItems(t *testing.T, a Assignment, items []*item.Item, want map[item.Hash]string) {
	t.Helper()
	if len(items) != len(want) {
		t.Fatalf("%d items, want %d", len(items), len(want))
	}
	spam := shipped(t)[1]
	for _, it := range items {
		j, err := item.DecodeJudgement(it.Canonical)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := it.Encode(); err != nil {
			t.Error(err)
		}
		k, err := spam.Key(it)
		if err != nil || k.Bucket() != spam.AssignmentBucket(a.Digest) {
			t.Errorf("an item stands at %s, %v", k, err)
		}
		shown, err := item.Decode(a.Tasks[j.Index].Subjects[0])
		if err != nil || len(it.Parents) != 1 || it.Parents[0] != shown.ID() || it.Licence != "CC0-1.0" {
			t.Errorf("an item is of %v under %s, %v", it.Parents, it.Licence, err)
		}
		if j.Answer != want[j.Task()] {
			t.Errorf("the answer to %s is %s, want %s", j.Task(), j.Answer, want[j.Task()])
		}
		if err := protocol.VerifyLabeller(j.Labeller, protocol.JudgementText("spam", j.Task(), j.Answer, j.Comment, j.Millis), j.Signature); err != nil {
			t.Error(err)
		}
	}
}

func TestDeskIsDescribed(t *testing.T) {
	w := open(t, func(c *Config) {
		c.Programs = shipped(t, "- Judge the mail", "- <script>alert(1)</script> [x](javascript:alert(1)) Judge the mail")
	})
	w.take(work(t, "a", 1, 2, 3))
	w.wallet("ann").tasks("spam", 1)
	var got struct {
		Miner    string
		Netuid   int
		ChainID  int `json:"chain_id"`
		Round    int
		Programs []programView
	}
	w.send("GET", "/api/v1/desk", "", nil).into(t, &got)
	if got.Miner != w.cfg.Miner.String() || got.Netuid != testNetuid || got.ChainID != testChainID || got.Round != 10 || len(got.Programs) != 2 {
		t.Fatalf("the desk is %+v", got)
	}
	spam, pairs := got.Programs[0], got.Programs[1]
	if spam.Open != 2 || spam.PerRound != 4 || spam.Answers.Type != "category" || len(spam.Answers.Labels) != 2 {
		t.Errorf("spam is %+v", spam)
	}
	if pairs.Answers.Type != "pairwise" || len(pairs.Answers.Labels) != 4 || pairs.Open != 0 {
		t.Errorf("preference is %+v", pairs)
	}
	for text, want := range map[string]bool{"<strong>Spam</strong>": true, "<table>": true, "<td>ham</td>": true, "<script": false, "javascript:": false, "style=": false} {
		if strings.Contains(spam.Guidelines, text) != want {
			t.Errorf("guidelines with %s: %v\n%s", text, !want, spam.Guidelines)
		}
	}
}

// A task is with one labeller at a time; one who skipped it does not get it again.
func TestLeases(t *testing.T) {
	w := open(t)
	ann, bob, eve := w.wallet("ann"), w.wallet("bob"), w.wallet("eve")
	a := w.take(work(t, "a", 1))
	id := item.TaskID(a.Digest, 0)
	if len(ann.tasks("spam", 5)) != 1 || len(bob.tasks("spam", 5)) != 0 {
		t.Fatal("the task is not ann's alone")
	}
	w.clock.pass(9 * time.Minute)
	if len(ann.tasks("spam", 5)) != 1 { // which makes the lease longer
		t.Fatal("ann lost her task")
	}
	w.clock.pass(9 * time.Minute)
	if len(bob.tasks("spam", 5)) != 0 {
		t.Fatal("bob got a task that is ann's")
	}
	w.clock.pass(2 * time.Minute)
	w.restart()
	ann, bob, eve = w.signIn(ann.signer), w.signIn(bob.signer), w.signIn(eve.signer)
	if k := ann.answer("spam", id, "ham"); k.State != "kept" { // the lease is over, but nobody has it
		t.Errorf("%+v", k)
	}
	w.post("withdraw", ann.token, withdrawBody{id.String()}).into(t, &opened{})
	if ann.me().Answered != 0 {
		t.Error("a withdrawn answer counts")
	}
	w.clock.pass(11 * time.Minute)
	if len(bob.tasks("spam", 5)) != 1 {
		t.Fatal("the task is not bob's")
	}
	if c := w.post("answers", ann.token, ann.signed("spam", id, "ham", "", 500)).code(t); c != CodeNotYours {
		t.Errorf("ann's answer to bob's task: %s", c)
	}
	for range 2 {
		w.post("skip", bob.token, skipBody{id.String(), "unclear"}).into(t, &skipped{})
	}
	if len(bob.tasks("spam", 5)) != 0 {
		t.Error("bob got the task again that he skipped")
	}
	if c := w.post("answers", bob.token, bob.signed("spam", id, "ham", "", 500)).code(t); c != CodeNotYours {
		t.Errorf("an answer to a task that was skipped: %s", c)
	}
	w.post("withdraw", bob.token, withdrawBody{id.String()}).into(t, &opened{})
	bob.answer("spam", id, "ham")
	w.post("withdraw", bob.token, withdrawBody{id.String()}).into(t, &opened{})
	w.post("skip", bob.token, skipBody{id.String(), "other"}).into(t, &skipped{})
	if len(eve.tasks("spam", 5)) != 1 {
		t.Fatal("eve does not get the task")
	}
	if c := w.post("withdraw", bob.token, withdrawBody{id.String()}).code(t); c != CodeNotYours {
		t.Errorf("a skip is taken back although another has the task: %s", c)
	}
}

func TestQuotaIsOfADay(t *testing.T) {
	w := open(t, func(c *Config) { c.Programs = shipped(t, "quota: 5000", "quota: 2") })
	ann := w.wallet("ann")
	w.take(work(t, "a", 1, 2, 3))
	tasks := ann.tasks("spam", 20)
	if len(tasks) != 2 {
		t.Fatalf("leased %d tasks with a quota of 2", len(tasks))
	}
	// A skip that is taken back brings a third one.
	w.post("skip", ann.token, skipBody{tasks[0].ID.String(), "other"}).into(t, &skipped{})
	third := ann.tasks("spam", 20)[1].ID
	w.post("withdraw", ann.token, withdrawBody{tasks[0].ID.String()}).into(t, &opened{})
	for _, x := range tasks {
		ann.answer("spam", x.ID, "ham")
	}
	ann.answer("spam", tasks[0].ID, "spam") // a change is no other answer
	before := w.dump()
	if c := w.post("answers", ann.token, ann.signed("spam", third, "ham", "", 500)).code(t); c != CodeQuota || w.dump() != before {
		t.Errorf("an answer beyond the quota: %s", c)
	}
	if c := w.post("tasks", ann.token, tasksBody{"spam", 1}).code(t); c != CodeQuota {
		t.Errorf("tasks beyond the quota: %s", c)
	}
	if m := ann.me(); m.QuotaLeft != 2 || len(m.Quota) != 2 || m.Quota["spam"] != 0 || m.Quota["preference"] != 2 {
		t.Errorf("quota left: %d, %v", m.QuotaLeft, m.Quota)
	}
	w.clock.pass(17 * time.Hour)
	ann = w.wallet("ann")
	if len(ann.tasks("spam", 20)) != 1 {
		t.Error("the next day brings no task")
	}
}

func TestOpen(t *testing.T) {
	w := open(t)
	if _, err := Open(w.cfg); !errors.Is(err, database.ErrLocked) {
		t.Errorf("a second time: %v", err)
	}
	w.stop()
	other := w.cfg
	other.Miner = key("another").Hotkey()
	if _, err := Open(other); !errors.Is(err, ErrOtherDesk) {
		t.Errorf("as another miner: %v", err)
	}
	for name, change := range map[string]func(*Config){
		"no folder":      func(c *Config) { c.Dir = "" },
		"no miner":       func(c *Config) { c.Miner = protocol.Hotkey{} },
		"no such policy": func(c *Config) { c.Take = "sometimes" },
		"negative lease": func(c *Config) { c.Lease = -1 },
	} {
		c := w.cfg
		change(&c)
		if _, err := Open(c); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
