package main

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assaynet/assay/evidence"
	journal "github.com/assaynet/assay/evidence/log"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring"
)

// sampleNet is a folder with a validator, whose record tells of two starts, and
// two folders that claim to be miners'.
func sampleNet(t *testing.T) string {
	t.Helper()
	net := t.TempDir()
	for _, dir := range []string{"validator-1", "miner", "other", "plain"} {
		if err := os.Mkdir(filepath.Join(net, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{"miner", "other"} {
		if err := os.WriteFile(filepath.Join(net, dir, minerDatabase), []byte("no database"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	key, err := protocol.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	record, err := journal.Open(filepath.Join(net, "validator-1"))
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := record.Append(&evidence.Started{Validator: key.Hotkey(), Netuid: 1, Software: "assay/test", Fold: scoring.FoldVersion}); err != nil {
			t.Fatal(err)
		}
	}
	if err := record.Close(); err != nil {
		t.Fatal(err)
	}
	return net
}

func change(t *testing.T, record, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(record, recordDatabase))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statement); err != nil {
		t.Fatal(err)
	}
}

// runLab runs a command and gives what it said on both streams.
func runLab(args ...string) (code int, out, talk string) {
	a, o, e := trial(append([]string{"lab"}, args...)...)
	code = a.run()
	return code, o.String(), e.String()
}

func TestWrongFolders(t *testing.T) {
	net := sampleNet(t)
	for _, c := range []struct{ folder, want string }{
		{net, net + " holds no validator's record (evidence.db), did you mean " + filepath.Join(net, "validator-1") + "?"},
		{filepath.Join(net, "plain"), "plain holds no validator's record (evidence.db)\n"},
		{filepath.Join(net, "miner"), "miner is a miner's folder"},
		{filepath.Join(net, "absent"), "no such file or directory"},
		{filepath.Join(net, "miner", minerDatabase), "is not a folder"},
	} {
		for _, args := range [][]string{{"replay", c.folder}, {"explain", c.folder, "--uid", "1"}} {
			if code, out, talk := runLab(args...); code != codeInvalid || !strings.Contains(talk, c.want) || out != "" {
				t.Errorf("%v: exit code %d, %q, want %q", args, code, talk, c.want)
			}
		}
	}
}

// A chain is not put into the folder of a role.
func TestNoChainAmongRoles(t *testing.T) {
	net := sampleNet(t)
	for _, args := range [][]string{{"devnet", "--dir", filepath.Join(net, "validator-1")}, {"localnet", "--dir", filepath.Join(net, "miner")}} {
		if a, _, talk := trial(args...); a.run() != codeInvalid || !strings.Contains(talk.String(), "give assay "+args[0]+" another with --dir") {
			t.Errorf("%v: %s", args, talk)
		}
	}
}

func TestReplayLooksForMiners(t *testing.T) {
	net := sampleNet(t)
	t.Chdir(filepath.Join(net, "validator-1"))
	code, out, talk := runLab("replay", ".")
	if code != codeOK || !strings.Contains(out, "mismatches=0") {
		t.Errorf("exit code %d, %s%s", code, out, talk)
	}
	if strings.Count(talk, "warning: a miner beside is left out") != 2 || !strings.Contains(talk, "no miner's heads were found") {
		t.Errorf("said %q", talk)
	}
	if code, _, talk := runLab("replay", ".", "--peer", "../miner"); code != codeData || !strings.Contains(talk, "--peer: ") {
		t.Errorf("a named miner that cannot be read: exit code %d, %s", code, talk)
	}
	if code, _, talk := runLab("replay", ".", "--peer", "../plain"); code != codeInvalid || !strings.Contains(talk, "is no miner's folder") {
		t.Errorf("a named folder without a miner: exit code %d, %s", code, talk)
	}
}

func TestReplayOfDamagedRecords(t *testing.T) {
	record := filepath.Join(sampleNet(t), "validator-1")
	change(t, record, `DELETE FROM entries WHERE seq = 3`)
	code, out, talk := runLab("replay", record)
	if code != codeUnexpected || !strings.Contains(out, "mismatches=1") || !strings.Contains(out, "first divergence: entry 3: it is missing: the record ends at entry 2") {
		t.Errorf("cut: exit code %d, %s%s", code, out, talk)
	}
	if code, _, talk := runLab("explain", record, "--uid", "1"); code != codeData {
		t.Errorf("explained: exit code %d, %s", code, talk)
	}
	change(t, record, `UPDATE entries SET body = x'00' WHERE seq = 1`)
	if code, out, _ := runLab("replay", record); code != codeUnexpected || out != "mismatches=1\nfirst divergence: entry 1: its content does not have its hash\n" {
		t.Errorf("altered: exit code %d, %s", code, out)
	}
	for _, text := range []string{"", "no database at all"} {
		if err := os.WriteFile(filepath.Join(record, recordDatabase), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if code, out, talk := runLab("replay", record); code != codeData || out != "" {
			t.Errorf("%q: exit code %d, %s", text, code, talk)
		}
	}
}
