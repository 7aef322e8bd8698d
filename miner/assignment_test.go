package miner

import (
	"math"
	"testing"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// remembered is how many assignments are.
func (w *workshop) remembered() (n int) {
	w.t.Helper()
	if err := w.store.reader.QueryRow(`SELECT count(*) FROM assignments`).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}

// One bucket is of one assignment: what would share it is not taken, also when only the
// answers of the other are left.
func TestCollidingAssignmentsAreNotTaken(t *testing.T) {
	w := openWorkshop(t, config(t), nil)
	defer w.close()
	w.take(record(0))
	w.head(15)
	raw, asked := request(t, "v1", protocol.KindTasksRequest, 1, handOut(t))
	other := asked.Digest
	other[31]++
	a := assignment{w.labels().AssignmentBucket(other), other, key("v2").Hotkey(), 1, 5}
	if fresh, err := w.store.remember(a, 0); !fresh || err != nil {
		t.Fatal(fresh, err)
	}
	w.sends(raw, asked, protocol.ReasonBusy)
	if all, err := w.desk.Want("spam"); all == 0 || err != nil || w.remembered() != 1 {
		t.Errorf("%d are wanted, %v; %d are remembered", all, err, w.remembered())
	}
	w.label(key("ann"))
	if n := len(w.sealed(3)); n != 0 {
		t.Errorf("the desk took the tasks and has %d answers", n)
	}
	// The other is over and forgotten, and left nothing.
	if _, err := w.store.remember(assignment{bucket: item.Bucket{Span: 1}, due: 900}, 6); err != nil || w.remembered() != 1 {
		t.Fatalf("%v, %d are remembered, want the new one", err, w.remembered())
	}
	w.seen = newSeen()
	w.sends(raw, asked, "")
	w.seen = newSeen()
	w.sends(raw, asked, "") // the same again, after a crash
	w.label(key("ann"))
	w.head(30)
	if n := len(w.judgements(asked.Digest)); n != 2 {
		t.Fatalf("%d answers, want 2", n)
	}
	// It is forgotten in turn, and left answers, which nobody is shown.
	if _, err := w.store.remember(assignment{bucket: item.Bucket{Span: 2}, due: 900}, 6); err != nil || w.remembered() != 2 {
		t.Fatalf("%v, %d are remembered, want the two new ones", err, w.remembered())
	}
	w.seen = newSeen()
	w.sends(raw, asked, protocol.ReasonBusy)
	w.head(60)
	w.hides("v1", 6, bucketDraw(w, asked.Digest))
	w.hides("v2", 6, bucketDraw(w, asked.Digest))
	older := w.index.versions()[0] // of before they were there
	req := &protocol.ItemsRequest{Parts: []protocol.Part{{Seq: older.root.Seq, Draws: []protocol.Draw{bucketDraw(w, asked.Digest)}}}}
	w.refused("v2", protocol.KindItemsRequest, 6, req, protocol.ReasonRefused)
}

// sealed are the desk's answers of spam.
func (w *workshop) sealed(round uint64) []*item.Item {
	w.t.Helper()
	all, err := w.desk.Seal(round)
	if err != nil {
		w.t.Fatal(err)
	}
	return all["spam"]
}

// What is remembered is bounded, and is nothing of what is refused.
func TestAssignmentsRememberedAreBounded(t *testing.T) {
	w := openWorkshop(t, config(t), nil)
	defer w.close()
	w.at(15)
	broken := handOut(t)
	broken.Tasks[1].Subjects[0][0]++
	w.refused("v1", protocol.KindTasksRequest, 1, broken, protocol.ReasonMalformed)
	far := handOut(t)
	far.Due = math.MaxUint64
	w.refused("v1", protocol.KindTasksRequest, 1, far, protocol.ReasonMalformed)
	far.Due = math.MaxInt64
	w.refused("v1", protocol.KindTasksRequest, 1, far, protocol.ReasonMalformed)
	w.ask("v1", protocol.KindTasksRequest, 1, &protocol.TasksRequest{Program: "spam"})
	if n := w.remembered(); n != 0 {
		t.Fatalf("%d are remembered of what was not taken", n)
	}
	for i := range mostHanded {
		w.hand("v1", handOutOf(t, i))
	}
	w.refused("v1", protocol.KindTasksRequest, 1, handOutOf(t, 9), protocol.ReasonBusy)
	w.hand("v2", handOut(t))
	junk := handOut(t)
	junk.Program = "junk"
	w.hand("v1", junk)
	if n := w.remembered(); n != mostHanded+2 {
		t.Errorf("%d are remembered, want %d", n, mostHanded+2)
	}
	w.at(10 * (5 + rememberedRounds))
	w.ask("v1", protocol.KindTasksRequest, 5+rememberedRounds, dueIn(handOut(t), 9+rememberedRounds))
	if n := w.remembered(); n != mostHanded+3 {
		t.Errorf("%d rounds after the last one %d are remembered", rememberedRounds, n)
	}
	w.at(10 * (6 + rememberedRounds))
	w.ask("v1", protocol.KindTasksRequest, 6+rememberedRounds, dueIn(handOut(t), 9+rememberedRounds))
	if n := w.remembered(); n != 2 {
		t.Errorf("one more round later %d are remembered, want the two new ones", n)
	}
}

func dueIn(r *protocol.TasksRequest, round uint64) *protocol.TasksRequest {
	r.Due = round
	return r
}

// A store of before miners labelled gets what it lacks, and keeps what it has.
func TestStoreWithoutAssignments(t *testing.T) {
	w := open(t, config(t))
	w.take(records(0, 3)...)
	root := w.root()
	if _, err := w.store.writer.Exec(`DROP TABLE assignments`); err != nil {
		t.Fatal(err)
	}
	w.restart()
	if got := w.root(); got != root {
		t.Errorf("the root is %+v, was %+v", got, root)
	}
	if _, ok, err := w.store.assignment(item.Bucket{}); ok || err != nil {
		t.Error(ok, err)
	}
}

// Labellers of a miner that has no root yet have the whole round too, when the program
// has two.
func TestFirstAnswersOfAMiner(t *testing.T) {
	w := openWorkshop(t, config(t), nil)
	defer w.close()
	w.head(11)
	first := w.hand("v1", dueIn(handOut(t), 3))
	for block := uint64(12); block <= 17; block++ {
		w.head(block)
	}
	w.label(key("ann"))
	w.head(18)
	if n := len(w.sealed(0)); n != 0 {
		t.Fatalf("%d answers are sealed within the round", n)
	}
	w.head(19)
	if n := len(w.judgements(first)); n != 2 {
		t.Fatalf("%d answers are committed to, want 2", n)
	}
	w.head(40)
	w.shows("v1", 4, 2, bucketDraw(w, first))
}
