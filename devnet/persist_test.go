package devnet

import (
	"bufio"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/database"
)

func mustOpen(t *testing.T, dir string, g Genesis) *Chain {
	t.Helper()
	c, err := Open(dir, g, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The same blocks come out of one run and of one that is reopened at each block.
func TestReopen(t *testing.T) {
	g := busyGenesis()
	at := func(i int) time.Time { return time.UnixMilli(int64(g.TimeMillis)).Add(time.Duration(i) * time.Second) }
	whole := mustOpen(t, t.TempDir(), g)
	defer whole.Close()
	dir := t.TempDir()
	for i := 1; i <= 35; i++ {
		hash, err := whole.work()
		if err != nil {
			t.Fatal(err)
		}
		want, err := whole.Step(at(i))
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(whole.landed(hash), whole.mixed()); err != nil {
			t.Fatal(err)
		}
		c := mustOpen(t, dir, g)
		if _, err := c.work(); err != nil {
			t.Fatal(err)
		}
		got, err := c.Step(at(i))
		if err != nil || got != want {
			t.Fatalf("block %+v, %v; want %+v", got, err, want)
		}
		if !maps.EqualFunc(c.tip().state, whole.tip().state, func(a, b []byte) bool { return string(a) == string(b) }) {
			t.Fatal("states differ")
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	other := g
	other.Tempo++
	if _, err := Open(dir, other, nil); !errors.Is(err, ErrOtherGenesis) {
		t.Errorf("another genesis: %v", err)
	}
	c := mustOpen(t, dir, g)
	if _, err := Open(dir, g, nil); err == nil {
		t.Error("two chains on one directory")
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if _, err := c.Step(at(36)); err == nil {
		t.Error("a closed chain makes blocks")
	}
	if c.Head().Number != 35 {
		t.Errorf("a block that was not stored became head %d", c.Head().Number)
	}
}

const killEnv = "ASSAY_DEVNET_KILL_DIR"

// TestMain lets the test binary be the process that TestKill kills: it makes
// blocks as fast as it can and prints each one once Step has returned.
func TestMain(m *testing.M) {
	if dir := os.Getenv(killEnv); dir != "" {
		if err := makeBlocks(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

func makeBlocks(dir string) error {
	c, err := Open(dir, busyGenesis(), nil)
	if err != nil {
		return err
	}
	for {
		if _, err := c.work(); err != nil {
			return err
		}
		h, err := c.Step(time.UnixMilli(0)) // a clock that stands still
		if err != nil {
			return err
		}
		fmt.Println(h.Number, h.Hash)
	}
}

// A chain that was killed again and again has the blocks that it announced, and in
// them what a chain has that makes the same blocks in one go.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	whole := mustOpen(t, t.TempDir(), busyGenesis())
	defer whole.Close()
	last := uint64(0)
	for round := range 5 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), killEnv+"="+dir)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		seen := make(map[uint64]string)
		lines := bufio.NewScanner(out)
		for i := 0; i < 10+3*round && lines.Scan(); i++ {
			var n uint64
			var hash string
			if _, err := fmt.Sscan(lines.Text(), &n, &hash); err != nil {
				t.Fatal(err)
			}
			if len(seen) == 0 && n != last+1 && last > 0 && n < last+1 {
				t.Fatalf("went on with block %d after %d", n, last)
			}
			seen[n], last = hash, n
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
			t.Fatalf("the process ended by itself: %v", err)
		}
		c := mustOpen(t, dir, busyGenesis())
		if c.Head().Number < last {
			t.Errorf("block %d was announced, the newest is %d", last, c.Head().Number)
		}
		for n, hash := range seen {
			b, err := c.store.blockByNumber(n)
			if err != nil || b == nil || b.hash.String() != hash {
				t.Errorf("block %d is not the one announced: %v", n, err)
			}
		}
		last = c.Head().Number
		for whole.Head().Number < last {
			if _, err := whole.work(); err != nil {
				t.Fatal(err)
			}
			if _, err := whole.Step(time.UnixMilli(0)); err != nil {
				t.Fatal(err)
			}
		}
		if whole.Head() != c.Head() {
			t.Errorf("block %d differs from that of a chain that was not killed", last)
		}
		if err := whole.sameBlock(c); err != nil {
			t.Error(err)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// Reads at a recent block are exact long after; beyond the window they fail.
func TestOldBlocks(t *testing.T) {
	net := open(t, t.TempDir(), smallGenesis(2, 2))
	c := net.dial(nil)
	var heads []chain.Head
	var stakes []uint64
	note := func() {
		m, err := net.dial(nil).Metagraph(t.Context(), net.Head())
		if err != nil {
			t.Fatal(err)
		}
		heads, stakes = append(heads, net.Head()), append(stakes, m.Neurons[0].Stake)
	}
	note()
	for range 3 {
		net.step(StateWindow / 4)
		note()
	}
	net.step(StateWindow/4 - 1)
	for i, h := range heads {
		m, err := c.Metagraph(t.Context(), h)
		if err != nil || m.Block != h.Number || m.Neurons[0].Stake != stakes[i] {
			t.Errorf("block %d: %+v, %v; want stake %d", h.Number, m, err, stakes[i])
		}
	}
	net.step(1)
	if _, err := net.dial(nil).Metagraph(t.Context(), heads[0]); err == nil || !strings.Contains(err.Error(), "state already discarded") {
		t.Errorf("beyond the window: %v", err)
	}
	var versions int
	if err := net.store.db.QueryRow(`SELECT COUNT(*) FROM state WHERE key = ?`, []byte(keyHead)).Scan(&versions); err != nil || versions > StateWindow+1 {
		t.Errorf("%d versions of one key are kept, %v", versions, err)
	}
}

// An empty file is a loss and not a beginning; a database from before the layout
// had a number is one of the first; one of another layout is left as it is.
func TestDatabaseOfAnotherKind(t *testing.T) {
	dir, g := t.TempDir(), smallGenesis(2, 2)
	c := mustOpen(t, dir, g)
	if _, err := Open(dir, g, nil); !errors.Is(err, database.ErrLocked) {
		t.Errorf("a second chain in the folder: %v", err)
	}
	set := func(statement string) {
		if _, err := c.store.db.Exec(statement); err != nil {
			t.Fatal(err)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	set(`DELETE FROM meta WHERE key = 'schema'`)
	if _, err := Open(dir, g, nil); err == nil || !strings.Contains(err.Error(), `schema "1"`) || !strings.Contains(err.Error(), "empty folder") {
		t.Errorf("the first layout: %v", err)
	}
	dir = t.TempDir()
	path := filepath.Join(dir, "devnet.db")
	c = mustOpen(t, dir, g)
	set(`UPDATE meta SET value = '3' WHERE key = 'schema'`)
	if _, err := Open(dir, g, nil); err == nil || !strings.Contains(err.Error(), `schema "3"`) {
		t.Errorf("a later layout: %v", err)
	}
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, g, nil); !database.IsCorrupt(err) || !strings.Contains(err.Error(), path) {
		t.Errorf("an empty file: %v", err)
	}
}
