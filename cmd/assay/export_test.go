package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assaynet/assay/evidence"
	journal "github.com/assaynet/assay/evidence/log"
	"github.com/assaynet/assay/programs"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring"
)

// exportNet is a folder with two validators, whose records have the program spam in
// force and no judged task.
func exportNet(t *testing.T) string {
	t.Helper()
	net := t.TempDir()
	for _, name := range []string{"validator-1", "validator-2"} {
		key, err := protocol.GenerateKey()
		if err != nil {
			t.Fatal(err)
		}
		record, err := journal.Open(filepath.Join(net, name))
		if err != nil {
			t.Fatal(err)
		}
		bodies := []evidence.Body{
			&evidence.Started{Validator: key.Hotkey(), Netuid: 1, Software: "assay/test", Fold: scoring.FoldVersion, RoundBlocks: 4},
			&evidence.Parameters{Source: scoring.DefaultParameters()},
		}
		for _, file := range []string{"forum.yaml", "spam.yaml"} {
			text, err := programs.Files.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			bodies = append(bodies, &evidence.Program{Source: text})
		}
		if _, err := record.AppendAll(bodies...); err != nil {
			t.Fatal(err)
		}
		if err := record.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return net
}

func TestExportUsage(t *testing.T) {
	for _, c := range []struct {
		args, want string
		code       int
	}{
		{"export labels", "takes a program, such as spam", codeUsage},
		{"export labels spam", "--out: name the folder to write", codeUsage},
		{"export labels spam --out x --shard-rows 0", "--shard-rows: 0, want 1 or more", codeUsage},
		{"export labels spam --out x --language english", "want ISO 639 codes", codeUsage},
		{"export labels spam --out x --fource", "did you mean --force?", codeUsage},
		{"export lables", `did you mean "labels"?`, codeUsage},
	} {
		a, out, talk := trial(strings.Fields(c.args)...)
		if code := a.run(); code != c.code || !strings.Contains(talk.String(), c.want) || out.String() != "" {
			t.Errorf("%s: exit code %d, %q, want %q", c.args, code, talk, c.want)
		}
	}
}

func TestExportOfRecords(t *testing.T) {
	net := exportNet(t)
	one, two := filepath.Join(net, "validator-1"), filepath.Join(net, "validator-2")
	plain := filepath.Join(net, "plain")
	if err := os.Mkdir(plain, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want string
		code int
	}{
		{[]string{"spam", net}, "no task of spam has been judged", codeInvalid},
		{[]string{"spam", one, "--record", two, one}, "no task of spam has been judged", codeInvalid},
		{[]string{"forum", one}, `no program "forum" that labels, but spam`, codeInvalid},
		{[]string{"spam", plain}, "holds no validator's record", codeInvalid},
		{[]string{"spam", filepath.Join(net, "absent")}, "no such file or directory", codeInvalid},
	} {
		out := filepath.Join(t.TempDir(), "out")
		a, stdout, talk := trial(append([]string{"export", "labels", "--out", out}, c.args...)...)
		if code := a.run(); code != c.code || !strings.Contains(talk.String(), c.want) || stdout.String() != "" {
			t.Errorf("%v: exit code %d, %q, want %q", c.args, code, talk, c.want)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("%v: a folder is left behind", c.args)
		}
	}
}

func TestRecordFolders(t *testing.T) {
	net := exportNet(t)
	one, two := filepath.Join(net, "validator-1"), filepath.Join(net, "validator-2")
	for _, c := range []struct{ given, want []string }{
		{[]string{net}, []string{one, two}},
		{[]string{one, net, one + "/."}, []string{one, two}},
		{[]string{two}, []string{two}},
	} {
		got, err := recordFolders(c.given)
		if err != nil || strings.Join(got, " ") != strings.Join(c.want, " ") {
			t.Errorf("%v: %v, %v, want %v", c.given, got, err, c.want)
		}
	}
	t.Chdir(net)
	if got, err := recordFolders(nil); err != nil || len(got) != 2 {
		t.Errorf("here: %v, %v", got, err)
	}
}

// A record that lost its end is not exported.
func TestExportOfDamagedRecords(t *testing.T) {
	net := exportNet(t)
	one := filepath.Join(net, "validator-1")
	change(t, one, `DELETE FROM entries WHERE seq = 4`)
	a, _, talk := trial("export", "labels", "spam", "--out", filepath.Join(net, "out"), one)
	if code := a.run(); code != codeData || !strings.Contains(talk.String(), "entry 4") {
		t.Errorf("exit code %d, %s", code, talk)
	}
}
