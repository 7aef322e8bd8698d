package node_test

import (
	"context"
	"path/filepath"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/assaynet/assay/evidence"
	journal "github.com/assaynet/assay/evidence/log"
	"github.com/assaynet/assay/evidence/publish"
	"github.com/assaynet/assay/node"
	"github.com/assaynet/assay/validator"
)

// What a running validator publishes is fetched over its socket, replays, and ends
// with the last vote that everyone knows.
func TestPublishedRecordReplays(t *testing.T) {
	s := newSubnet(t)
	ctx, stop := context.WithCancel(s.runDevnet())
	defer stop()
	cfg := s.validatorConfig()
	cfg.Publish = "127.0.0.1:0"
	v, err := node.OpenValidator(ctx, cfg, node.ValidatorOptions{}, quiet())
	if err != nil {
		t.Fatal(err)
	}
	m, err := node.OpenMiner(ctx, s.minerConfig(), node.MinerOptions{}, quiet())
	if err != nil {
		t.Fatal(err)
	}
	var g errgroup.Group
	g.Go(func() error { return v.Run(ctx) })
	g.Go(func() error { return m.Run(ctx) })
	dir := filepath.Join(t.TempDir(), "record")
	var seen uint64
	for range 2 { // and once more, from where it stood
		until(t, "something to be published", func() bool { return v.Published().Seq > seen })
		r, err := publish.Fetch(ctx, "http://"+v.PublishAddr().String(), dir)
		if err != nil {
			t.Fatal(err)
		}
		if r.Head.Seq <= seen || r.Head.Validator != s.validator.Hotkey() || r.Head.Withheld == 0 {
			t.Errorf("fetched %+v after %d entries", r, seen)
		}
		seen = r.Head.Seq
	}
	stop()
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
	l, err := journal.OpenReadOnly(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for e, err := range l.Entries(seen) {
		if err != nil || e.Body.Kind() != evidence.KindIntent {
			t.Errorf("what is published ends with a %s entry, %v", e.Body.Kind(), err)
		}
	}
	report, err := validator.Replay(l.Entries(1), nil)
	if err != nil || report.Mismatches != 0 || report.Votes == 0 || report.Head.Seq != seen {
		t.Errorf("replay %v, %v", report, err)
	}
}
