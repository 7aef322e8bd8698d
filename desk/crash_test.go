package desk

import (
	"errors"
	"net/netip"
	"testing"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

var errCrash = errors.New("crash")

// life is one run of a story from where the desk stands: two assignments are taken, two
// labellers answer, change and skip, the first is sealed and marked. Steps that were done
// in an earlier life are done again, as their callers would.
type life struct {
	t   *testing.T
	cfg Config
	as  [2]Assignment
}

func (l *life) live(crash int) (steps int, crashed bool) {
	l.t.Helper()
	cfg := l.cfg
	cfg.step = func(string) {
		if steps++; steps == crash {
			panic(errCrash)
		}
	}
	d, err := Open(cfg)
	if err != nil {
		l.t.Fatalf("open at crash %d: %v", crash, err)
	}
	defer func() {
		r := recover()
		if r != nil && r != errCrash {
			panic(r)
		}
		crashed = r != nil
		// A crash leaves the folder's lock and the files' as the end of a process would.
		if err := d.lock.Unlock(); err != nil {
			l.t.Error(err)
		}
		if !crashed {
			if err := errors.Join(d.reader.Close(), d.writer.Close()); err != nil {
				l.t.Error(err)
			}
		}
	}()
	l.story(d)
	return steps, false
}

func (l *life) do(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

func (l *life) story(d *Desk) {
	ann := walletSigner(l.t, "ann")
	spam, _ := d.program("spam")
	first, second := l.as[0], l.as[1]
	l.do(d.Take(first))
	if _, err := d.lease(ann.name, netip.Prefix{}, spam, 20); err != nil {
		l.t.Fatal(err)
	}
	for i, answer := range []string{"ham", "spam"} {
		id := item.TaskID(first.Digest, uint16(i))
		text := protocol.JudgementText("spam", id, answer, "", 7)
		_, err := d.submit(ann.name, given{id, answer, "", 7, ann.sign(text)})
		l.do(err)
	}
	sealed, err := d.Seal(16)
	l.do(err)
	if n := len(sealed["spam"]); n != 2 {
		l.t.Fatalf("%d judgements, want 2", n)
	}
	l.do(d.Mark(first.Validator, []protocol.Mark{{Task: item.TaskID(first.Digest, 0), Truth: "ham"}, {Task: item.TaskID(first.Digest, 1), Truth: "ham"}}))
	l.do(d.Take(second))
	if _, err := d.lease(ann.name, netip.Prefix{}, spam, 20); err != nil {
		l.t.Fatal(err)
	}
	l.do(d.skip(ann.name, item.TaskID(second.Digest, 0), "unclear"))
}

// The story is run with a crash at each durable step, before its transaction, before its
// commit and after it; in the end all is there once.
func TestCrashAtEveryDurableStep(t *testing.T) {
	begin := func() *life {
		clock := &driven{}
		clock.pass(1 << 60)
		later := work(t, "second", 3)
		later.Round, later.Due = 18, 26
		return &life{t, config(t, clock), [2]Assignment{work(t, "first", 1, 2), later}}
	}
	whole := begin()
	steps, _ := whole.live(0)
	if steps < 3*7 {
		t.Fatalf("the story has only %d durable steps", steps)
	}
	for k := 1; k <= steps; k++ {
		l := begin()
		if _, crashed := l.live(k); !crashed {
			t.Fatalf("step %d of %d was not reached", k, steps)
		}
		if _, crashed := l.live(0); crashed {
			t.Fatal("crashed without being told to")
		}
		w := &world{t: t, cfg: l.cfg}
		var err error
		if w.Desk, err = Open(l.cfg); err != nil {
			t.Fatal(err)
		}
		checkItems(t, l.as[0], w.judgements(18, "spam"), map[item.Hash]string{item.TaskID(l.as[0].Digest, 0): "ham", item.TaskID(l.as[0].Digest, 1): "spam"})
		ledger, err := w.ledgerOf("spam")
		if err != nil || len(ledger.Labellers) != 1 {
			t.Fatalf("ledger %+v, %v", ledger, err)
		}
		if got := ledger.Labellers[0].tally; got.Answered != 2 || got.Sealed != 2 || got.GoldAsked != 2 || got.GoldRight != 1 {
			t.Errorf("crash at step %d: %+v", k, got)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
