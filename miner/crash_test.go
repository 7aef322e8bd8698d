package miner

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/source"
)

var errCrash = errors.New("crash")

// life is one run of the story: a miner collects posts in passes, each pass
// repeating some of the last, commits after each, and is given receipts.
type life struct {
	cfg   Config
	shown map[uint64]item.Hash // digest of each root ever shown, over all lives
}

const (
	lifePosts  = 14
	lifePasses = 4
)

// overlapping is a list whose every pass begins two posts before its cursor.
type overlapping struct{ list }

func (o overlapping) Collect(ctx context.Context, cursor []byte, emit func(source.Record) error) ([]byte, error) {
	for i := max(position(cursor)-2, 0); i < position(cursor); i++ {
		if err := emit(record(i)); err != nil {
			return cursor, err
		}
	}
	return o.list.Collect(ctx, cursor, emit)
}

func (l *life) show(t *testing.T, m *Miner) {
	t.Helper()
	for _, v := range m.index.versions() {
		if before, have := l.shown[v.root.Seq]; have && before != v.root.Digest() {
			t.Fatalf("root %d was signed with two contents", v.root.Seq)
		}
		l.shown[v.root.Seq] = v.root.Digest()
	}
}

// live runs the story from where the store stands, until it ends or the step with
// number crash is reached, and reports how many steps there were. A crash abandons
// the miner: nothing is closed but its lock, which would go with the process.
func (l *life) live(t *testing.T, crash int) (steps int, crashed bool) {
	t.Helper()
	cfg := l.cfg
	cfg.Feeds = []Feed{{Name: "posts", Source: overlapping{list{lifePosts, 4}}}}
	cfg.step = func(string) {
		if steps++; steps == crash {
			panic(errCrash)
		}
	}
	m, err := Open(cfg, key("miner"), forum(t), newChain("v1"), nil)
	if err != nil {
		t.Fatalf("open at crash %d: %v", crash, err)
	}
	defer func() {
		if r := recover(); r != nil {
			if r != errCrash {
				panic(r)
			}
			crashed = true
			if err := m.store.lock.Unlock(); err != nil {
				t.Error(err)
			}
		} else if err := m.Close(); err != nil {
			t.Error(err)
		}
		l.show(t, m) // what is in memory may have been seen
	}()
	l.show(t, m)
	w := &world{Miner: m, t: t, chain: newChain("v1"), cfg: cfg}
	for pass := range lifePasses {
		if err := m.collectors[0].pass(context.Background()); err != nil {
			t.Fatal(err)
		}
		if err := m.commit(); err != nil {
			t.Fatal(err)
		}
		l.show(t, m)
		newest, _ := m.index.newest()
		block := uint64(20 + 10*pass)
		rec := receipt(t, "v1", newest.root, block/testBlocks, block)
		if err := m.ledger.hear(Anchor{Validator: rec.Validator, Anchor: protocol.Anchor{Seq: block, Hash: item.Sum("h")}}, rec); err != nil {
			t.Fatal(err)
		}
	}
	l.check(t, w)
	return steps, false
}

// check demands that all posts are there once, in the tree that a fresh build
// gives, and that the cursor agrees.
func (l *life) check(t *testing.T, w *world) {
	t.Helper()
	cursor, err := w.store.cursor("posts")
	if err != nil || position(cursor) != lifePosts {
		t.Errorf("the cursor is at %d (%v), want %d", position(cursor), err, lifePosts)
	}
	newest, ok := w.index.newest()
	if want := treeOf(w, 0, lifePosts); !ok || newest.tree.Root() != want.Root() {
		t.Errorf("the index holds %+v, a fresh build of all posts %+v", newest.root.Root(), want.Root())
	}
	var uris []string
	for it, err := range w.Items(newest.root.Seq) {
		if err != nil {
			t.Fatal(err)
		}
		uris = append(uris, it.URI)
	}
	slices.Sort(uris)
	if len(uris) != lifePosts || len(slices.Compact(uris)) != lifePosts {
		t.Errorf("%d items are in the store, want %d different ones", len(uris), lifePosts)
	}
	if w.Receipted() != newest.root.Seq {
		t.Errorf("the newest receipt is of root %d, want %d", w.Receipted(), newest.root.Seq)
	}
}

