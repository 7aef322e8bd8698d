package desk

import (
	"fmt"
	"net/netip"
	"os"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// machine is a desk under random calls, and what its answers say must be the case.
type machine struct {
	t       *rapid.T
	d       *Desk
	clock   *driven
	people  []signer
	mails   [][]byte
	round   uint64
	hands   int
	tasks   []item.Hash
	leased  map[item.Hash]string          // who was told last to have a task
	until   map[item.Hash]time.Time       // and how long
	ends    map[string]map[time.Time]bool // the ends of leases that were told, by task and labeller
	kept    map[item.Hash]string          // answers that were kept, with whose they are
	sealed  map[item.Hash]string
	over    map[item.Hash]bool   // sealed, or too late for that
	closing map[item.Hash]uint64 // the round from which Seal ends a task
}

func (m *machine) who() signer { return rapid.SampledFrom(m.people).Draw(m.t, "who") }

func (m *machine) task() item.Hash {
	if len(m.tasks) == 0 {
		m.t.Skip("no task yet")
	}
	return rapid.SampledFrom(m.tasks).Draw(m.t, "task")
}

// far is when rounds begin: so late that no lease is told to end with its task.
func (m *machine) far(uint64) time.Time { return m.clock.now().Add(24 * time.Hour) }

// open is how many assignments are open, at most.
func (m *machine) open() (n int) {
	for _, closing := range m.closing {
		if closing > m.round-1 {
			n++
		}
	}
	return n / 2
}

func (m *machine) take(t *rapid.T) {
	m.t = t
	if len(m.tasks)+2 > len(m.mails) || m.open() >= 8+mostRepeat {
		t.Skip("there is enough")
	}
	m.hands++
	a := Assignment{Digest: item.Sum(fmt.Sprint(m.hands)), Validator: key("v1").Hotkey(), Round: m.round, Program: "spam",
		Due: m.round + rapid.Uint64Range(1, 4).Draw(t, "rounds")}
	for range 2 {
		id := item.TaskID(a.Digest, uint16(len(a.Tasks)))
		a.Tasks = append(a.Tasks, protocol.Task{Subjects: [][]byte{m.mails[len(m.tasks)]}})
		m.tasks = append(m.tasks, id)
		m.closing[id] = a.Due - 2
	}
	if err := m.d.Take(a); err != nil {
		t.Fatal(err)
	}
}

func (m *machine) lease(t *rapid.T) {
	m.t = t
	who := m.who()
	p, _ := m.d.program("spam")
	tasks, err := m.d.lease(who.name, netip.Prefix{}, p, rapid.IntRange(1, 3).Draw(t, "limit"))
	if err != nil && refusalOf(err).code != CodeBusy {
		t.Fatal(err)
	}
	for _, x := range tasks {
		if other := m.leased[x.ID]; other != "" && other != who.name && m.until[x.ID].After(m.clock.now()) {
			t.Fatalf("task %s is leased to %s and %s", x.ID, other, who.name)
		}
		if m.kept[x.ID] != "" || m.over[x.ID] {
			t.Fatalf("task %s is leased although it is answered or over", x.ID)
		}
		m.lent(who.name, x)
	}
}

// lent notes a lease that was told. One labeller has at most three of a task.
func (m *machine) lent(who string, x task) {
	m.leased[x.ID], m.until[x.ID] = who, x.Until
	if !x.Until.After(m.clock.now()) {
		return
	}
	ends := m.ends[who+x.ID.String()]
	if ends == nil {
		ends = map[time.Time]bool{}
		m.ends[who+x.ID.String()] = ends
	}
	if ends[x.Until] = true; len(ends) > mostLeases {
		m.t.Fatalf("%s had task %s by %d leases", who, x.ID, len(ends))
	}
}

func (m *machine) answer(t *rapid.T) {
	m.t = t
	who, id := m.who(), m.task()
	answer := rapid.SampledFrom([]string{"ham", "spam", "other"}).Draw(t, "answer")
	text := protocol.JudgementText("spam", id, answer, "", 1)
	_, err := m.d.submit(who.name, given{id, answer, "", 1, who.sign(text)})
	if err != nil && refusalOf(err).code == CodeInternal {
		t.Fatal(err)
	}
	if err != nil {
		return
	}
	if m.leased[id] != who.name || answer == "other" {
		t.Fatalf("%s answered %s, which is leased to %q, with %s", who.name, id, m.leased[id], answer)
	}
	if m.over[id] && m.kept[id] != who.name+answer {
		t.Fatal("an answer was given or changed when it was too late")
	}
	m.kept[id] = who.name + answer
}

func (m *machine) takeBack(t *rapid.T) {
	m.t = t
	who, id := m.who(), m.task()
	var err error
	var x task
	if rapid.Bool().Draw(t, "skip") {
		if err = m.d.skip(who.name, id, "other"); err == nil && m.leased[id] == who.name {
			m.leased[id] = ""
		}
	} else if x, err = m.d.withdraw(who.name, id); err == nil {
		if m.over[id] || m.leased[id] != "" && m.leased[id] != who.name {
			t.Fatalf("%s took back what is not its own", who.name)
		}
		m.lent(who.name, x)
		delete(m.kept, id)
	}
	if err != nil && refusalOf(err).code == CodeInternal {
		t.Fatal(err)
	}
}

func (m *machine) pass(t *rapid.T) {
	m.clock.pass(time.Duration(rapid.IntRange(1, 12).Draw(t, "minutes")) * time.Minute)
}

func (m *machine) seal(t *rapid.T) {
	m.t = t
	m.round += rapid.Uint64Range(0, 3).Draw(t, "rounds")
	m.d.Tick(m.round, m.far)
	all, err := m.d.Seal(m.round)
	if err != nil {
		t.Fatal(err)
	}
	got := map[item.Hash]string{}
	for _, it := range all["spam"] {
		j, err := item.DecodeJudgement(it.Canonical)
		if err != nil {
			t.Fatal(err)
		}
		got[j.Task()] = j.Labeller + j.Answer
	}
	for _, id := range m.tasks {
		if m.closing[id] > m.round {
			continue
		}
		inTime := m.closing[id]+2 >= m.round
		if inTime && !m.over[id] && m.kept[id] != "" {
			m.sealed[id] = m.kept[id]
		}
		m.over[id] = true
		if inTime && got[id] != m.sealed[id] || !inTime && got[id] != "" {
			t.Fatalf("the answer to %s is %q, want %q", id, got[id], m.sealed[id])
		}
	}
}

// check compares the ledger with what was kept and sealed.
func (m *machine) check(t *rapid.T) {
	ledger, err := m.d.ledgerOf("spam")
	if err != nil {
		t.Fatal(err)
	}
	var answered, sealed int64
	for _, l := range ledger.Labellers {
		answered, sealed = answered+l.Answered, sealed+l.Sealed
	}
	if int(answered) != len(m.kept) || int(sealed) != len(m.sealed) {
		t.Fatalf("the ledger has %d answers and %d sealed ones, want %d and %d", answered, sealed, len(m.kept), len(m.sealed))
	}
}

// Whatever is called in whatever order, a task has one holder and one answer, what is
// sealed stays, and the ledger counts what is there.
func TestAnyOrderOfCalls(t *testing.T) {
	dir := t.TempDir()
	programs := shipped(t)
	people := []signer{walletSigner(t, "a"), walletSigner(t, "b"), pageSigner(t)}
	var mails [][]byte
	for i := range 40 {
		mails = append(mails, mail(t, i))
	}
	rapid.Check(t, func(rt *rapid.T) {
		clock := &driven{at: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)}
		own, err := os.MkdirTemp(dir, "")
		if err != nil {
			rt.Fatal(err)
		}
		d, err := Open(Config{Dir: own, Miner: key("miner").Hotkey(), Netuid: testNetuid, ChainID: testChainID, Programs: programs, Now: clock.now})
		if err != nil {
			rt.Fatal(err)
		}
		defer d.Close()
		if _, err := d.writer.Exec("PRAGMA synchronous = off"); err != nil { // what is tested is no crash
			rt.Fatal(err)
		}
		m := &machine{
			t: rt, d: d, clock: clock, people: people, mails: mails, round: 10,
			leased: map[item.Hash]string{}, until: map[item.Hash]time.Time{}, ends: map[string]map[time.Time]bool{},
			kept: map[item.Hash]string{}, sealed: map[item.Hash]string{}, over: map[item.Hash]bool{}, closing: map[item.Hash]uint64{},
		}
		d.Tick(m.round, m.far)
		rt.Repeat(map[string]func(*rapid.T){
			"take": m.take, "lease": m.lease, "lease again": m.lease, "answer": m.answer, "answer again": m.answer, "answer once more": m.answer,
			"take back": m.takeBack, "time": m.pass, "seal": m.seal, "": m.check,
		})
	})
}
