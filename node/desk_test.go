package node_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assaynet/assay/node"
	"github.com/assaynet/assay/programs"
)

// A miner with an address for it serves the labelling desk of its programs, which knows
// the chain's round; one without has none.
func TestMinerServesTheDesk(t *testing.T) {
	s := newSubnet(t)
	ctx, stop := context.WithCancel(s.runDevnet())
	defer stop()
	text, err := programs.Files.ReadFile("spam.yaml")
	if err != nil {
		t.Fatal(err)
	}
	spam := filepath.Join(s.dir, "spam.yaml")
	if err := os.WriteFile(spam, text, 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := s.minerConfig()
	cfg.Subnet.Programs = append(cfg.Subnet.Programs, spam)
	cfg.Desk.Listen = "127.0.0.1:0"
	m, err := node.OpenMiner(ctx, cfg, node.MinerOptions{}, quiet())
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- m.Run(ctx) }()
	base := "http://" + m.DeskAddr().String()
	var desk struct {
		Miner    string
		Netuid   uint16
		ChainID  uint64 `json:"chain_id"`
		Round    uint64
		Programs []struct{ Name string }
	}
	until(t, "the desk to know the round", func() bool {
		resp, err := http.Get(base + "/api/v1/desk")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if err := json.NewDecoder(resp.Body).Decode(&desk); err != nil {
			t.Fatal(err)
		}
		return desk.Round > 0
	})
	if desk.Miner != s.miner.Hotkey().String() || desk.Netuid != cfg.Chain.Netuid || desk.ChainID == 0 || len(desk.Programs) != 1 || desk.Programs[0].Name != "spam" {
		t.Errorf("the desk is %+v", desk)
	}
	resp, err := http.Get(base + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil || !strings.Contains(string(page), "<html") || resp.Header.Get("Content-Security-Policy") == "" {
		t.Errorf("the page is %.200s, %v", page, err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(cfg.Data.Dir, "desk.db")); err != nil {
		t.Error(err)
	}
}

func TestDeskAddressThatIsTaken(t *testing.T) {
	s := newSubnet(t)
	ctx := s.runDevnet()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	cfg := s.minerConfig()
	cfg.Desk.Listen = taken.Addr().String()
	if _, err := node.OpenMiner(ctx, cfg, node.MinerOptions{}, quiet()); err == nil || !strings.Contains(err.Error(), "--desk.listen") {
		t.Errorf("open with a taken address: %v", err)
	}
	cfg.Desk.Listen = ""
	m, err := node.OpenMiner(ctx, cfg, node.MinerOptions{}, quiet())
	if err != nil {
		t.Fatal(err)
	}
	if m.DeskAddr() != nil {
		t.Error("a miner without an address has a desk")
	}
	ended, stop := context.WithCancel(ctx)
	stop()
	if err := m.Run(ended); err != nil {
		t.Error(err)
	}
}
