package node

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/assaynet/assay/config"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/programs"
	"github.com/assaynet/assay/source"
)

// files is a folder for the files of a test.
type files struct {
	*testing.T
	dir string
}

func (f files) write(name, text string) string {
	f.Helper()
	path := filepath.Join(f.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		f.Fatal(err)
	}
	return path
}

// shipped is a program within the binary with some of its text replaced.
func (f files) shipped(name string, replace ...string) string {
	f.Helper()
	text, err := programs.Files.ReadFile(name + ".yaml")
	if err != nil {
		f.Fatal(err)
	}
	return f.write(name+".yaml", strings.NewReplacer(replace...).Replace(string(text)))
}

func (f files) rules(programs ...string) (*config.Validator, rules) {
	f.Helper()
	cfg := config.DefaultValidator()
	cfg.Subnet.Programs = programs
	r, err := loadRules(cfg.Subnet)
	if err != nil {
		f.Fatal(err)
	}
	return cfg, r
}

func record(n int, body string) string {
	line, err := source.EncodeLine(source.Record{URI: fmt.Sprintf("http://forum.example/p/%d", n), Title: "t", Body: body, Label: "fork", Time: time.Unix(1_600_000_000, 0).UTC(), Licence: "CC0-1.0"})
	if err != nil {
		panic(err)
	}
	return string(line)
}

func id(n int) item.Hash { return item.Sum("test", []byte{byte(n)}) }

func TestGold(t *testing.T) {
	f := files{t, t.TempDir()}
	cfg, r := f.rules("forum", "spam")
	path := f.write("gold.csv", fmt.Sprintf("truth,note,id\nspam,,%s\nham,\"a, b\",%s\n", id(1), id(2)))
	cfg.Label.Gold = []string{"spam=" + path}
	gold, err := loadGold(cfg, r)
	if err != nil {
		t.Fatal(err)
	}
	if len(gold) != 1 || len(gold["spam"]) != 2 || gold["spam"][id(1)] != "spam" || gold["spam"][id(2)] != "ham" {
		t.Errorf("got %v", gold)
	}
	if errs := CheckLabels(cfg); len(errs) > 0 {
		t.Error(errs)
	}
}

func TestBadGold(t *testing.T) {
	f := files{t, t.TempDir()}
	cfg, r := f.rules("forum", "spam", "preference")
	first := fmt.Sprintf("id,truth\n%s,spam\n", id(1))
	for text, want := range map[string]string{
		"":                                       "it is empty, want a header with the columns id, truth",
		"id,truth\n":                             "it has no truths below its header",
		first + fmt.Sprintf("%s,spam\n", id(2)):  "all its truths are the same, so nobody's skill could be told from chance",
		"id;truth\n":                             "it seems to be separated by semicolons",
		"id,label\n":                             `line 1: there is no column "truth"`,
		first + fmt.Sprintf("%s,eggs\n", id(2)):  `line 3: truth: answer "eggs": want one of ham, spam`,
		first + fmt.Sprintf("%s,spam \n", id(2)): `line 3: truth: answer "spam ": want one of ham, spam`,
		first + fmt.Sprintf("%s,ham\n", id(1)):   "line 3: id " + id(1).String() + " stands twice",
		first + fmt.Sprintf("%s,\n", id(2)):      `line 3: column "truth" is empty`,
		first + fmt.Sprintf("%s\n", id(2)):       "line 3: it does not have as many fields as the header",
		first + "12,spam\n":                      `line 3: id "12": want a content id of 0x and 64 hex digits`,
		first + "0x" + strings.Repeat("z", 64) + ",spam\n": "line 3: id \"0xzz",
		first + "http://forum.example/p/1,spam\n":          "assay programs ids lists those",
		first + "\"" + strings.Repeat("a", 2<<20):          "or a quote is not closed",
		first + "\xff\xfe,spam\n":                          `line 3: column "id" is not valid UTF-8`,
	} {
		path := f.write("gold.csv", text)
		cfg.Label.Gold = []string{"spam=" + path}
		_, err := loadGold(cfg, r)
		e, ok := errors.AsType[*InvalidError](err)
		if !ok || e.Path != path || !strings.Contains(err.Error(), want) || strings.Count(err.Error(), path) != 1 {
			t.Errorf("%.60q: error %v, want one with %q", text, err, want)
		}
	}
	for value, want := range map[string]string{
		"preference=" + f.write("pairs.csv", first): `the program "preference" compares pairs, for which there is no gold; its raters are examined in the program "spam"`,
		"forum=x":                       `"forum" is no labelling program of this subnet, which has spam, preference`,
		"spma=x":                        `"spma" is no labelling program`,
		"spam=" + f.dir:                 "it is not a plain file",
		"spam=" + f.dir + "/absent.csv": "no such file",
	} {
		cfg.Label.Gold = []string{value}
		if errs := CheckLabels(cfg); len(errs) != 1 || !strings.Contains(errs[0].Error(), want) {
			t.Errorf("%s: %v, want one error with %q", value, errs, want)
		}
	}
}

func TestGoldOfAProgramThatAsksNone(t *testing.T) {
	f := files{t, t.TempDir()}
	cfg, r := f.rules("forum", f.shipped("spam", "gold: 0.3", "gold: 0", "pass: 0.3", "pass: 0"))
	cfg.Label.Gold = []string{"spam=x"}
	if _, err := loadGold(cfg, r); err == nil || !strings.Contains(err.Error(), `the program "spam" asks no gold`) {
		t.Errorf("error %v", err)
	}
}

