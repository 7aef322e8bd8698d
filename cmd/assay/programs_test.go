package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/assaynet/assay/evidence"
	record "github.com/assaynet/assay/evidence/log"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/programs"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/source"
)

func TestProgramsList(t *testing.T) {
	a, out, _ := trial("programs", "list")
	if code := a.run(); code != codeOK {
		t.Fatal(code)
	}
	for _, name := range programs.Names() {
		if !strings.Contains(out.String(), "\n"+name+" ") {
			t.Errorf("no %s in\n%s", name, out)
		}
	}
	a, out, _ = trial("programs", "list", "--json")
	var rows []programRow
	if code := a.run(); code != codeOK || json.Unmarshal([]byte(out.String()), &rows) != nil || len(rows) != len(programs.Names()) {
		t.Fatal(code, out)
	}
	for _, r := range rows {
		if r.Name == "spam" && (r.Kind != "judgement" || r.Task != "annotate" || r.Answers != "category" || r.Cells != 1 || r.Licence == "" || r.About == "") {
			t.Errorf("%+v", r)
		}
	}
}

func TestProgramsShowIsTheFile(t *testing.T) {
	want, err := programs.Files.ReadFile("spam.yaml")
	if err != nil {
		t.Fatal(err)
	}
	a, out, _ := trial("programs", "show", "spam")
	if code := a.run(); code != codeOK || out.String() != string(want) {
		t.Errorf("exit code %d\n%s", code, out)
	}
	a, _, talk := trial("programs", "show", "spma")
	if code := a.run(); code != codeUsage || !strings.Contains(talk.String(), `did you mean "spam"?`) {
		t.Errorf("exit code %d, %s", code, talk)
	}
}

