package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/config"
	"github.com/assaynet/assay/evidence"
	journal "github.com/assaynet/assay/evidence/log"
	"github.com/assaynet/assay/evidence/publish"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/node"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring"
	"github.com/assaynet/assay/validator"
)

// votingRecord is the record of a validator, still open for writing: one vote was
// revealed, one is committed, one expired.
func votingRecord(t *testing.T, hotkey protocol.Hotkey) (string, *journal.Log) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "validator")
	record, err := journal.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { record.Close() })
	nonce := bytes.Repeat([]byte{1}, evidence.NonceBytes)
	for _, body := range []evidence.Body{
		&evidence.Started{Validator: hotkey, Netuid: 1, Software: "assay/test", Fold: scoring.FoldVersion},
		&evidence.Intent{Epoch: 3, Block: 45, UIDs: []uint16{4, 5}, Weights: []uint16{65535, 9}, Nonce: nonce},
		&evidence.Committed{Epoch: 3, Index: 3, Block: 46, Tx: item.Sum("commit")},
		&evidence.Intent{Epoch: 4, Block: 57, UIDs: []uint16{4}, Weights: []uint16{65535}, Nonce: nonce},
		&evidence.Landed{Epoch: 3, Block: 49, Tx: item.Sum("reveal")},
		&evidence.Landed{Epoch: 4, Fault: "expired"},
		&evidence.Intent{Epoch: 5, Block: 69, UIDs: []uint16{4}, Weights: []uint16{65535}, Nonce: nonce},
		&evidence.Committed{Epoch: 5, Index: 5, Block: 70, Tx: item.Sum("commit 2")},
	} {
		if _, err := record.Append(body); err != nil {
			t.Fatal(err)
		}
	}
	return dir, record
}

