package desk

import (
	"context"
	"fmt"
	"net"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/programs"
	"github.com/assaynet/assay/protocol"
)

const (
	testNetuid  = 7
	testChainID = 964
	roundTime   = 5 * time.Minute
)

func key(name string) *protocol.Key { return protocol.DeriveKey([]byte(name)) }

// ofRounds is how many rounds a labelling program gives.
var ofRounds = regexp.MustCompile(`(?m)^  rounds: \d+$`)

// shipped are the labelling programs of the repository, with eight rounds from hand-out
// to last root; change may alter their text.
func shipped(t testing.TB, change ...string) (out []*program.Program) {
	t.Helper()
	for _, name := range []string{"forum.yaml", "spam.yaml", "preference.yaml"} {
		text, err := programs.Files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text = ofRounds.ReplaceAll(text, []byte("  rounds: 8"))
		p, err := program.Decode([]byte(strings.NewReplacer(change...).Replace(string(text))))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, p)
	}
	return out
}

// driven is a clock that a test moves.
type driven struct {
	mu sync.Mutex
	at time.Time
}

func (c *driven) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *driven) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// world is a desk that is served on a socket.
type world struct {
	*Desk
	t     testing.TB
	cfg   Config
	clock *driven
	host  string
	stop  func()
}

func config(t testing.TB, clock *driven) Config {
	return Config{Dir: t.TempDir(), Miner: key("miner").Hotkey(), Netuid: testNetuid, ChainID: testChainID, Programs: shipped(t), Now: clock.now, Rate: 1e6}
}

func open(t testing.TB, change ...func(*Config)) *world {
	t.Helper()
	clock := &driven{at: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)}
	w := &world{t: t, clock: clock, cfg: config(t, clock)}
	for _, c := range change {
		c(&w.cfg)
	}
	w.start()
	t.Cleanup(func() { w.stop() })
	return w
}

func (w *world) start() {
	w.t.Helper()
	d, err := Open(w.cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, l, d) }()
	w.Desk, w.host = d, l.Addr().String()
	w.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			w.t.Error(err)
		}
		if err := d.Close(); err != nil {
			w.t.Error(err)
		}
	})
	w.round(10)
}

func (w *world) restart() {
	w.t.Helper()
	w.stop()
	w.start()
}

// round moves the chain to a round, at the clock's time.
func (w *world) round(n uint64) {
	began := w.clock.now()
	w.Tick(n, func(round uint64) time.Time { return began.Add(time.Duration(int64(round)-int64(n)) * roundTime) })
}

// mail is an encoded item to judge.
func mail(t testing.TB, n int) []byte {
	t.Helper()
	b, err := item.Record{Title: fmt.Sprintf("Mail %d", n), Author: "A. Writer", Body: "Buy <b>now</b>!", Time: 1_700_000_000}.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	it := &item.Item{Kind: item.KindRecord, URI: fmt.Sprintf("http://forum.example/p/%d", n), Canonical: b, Label: "misc", Licence: "CC0-1.0"}
	raw, err := it.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// work is an assignment of spam tasks by v1, of round 10 and due in round 18.
func work(t testing.TB, name string, mails ...int) Assignment {
	t.Helper()
	a := Assignment{Digest: item.Sum("request", []byte(name)), Validator: key("v1").Hotkey(), Round: 10, Due: 18, Program: "spam"}
	for _, n := range mails {
		a.Tasks = append(a.Tasks, protocol.Task{Subjects: [][]byte{mail(t, n)}})
	}
	return a
}

func (w *world) take(a Assignment) Assignment {
	w.t.Helper()
	if err := w.Take(a); err != nil {
		w.t.Fatal(err)
	}
	return a
}

// dump is everything in the database.
func (w *world) dump() string {
	w.t.Helper()
	var b strings.Builder
	for _, table := range []string{"meta", "assignments", "tasks", "shown", "answers", "skips", "leases", "lapses", "labellers"} {
		rows, err := w.reader.Query("SELECT * FROM " + table + " ORDER BY 1, 2")
		if err != nil {
			w.t.Fatal(err)
		}
		columns, _ := rows.Columns()
		for rows.Next() {
			row := make([]any, len(columns))
			at := make([]any, len(columns))
			for i := range row {
				at[i] = &row[i]
			}
			if err := rows.Scan(at...); err != nil {
				w.t.Fatal(err)
			}
			fmt.Fprintf(&b, "%s %v\n", table, row)
		}
		if err := rows.Err(); err != nil {
			w.t.Fatal(err)
		}
		_ = rows.Close()
	}
	return b.String()
}

// judgements are the items of a program that Seal gives.
func (w *world) judgements(round uint64, name string) []*item.Item {
	w.t.Helper()
	all, err := w.Seal(round)
	if err != nil {
		w.t.Fatal(err)
	}
	return all[name]
}
