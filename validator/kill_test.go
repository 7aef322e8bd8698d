package validator

import (
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/evidence"
	journal "github.com/assaynet/assay/evidence/log"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// What a child of TestKilled is told: its folder, the durable step at which it
// kills itself, how many rounds it holds when it is not killed, and whether the chain
// takes votes by commit and reveal.
const (
	killFolder = "ASSAY_VALIDATOR_TEST_FOLDER"
	killStep   = "ASSAY_VALIDATOR_TEST_STEP"
	killRounds = "ASSAY_VALIDATOR_TEST_ROUNDS"
	killSealed = "ASSAY_VALIDATOR_TEST_SEALED"
)

// outside is what outlives the validator's process: the chain, and what miners
// hold. It is a file, written whole at every change.
type outside struct {
	Head     uint64
	Collects int // of every miner
	Known    []map[uint64]uint64
	Anchors  []Anchor // heads that a miner was shown
	Row      chain.Weights
	Updated  uint64
	Landed   int
	Votes    map[uint64][]chain.Weights
	Commits  []chain.Commit
	Sealed   map[uint64][]item.Hash
	Reveals  int
}

func readOutside(t testing.TB, dir string) (o outside) {
	f, err := os.Open(filepath.Join(dir, "outside"))
	if errors.Is(err, os.ErrNotExist) {
		return o
	}
	if err == nil {
		err = errors.Join(gob.NewDecoder(f).Decode(&o), f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// mortal is a world whose validator keeps its record on the disk and dies at a step.
type mortal struct {
	*world
	dir      string
	steps    int
	dieAt    int
	collects int

	mu      sync.Mutex
	anchors []Anchor
}

func newMortal(t testing.TB, dir string, dieAt int, sealed bool) *mortal {
	m := &mortal{world: sealedWorld(t, 1), dir: dir, dieAt: dieAt}
	m.cfg.SecretsPath = filepath.Join(dir, "secrets.seed")
	m.chain.rules.CommitRevealEnabled = sealed
	if !sealed {
		m.cfg.VoteLead = 3
	}
	o := readOutside(t, dir)
	for range o.Collects {
		m.collect()
	}
	for i, known := range o.Known {
		m.order[i].known = known
	}
	m.anchors = o.Anchors
	m.chain.head, m.chain.row, m.chain.updated, m.chain.landed = headAt(o.Head), o.Row, o.Updated, o.Landed
	m.chain.commits, m.chain.reveals = o.Commits, o.Reveals
	if o.Votes != nil {
		m.chain.votes = o.Votes
	}
	if o.Sealed != nil {
		m.chain.sealed = o.Sealed
	}
	m.chain.before = func() error { return m.step("vote offered") }
	m.chain.after = func() error { return m.step("vote taken") }
	return m
}

func (m *mortal) collect() {
	for _, x := range m.order {
		x.collect(5)
	}
	m.collects++
}

// step makes what is outside durable, and is where the process may end. The chain
// is not locked here: its hooks hold the lock, and nothing else runs beside them.
func (m *mortal) step(string) error {
	m.mu.Lock()
	err := m.save()
	m.mu.Unlock()
	if m.steps == m.dieAt {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
	m.steps++
	return err
}

func (m *mortal) save() error {
	o := outside{
		Head: m.chain.head.Number, Collects: m.collects, Anchors: m.anchors,
		Row: m.chain.row, Updated: m.chain.updated, Landed: m.chain.landed, Votes: m.chain.votes,
		Commits: m.chain.commits, Sealed: m.chain.sealed, Reveals: m.chain.reveals,
	}
	for _, x := range m.order {
		x.mu.Lock()
		o.Known = append(o.Known, x.known)
		x.mu.Unlock()
	}
	path := filepath.Join(m.dir, "outside")
	f, err := os.Create(path + ".next")
	if err != nil {
		return err
	}
	if err := errors.Join(gob.NewEncoder(f).Encode(o), f.Close()); err != nil {
		return err
	}
	return os.Rename(path+".next", path)
}

// Ask keeps the head of the record that a request carries, as a miner does, before
// it is answered.
func (m *mortal) Ask(ctx context.Context, to netip.AddrPort, request []byte) ([]byte, error) {
	e, err := protocol.OpenRequest(request, m.miners[to].key.Hotkey())
	if err != nil {
		return nil, err
	}
	body, err := protocol.DecodeBody(e)
	if err != nil {
		return nil, err
	}
	if r, ok := body.(*protocol.RootRequest); ok {
		m.mu.Lock()
		m.anchors = append(m.anchors, Anchor{Peer: "miner", Validator: e.From, Anchor: r.Head})
		m.mu.Unlock()
	}
	return m.world.Ask(ctx, to, request)
}

// mortalJournal is the record on the disk, with a step before and after each entry.
type mortalJournal struct {
	*journal.Log
	m *mortal
}

func (j mortalJournal) Append(body evidence.Body) (evidence.Entry, error) {
	if err := j.m.step("before " + body.Kind().String()); err != nil {
		return evidence.Entry{}, err
	}
	e, err := j.Log.Append(body)
	if err != nil {
		return e, err
	}
	return e, j.m.step("after " + body.Kind().String())
}

// live opens the validator of a folder and holds rounds.
func (m *mortal) live(rounds int) error {
	l, err := journal.Open(m.dir)
	if err != nil {
		return err
	}
	defer l.Close()
	v, err := Open(m.cfg, Deps{
		Signer: m.self, Journal: mortalJournal{l, m}, Chain: m.chain, Ledger: m.chain, Booth: m.chain, Rules: m.chain, Asker: m, Fetcher: m.site, Log: discard(),
	})
	if err != nil {
		return err
	}
	for range rounds {
		m.collect()
		head := m.chain.advance(2)
		if err := m.step("head"); err != nil {
			return err
		}
		if err := v.meet(context.Background(), head); err != nil {
			return err
		}
	}
	return l.Close()
}

// TestKilledChild is the process that TestKilled starts and does nothing otherwise.
func TestKilledChild(t *testing.T) {
	dir := os.Getenv(killFolder)
	if dir == "" {
		t.Skip("it is run by TestKilled")
	}
	dieAt, err := strconv.Atoi(os.Getenv(killStep))
	rounds, err2 := strconv.Atoi(os.Getenv(killRounds))
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	if err := newMortal(t, dir, dieAt, os.Getenv(killSealed) != "").live(rounds); err != nil {
		t.Fatal(err)
	}
}

// child runs one life in a folder and reports whether it was killed.
func child(t *testing.T, dir string, dieAt, rounds int, sealed bool) (killed bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledChild$")
	cmd.Env = append(os.Environ(), killFolder+"="+dir, fmt.Sprintf("%s=%d", killStep, dieAt),
		fmt.Sprintf("%s=%d", killRounds, rounds), "TMPDIR="+t.TempDir())
	if sealed {
		cmd.Env = append(cmd.Env, killSealed+"=1")
	}
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL {
		return true
	}
	if err != nil {
		t.Fatalf("step %d: %v\n%s", dieAt, err, out)
	}
	return false
}

// A validator's process is killed at every third durable step where votes are in the
// open, and at every one where a commit or a reveal is near, and the next process goes on in the folder. The
// record replays, holds every head that a miner was shown, and the chain saw one
// vote for each epoch.
func TestKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("starts many processes")
	}
	const (
		// In a life that begins before a vote, the steps up to here are those of the
		// vote; later ones are the same whatever the chain makes of votes.
		ofVote = 13
	)
	for _, c := range []struct {
		name   string
		lived  int // rounds before the life that is cut short
		rounds int // of it
		every  int // of its steps is one to die at
		sealed bool
	}{{"new folder", 0, 2, 3, false}, {"before a vote", 4, 3, 3, false}, {"before a commit", 5, 2, 1, true}, {"before a reveal", 7, 2, 1, true}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			before := t.TempDir()
			if c.lived > 0 {
				child(t, before, -1, c.lived, c.sealed)
			}
			offered := len(readOutside(t, before).Votes)
			deaths := 0
			for step := 0; !c.sealed || step < ofVote; step += c.every {
				dir := t.TempDir()
				if err := os.CopyFS(dir, os.DirFS(before)); err != nil {
					t.Fatal(err)
				}
				if !child(t, dir, step, c.rounds, c.sealed) {
					if c.lived > 0 && len(readOutside(t, dir).Votes) == offered {
						t.Error("no vote in the life that is cut short")
					}
					break
				}
				deaths++
				child(t, dir, -1, 8, c.sealed)
				checkSurvivor(t, dir, step, c.sealed)
			}
			if c.sealed {
				was := readOutside(t, before)
				child(t, before, -1, c.rounds, true)
				if now := readOutside(t, before); len(now.Sealed) == len(was.Sealed) && now.Reveals == was.Reveals {
					t.Error("no commit and no reveal in the life that is cut short")
				}
			}
			if deaths < 5 {
				t.Errorf("only %d deaths", deaths)
			}
		})
	}
}

func checkSurvivor(t *testing.T, dir string, step int, sealed bool) {
	t.Helper()
	o := readOutside(t, dir)
	l, err := journal.OpenReadOnly(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if r, err := Replay(l.Entries(1), o.Anchors); err != nil || r.Mismatches != 0 || r.Anchors != len(o.Anchors) || r.Tips != 1 {
		t.Errorf("killed at step %d: replay %v, %v", step, r, err)
	}
	good := 0
	intents, landed := map[uint64]int{}, map[uint64]item.Hash{}
	for e, err := range l.Entries(1) {
		if err != nil {
			t.Fatal(err)
		}
		switch b := e.Body.(type) {
		case *evidence.Intent:
			intents[b.Epoch]++
			for _, v := range o.Votes[b.Epoch] {
				if !slices.Equal(v.UIDs, b.UIDs) || !slices.Equal(v.Values, b.Weights) {
					t.Errorf("killed at step %d: epoch %d: intended %v, sent %v", step, b.Epoch, b.Weights, v.Values)
				}
			}
		case *evidence.Landed:
			landed[b.Epoch] = b.Intent
			if b.Fault == "" {
				good++
			}
		}
	}
	for epoch, n := range intents {
		if n != 1 {
			t.Errorf("killed at step %d: %d intents for epoch %d", step, n, epoch)
		}
	}
	for epoch := range o.Votes {
		if intents[epoch] == 0 {
			t.Errorf("killed at step %d: the chain saw a vote for epoch %d that was never intended", step, epoch)
		}
	}
	for epoch, hashes := range o.Sealed {
		if len(slices.Compact(hashes)) != 1 || intents[epoch] == 0 {
			t.Errorf("killed at step %d: the chain saw commits %v for epoch %d, with %d intents", step, hashes, epoch, intents[epoch])
		}
	}
	if sealed && o.Reveals != good {
		t.Errorf("killed at step %d: %d votes were revealed, the record has %d", step, o.Reveals, good)
	}
	if len(landed) == 0 {
		t.Errorf("killed at step %d: no vote was settled", step)
	}
}