// TestProgramsNew writes a program of each kind: it has every key that a program of
// its kind can have, and is right as it is.
func TestProgramsNew(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, kind := range starterKinds() {
		name := "my-" + kind
		a, out, talk := trial("programs", "new", name, "--kind", kind)
		if code := a.run(); code != codeOK || out.String() != name+".yaml\n" || !strings.Contains(talk.String(), "assay programs check "+name+".yaml") {
			t.Fatalf("%s: exit code %d, %s%s", kind, code, out, talk)
		}
		a, out, talk = trial("programs", "check", name+".yaml", "forum")
		if code := a.run(); code != codeOK || !strings.Contains(out.String(), fmt.Sprintf("%s.yaml is right: program %s, kind %s", name, name, kind)) {
			t.Errorf("%s: exit code %d, %s%s", kind, code, out, talk)
		}
		text, err := os.ReadFile(name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		if p, err := program.Decode(text); err != nil || p.Name != name || bytes.Contains(text, []byte("NAME")) {
			t.Errorf("%s: %v, or NAME is left in it", kind, err)
		}
		a, _, talk = trial("programs", "new", name, "--kind", kind)
		if code := a.run(); code != codeUsage || !strings.Contains(talk.String(), "is there already") {
			t.Errorf("%s again: exit code %d, %s", kind, code, talk)
		}
		if again, _ := os.ReadFile(name + ".yaml"); !bytes.Equal(again, text) {
			t.Errorf("%s: a file that was there has changed", kind)
		}
	}
	for args, want := range map[string]string{
		"programs new tone":                               `--kind: "", want record`,
		"programs new tone --kind blob":                   `--kind: "blob", want record`,
		"programs new Tone --kind record":                 `the name "Tone" of a program`,
		"programs new a:\tb --kind record":                "takes 1 argument",
		"programs new":                                    "takes 1 argument, the name of the new program",
		"programs new tone --kind record --out ./no/such": "no such file",
	} {
		a, out, talk := trial(strings.Fields(args)...)
		if code := a.run(); code == codeOK || out.String() != "" || !strings.Contains(talk.String(), want) {
			t.Errorf("%s: exit code %d, %s%s", args, code, out, talk)
		}
	}
	if _, err := os.Stat("tone.yaml"); err == nil {
		t.Error("a file was written although something was wrong")
	}
}

func TestProgramsCheck(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, replace ...string) string {
		text, err := programs.Files.ReadFile("spam.yaml")
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(strings.NewReplacer(replace...).Replace(string(text))), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	bad := write("bad.yaml", "tasks: 4", "tasks: 40", "quota: 5000", "quota: 0")
	lost := write("lost.yaml", "program: forum", "program: papers", "name: spam", "name: lost")
	for _, c := range []struct {
		args []string
		code int
		want []string
	}{
		{[]string{"forum", "spam", "preference"}, codeOK, []string{"forum is right: program forum", "preference is right"}},
		{[]string{lost}, codeOK, []string{"lost.yaml is right"}},
		{[]string{"forum", lost}, codeUsage, []string{`program "lost": items.program: "papers" is not a program of this subnet`}},
		{[]string{bad, "spam", "./absent.yaml"}, codeUsage, []string{bad + ":30: labelling.tasks: 40, want 1 to 32\n", bad + ":38: labelling.quota: 0, want 1 to 1000000\n", "./absent.yaml: no such file"}},
		{[]string{"spma"}, codeUsage, []string{"spma: neither a program within the binary"}},
		{[]string{dir}, codeUsage, []string{"is a directory"}},
		{nil, codeUsage, []string{"takes program files", "see assay --help"}},
	} {
		a, out, talk := trial(append([]string{"programs", "check"}, c.args...)...)
		if code := a.run(); code != c.code || code != codeOK && out.String() != "" {
			t.Errorf("%v: exit code %d, want %d: %s%s", c.args, code, c.code, out, talk)
		}
		for _, want := range c.want {
			if !strings.Contains(out.String()+talk.String(), want) {
				t.Errorf("%v: no %q in\n%s%s", c.args, want, out, talk)
			}
		}
	}
}

// TestProgramsIDs lists the records of a file: what the rows say is what gold is read
// by, and no text is a formula.
func TestProgramsIDs(t *testing.T) {
	var lines []byte
	var want []string
	for i, title := range []string{"plain", "=HYPERLINK(\"http://example.org\")", "two words, \"quoted\""} {
		r := source.Record{URI: fmt.Sprintf("http://example.org/%d", i), Title: title, Body: "a\n\nb", Time: time.Unix(1_600_000_000, 0).UTC()}
		line, err := source.EncodeLine(r)
		if err != nil {
			t.Fatal(err)
		}
		it, err := r.Item()
		if err != nil {
			t.Fatal(err)
		}
		lines, want = append(lines, line...), append(want, it.ID().String())
	}
	path := filepath.Join(t.TempDir(), "mails.jsonl")
	if err := os.WriteFile(path, lines, 0o600); err != nil {
		t.Fatal(err)
	}
	a, out, _ := trial("programs", "ids", path)
	if code := a.run(); code != codeOK {
		t.Fatal(code)
	}
	rows, err := csv.NewReader(strings.NewReader(out.String())).ReadAll()
	if err != nil || len(rows) != 4 || rows[0][0] != "id" || rows[0][1] != "truth" {
		t.Fatalf("%v\n%s", err, out)
	}
	for i, id := range want {
		if rows[i+1][0] != id || rows[i+1][1] != "" || rows[i+1][3] != "a b" {
			t.Errorf("row %v, want %s", rows[i+1], id)
		}
	}
	if rows[2][2] != "'=HYPERLINK(\"http://example.org\")" {
		t.Errorf("a formula: %s", rows[2][2])
	}
	for args, code := range map[string]int{"programs ids " + t.TempDir(): codeInvalid, "programs ids ./absent": codeInvalid, "programs ids": codeUsage} {
		a, out, talk := trial(strings.Fields(args)...)
		if got := a.run(); got != code || out.String() != "" {
			t.Errorf("%s: exit code %d, want %d: %s", args, got, code, talk)
		}
	}
}

// TestProgramsIDsOfARecord lists what miners showed a validator: each record once, and
// nothing of answers that were not taken or are no records.
func TestProgramsIDsOfARecord(t *testing.T) {
	miner, validator := protocol.DeriveKey([]byte("miner")), protocol.DeriveKey([]byte("validator"))
	shown := func(n int, kind item.Kind, outcome evidence.Outcome) (evidence.Call, string) {
		it, err := source.Record{URI: fmt.Sprintf("http://example.org/%d", n), Body: "text", Time: time.Unix(1_600_000_000, 0).UTC()}.Item()
		if err != nil {
			t.Fatal(err)
		}
		it.Kind = kind
		raw, err := it.Encode()
		if err != nil {
			t.Fatal(err)
		}
		sealed, _, err := protocol.Seal(miner, protocol.KindItemsAnswer, validator.Hotkey(), 1, item.Hash{}, &protocol.ItemsAnswer{Items: [][]byte{raw}})
		if err != nil {
			t.Fatal(err)
		}
		return evidence.Call{Answer: sealed, Outcome: outcome}, it.ID().String()
	}
	dir := t.TempDir()
	log, err := record.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	one, first := shown(1, item.KindRecord, evidence.Answered)
	two, second := shown(2, item.KindRecord, evidence.Answered)
	late, _ := shown(3, item.KindRecord, evidence.Late)
	blob, _ := shown(4, item.KindBlob, evidence.Answered)
	for _, calls := range [][]evidence.Call{{one, late}, {two, one, blob, {Answer: []byte("x"), Outcome: evidence.Answered}}} {
		if _, err := log.Append(&evidence.Exchange{Round: 1, Miner: miner.Hotkey(), Calls: calls}); err != nil {
			t.Fatal(err)
		}
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	a, out, talk := trial("programs", "ids", dir)
	code := a.run()
	rows, err := csv.NewReader(strings.NewReader(out.String())).ReadAll()
	if code != codeOK || err != nil || len(rows) != 3 || rows[1][0] != first || rows[2][0] != second {
		t.Errorf("exit code %d, %v, %s\n%s", code, err, talk, out)
	}
}
