package labeller

import (
	"encoding/binary"
	"fmt"
	"iter"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/evidence/publish"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
)

func recordItem(t *testing.T, s Subject) *item.Item {
	t.Helper()
	canonical, err := item.Record{Author: s.Author, Title: s.Title, Body: s.Body, Time: 1}.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	return &item.Item{Kind: item.KindRecord, URI: "http://forum.example/p/" + s.Fingerprint().Short(), Canonical: canonical}
}

func encoded(t *testing.T, it *item.Item) []byte {
	t.Helper()
	b, err := it.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// judged is a labeller's answer about items in the order in which it saw them.
func judged(t *testing.T, n uint16, labeller, answer string, of ...*item.Item) []byte {
	t.Helper()
	j := item.Judgement{Assignment: item.Sum("assignment"), Index: n, Answer: answer, Labeller: labeller, Millis: 1, Signature: make([]byte, 65)}
	canonical, err := j.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	it := &item.Item{Kind: item.KindJudgement, URI: item.TaskURI(j.Task()), Canonical: canonical, Label: answer, Contributor: labeller}
	for _, p := range of {
		it.Parents = append(it.Parents, p.ID())
	}
	return encoded(t, it)
}

// exchanged is a call as a record holds it: what was asked and what came back.
func exchanged(t *testing.T, kind protocol.Kind, request any, answer any) evidence.Call {
	t.Helper()
	validator, miner := keyOf("validator"), keyOf("miner")
	asked, digest, err := protocol.Seal(validator, kind, miner.Hotkey(), 3, item.Hash{}, request)
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := protocol.Seal(miner, kind+1, validator.Hotkey(), 3, digest, answer)
	if err != nil {
		t.Fatal(err)
	}
	return evidence.Call{Request: asked, Answer: got, Outcome: evidence.Answered, Millis: 1}
}

// kept is a record in memory.
type kept []evidence.Entry

func (k kept) Head() evidence.Head {
	if len(k) == 0 {
		return evidence.Head{}
	}
	return k[len(k)-1].Head()
}

func (k kept) Entries(from uint64) iter.Seq2[evidence.Entry, error] {
	return func(yield func(evidence.Entry, error) bool) {
		for _, e := range k[from-1:] {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// published serves a record as a validator does. What is appended to it is shown from
// the call of show on.
func published(t *testing.T) (address string, appendTo func(...evidence.Body), show func()) {
	t.Helper()
	var all, shown kept
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		publish.New(publish.Source{Validator: protocol.Hotkey{1}, Netuid: 1, Record: all, Published: func() evidence.Head { return shown.Head() }}).ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	appendTo = func(bodies ...evidence.Body) {
		t.Helper()
		for _, b := range bodies {
			e, err := evidence.Next(all.Head(), b)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, e)
		}
	}
	appendTo(&evidence.Started{Software: "test", Validator: protocol.Hotkey{1}, Netuid: 1})
	return srv.URL, appendTo, func() { shown = all }
}

// A copier gives what others said of the same subjects, turned where the sides are, the
// truth before what others said, and elsewhere the answer that it saw most often.
func TestCopierCopies(t *testing.T) {
	all := allPosts(t)
	subject := func(i int) Subject { return all[i].Subject }
	var items []*item.Item
	var shown [][]byte
	for i := range 6 {
		items = append(items, recordItem(t, subject(i)))
		shown = append(shown, encoded(t, items[i]))
	}
	const others, self = "0x00000000000000000000000000000000000000aa", "0x00000000000000000000000000000000000000bb"
	pair := []item.Hash{items[2].ID(), items[3].ID()}
	tasks := exchanged(t, protocol.KindTasksRequest, &protocol.TasksRequest{Program: "spam", Due: 9, Tasks: []protocol.Task{{Subjects: shown[:2]}, {Subjects: shown[2:4]}, {Subjects: shown[4:]}}}, &protocol.TasksAnswer{Want: 4})
	answers := exchanged(t, protocol.KindItemsRequest, &protocol.ItemsRequest{}, &protocol.ItemsAnswer{Items: [][]byte{
		judged(t, 0, others, spam, items[0]), judged(t, 1, others, spam, items[1]), judged(t, 2, others, ham, items[1]), judged(t, 3, others, ham, items[1]),
		judged(t, 4, others, right, items[2], items[3]), judged(t, 5, self, ham, items[0]), judged(t, 6, others, spam, items[4]),
		judged(t, 7, others, spam, items[5]), judged(t, 8, others, spam, items[5]), {0xff},
	}})
	address, appendTo, show := published(t)
	appendTo(
		&evidence.Tasks{Round: 2, Program: "spam", Due: 9, Tasks: []evidence.Sealed{{Subjects: []item.Hash{items[4].ID()}}, {Subjects: pair}}},
		&evidence.Exchange{Round: 2, Miner: protocol.Hotkey{2}, Calls: []evidence.Call{tasks}},
		&evidence.Exchange{Round: 3, Miner: protocol.Hotkey{2}, Calls: []evidence.Call{answers}})
	c, err := NewCopier([]string{address, "http://127.0.0.1:1"}, time.Nanosecond, self, nil)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(p Program, want string, of ...Subject) {
		t.Helper()
		if got, ok := c.Answer(t.Context(), taskOf(p, 1, of...)); !ok || got != want {
			t.Errorf("answers %q, want %q", got, want)
		}
	}
	ask(spamProgram, ham, subject(0)) // nothing is published yet: the first choice
	show()
	ask(spamProgram, spam, subject(0))
	ask(spamProgram, ham, subject(1))
	ask(pairProgram, right, subject(2), subject(3))
	ask(pairProgram, left, subject(3), subject(2))
	ask(spamProgram, spam, subject(4))
	ask(spamProgram, spam, subject(99))                                     // unknown: the most frequent
	ask(pairProgram, right, subject(98), subject(99))                       // of those that fit
	ask(Program{Answers: Answers{Type: string(program.Verdict)}}, "accept") // and where none does
	appendTo(&evidence.Truths{Round: 10, Program: "spam", Of: 2, Truths: []string{ham, ""}})
	show()
	ask(spamProgram, ham, subject(4))
}

// A record that is nonsense teaches nothing and does no harm.
func TestCopierOfHostileRecords(t *testing.T) {
	entry := func(kind evidence.Kind, n uint32, body string) string {
		return string(binary.BigEndian.AppendUint32([]byte{byte(kind)}, n)) + body
	}
	head := func(from uint64) string {
		return string(binary.BigEndian.AppendUint64(nil, from)) + strings.Repeat("\x00", 32)
	}
	for name, page := range map[string]string{
		"nothing": "", "head only": head(1), "other entry": head(2) + entry(7, 0, ""), "torn": head(1) + "\x07\x00",
		"long": head(1) + entry(7, 1<<31, "x"), "no body": head(1) + entry(7, 3, "abc"), "no kind": head(1) + entry(99, 1, "a"),
		"html": "<html>" + strings.Repeat("x", 100), "huge": head(1) + strings.Repeat("\x00", maxPage),
	} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, page) }))
		c, err := NewCopier([]string{srv.URL}, time.Nanosecond, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if got, ok := c.Answer(t.Context(), taskOf(spamProgram, 1, Subject{Body: "x"})); got != ham || !ok {
				t.Errorf("%s: %q", name, got)
			}
		}
		if c.records[0].next != 1 {
			t.Errorf("%s: it read on", name)
		}
		srv.Close()
	}
	for _, address := range []string{"", "127.0.0.1:80", "file:///x", "http://["} {
		if _, err := NewCopier([]string{address}, time.Second, "", nil); err == nil {
			t.Errorf("address %q: accepted", address)
		}
	}
}
