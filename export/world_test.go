package export

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring"
	"github.com/assaynet/assay/scoring/kernel"
)

// mail is a made-up item; every fifth holds an address.
func mail(t testing.TB, i int, licence string) (item.Hash, []byte) {
	t.Helper()
	body := fmt.Sprintf("Text %d, with ünïcode,\n\"quotes\" and | bars.", i)
	if i%5 == 0 {
		body += " Write to jo.doe@example.org!"
	} else {
		body += " Write to a***@example!"
	}
	canonical, err := item.Record{Author: "Jo", Title: fmt.Sprintf("=Title %d", i), Body: body, Time: 1_700_000_000 + int64(i)}.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	it := item.Item{Kind: item.KindRecord, URI: fmt.Sprintf("http://forum.example/%d", i), Canonical: canonical, Label: "misc", Contributor: "someone", Licence: licence}
	encoded, err := it.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return it.ID(), encoded
}

func hotkey(kind string, i int) protocol.Hotkey {
	return protocol.Hotkey(item.Sum(kind, []byte{byte(i)}))
}

func labelling(name string, answers program.Answers) *program.Program {
	return &program.Program{Name: name, About: "Mails | and <b>posts</b>.", Kind: item.KindJudgement.String(), Task: "annotate", Licence: "CC0-1.0",
		Question: "Is it *spam*?", Guidelines: "Read it.\n\n<script>alert(1)</script>\n", Answers: answers,
		Items: program.Items{Program: "forum"}, Labelling: program.Labelling{Aggregation: "auto", Redundancy: 4}}
}

func spam() *program.Program {
	return labelling("spam", program.Answers{Type: program.Category, Labels: []string{"ham", "spam"}})
}

// record is one validator's, with tasks about the items from..to−1. Miner 5 never passes
// the exam, and the others do after six tasks.
func record(t testing.TB, p *program.Program, validator, from, to int) *Record {
	t.Helper()
	r := &Record{Validator: hotkey("validator", validator), Netuid: 7, Program: p, Round: uint64(to), Time: 1_790_000_000 + int64(to)}
	random := kernel.NewRandom(uint64(from))
	answers := spaceOf(p.Answers)
	for i := from; i < to; i++ {
		task := scoring.Judged{Program: p.Name, Round: uint64(i / 4), Closed: uint64(i/4 + 9)}
		id, encoded := mail(t, i, "CC-BY-4.0")
		task.Subjects, task.Items = []item.Hash{id}, [][]byte{encoded}
		if p.Judged() == 2 {
			other, b := mail(t, (i+1+i%7)%12+1000, "CC0-1.0")
			id, encoded = mail(t, i%12+1000, "CC-BY-4.0")
			if id == other {
				continue
			}
			task.Subjects, task.Items = []item.Hash{id, other}, [][]byte{encoded, b}
			if bytes.Compare(id[:], other[:]) > 0 {
				task.Subjects, task.Items = []item.Hash{other, id}, [][]byte{b, encoded}
			}
		}
		truth := random.Intn(len(answers))
		if i%3 == 0 {
			task.Truth = answers[truth]
		}
		for m := range 4 {
			said := truth
			if random.Float64() < 0.2 {
				said = random.Intn(len(answers))
			}
			task.Answers = append(task.Answers, scoring.JudgedAnswer{Miner: hotkey("miner", (i+m)%6), Answer: answers[said],
				Labeller: fmt.Sprintf("0x%040x", m), Comment: "secret words", Millis: uint32(1000 + i), Passed: (i+m)%6 != 5 && i >= from+6,
				Assignment: item.Sum("assignment", []byte{byte((i + m) % 6), byte(i / 4)})})
		}
		r.Tasks = append(r.Tasks, task)
	}
	return r
}

func spaceOf(a program.Answers) []string {
	switch a.Type {
	case program.Pairwise:
		return []string{"left", "right", "tie"}
	case program.Scalar:
		return []string{"0", "0.5", "1", "1.5", "2"}
	case program.Verdict:
		return []string{"accept", "reject", "fix:ham"}
	}
	return a.Labels
}

func merge(t testing.TB, records ...*Record) *Dataset {
	t.Helper()
	d, err := Merge(records, nil)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func write(t testing.TB, d *Dataset, o Options) (string, *Written) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out")
	w, err := Write(context.Background(), out, d, o)
	if err != nil {
		t.Fatal(err)
	}
	return out, w
}

func read(t testing.TB, path ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// contains demands that a text has each of some others.
func contains(t testing.TB, text string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("lacks %q:\n%s", w, text)
		}
	}
}
