package localnet

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assaynet/assay/config"
	journal "github.com/assaynet/assay/evidence/log"
	"github.com/assaynet/assay/export"
	"github.com/assaynet/assay/localnet/site"
	"github.com/assaynet/assay/miner"
	"github.com/assaynet/assay/validator"
)

func quick(t testing.TB, dir string, epochs uint64) *config.Localnet {
	t.Helper()
	cfg := config.DefaultLocalnet()
	cfg.Pace.Tempo, cfg.Pace.BlockTime = 10, pace*600*time.Millisecond
	cfg.Epochs, cfg.JSON, cfg.Seed, cfg.Dir = epochs, true, 3, dir
	return cfg
}

func start(ctx context.Context, cfg *config.Localnet, out io.Writer) error {
	page, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	return Start(ctx, cfg, always, page, out, io.Discard, slog.New(slog.DiscardHandler))
}

func always(string) bool { return true }

// replay recomputes a validator's record and compares it with the heads that the
// miners of the run hold.
func replay(t testing.TB, dir, name string) (validator.Report, error) {
	t.Helper()
	record, err := journal.OpenReadOnly(filepath.Join(dir, name))
	if err != nil {
		return validator.Report{}, err
	}
	defer record.Close()
	var anchors []validator.Anchor
	for _, p := range scenario() {
		held, err := miner.Anchors(filepath.Join(dir, p.Name))
		if err != nil {
			continue // a miner that had not joined yet
		}
		for _, a := range held {
			anchors = append(anchors, validator.Anchor{Peer: p.Name, Validator: a.Validator, Anchor: a.Anchor})
		}
	}
	return validator.Replay(record.Entries(1), anchors)
}

func replayAll(t *testing.T, dir string) {
	t.Helper()
	for _, name := range []string{"validator-1", "validator-2", "validator-3"} {
		r, err := replay(t, dir, name)
		if err != nil || r.Mismatches != 0 || r.Votes == 0 || r.Anchors == 0 {
			t.Errorf("%s: %v, %v", name, r, err)
		}
	}
}

func TestSubnetPaysHonestWorkAndReplays(t *testing.T) {
	dir := t.TempDir()
	var out bytes.Buffer
	const epochs = 5 // who joins late is paid from the third or fourth one on
	if err := start(t.Context(), quick(t, dir, epochs), &out); err != nil {
		t.Fatal(err)
	}
	var last Epoch
	lines := 0
	for scan := bufio.NewScanner(&out); scan.Scan(); lines++ {
		if err := json.Unmarshal(scan.Bytes(), &last); err != nil {
			t.Fatalf("line %d is not JSON: %v", lines+1, err)
		}
	}
	// A machine that is busy may see two epochs end at once and tells of the later.
	if lines != epochs || last.Epoch < epochs || len(last.Neurons) != 18 {
		t.Fatalf("%d lines, the last for epoch %d with %d neurons", lines, last.Epoch, len(last.Neurons))
	}
	pay := map[string]float64{}
	for _, n := range last.Neurons {
		pay[n.Profile] = n.Incentive
		if len(n.Flags) > 0 {
			t.Errorf("%s is flagged %v", n.Profile, n.Flags)
		}
		if (n.ValidShare == nil) != (n.Role == roleValidator) {
			t.Errorf("%s (%s) has valid share %v", n.Profile, n.Role, n.ValidShare)
		}
	}
	honest := []float64{pay["honest-1"], pay["honest-2"], pay["honest-3"], pay["honest-4"], pay["honest-5"]}
	slices.Sort(honest)
	for name, most := range map[string]float64{"fabricate": honest[2] / 10, "stall": honest[2] / 10, "copy": pay[copied] / 4} {
		if pay[name] >= most || pay[name] >= honest[0] {
			t.Errorf("%s has incentive %.4f, want less than %.4f and than any honest miner's %v", name, pay[name], most, honest)
		}
	}
	for name, paid := range pay {
		if strings.HasPrefix(name, "label-") && paid > 0 {
			t.Errorf("%s has incentive %.4f", name, paid)
		}
	}
	replayAll(t, dir)
	labelsJudged(t, dir)
	t.Run("tampering", func(t *testing.T) { tampering(t, dir) })
}

// labelsJudged demands that tasks of both products were asked, answered by several and judged.
func labelsJudged(t *testing.T, dir string) {
	for _, name := range []string{"spam", "preference"} {
		record, err := journal.OpenReadOnly(filepath.Join(dir, "validator-1"))
		if err != nil {
			t.Fatal(err)
		}
		of, err := export.Read(record.Entries(1), name)
		if err := errors.Join(err, record.Close()); err != nil {
			t.Fatal(err)
		}
		answers := 0
		for _, task := range of.Tasks {
			answers += len(task.Answers)
		}
		if len(of.Tasks) == 0 || answers < 2*len(of.Tasks) {
			t.Errorf("%s: %d tasks were judged, with %d answers", name, len(of.Tasks), answers)
		}
	}
}