// treeOf is the tree over posts, built at once.
func treeOf(w *world, from, to int) item.Tree {
	w.t.Helper()
	var leaves []item.Leaf
	for i := from; i < to; i++ {
		rows, reason := w.rows(record(i))
		if len(rows) != 1 {
			w.t.Fatalf("post %d is rejected: %s", i, reason)
		}
		leaves = append(leaves, rows[0].leaf)
	}
	t, _, err := item.Tree{}.Insert(leaves...)
	if err != nil {
		w.t.Fatal(err)
	}
	return t
}

// The story is run with a crash at each durable step: before its transaction,
// before its commit and after it.
func TestCrashAtEveryDurableStep(t *testing.T) {
	whole := &life{cfg: config(t), shown: map[uint64]item.Hash{}}
	steps, _ := whole.live(t, 0)
	if steps < 3*3*lifePasses {
		t.Fatalf("the story has only %d durable steps", steps)
	}
	for k := 1; k <= steps; k++ {
		l := &life{cfg: config(t), shown: map[uint64]item.Hash{}}
		if _, crashed := l.live(t, k); !crashed {
			t.Fatalf("step %d of %d was not reached", k, steps)
		}
		if _, crashed := l.live(t, 0); crashed {
			t.Fatal("crashed without being told to")
		}
	}
	// Crashes in a row: each life comes a little further.
	l := &life{cfg: config(t), shown: map[uint64]item.Hash{}}
	for k := 2; ; k += 3 {
		if _, crashed := l.live(t, k); !crashed {
			break
		}
		if k > 10*steps {
			t.Fatal("crashes keep the story from its end")
		}
	}
}

const killDir = "ASSAY_TEST_MINER_KILL"

// TestKilledChild is the process that TestKill kills: it collects and commits
// until then, and says each root that it shows.
func TestKilledChild(t *testing.T) {
	dir := os.Getenv(killDir)
	if dir == "" {
		t.Skip("run by TestKill")
	}
	cfg := Config{Dir: dir, Netuid: testNetuid, Feeds: []Feed{{Name: "posts", Source: list{1 << 30, 3}}}}
	m, err := Open(cfg, key("miner"), forum(t), newChain(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for {
		if err := errors.Join(m.collectors[0].pass(context.Background()), m.commit()); err != nil {
			t.Fatal(err)
		}
		v, _ := m.index.newest()
		fmt.Println("root", v.root.Seq, v.root.Digest())
	}
}

func TestKill(t *testing.T) {
	cfg := config(t)
	cfg.Feeds = []Feed{{Name: "posts", Source: list{1 << 30, 3}}}
	shown := map[string]string{}
	for life := range 3 {
		newest := killOnce(t, cfg.Dir, 4+3*life, shown)
		m, err := Open(cfg, key("miner"), forum(t), newChain(), nil)
		if err != nil {
			t.Fatal(err)
		}
		w := &world{Miner: m, t: t}
		versions := m.index.versions()
		for _, v := range versions {
			if said, have := shown[fmt.Sprint(v.root.Seq)]; have && said != v.root.Digest().String() {
				t.Errorf("root %d was shown with another content", v.root.Seq)
			}
		}
		if last := versions[len(versions)-1].root.Seq; last < newest {
			t.Errorf("root %d was shown, the store ends with %d", newest, last)
		}
		items, at := int(m.Status().Items), position(m.collectors[0].cursor)
		if at > items || items > at+3 {
			t.Errorf("%d items for a cursor at %d", items, at)
		}
		if err := m.commit(); err != nil {
			t.Fatal(err)
		}
		if v, _ := m.index.newest(); v.tree.Root() != treeOf(w, 0, items).Root() {
			t.Error("items are lost or doubled")
		}
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// killOnce starts a child, lets it show some roots, kills it, and notes what it
// said.
func killOnce(t *testing.T, dir string, roots int, shown map[string]string) (newest uint64) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestKilledChild$", "-test.v")
	cmd.Env = append(os.Environ(), killDir+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		var seq, digest string
		if n, _ := fmt.Sscanf(lines.Text(), "root %s %s", &seq, &digest); n != 2 {
			continue
		}
		if before, have := shown[seq]; have && before != digest {
			t.Errorf("root %s was shown twice with different contents", seq)
		}
		shown[seq] = digest
		fmt.Sscan(seq, &newest)
		if roots--; roots == 0 {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("the child ended with %v", err)
	}
	if newest == 0 {
		t.Fatalf("the child showed no root in %s", filepath.Base(dir))
	}
	return newest
}
