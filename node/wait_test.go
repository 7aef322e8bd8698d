package node_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/node"
)

// lines is a log that a test may read while it is written.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) count(s string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.b.String(), s)
}

func ask(address, path string) string {
	resp, err := http.Get(fmt.Sprintf("http://%s%s", address, path))
	if err != nil {
		return err.Error()
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return err.Error()
	}
	return string(body)
}

// A miner and a validator that are started while the chain is away say so, and come
// up by themselves when it is there.
func TestNodesWaitForTheChain(t *testing.T) {
	s := newSubnet(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	vcfg, mcfg := s.validatorConfig(), s.minerConfig()
	vcfg.Ops.Listen, mcfg.Ops.Listen = freeAddress(t), freeAddress(t)
	said := new(lines)
	log := slog.New(slog.NewTextHandler(said, nil))
	ended := make(chan error, 2)
	go func() {
		v, err := node.OpenValidator(ctx, vcfg, node.ValidatorOptions{}, log)
		if err == nil {
			err = v.Run(ctx)
		}
		ended <- err
	}()
	go func() {
		m, err := node.OpenMiner(ctx, mcfg, node.MinerOptions{}, log)
		if err == nil {
			err = m.Run(ctx)
		}
		ended <- err
	}()
	for _, address := range []string{vcfg.Ops.Listen, mcfg.Ops.Listen} {
		until(t, "a node that waits to say so", func() bool { return strings.Contains(ask(address, "/readyz"), "waiting for the chain") })
		if text := ask(address, "/metrics"); !strings.Contains(text, `assay_chain_endpoint_up{endpoint="ws://`+s.chain+`"} 0`) {
			t.Errorf("metrics while the chain is away: %s", text)
		}
	}
	s.runDevnet()
	for _, address := range []string{vcfg.Ops.Listen, mcfg.Ops.Listen} {
		until(t, "a node to have its chain", func() bool { return strings.Contains(ask(address, "/readyz"), "ok   chain") })
	}
	until(t, "the miner to be registered", func() bool { return strings.Contains(ask(mcfg.Ops.Listen, "/readyz"), "ok   joined") })
	stop()
	for range 2 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	if n := said.count("waiting for the chain"); n != 2 {
		t.Errorf("%d lines say that a node waits, want one each", n)
	}
}

// What no waiting mends is an error at once, and a folder is free again when the
// wait is given up.
func TestNodesDoNotWaitInVain(t *testing.T) {
	s := newSubnet(t)
	s.runDevnet()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	cfg := s.validatorConfig()
	cfg.Chain.Netuid = 77
	if _, err := node.OpenValidator(ctx, cfg, node.ValidatorOptions{}, quiet()); !errors.Is(err, chain.ErrNoSubnet) {
		t.Errorf("a subnet that does not exist: %v", err)
	}
	miner := s.minerConfig()
	miner.Chain.Endpoints = []string{"tcp://" + s.chain}
	if _, err := node.OpenMiner(ctx, miner, node.MinerOptions{}, quiet()); !errors.Is(err, chain.ErrEndpoint) {
		t.Errorf("an address of no node: %v", err)
	}
	if ctx.Err() != nil {
		t.Error("it was waited for")
	}
	for range 2 {
		gone, give := context.WithTimeout(t.Context(), 200*time.Millisecond)
		cfg := s.validatorConfig()
		cfg.Chain.Endpoints = []string{"ws://" + freeAddress(t)}
		_, err := node.OpenValidator(gone, cfg, node.ValidatorOptions{}, quiet())
		give()
		if dial, ok := errors.AsType[*net.OpError](err); !ok || dial.Op != "dial" || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("given up: %v", err)
		}
	}
}