func TestLabelItems(t *testing.T) {
	f := files{t, t.TempDir()}
	cfg, r := f.rules("forum", f.shipped("spam", "program: forum", "file: mails.jsonl", "max_bytes: 6144", "max_bytes: 400"))
	if _, err := loadLabelItems(cfg, r); err == nil || !strings.Contains(err.Error(), `label.items: must be given: the program "spam" shows the records of mails.jsonl`) {
		t.Errorf("without a folder: %v", err)
	}
	cfg.Label.Items = f.dir
	if _, err := loadLabelItems(cfg, r); err == nil || !strings.Contains(err.Error(), "mails.jsonl: no such file") {
		t.Errorf("without the file: %v", err)
	}
	f.write("mails.jsonl", record(1, "one")+"\n"+record(2, strings.Repeat("large ", 100))+strings.TrimSuffix(record(3, "three"), "\n"))
	items, err := loadLabelItems(cfg, r)
	if err != nil {
		t.Fatal(err)
	}
	if got := items["spam"]; len(got) != 2 || got[0].URI != "http://forum.example/p/1" || got[1].URI != "http://forum.example/p/3" {
		t.Errorf("got %v", got)
	}
	for text, want := range map[string]string{
		"":                                      "0 of its 0 records have at most items.max_bytes = 400 bytes, want at least 1",
		record(1, strings.Repeat("large ", 99)): "0 of its 1 records",
		record(1, "a") + record(2, "b") + record(1, "a"):          "line 3: the record of line 1 again",
		record(1, "a") + "{}\n":                                   "line 2: decode record",
		record(1, "a") + `{"uri":"http://a.example/","text":"x"}`: `unknown field "text"`,
		record(1, "a") + strings.Repeat("a", 2<<20):               "line 2: it is longer than 1048576 bytes",
		record(1, "a") + "\xff\n":                                 "line 2: it is not valid UTF-8",
	} {
		f.write("mails.jsonl", text)
		if _, err := loadLabelItems(cfg, r); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: error %v, want one with %q", text, err, want)
		}
	}
}

// TestLabelWarnings reads gold that others can read, and gold of items that the file
// does not have.
func TestLabelWarnings(t *testing.T) {
	f := files{t, t.TempDir()}
	cfg, r := f.rules("forum", f.shipped("spam", "program: forum", "file: mails.jsonl"))
	f.write("mails.jsonl", record(1, "one"))
	items, err := ReadItems(filepath.Join(f.dir, "mails.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	path := f.write("gold.csv", fmt.Sprintf("id,truth\n%s,spam\n%s,ham\n", items[0].ID(), id(2)))
	cfg.Label.Items, cfg.Label.Gold = f.dir, []string{"spam=" + path}
	said := func() string {
		var b bytes.Buffer
		l, err := loadLabels(cfg, r, slog.New(slog.NewTextHandler(&b, nil)))
		if err != nil || len(l.gold["spam"]) != 2 || len(l.items["spam"]) != 1 {
			t.Fatalf("%+v, %v", l, err)
		}
		return b.String()
	}
	if got := said(); strings.Contains(got, "others can read") || !strings.Contains(got, "never asked") || !strings.Contains(got, "truths=1") {
		t.Errorf("private file: %s", got)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if got := said(); !strings.Contains(got, "others can read the gold") || !strings.Contains(got, "mode=0640") {
		t.Errorf("open file: %s", got)
	}
	cfg.Label.Gold = nil
	var b bytes.Buffer
	if _, err := loadLabels(cfg, r, slog.New(slog.NewTextHandler(&b, nil))); err != nil || !strings.Contains(b.String(), "cannot examine the program's raters") {
		t.Errorf("no gold: %v, %s", err, &b)
	}
}

func TestProgramsByName(t *testing.T) {
	f := files{t, t.TempDir()}
	t.Chdir(f.dir)
	mine := f.shipped("forum", "name: forum", "name: mine")
	for _, c := range []struct {
		named []string
		want  string
	}{
		{nil, "forum"},
		{[]string{"forum", "spam", "preference"}, "forum spam preference"},
		{[]string{mine, "forum"}, "mine forum"},
		{[]string{"./forum.yaml"}, "mine"},
		{[]string{"forum.yaml"}, "mine"},
	} {
		_, r := f.rules(c.named...)
		var got []string
		for _, p := range r.programs {
			got = append(got, p.Name)
		}
		if strings.Join(got, " ") != c.want || len(r.texts) != len(got) {
			t.Errorf("%v gives %v, want %s", c.named, got, c.want)
		}
	}
	for _, c := range []struct {
		named []string
		want  string
	}{
		{[]string{"spma"}, "spma: neither a program within the binary, which are forum, preference, spam"},
		{[]string{"spam"}, `--program: program "spam": items.program: "forum" is not a program of this subnet`},
		{[]string{"forum", "preference"}, `labelling.exam.program: "spam" is not a program of this subnet`},
		{[]string{"forum", "forum"}, `a program "forum" is configured already`},
		{[]string{"./spam"}, "./spam: no such file"},
		{[]string{"../forum"}, "../forum: no such file"},
	} {
		_, err := loadRules(config.Subnet{Programs: c.named})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: error %v, want one with %q", c.named, err, c.want)
		}
		if errs := CheckRules(config.Subnet{Programs: c.named}); len(errs) != 1 || !strings.Contains(errs[0].Error(), c.want) {
			t.Errorf("%v: checked, errors %v, want one with %q", c.named, errs, c.want)
		}
	}
}
