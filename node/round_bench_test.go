//go:build unix

package node_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/assaynet/assay/config"
	"github.com/assaynet/assay/evidence"
	journal "github.com/assaynet/assay/evidence/log"
	"github.com/assaynet/assay/node"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring"
	"github.com/assaynet/assay/validator"
)

// BenchmarkFullRound is what one validator of a full subnet needs: a round with 256 miners
// over real sockets, whose pages it fetches from a real server. The miners, the chain and
// the pages are another process, so that what is measured is the validator's own:
//
//	go test ./node -run xxx -bench FullRound -benchtime 5x -timeout 30m
//
// A round is due each crowdRound blocks, so it takes a few minutes whatever the machine.
func BenchmarkFullRound(b *testing.B) {
	dir := b.TempDir()
	crowd := startCrowd(b, dir)
	rounds := make(chan validator.Summary, 4096) // so that nothing waits for the benchmark
	cfg := config.DefaultValidator()
	cfg.Chain.Endpoints = []string{crowd.Chain}
	cfg.Data = config.Data{Dir: filepath.Join(dir, "validator"), Key: filepath.Join(dir, "validator", "hotkey")}
	cfg.Subnet = config.Subnet{RoundBlocks: crowdRound, Programs: []string{crowd.Program}}
	cfg.Rate, cfg.Private = 10_000, crowd.pages(b)
	cfg.Ops.Listen = "127.0.0.1:0"
	writeKey(b, cfg.Data.Key, protocol.DeriveKey([]byte(crowdValidator)))
	v, err := node.OpenValidator(b.Context(), cfg, node.ValidatorOptions{OnRound: func(s validator.Summary) { rounds <- s }}, quiet())
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() { ended <- v.Run(ctx) }()
	next := func() validator.Summary {
		select {
		case s := <-rounds:
			return s
		case err := <-ended:
			b.Fatalf("the validator ended: %v", err)
		}
		panic("unreachable")
	}
	var first uint64 // that is measured
	for range 4 {    // until there are draws, claims of them, and known-good pages
		first = next().Round + 1
	}
	var took time.Duration
	n := 0
	before := spent(b)
	for b.Loop() {
		s := next()
		if lost := len(s.Reasons); lost > 0 || s.Asked != crowdMiners || s.Fetches < crowdMiners {
			b.Fatalf("round %d asked %d miners and fetched %d pages; unanswered: %v", s.Round, s.Asked, s.Fetches, s.Reasons)
		}
		if !slices.ContainsFunc(s.Scores, func(x scoring.Score) bool { return x.Weight > 0 }) {
			b.Fatalf("round %d: nobody has earned anything", s.Round)
		}
		took += s.Duration
		n++
	}
	cpu := spent(b) - before
	stop()
	if err := <-ended; err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(cpu.Milliseconds())/float64(n), "cpu-ms/round")
	b.ReportMetric(float64(took.Milliseconds())/float64(n), "ms/round")
	b.ReportMetric(recorded(b, cfg.Data.Dir, first)/1000, "evidence-kB/round")
	b.ReportMetric(peak(b), "peak-MB")
}

// crowd is where a validator finds the other process.
type crowd struct {
	Chain   string // endpoint
	Pages   string // host:port
	Program string // file
}

// startCrowd runs this test binary as the crowd, until the benchmark ends: see TestMain.
func startCrowd(b *testing.B, dir string) (c crowd) {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), crowdDir+"="+dir)
	cmd.Stderr = os.Stderr
	stop, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	said, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = stop.Close()
		if err := cmd.Wait(); err != nil {
			b.Error(err)
		}
	})
	if err := json.NewDecoder(said).Decode(&c); err != nil {
		b.Fatalf("the crowd does not say where it is: %v", err)
	}
	return c
}

// spent is the processor time of this process.
func spent(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peak is the most memory that this process ever held, in MB; 0 where the system does not
// say.
func peak(b *testing.B) float64 {
	b.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := bytes.Cut(status, []byte("VmHWM:"))
	fields := bytes.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	kB, err := strconv.ParseFloat(string(fields[0]), 64)
	if err != nil {
		b.Fatal(err)
	}
	return kB * 1024 / 1e6
}

// recorded is how many bytes a round adds to a record, in the mean over the rounds from
// one on.
func recorded(b *testing.B, dir string, from uint64) float64 {
	b.Helper()
	record, err := journal.OpenReadOnly(dir)
	if err != nil {
		b.Fatal(err)
	}
	defer record.Close()
	sum, rounds, counts := 0, 0, false
	for e, err := range record.Entries(1) {
		if err != nil {
			b.Fatal(err)
		}
		switch body := e.Body.(type) {
		case *evidence.Opened:
			counts = body.Round >= from
		case *evidence.Closed:
			if counts {
				rounds++
			}
		}
		if counts {
			sum += len(e.Bytes)
		}
	}
	return float64(sum) / float64(max(rounds, 1))
}
