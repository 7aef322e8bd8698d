package node_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/assaynet/assay/node"
	"github.com/assaynet/assay/programs"
	"github.com/assaynet/assay/protocol"
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
	var said bytes.Buffer // complete when the miner has ended
	m, err := node.OpenMiner(ctx, cfg, node.MinerOptions{}, slog.New(slog.NewTextHandler(&said, nil)))
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
	if log := said.String(); !strings.Contains(log, "level=WARN") || !strings.Contains(log, "--desk.labellers") {
		t.Errorf("the log does not warn of a desk for anyone:\n%s", log)
	}
}

// With a list of labellers nobody else signs in, and there is nothing to warn of.
func TestDeskForSomeLabellers(t *testing.T) {
	s := newSubnet(t)
	ctx, stop := context.WithCancel(s.runDevnet())
	defer stop()
	ann, bob := protocol.DeriveKey([]byte("ann")), protocol.DeriveKey([]byte("bob"))
	cfg := s.minerConfig()
	cfg.Desk.Listen, cfg.Desk.Labellers = "127.0.0.1:0", []string{ann.Labeller()}
	var said bytes.Buffer
	m, err := node.OpenMiner(ctx, cfg, node.MinerOptions{}, slog.New(slog.NewTextHandler(&said, nil)))
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- m.Run(ctx) }()
	base := "http://" + m.DeskAddr().String() + "/api/v1/"
	for _, c := range []struct {
		key    *protocol.Key
		status int
	}{{ann, http.StatusOK}, {bob, http.StatusForbidden}} {
		if status, body := signIn(t, base, s.miner.Hotkey(), c.key); status != c.status || status != http.StatusOK && !strings.Contains(body, "not_invited") {
			t.Errorf("%s: status %d, want %d: %s", c.key.Labeller(), status, c.status, body)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if strings.Contains(said.String(), "--desk.labellers") {
		t.Errorf("the log warns:\n%s", said.String())
	}
}

// signIn signs a labeller in at a desk, and gives the answer.
func signIn(t *testing.T, base string, miner protocol.Hotkey, key *protocol.Key) (status int, body string) {
	t.Helper()
	post := func(path string, body any) (int, []byte) {
		b, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.Post(base+path, "application/json", bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, err = io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, b
	}
	resp, err := http.Get(base + "desk")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var desk struct {
		ChainID uint64 `json:"chain_id"`
	}
	var fresh struct{ Nonce string }
	_, b := post("nonce", struct{}{})
	if err := errors.Join(json.NewDecoder(resp.Body).Decode(&desk), json.Unmarshal(b, &fresh)); err != nil {
		t.Fatal(err)
	}
	host := resp.Request.URL.Host
	message := fmt.Sprintf("%s wants you to sign in with your Ethereum account:\n%s\n\nLabel for miner %s.\n\nURI: http://%s\nVersion: 1\nChain ID: %d\nNonce: %s\nIssued At: %s",
		host, key.Address().Hex(), miner, host, desk.ChainID, fresh.Nonce, time.Now().UTC().Format(time.RFC3339))
	signature, err := key.SignPersonal(message)
	if err != nil {
		t.Fatal(err)
	}
	status, b = post("login", map[string]string{"labeller": key.Labeller(), "message": message, "signature": "0x" + hex.EncodeToString(signature)})
	return status, string(b)
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
