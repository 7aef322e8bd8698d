package program_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/programs"
	"github.com/assaynet/assay/protocol"
)

func source(t testing.TB, file string) string {
	t.Helper()
	b, err := programs.Files.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func decode(t testing.TB, text string) *program.Program {
	t.Helper()
	p, err := program.Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestShippedLabellingPrograms(t *testing.T) {
	spam, preference := decode(t, source(t, "spam.yaml")), decode(t, source(t, "preference.yaml"))
	for _, p := range []*program.Program{spam, preference} {
		if !p.Judges() || p.CellCount() != 1 || p.CellName(0) != "labels" || p.Demand(0) != p.Labelling.Demand || p.Demand(1) != 0 {
			t.Errorf("%s: %d cells, %q, demand %v", p.Name, p.CellCount(), p.CellName(0), p.Demand(0))
		}
	}
	if spam.Judged() != 1 || preference.Judged() != 2 {
		t.Errorf("a task shows %d and %d items, want 1 and 2", spam.Judged(), preference.Judged())
	}
	if spam.ExamProgram() != "spam" || preference.ExamProgram() != "spam" {
		t.Errorf("exams in %s and %s, want spam", spam.ExamProgram(), preference.ExamProgram())
	}
	forum, _ := forum(t)
	if errs := program.Together([]*program.Program{preference, spam, forum}); len(errs) > 0 {
		t.Errorf("together: %v", errs)
	}
}

// TestLimitsFitTheProtocol compares bounds that program, which is below protocol and
// beside item, repeats.
func TestLimitsFitTheProtocol(t *testing.T) {
	at := func(tasks, bytes string) error {
		text := strings.NewReplacer("tasks: 4", "tasks: "+tasks, "max_bytes: 6144", "max_bytes: "+bytes).Replace(source(t, "spam.yaml"))
		_, err := program.Decode([]byte(text))
		return err
	}
	if protocol.MaxTasks != 32 || protocol.MaxTaskBytes != 32*6144 || at("32", "6144") != nil || at("32", "6145") == nil || at("33", "64") == nil {
		t.Error("the bounds on tasks are not those of the protocol")
	}
	if program.MaxLabel+len(program.FixPrefix) > item.MaxAnswer || program.MaxLabel+len(program.FixPrefix) > item.MaxLabel {
		t.Error("a label may be longer than an answer, or than the label of an item")
	}
}

func TestMistakesInLabellingPrograms(t *testing.T) {
	spam, pairs := source(t, "spam.yaml"), source(t, "preference.yaml")
	scalar := strings.Replace(spam, "type: category\n  labels: [ham, spam]", "type: scalar\n  min: -1\n  max: 1\n  step: 0.1", 1)
	review := strings.NewReplacer("task: annotate", "task: review", "type: category", "type: verdict", "program: forum", "program: tone", "gold: 0.3", "gold: 0", "exam:\n", "exam:\n    program: tone\n").Replace(spam)
	for name, good := range map[string]string{"scalar": scalar, "review": review} {
		if _, err := program.Decode([]byte(good)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	long := strings.Repeat("a", 70)
	for _, c := range []struct{ in, old, new, want string }{
		{spam, "name: spam", "name: Spam", `line 3, column 1: name: "Spam", want lower-case letters`},
		{spam, "task: annotate", "task: collect", `task: "collect", want annotate or review`},
		{spam, "task: annotate", "task: review", "answers.type: a review has the type verdict"},
		{spam, "licence: CC0-1.0", "licence: ''", `licence: "", want the SPDX expression`},
		{spam, "licence: CC0-1.0", "licence: " + long, "of at most 64 bytes"},
		{spam, "question: Is this mail spam?", "question: ' '", "question: want one line of 1 to 300 bytes"},
		{spam, "question: Is this mail spam?", `question: "Is this\nspam?"`, "question: want one line"},
		{spam, "question: Is this mail spam?", `question: "Is \u202espam?"`, "question: want one line"},
		{spam, "question: Is this mail spam?", "question: " + strings.Repeat("a", 301), "question: want one line"},
		{spam, "guidelines: |\n", "guidelines: |\n  " + strings.Repeat("a", 20_001) + "\n", "guidelines: want Markdown of at most 20000 bytes"},
		{spam, "labels: [ham, spam]", "labels: [ham]", "answers.labels: 1 of them, want 2 to 32"},
		{spam, "labels: [ham, spam]", "labels: [ham, spam, ham]", `answers.labels: "ham" stands twice`},
		{spam, "labels: [ham, spam]", "labels: [ham, ' spam']", `answers.labels: " spam", want 1 to 64 bytes of one line`},
		{spam, "labels: [ham, spam]", `labels: [ham, "sp\u200bam"]`, "signs that cannot be seen"},
		{spam, "labels: [ham, spam]", `labels: [ham, "e\u0301"]`, "want 1 to 64 bytes of one line"},
		{spam, "labels: [ham, spam]", "labels: [ham, " + long + "]", "want 1 to 64 bytes"},
		{spam, "labels: [ham, spam]", "labels: [1, 2]", "answers.labels[0]: want a text, and 1 is none: put it into quotes"},
		{spam, "labels: [ham, spam]", "labels: [true, ~]", "answers.labels[1]: want a text, and"},
		{spam, "labels: [ham, spam]", "labels: ham", "answers.labels: want a list"},
		{spam, "type: category", "type: colour", `answers.type: "colour", want category, ordinal, scalar, pairwise or verdict`},
		{spam, "type: category", "type: category\n  step: 1", "answers: min, max and step belong to the type scalar"},
		{scalar, "step: 0.1", "step: 0.3", "answers.step: 0.3, want a part of max − min = 2"},
		{scalar, "step: 0.1", "step: -0.1", "answers.step: -0.1, want more than 0"},
		{scalar, "step: 0.1", "step: 0.000001", "1 to 1000000 times"},
		{scalar, "step: 0.1", "step: 0.0000001", "with at most 6 decimal places"},
		{scalar, "max: 1", "max: -1", "answers.max: -1, want more than min, which is -1"},
		{scalar, "max: 1", "max: .inf", "answers.max: +Inf, want"},
		{scalar, "min: -1", "min: .nan", "answers.min: NaN, want"},
		{scalar, "min: -1", "min: -1\n  labels: [a, b]", "answers.labels: answers of type scalar have none"},
		{pairs, "type: pairwise", "type: pairwise\n  labels: [a, b]", "answers.labels: answers of type pairwise have none"},
		{spam, "  program: forum", "  program: forum\n  file: mails.jsonl", "items: name either a program or a file"},
		{spam, "  program: forum\n", "", "items: name either a program or a file"},
		{spam, "  program: forum", "  program: spam", `items.program: "spam" is this program`},
		{spam, "  program: forum", "  program: ../forum", `items.program: "../forum" is no program's name`},
		{spam, "  program: forum", "  file: ../mails.jsonl", `items.file: "../mails.jsonl", want the name of a file`},
		{spam, "  program: forum", "  file: mails.csv", `items.file: "mails.csv", want the name of a file`},
		{review, "  program: tone", "  file: mails.jsonl", "items.file: a review is of another program's answers"},
		{spam, "max_bytes: 6144", "max_bytes: 63", "items.max_bytes: 63, want 64 to 65536"},
		{spam, "max_bytes: 6144", "max_bytes: 65536", "labelling.tasks × items.max_bytes: the tasks of one request may show 262144 bytes, at most 196608"},
		{spam, "max_bytes: 6144", "max_bytes: 6144\n  most: 40", "items.most: only the type pairwise has it"},
		{pairs, "most: 40", "most: 2", "items.most: 2, want 3 to 500"},
		{pairs, "max_bytes: 6144", "max_bytes: 40000", "may show 240000 bytes"},
		{spam, "tasks: 4", "tasks: 0", "labelling.tasks: 0, want 1 to 32"},
		{spam, "tasks: 4", "tasks: 4.7", "labelling.tasks: want a whole number"},
		{spam, "tasks: 4", `tasks: "4"`, "labelling.tasks: want a whole number"},
		{spam, "tasks: 4", "tasks: 9223372036854775807", "labelling.tasks: 9223372036854775807, want 1 to 32"},
		{spam, "redundancy: 6", "redundancy: 65", "labelling.redundancy: 65, want 1 to 64"},
		{pairs, "redundancy: 5", "redundancy: 1", "labelling.redundancy: 1, want at least 2 without gold"},
		{spam, "rounds: 8", "rounds: 1", "labelling.rounds: 1, want 3 to 1000"},
		{spam, "gold: 0.3", "gold: .nan", "labelling.gold: NaN, want 0 to 0.9"},
		{pairs, "rounds: 8", "rounds: 8\n  gold: 0.1", "labelling.gold: 0.1, want 0 where answers are pairwise"},
		{spam, "gold: 0.3", "gold: 0", "labelling.exam: without gold nobody can pass an exam in this program"},
		{spam, "pass: 0.3", "pass: 1", "labelling.exam.pass: 1, want 0 to less than 1"},
		{pairs, "    program: spam", "    program: Spam", `labelling.exam.program: "Spam" is no program's name`},
		{spam, "quota: 5000", "quota: 0", "labelling.quota: 0, want 1 to 1000000"},
		{spam, "bar: 0.4", "bar: -0.1", "labelling.bar: -0.1, want 0 to 0.9"},
		{spam, "aggregation: auto", "aggregation: vote", `labelling.aggregation: "vote", want one of auto, majority`},
		{pairs, "aggregation: auto", "aggregation: glad", `labelling.aggregation: "glad", want auto where answers are pairwise`},
		{spam, "demand: 4", "demand: 0", "labelling.demand: 0, want more than 0, at most 1000"},
		{spam, "half: 1", "half: .inf", "labelling.half: +Inf, want more than 0"},
		{spam, "answers:\n", "labels: [a]\nschema: {title_max: 5}\nanswers:\n", "labels: belongs to a program of kind record"},
		{spam, "quota: 5000", "quotta: 5000", "line 38, column 3: labelling.quotta: unknown key, want one of aggregation, bar"},
		{spam, "name: spam", "name: spam\nname: ham", `line 4, column 1: mapping key "name" already defined at [3:1]`},
		{spam, "name: spam", "name: &a spam", "name: anchors, aliases, tags, merges"},
		{spam, "labelling:\n", "labelling:\n  <<: {tasks: 3}\n", "labelling: anchors, aliases, tags, merges"},
		{spam, "exam:\n    pass: 0.3", "exam: 0.2", "labelling.exam: want keys and values, of program, pass"},
		{spam, "name: spam", "name: !!binary c3BhbQ==", "name: anchors, aliases, tags, merges"},
		{spam, "half: 1", "half: 1\n---\nname: ham", "a second document"},
		{spam, "mail spam?", "mail \xff\xfe?", "is not UTF-8"},
		{spam, "labels: [ham, spam]", "labels: " + strings.Repeat("[", 2000), "has more than 1024 opening brackets"},
		{spam, "half: 1", "half: 1\n# " + strings.Repeat("a", program.MaxBytes), "at most 65536 are allowed"},
	} {
		text := strings.Replace(c.in, c.old, c.new, 1)
		if text == c.in {
			t.Fatalf("%q is not in the program file", c.old)
		}
		_, err := program.Decode([]byte(text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.60s: error %v, want one with %q", c.new, err, c.want)
		}
	}
}

func TestAllMistakesAtOnceWithTheirLines(t *testing.T) {
	text := strings.NewReplacer("tasks: 4", "tasks: 40", "bar: 0.4", "bar: 4", "    pass: 0.3", "    program: Spam").Replace(source(t, "spam.yaml"))
	_, err := program.Decode([]byte(text))
	e, ok := errors.AsType[*program.Error](err)
	if !ok || e.Name != "spam" || len(e.Mistakes) != 3 {
		t.Fatalf("%v", err)
	}
	lines := strings.Split(text, "\n")
	for i, want := range []string{"  tasks: 40", "    program: Spam", "  bar: 4"} {
		if got := lines[e.Mistakes[i].Line-1]; got != want {
			t.Errorf("%v is said of the line %q, want %q", e.Mistakes[i], got, want)
		}
	}
}

func TestProgramsTogether(t *testing.T) {
	forum, _ := forum(t)
	spam, pairs := decode(t, source(t, "spam.yaml")), decode(t, source(t, "preference.yaml"))
	goldless := decode(t, strings.NewReplacer("gold: 0.3", "gold: 0", "pass: 0.3", "pass: 0").Replace(source(t, "spam.yaml")))
	from := func(text, of string) *program.Program {
		return decode(t, strings.NewReplacer("  program: forum", "  program: "+of, "name: spam", "name: other").Replace(text))
	}
	reviewText := strings.NewReplacer("task: annotate", "task: review", "type: category", "type: verdict", "gold: 0.3", "gold: 0", "exam:\n", "exam:\n    program: spam\n").Replace(source(t, "spam.yaml"))
	review := from(reviewText, "spam")
	if errs := program.Together([]*program.Program{forum, spam, review}); len(errs) > 0 {
		t.Errorf("a review: %v", errs)
	}
	for _, c := range []struct {
		set  []*program.Program
		want string
	}{
		{[]*program.Program{spam}, `program "spam": items.program: "forum" is not a program of this subnet`},
		{[]*program.Program{forum, pairs}, `program "preference": labelling.exam.program: "spam" is not a program of this subnet`},
		{[]*program.Program{forum, goldless, pairs}, `"spam" has no gold, so nobody could pass`},
		{[]*program.Program{forum, forum}, `program "forum" stands twice`},
		{[]*program.Program{forum, spam, from(source(t, "spam.yaml"), "spam")}, `"spam" has no items but answers`},
		{[]*program.Program{forum, spam, from(reviewText, "forum")}, `"forum" has no answers to be reviewed`},
		{[]*program.Program{forum, spam, pairs, from(reviewText, "preference")}, `"preference" has no answers that can be reviewed`},
		{[]*program.Program{forum, spam, from(strings.Replace(reviewText, "[ham, spam]", "[spam, ham]", 1), "spam")}, `"spam" has other answers.labels`},
	} {
		errs := program.Together(c.set)
		if len(errs) != 1 || !strings.Contains(errs[0].Error(), c.want) {
			t.Errorf("%v, want one error with %q", errs, c.want)
		}
	}
}

func TestJudgementsHaveTheBucketOfTheirAssignment(t *testing.T) {
	p := decode(t, source(t, "spam.yaml"))
	assignment := item.Sum("test", []byte("assignment"))
	make := func(change func(j *item.Judgement, it *item.Item)) *item.Item {
		j := item.Judgement{Assignment: assignment, Index: 3, Answer: "ham", Labeller: "0x" + strings.Repeat("ab", 20), Millis: 900}
		it := &item.Item{Kind: item.KindJudgement, Label: "ham", Contributor: j.Labeller, Licence: p.Licence, Parents: []item.Hash{item.Sum("test", []byte("subject"))}}
		change(&j, it)
		if it.URI == "" {
			it.URI = item.TaskURI(j.Task())
		}
		c, err := j.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		it.Canonical = c
		return it
	}
	b, err := p.Bucket(make(func(*item.Judgement, *item.Item) {}))
	if err != nil || b != p.AssignmentBucket(assignment) || b.Cell != 0 || b.Program != p.ID() {
		t.Errorf("bucket %+v, %v", b, err)
	}
	for want, change := range map[string]func(j *item.Judgement, it *item.Item){
		"want one of ham, spam":                 func(j *item.Judgement, it *item.Item) { j.Answer, it.Label = "eggs", "eggs" },
		"label and contributor are not":         func(j *item.Judgement, it *item.Item) { it.Label = "spam" },
		"label and contributor are not the":     func(j *item.Judgement, it *item.Item) { it.Contributor = "me" },
		"0 parents, want 1":                     func(j *item.Judgement, it *item.Item) { it.Parents = nil },
		"the URI is not that of the task":       func(j *item.Judgement, it *item.Item) { it.URI = item.TaskURI(item.TaskID(assignment, 4)) },
		`licence "MIT", want that of the`:       func(j *item.Judgement, it *item.Item) { it.Licence = "MIT" },
		"item is outside the program: kind rec": func(j *item.Judgement, it *item.Item) { it.Kind = item.KindRecord },
	} {
		if _, err := p.Bucket(make(change)); !errors.Is(err, program.ErrOutside) || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}
