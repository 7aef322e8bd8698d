package desk

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// hands hands out n assignments of four tasks.
func (w *world) hands(n int) {
	w.t.Helper()
	for i := range n {
		w.take(work(w.t, fmt.Sprint("hand-out ", i), 4*i, 4*i+1, 4*i+2, 4*i+3))
	}
}

func (w *world) wants(what string, want uint16) {
	w.t.Helper()
	if n, err := w.Want("spam"); n != want || err != nil {
		w.t.Errorf("%s: %d tasks are wanted (%v), want %d", what, n, err, want)
	}
}

// A newcomer brings tasks until they are unanswered; more keys bring no more, and one
// that answers brings all.
func TestNewcomersBringFewTasks(t *testing.T) {
	w := open(t)
	ann := w.wallet("ann")
	ann.tasks("spam", 1)
	w.wants("with a newcomer", 4)
	w.hands(1)
	w.wants("in the same round", 4)
	w.round(11)
	w.wants("with tasks that a newcomer did not answer", 0)
	id := ann.tasks("spam", 1)[0].ID
	ann.answer("spam", id, "ham")
	w.wants("before she asks again", 0)
	ann.tasks("spam", 1)
	w.wants("with one who answers", 4)
	w.clock.pass(16 * time.Minute)
	w.wants("when she has left", 0)
	ann.tasks("spam", 1)
	w.wants("when she is back", 4)
	w.post("withdraw", ann.token, withdrawBody{id.String()}).into(t, &opened{})
	w.clock.pass(16 * time.Minute)
	ann.tasks("spam", 1)
	w.wants("when she took her answer back", 0)
	ann.answer("spam", id, "ham")
	ann.tasks("spam", 1)
	w.wants("when she answers again", 4)
	w.clock.pass(vouches)
	w.wallet("ann").tasks("spam", 1)
	w.wants("a day after her answer", 0)
}

// Beyond the places for newcomers, new keys keep nothing going; an hour later others can.
func TestNewKeysBeyondThePlaces(t *testing.T) {
	w := open(t)
	for i := range placesOfNetwork {
		w.wallet(fmt.Sprint(i)).tasks("spam", 1)
	}
	w.wants("with newcomers", 4)
	w.clock.pass(16 * time.Minute)
	for i := range 20 {
		w.wallet(fmt.Sprint("more ", i)).tasks("spam", 1)
	}
	w.wants("with twenty new keys", 0)
	w.clock.pass(lately)
	w.wallet("more 0").tasks("spam", 1)
	w.wants("with the first of the next hour", 4)
}

// crowd is a desk with eleven open tasks, one labeller that has answered and is there, and one
// that did not answer and has all tasks of before.
func crowd(t *testing.T) (w *world, regular, holder *person) {
	w = open(t)
	w.hands(1)
	regular, holder = w.wallet("regular"), w.wallet("holder")
	regular.answer("spam", regular.tasks("spam", 1)[0].ID, "ham")
	if n := len(holder.tasks("spam", 20)); n != 3 {
		t.Fatalf("with nobody else there a new key has %d tasks, want all three", n)
	}
	regular.tasks("spam", 1)
	for i := range 2 {
		w.take(work(t, fmt.Sprint("more ", i), 10+4*i, 11+4*i, 12+4*i, 13+4*i))
	}
	return w, regular, holder
}

// fill takes the places for newcomers that are left, without tasks.
func (w *world) fill() {
	for i := range placesOfNetwork {
		w.wallet(fmt.Sprint("place ", i)).tasks("preference", 1)
	}
}

// A newcomer has some tasks although others have half; a stranger has none.
func TestNewcomerHasSomeTasks(t *testing.T) {
	w, regular, _ := crowd(t)
	if n := len(w.wallet("second").tasks("spam", 20)); n != 3 {
		t.Fatalf("the second newcomer has %d tasks, want 3", n)
	}
	newcomer := w.wallet("third")
	for range 2 {
		if n := len(newcomer.tasks("spam", 20)); n != placeTasks {
			t.Errorf("the third has %d tasks, want %d", n, placeTasks)
		}
	}
	if n := len(w.wallet("stranger").tasks("spam", 20)); n != 0 {
		t.Errorf("a stranger has %d tasks, want none", n)
	}
	if n := len(regular.tasks("spam", 20)); n != 3 {
		t.Errorf("one who answers has %d, want the three that are left", n)
	}
}