// tampering alters the run's first record in every way that an operator could, and
// expects replay to notice. Each change also rewrites the file that holds the head.
func tampering(t *testing.T, dir string) {
	for name, statements := range map[string][]string{
		"a byte of an entry":  {`UPDATE entries SET body = CAST(substr(body, 1, 40) || x'00' || substr(body, 42) AS BLOB) WHERE seq = 9`},
		"a digest":            {`UPDATE entries SET hash = zeroblob(32) WHERE seq = 12`},
		"a kind":              {`UPDATE entries SET kind = 'landed' WHERE seq = 6`},
		"a round":             {`UPDATE entries SET round = 77 WHERE seq = 6`},
		"two entries swapped": {`UPDATE entries SET seq = -1 WHERE seq = 8`, `UPDATE entries SET seq = 8 WHERE seq = 9`, `UPDATE entries SET seq = 9 WHERE seq = -1`},
		"an entry removed":    {`DELETE FROM entries WHERE seq = 15`},
		"the end cut off":     {`DELETE FROM entries WHERE seq > (SELECT max(seq) - 30 FROM entries)`},
	} {
		t.Run(name, func(t *testing.T) {
			copyDir := t.TempDir()
			if err := os.CopyFS(copyDir, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			folder := filepath.Join(copyDir, "validator-1")
			alter(t, folder, statements)
			if err := os.Remove(filepath.Join(folder, "evidence.head")); err != nil && !errors.Is(err, os.ErrNotExist) {
				t.Fatal(err)
			}
			if r, err := replay(t, copyDir, "validator-1"); err == nil && r.Mismatches == 0 {
				t.Errorf("not noticed: %v", r)
			}
		})
	}
}

func alter(t *testing.T, folder string, statements []string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(folder, "evidence.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range statements {
		r, err := db.Exec(s)
		if err != nil {
			t.Fatal(err)
		}
		if n, _ := r.RowsAffected(); n == 0 {
			t.Fatalf("%s changed nothing", s)
		}
	}
}

// TestKilledRun is the process that TestRunSurvivesKills kills.
func TestKilledRun(t *testing.T) {
	dir := os.Getenv("ASSAY_KILLED_RUN")
	if dir == "" {
		t.Skip("run by TestRunSurvivesKills only")
	}
	if err := start(t.Context(), quick(t, dir, 0), os.Stdout); err != nil {
		t.Fatal(err)
	}
}

// A whole subnet that is killed without warning, twice, goes on from its folder:
// the chain, the stores and the records, none of which votes twice for an epoch.
func TestRunSurvivesKills(t *testing.T) {
	dir := t.TempDir()
	for range 2 {
		killed(t, dir)
	}
	var out bytes.Buffer
	cfg := quick(t, dir, 2)
	if err := start(t.Context(), cfg, &out); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), `{"epoch":`); n != 2 {
		t.Errorf("%d epochs after two kills, want 2 more: %.300s", n, out.String())
	}
	replayAll(t, dir)
}

// killed runs the subnet in a process of its own until an epoch has ended, lets it
// go on for a moment into the next rounds, and kills it.
func killed(t *testing.T, dir string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledRun$")
	cmd.Env = append(os.Environ(), "ASSAY_KILLED_RUN="+dir)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	scan := bufio.NewScanner(stdout)
	scan.Buffer(nil, 1<<20)
	for scan.Scan() && !strings.HasPrefix(scan.Text(), `{"epoch":`) {
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed
}

func TestAnotherRunsFolderIsRefused(t *testing.T) {
	dir := t.TempDir()
	cfg := quick(t, dir, 1)
	w, l, err := openWorld(dir, cfg, always, time.Unix(1_800_000_000, 0))
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	cfg.Seed++
	if _, _, err := openWorld(dir, cfg, always, time.Now()); !errors.Is(err, ErrOtherRun) || !strings.Contains(err.Error(), "--seed 3") {
		t.Errorf("error %v, want one that names the folder's seed", err)
	}
	cfg.Seed--
	cfg.Seed = 99 // not given, so the folder's own holds
	again, l, err := openWorld(dir, cfg, func(string) bool { return false }, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if again != w {
		t.Errorf("the world is %+v, was %+v", again, w)
	}
}

// What the scenario states: each honest miner has topics of its own that make up
// more than a tenth of its posts, at the start of a run as at its end.
func TestScenarioHoldsWhatItStates(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	forum, err := site.New(func() site.Config {
		c := site.Defaults(1, now)
		c.Now = func() time.Time { return now }
		return c
	}())
	if err != nil {
		t.Fatal(err)
	}
	collectors := map[string]int{}
	for _, p := range scenario() {
		if p.Behaviour == Honest {
			for _, topic := range p.Topics {
				collectors[topic]++
			}
		}
	}
	for _, later := range []time.Duration{0, 2 * time.Minute} {
		now = now.Add(later)
		for _, p := range scenario() {
			if p.Behaviour != Honest {
				continue
			}
			own, all := 0, 0
			for _, topic := range p.Topics {
				n := forum.VisibleIn(topic)
				all += n
				if collectors[topic] == 1 {
					own += n
				}
			}
			if 10*own < all {
				t.Errorf("%s collects %d posts alone of %d", p.Name, own, all)
			}
		}
	}
	if n := forum.Noise(); n.VanishShare > 0.02 {
		t.Errorf("%v of posts vanish", n.VanishShare)
	}
}