func TestWeightsHistory(t *testing.T) {
	dir, _ := votingRecord(t, protocol.Hotkey{7})
	a, out, talk := trial("weights", "history", "--dir", dir)
	if code := a.run(); code != codeOK {
		t.Fatalf("exit code %d: %s", code, talk)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	for i, want := range [][]string{
		{"EPOCH", "DECIDED", "MINERS", "COMMIT", "COMMIT", "TX", "LANDED", "REVEAL", "TX", "NOTE"},
		{"3", "45", "2", "46", item.Sum("commit").String()[:10], "49", item.Sum("reveal").String()[:10]},
		{"4", "57", "1", "-", "-", "-", "-", "did", "not", "land:", "expired"},
		{"5", "69", "1", "70", item.Sum("commit 2").String()[:10], "-", "-", "to", "be", "revealed"},
	} {
		if i >= len(lines) || !slices.Equal(strings.Fields(lines[i]), want) {
			t.Fatalf("line %d of\n%s\nwant %v", i+1, out, want)
		}
	}
	a, out, _ = trial("weights", "history", "--dir", dir, "--json")
	var rows []historyRow
	if code := a.run(); code != codeOK || json.Unmarshal([]byte(out.String()), &rows) != nil || len(rows) != 3 || rows[0].LandedBlock != 49 || !rows[2].Pending {
		t.Errorf("exit code %d, %s", code, out)
	}
	if a, _, talk := trial("weights", "history", "--dir", t.TempDir()); a.run() != codeInvalid {
		t.Errorf("a folder without a record: %s", talk)
	}
}

// The status comes from the chain, with what the record beside adds while its
// validator goes on writing.
func TestWeightsStatus(t *testing.T) {
	key := protocol.DeriveKey([]byte("status"))
	cfg := config.DefaultDevnet()
	cfg.Pace.Tempo, cfg.Pace.BlockTime = 50, 50*time.Millisecond
	cfg.Validators = []string{key.Address().Hex() + "=1000"}
	genesis, err := node.DevnetGenesis(cfg)
	if err != nil {
		t.Fatal(err)
	}
	d, err := node.OpenDevnet(filepath.Join(t.TempDir(), "chain"), "127.0.0.1:0", "127.0.0.1:0", genesis, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	dir, record := votingRecord(t, key.Hotkey())
	status := func(args ...string) (s weightsStatus) {
		t.Helper()
		a, out, talk := trial(append([]string{"weights", "status", "--subtensor.chain_endpoint", d.Endpoint(), "--netuid", "1", "--json"}, args...)...)
		if code := a.run(); code != codeOK {
			t.Fatalf("%v: exit code %d: %s", args, code, talk)
		}
		if err := json.Unmarshal([]byte(out.String()), &s); err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := status("--dir", dir)
	if !s.Registered || !s.Permit || s.Hotkey != key.Hotkey() || !s.Record || len(s.Pending) != 1 || s.Pending[0].Committed != 70 || s.LastVote != 49 || s.Due == 0 || s.Why == "" {
		t.Errorf("status %+v", s)
	}
	if _, err := record.Append(&evidence.Landed{Epoch: 5, Block: 99, Tx: item.Sum("reveal 2")}); err != nil {
		t.Fatal(err)
	}
	if s := status("--dir", dir); len(s.Pending) != 0 || s.LastVote != 99 {
		t.Errorf("status after more was written: %+v", s)
	}
	if s := status("--dir", t.TempDir(), "--hotkey", protocol.Hotkey{9}.String()); s.Registered || s.Record || s.Why != "the hotkey is not registered on the subnet" {
		t.Errorf("status of a stranger: %+v", s)
	}
	a, out, talk := trial("weights", "status", "--subtensor.chain_endpoint", d.Endpoint(), "--netuid", "1", "--dir", dir)
	if code := a.run(); code != codeOK || !strings.Contains(out.String(), "uid 0 on netuid 1, validator permit: yes") || !strings.Contains(out.String(), "\nnext") {
		t.Errorf("exit code %d: %s%s", code, out, talk)
	}
	a, out, _ = trial("weights", "status", "--subtensor.chain_endpoint", d.Endpoint(), "--netuid", "1", "--dir", t.TempDir(), "--hotkey", protocol.Hotkey{9}.String())
	if code := a.run(); code != codeOK || strings.Contains(out.String(), "weights allowed") {
		t.Errorf("a stranger: exit code %d: %s", code, out)
	}
	if a, _, talk := trial("weights", "status", "--subtensor.chain_endpoint", d.Endpoint(), "--netuid", "1", "--dir", t.TempDir()); a.run() != codeUsage || !strings.Contains(talk.String(), "--hotkey must be given") {
		t.Errorf("without a hotkey: %s", talk)
	}
}

func TestOpenCommitWindow(t *testing.T) {
	clock := chain.EpochClock{Index: 10, Last: 1000, Next: 1100}
	for _, c := range []struct {
		made, period uint64
		from, to     uint64
		expired      bool
	}{{10, 1, 1100, 1199, false}, {9, 1, 1000, 1099, false}, {8, 1, 0, 0, true}, {9, 3, 1200, 1299, false}} {
		o := openCommitOf(chain.Commit{Epoch: c.made}, c.period, 100, clock)
		if o.From != c.from || o.To != c.to || o.Expired != c.expired || o.Reveal != c.made+c.period {
			t.Errorf("made in %d: %+v", c.made, o)
		}
	}
}

// A fetched record replays, and the replay names what is withheld.
func TestFetchAndReplay(t *testing.T) {
	record, err := journal.OpenReadOnly(filepath.Join(sampleNet(t), "validator-1"))
	if err != nil {
		t.Fatal(err)
	}
	defer record.Close()
	var first evidence.Entry
	for e, err := range record.Entries(2) {
		if err != nil {
			t.Fatal(err)
		}
		first = e
		break
	}
	started := first.Body.(*evidence.Started)
	server := httptest.NewServer(publish.New(publish.Source{
		Validator: started.Validator, Netuid: 1, Record: record, Published: func() evidence.Head { return first.Head() },
	}))
	defer server.Close()
	dir := filepath.Join(t.TempDir(), "record")
	for _, fresh := range []string{"new=2", "new=0"} {
		code, out, talk := runLab("fetch", server.URL, dir)
		if code != codeOK || !strings.Contains(out, "entries=2 "+fresh+" withheld=1 ") {
			t.Errorf("fetch: exit code %d, %s%s", code, out, talk)
		}
	}
	code, out, talk := runLab("replay", dir)
	if code != codeOK || !strings.Contains(out, "mismatches=0") || !strings.Contains(talk, "withheld: entries after 2, 1 of them") {
		t.Errorf("replay: exit code %d, %s%s", code, out, talk)
	}
	note, _, err := publish.ReadNote(dir)
	if err != nil {
		t.Fatal(err)
	}
	anchor := func(seq uint64) validator.Anchor {
		return validator.Anchor{Peer: "m", Validator: started.Validator, Anchor: protocol.Anchor{Seq: seq}}
	}
	kept, later := comparable([]validator.Anchor{anchor(1), anchor(2), anchor(3), anchor(9)}, note, 1)
	if len(kept) != 2 || kept[1].Seq != 2 || later != 2 {
		t.Errorf("heads kept: %v, withheld %d", kept, later)
	}
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		if strings.HasPrefix(r.URL.Path, "/gone/") {
			w.WriteHeader(http.StatusNotFound)
		}
		fmt.Fprint(w, "<html>")
	}))
	defer page.Close()
	mute, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer mute.Close()
	go func() {
		for {
			c, err := mute.Accept()
			if err != nil {
				return
			}
			_, _ = c.Read(make([]byte, 1<<10))
			_ = c.Close()
		}
	}()
	const none = "this is not a validator's published record"
	for _, c := range []struct {
		address string
		code    int
		want    string
	}{
		{"nowhere", codeUsage, "want http://host:port"},
		{page.Listener.Addr().String(), codeUsage, "want http://host:port"},
		{page.URL, codeInvalid, none},
		{page.URL + "/gone", codeInvalid, none},
		{"http://" + mute.Addr().String(), codeInvalid, none},
	} {
		if code, _, talk := runLab("fetch", c.address, dir); code != c.code || !strings.Contains(talk, c.want) || strings.Contains(talk, "<html>") {
			t.Errorf("fetch %s: exit code %d, %s", c.address, code, talk)
		}
	}
}