// While one is there who answers, all new keys have half of the open tasks together; it
// has the rest.
func TestNewKeysLeaveHalf(t *testing.T) {
	w, regular, _ := crowd(t) // 11 are open, the holder has three
	w.fill()
	if n := len(regular.tasks("spam", 4)); n != 4 { // which do not count
		t.Fatalf("%d tasks", n)
	}
	second, third := w.wallet("second"), w.wallet("third")
	for range 2 {
		if n := len(second.tasks("spam", 20)); n != 3 {
			t.Errorf("a second new key has %d tasks, want 3", n)
		}
		if n := len(third.tasks("spam", 20)); n != 0 {
			t.Errorf("a third has %d, want none", n)
		}
	}
	if n := len(regular.tasks("spam", 20)); n != 5 {
		t.Errorf("one who answers has %d tasks, want the five that are left", n)
	}
	w.clock.pass(10 * time.Minute)
	if n := len(third.tasks("spam", 20)); n != 6 {
		t.Errorf("after the leases have ended a new key has %d tasks, want 6", n)
	}
	w.clock.pass(16 * time.Minute)
	if n := len(second.tasks("spam", 20)); n != 11 {
		t.Errorf("when the other has left a new key has %d tasks, want all", n)
	}
}

// What a new key has it keeps, also where that is more than half.
func TestNewKeysKeepWhatTheyHave(t *testing.T) {
	w, regular, holder := crowd(t)
	w.fill()
	for _, x := range regular.tasks("spam", 8) {
		regular.answer("spam", x.ID, "ham")
	}
	if n := len(holder.tasks("spam", 20)); n != 3 { // of the three that are open
		t.Errorf("a new key keeps %d tasks, want 3", n)
	}
	w.take(work(t, "last", 90))
	if n := len(w.wallet("another").tasks("spam", 20)); n != 0 {
		t.Errorf("another one has %d, want none", n)
	}
	if n := len(regular.tasks("spam", 20)); n != 1 {
		t.Errorf("one who answers has %d, want the one that is left", n)
	}
}

// Places are few for each network, and in all.
func TestPlacesForNewcomers(t *testing.T) {
	var n newcomers
	at := func(i int) netip.Prefix { return netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}), 32) }
	admitted := 0
	for i := range 100 {
		if n.admit(fmt.Sprint(i), at(i/10), 1000) {
			admitted++
		}
		if i == 9 && admitted != placesOfNetwork {
			t.Errorf("%d of one address have a place, want %d", admitted, placesOfNetwork)
		}
	}
	if admitted != mostPlaces || !n.admit("0", at(50), 1000) || n.admit("x", at(50), 1000) {
		t.Errorf("%d have a place, want %d", admitted, mostPlaces)
	}
	n.leave("0")
	if !n.admit("x", at(0), 1000) || n.admit("y", at(50), 1000) {
		t.Error("a place that was left is not one")
	}
	if !n.admit("y", at(50), 1000+lately.Milliseconds()) || len(n.places) != 1 {
		t.Errorf("an hour later %d places are taken, want one", len(n.places))
	}
}

// With a list only those on it sign in, and they are trusted from the first.
func TestListOfLabellers(t *testing.T) {
	ann, page, bob := walletSigner(t, "ann"), pageSigner(t), walletSigner(t, "bob")
	w := signing{open(t, func(c *Config) { c.Labellers = []string{ann.name, page.name} }), ann, page}
	nonce := w.nonce()
	message := w.message(bob.name, nonce)
	r := w.login(bob, bob.name, message)
	if c := r.code(t); c != CodeNotInvited || r.status != http.StatusForbidden || !strings.Contains(string(r.body), "desk.labellers") {
		t.Errorf("one who is not on the list: %d %s", r.status, r.body)
	}
	w.refused(t, []attempt{
		{"another page key", w.as(pageSigner(t), pageSigner(t).name), CodeSignature},
		{"as ann", w.as(bob, ann.name), CodeSignature},
		{"not on the list", w.as(bob, bob.name), CodeNotInvited},
	})
	if c := w.with(nonce).code(t); c != "ok" { // the refusal did not use it up
		t.Errorf("one who is on the list: %s", c)
	}
	w.hands(1)
	w.round(11)
	w.signIn(page).tasks("spam", 1)
	w.wants("with one of the list, before any answer", 4)
	w.stop()
	for _, bad := range []string{"", "ann", strings.ToUpper(ann.name), ann.name[2:], "p256:02" + strings.Repeat("ff", 32)} {
		c := w.cfg
		c.Labellers = []string{ann.name, bad}
		if d, err := Open(c); err == nil {
			t.Errorf("a list with %q is taken", bad)
			_ = d.Close()
		}
	}
}
