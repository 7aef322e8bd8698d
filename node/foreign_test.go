package node_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/assaynet/assay/node"
)

// A miner whose settings call a real chain a devnet signs no registration there.
func TestMinerRegistersOnlyOnADevnet(t *testing.T) {
	s := newSubnet(t)
	ctx, stop := context.WithCancel(s.runDevnet())
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		resp, err := http.Post("http://"+s.chain, "application/json", r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		w.Header().Set("Content-Type", "application/json")
		w.Write(bytes.ReplaceAll(body, []byte(`"Assay devnet"`), []byte(`"Bittensor"`)))
	}))
	defer front.Close()
	cfg := s.minerConfig()
	cfg.Chain.Endpoints = []string{front.URL}
	m, err := node.OpenMiner(ctx, cfg, node.MinerOptions{}, quiet())
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- m.Run(ctx) }()
	deadline, tick := time.After(30*time.Second), time.NewTicker(20*time.Millisecond)
	defer tick.Stop()
	for said := ""; !strings.Contains(said, "assay register"); {
		results, _ := m.Ready.Results()
		for _, r := range results {
			said += r.Reason
		}
		select {
		case <-deadline:
			t.Fatalf("the miner says %q", said)
		case err := <-done:
			t.Fatalf("the miner ended: %v", err)
		case <-tick.C:
		}
	}
	reader, err := node.OpenReader(ctx, cfg.Chain, quiet())
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if _, registered, err := reader.UID(ctx, s.miner.Hotkey()); registered || err != nil {
		t.Errorf("registered: %v, %v", registered, err)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
