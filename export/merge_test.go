package export

import (
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/programs"
	"github.com/assaynet/assay/scoring"
)

func TestMergeRefuses(t *testing.T) {
	other := record(t, spam(), 2, 0, 9)
	other.Netuid = 8
	changed := record(t, labelling("spam", program.Answers{Type: program.Category, Labels: []string{"ham", "spam", "scam"}}), 3, 0, 9)
	empty := &Record{Validator: hotkey("validator", 4), Netuid: 7, Program: spam()}
	for want, records := range map[string][]*Record{
		"no record was given":  nil,
		"no task of spam":      {empty},
		"different subnets":    {record(t, spam(), 1, 0, 9), other},
		"different programs":   {record(t, spam(), 1, 0, 9), changed},
		"left out for the lic": {unlicensed(t)},
		"export fewer records": {{Validator: hotkey("validator", 5), Program: spam(), Tasks: make([]scoring.Judged, MaxTasks+1)}},
	} {
		if _, err := Merge(records, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

func unlicensed(t *testing.T) *Record {
	r := record(t, spam(), 1, 0, 1)
	id, encoded := mail(t, 0, "")
	r.Tasks[0].Subjects[0], r.Tasks[0].Items[0] = id, encoded
	return r
}

// An item that is not the one that was judged is no row.
func TestItemsAreTheSubjects(t *testing.T) {
	for name, change := range map[string]func(*scoring.Judged){
		"another": func(j *scoring.Judged) { _, j.Items[0] = mail(t, 99, "CC0-1.0") },
		"broken":  func(j *scoring.Judged) { j.Items[0] = []byte{1, 2, 3} },
		"missing": func(j *scoring.Judged) { j.Items = nil },
	} {
		r := record(t, spam(), 1, 0, 5)
		change(&r.Tasks[2])
		if _, err := Merge([]*Record{r}, nil); err == nil || !strings.Contains(err.Error(), "the task of round 0 about 0x") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Of two validators that asked the same, the earlier round counts; of two records of one
// validator, the longer.
func TestFirstAndLonger(t *testing.T) {
	early, late := record(t, spam(), 1, 0, 20), record(t, spam(), 2, 10, 30)
	for i := range late.Tasks {
		late.Tasks[i].Round += 50
	}
	d := merge(t, late, early)
	if len(d.rows) != 30 || !slices.ContainsFunc(d.Notes, func(n string) bool { return strings.HasPrefix(n, "10 tasks about subjects") }) {
		t.Errorf("%d rows, notes %q", len(d.rows), d.Notes)
	}
	for _, row := range d.rows {
		if from := d.tasks[row.At]; (from.validator == late.Validator) != (from.Round >= 55) {
			t.Errorf("a task of round %d is of %s", from.Round, from.validator.Short())
		}
	}
	shorter := record(t, spam(), 1, 0, 5)
	d = merge(t, shorter, early)
	if len(d.rows) != 20 || len(d.Validators) != 1 || len(d.Notes) == 0 || !strings.Contains(d.Notes[0], "1 records are shorter") {
		t.Errorf("%d rows, notes %q", len(d.rows), d.Notes)
	}
}

func TestVersionFollowsLabels(t *testing.T) {
	a := merge(t, record(t, spam(), 1, 0, 20))
	r := record(t, spam(), 1, 0, 20)
	r.Tasks[0].Truth = map[string]string{"ham": "spam", "spam": "ham"}[r.Tasks[0].Truth]
	if b := merge(t, r); a.Version == b.Version || !strings.HasPrefix(a.Version, "1.20.0+") {
		t.Errorf("versions %s and %s", a.Version, b.Version)
	}
}

// chained is entries as a log would give them.
func chained(t *testing.T, bodies ...evidence.Body) iter.Seq2[evidence.Entry, error] {
	t.Helper()
	return func(yield func(evidence.Entry, error) bool) {
		for i, b := range bodies {
			if !yield(evidence.Entry{Seq: uint64(i + 1), Body: b}, nil) {
				return
			}
		}
	}
}

func TestReadSaysWhatIsMissing(t *testing.T) {
	text := func(name string) []byte {
		b, err := programs.Files.ReadFile(name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	started := &evidence.Started{Validator: hotkey("validator", 1), Netuid: 7, Fold: scoring.FoldVersion, Software: "assay/test", RoundBlocks: 4}
	parameters := &evidence.Parameters{Source: scoring.DefaultParameters()}
	forum, spam := &evidence.Program{Source: text("forum")}, &evidence.Program{Source: text("spam")}
	for want, bodies := range map[string][]evidence.Body{
		"the record is empty":                      nil,
		"has no program that labels":               {started, parameters, forum},
		`no program "forum" that labels, but spam`: {started, parameters, forum, spam},
	} {
		if _, err := Read(chained(t, bodies...), "forum"); !errors.Is(err, ErrNothing) || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	r, err := Read(chained(t, started, parameters, forum, spam), "spam")
	if err != nil || r.Validator != started.Validator || r.Netuid != 7 || r.Program.Name != "spam" || len(r.Tasks) != 0 {
		t.Errorf("%+v, %v", r, err)
	}
	broken := errors.New("broken")
	if _, err := Read(func(yield func(evidence.Entry, error) bool) { yield(evidence.Entry{}, broken) }, "spam"); !errors.Is(err, broken) {
		t.Errorf("a broken record: %v", err)
	}
	var diverged *scoring.Divergence
	if _, err := Read(chained(t, started, &evidence.Closed{Round: 3}), "spam"); !errors.As(err, &diverged) {
		t.Errorf("a round that was never opened is closed: %v", err)
	}
}
