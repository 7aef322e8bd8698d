package simulate

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/assaynet/assay/programs"
	"github.com/assaynet/assay/scoring"
	"github.com/assaynet/assay/zoo"
)

// labelScenario is a subnet whose miners collect or label, with programs as they ship but
// for what edits change, old and new text in turns.
func labelScenario(t testing.TB, labelling []string, edits ...string) *Scenario {
	t.Helper()
	sc := Defaults()
	sc.Programs = nil
	for _, name := range append([]string{"forum"}, labelling...) {
		b, err := programs.Files.ReadFile(name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		sc.Programs = append(sc.Programs, []byte(strings.NewReplacer(edits...).Replace(string(b))))
	}
	sc.Validators = []ValidatorGroup{{Name: "validator", Count: 1, Stake: 1000, Kind: "honest"}}
	sc.Miners = []MinerGroup{{Name: "collector", Count: 2, Kind: "honest", Quality: 1, Pages: 400}}
	return sc
}

// rules are the parameters that ship, but for what edits change.
func rules(edits ...string) []byte {
	return []byte(strings.NewReplacer(edits...).Replace(string(scoring.DefaultParameters())))
}

// labels adds miners that label.
func (sc *Scenario) label(name, kind string, count int, accuracy float64, settings map[string]float64) {
	sc.Miners = append(sc.Miners, MinerGroup{Name: name, Count: count, Kind: "honest", Labels: Labeller{Kind: kind, Accuracy: accuracy, Settings: settings}})
}

// wages is what an actor earned with its keys in each cell, in the mean over epochs.
type wages struct {
	cells   map[string]float64
	all     float64
	keys    int
	decided []string
	labels  LabelReport
}

// play runs a scenario, and tells the pay of each actor for labels from an epoch on.
func play(t testing.TB, sc *Scenario, run int, from uint64) map[string]*wages {
	t.Helper()
	w, err := newWorld(sc, run, Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*wages{}
	of := func(a *actor) *wages {
		if out[a.name] == nil {
			out[a.name] = &wages{cells: map[string]float64{}}
		}
		return out[a.name]
	}
	for _, j := range w.judges {
		j.state.OnDecision(func(d scoring.Decision) {
			if m := w.everKey(d.Hotkey); m != nil {
				of(m.actor).decided = append(of(m.actor).decided, fmt.Sprintf("%d %s %s", d.Round, d.What, d.Cell))
			}
		})
	}
	round := uint64(1)
	for w.epoch = 0; w.epoch < sc.Epochs; w.epoch++ {
		if err := w.join(sc); err != nil {
			t.Fatal(err)
		}
		end := (w.epoch + 1) * uint64(sc.Subnet.Tempo)
		for ; round*w.roundBlocks < end; round++ {
			if err := w.runRound(context.Background(), round); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.settle(end); err != nil {
			t.Fatal(err)
		}
		if w.epoch < from {
			continue
		}
		for _, j := range w.judges {
			for _, s := range j.state.Scores() {
				m := w.everKey(s.Hotkey)
				for _, c := range s.Cells {
					if m != nil && c.Judges {
						pay := c.Pay / float64((sc.Epochs-from)*uint64(len(w.judges)))
						of(m.actor).cells[c.Name] += pay
						of(m.actor).all += pay
					}
				}
			}
		}
	}
	for _, a := range w.actors {
		of(a).keys, of(a).labels = len(a.keys), a.labels()
	}
	if testing.Verbose() {
		for _, name := range slices.Sorted(maps.Keys(out)) {
			x := out[name]
			t.Logf("%-22s keys %d pay %.5f %.5v tasks %d answers %d looks %d %v", name, x.keys, x.all, x.cells, x.labels.Tasks, x.labels.Answers, x.labels.Looks, x.decided)
		}
		for _, j := range w.judges {
			t.Logf("%+v", j.state.Labelling())
		}
	}
	return out
}

// mean is the mean pay of the actors whose names begin alike.
func mean(all map[string]*wages, prefix, cell string) float64 {
	sum, n := 0.0, 0.0
	for name, x := range all {
		if strings.HasPrefix(name, prefix) {
			n += float64(x.keys)
			if cell == "" {
				sum += x.all
			} else {
				sum += x.cells[cell]
			}
		}
	}
	return sum / n
}

// worth is what an adversary that labels earned a key, and what it did for it, both in
// relation to the honest labellers beside it.
func worth(all map[string]*wages, name, cell string) (pay, looks float64) {
	n, honest := 0, uint64(0)
	for other, x := range all {
		if strings.HasPrefix(other, "honest") {
			n, honest = n+x.keys, honest+x.labels.Looks
		}
	}
	x := all[name]
	return mean(all, name, cell) / mean(all, "honest", cell), float64(x.labels.Looks) / float64(x.keys) / (float64(honest) / float64(n))
}

// idle are the adversaries that look at a part of their tasks at most, and the settings
// that are best for them.
var idle = map[string]struct {
	kind     string
	settings map[string]float64
}{
	"constant-0":     {"constant-label", nil},
	"constant-1":     {"constant-label", map[string]float64{"answer": 1}},
	"random":         {"random-label", nil},
	"prior-seldom":   {"prior-label", map[string]float64{"way": zoo.LeastTrue}},
	"prior-turns":    {"prior-label", map[string]float64{"way": zoo.InTurns}},
	"copy":           {"copy-label", nil},
	"leak":           {"gold-leak", map[string]float64{"least": 1}},
	"abstain":        {"abstain", nil},
	"abstain-guess":  {"abstain", map[string]float64{"rest": 1}},
	"milk":           {"milk-label", map[string]float64{"good": 60, "bad": 60}},
	"milk-once":      {"milk-label", map[string]float64{"good": 70, "bad": 0}},
	"seldom":         {"seldom-label", map[string]float64{"share": 0.5}},
	"seldom-a-fifth": {"seldom-label", map[string]float64{"share": 0.2, "good": 60}},
}

// Who does not look earns nothing, and who looks seldom less than that share of the pay. Who
// begins honestly earns less than those who go on so; a few epochs are too short for more.
func TestLabellersWhoDoNotLook(t *testing.T) {
	t.Parallel()
	sc := labelScenario(t, []string{"spam"})
	sc.Epochs = 13
	sc.label("honest", "honest", 5, 0.9, nil)
	for _, name := range slices.Sorted(maps.Keys(idle)) {
		sc.label(name, idle[name].kind, 1, 0.9, idle[name].settings)
	}
	all := play(t, sc, 0, 5)
	for _, name := range slices.Sorted(maps.Keys(idle)) {
		pay, looks := worth(all, name, "")
		t.Logf("%s looks at %.2f of what honest labellers look at and is paid %.3f", name, looks, pay)
		if pay > 1.02 || idle[name].settings["good"] == 0 && pay > looks+0.02 {
			t.Errorf("%s looks at %.2f of what honest labellers look at and is paid %.3f", name, looks, pay)
		}
	}
	for name, x := range all {
		if strings.HasPrefix(name, "honest") && (len(x.decided) > 0 || x.all == 0) {
			t.Errorf("%s is paid %v: %v", name, x.all, x.decided)
		}
	}
}

// Where a standing is given in advance and nothing takes it away, work is not needed.
func TestLabellersWithoutStanding(t *testing.T) {
	t.Parallel()
	sc := labelScenario(t, []string{"spam"}, "bar: 0.4", "bar: 0")
	sc.Parameters = rules("prior_pass: 1\n", "prior_pass: 1000\n", "change_alarm: 10", "change_alarm: 0")
	sc.Epochs = 7
	sc.label("honest", "honest", 3, 0.9, nil)
	names := []string{"constant-0", "random", "prior-seldom", "milk", "seldom"}
	for _, name := range names {
		sc.label(name, idle[name].kind, 1, 0.9, idle[name].settings)
	}
	all := play(t, sc, 0, 2)
	for _, name := range names {
		if pay, looks := worth(all, name, ""); pay < 0.8 || pay < looks+0.2 {
			t.Errorf("%s looks at %.2f of what honest labellers look at and is paid %.3f", name, looks, pay)
		}
	}
}

// Who reads answers before they are due is better than those whom it copies.
func TestCopyingOfOpenAnswersPays(t *testing.T) {
	t.Parallel()
	sc := labelScenario(t, []string{"spam"})
	sc.Labels.Open = true
	sc.Epochs = 7
	sc.label("honest", "honest", 5, 0.85, nil)
	sc.label("copy", "copy-label", 1, 0, nil)
	if pay, _ := worth(play(t, sc, 0, 4), "copy", ""); pay < 1.1 {
		t.Errorf("the copier is paid %.3f of an honest labeller", pay)
	}
}

// Who remembers what was true is better than honest labellers where texts come again.
func TestGoldThatComesAgainPays(t *testing.T) {
	t.Parallel()
	sc := labelScenario(t, []string{"spam"})
	sc.Labels.Repeats = 0.9
	sc.Epochs = 9
	sc.label("honest", "honest", 5, 0.85, nil)
	sc.label("leak", "gold-leak", 1, 0.85, map[string]float64{"least": 0})
	if pay, _ := worth(play(t, sc, 0, 5), "leak", ""); pay < 1.1 {
		t.Errorf("who remembers is paid %.3f of an honest labeller", pay)
	}
}

// Many keys that share a signal and look at nothing live on one another, if no exam keeps
// them out.
func TestColludersWithoutAnExam(t *testing.T) {
	t.Parallel()
	paid := func(edits ...string) float64 {
		sc := labelScenario(t, []string{"spam", "preference"}, edits...)
		sc.Epochs = 6
		sc.label("honest", "honest", 4, 0.9, nil)
		sc.label("ring", "collude-labels", 1, 0, map[string]float64{"keys": 4, "exam": 0})
		pay, looks := worth(play(t, sc, 0, 2), "ring", "preference/labels")
		if looks != 0 {
			t.Errorf("it looked at %.2f", looks)
		}
		return pay
	}
	if with := paid(); with != 0 {
		t.Errorf("with the exam they are paid %.3f of honest labellers", with)
	}
	if without := paid("  exam:\n    program: spam\n    pass: 0.3", "  exam:\n    pass: 0"); without < 1.02 {
		t.Errorf("without the exam they are paid %.3f of honest labellers", without)
	}
}

// One labeller behind several keys is paid for each of them: what docs/scoring.md says
// labels do not have.
func TestClonesArePaidForEachKey(t *testing.T) {
	t.Parallel()
	sc := labelScenario(t, []string{"spam"})
	sc.Epochs = 8
	sc.label("honest", "honest", 5, 0.9, nil)
	sc.label("clones", "clone-labels", 1, 0.9, map[string]float64{"keys": 3})
	all := play(t, sc, 0, 4)
	pay, looks := worth(all, "clones", "")
	t.Logf("each of 3 clones is paid %.3f of an honest labeller, for %.2f of its looks", pay, looks)
	if pay < 0.5 || pay > 1.6 || looks > 0.8 {
		t.Errorf("each of 3 clones is paid %.3f of an honest labeller, for %.2f of its looks", pay, looks)
	}
}

// The run is the same whatever the number of processors, with several validators.
func TestLabelsFollowFromTheSeed(t *testing.T) {
	t.Parallel()
	told := func(workers int) string {
		sc := labelScenario(t, []string{"spam", "preference"})
		sc.Epochs = 3
		sc.Validators[0].Count = 2
		sc.label("honest", "honest", 4, 0.9, nil)
		sc.label("copy", "copy-label", 1, 0, nil)
		sc.label("leak", "gold-leak", 1, 0.9, map[string]float64{"least": 0})
		sc.label("ring", "collude-labels", 1, 0.9, map[string]float64{"keys": 2})
		var all collector
		if err := Run(t.Context(), sc, 0, &all, Options{Workers: workers}); err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(all)
	}
	one := told(1)
	if two := told(2); one != two {
		t.Errorf("with one worker\n%s\nwith two\n%s", one, two)
	}
	if !strings.Contains(one, "honest-4") {
		t.Error("nothing was reported")
	}
}

type collector struct {
	reports   []Report
	decisions []Decision
}

func (c *collector) Epoch(r Report)     { c.reports = append(c.reports, r) }
func (c *collector) Decided(d Decision) { c.decisions = append(c.decisions, d) }

// leftOut are the parameters that ship without one rule.
func leftOut(t *testing.T, rule string) []byte {
	t.Helper()
	text := append(scoring.DefaultParameters(), "\nwithout: ["+rule+"]\n"...)
	if _, err := scoring.DecodeParameters(text); err != nil {
		t.Skip(err)
	}
	return text
}

// By plain agreement the answer that is true most often is as good as an honest one.
func TestAConstantPaysByPlainAgreement(t *testing.T) {
	t.Parallel()
	sc := labelScenario(t, []string{"spam"})
	sc.Parameters = leftOut(t, "contrast")
	sc.Labels.Classes = []float64{0.95, 0.05}
	sc.Epochs = 8
	sc.label("honest", "honest", 5, 0.88, nil)
	sc.label("constant-0", "constant-label", 1, 0, nil)
	if pay, _ := worth(play(t, sc, 0, 4), "constant-0", ""); pay < 1.02 {
		t.Errorf("the constant is paid %.3f of an honest labeller", pay)
	}
}

// Who answers easy tasks only is the better for it where gold may be left out.
func TestAbstainingPaysWhereGoldMayBeLeftOut(t *testing.T) {
	t.Parallel()
	sc := labelScenario(t, []string{"spam"})
	sc.Parameters = leftOut(t, "withheld")
	sc.Epochs = 10
	sc.label("honest", "honest", 5, 0.8, nil)
	sc.label("abstain", "abstain", 1, 0.8, map[string]float64{"least": 0.75})
	if pay, looks := worth(play(t, sc, 0, 5), "abstain", ""); pay < looks+0.1 {
		t.Errorf("who abstains looks at %.2f of what honest labellers look at and is paid %.3f", looks, pay)
	}
}

// A ring that repeats one opinion gains where its keys' agreement counts among all.
func TestARingPaysWherePeersArePooled(t *testing.T) {
	t.Parallel()
	paid := func(parameters []byte) float64 {
		sc := labelScenario(t, []string{"spam", "preference"})
		sc.Parameters = parameters
		sc.Epochs = 9
		sc.label("honest", "honest", 6, 0.9, nil)
		sc.label("ring", "collude-labels", 1, 0.9, map[string]float64{"keys": 4, "way": zoo.WideSignal})
		pay, _ := worth(play(t, sc, 0, 5), "ring", "preference/labels")
		return pay
	}
	pooled := paid(leftOut(t, "median"))
	if with := paid(nil); with > 0.1 || pooled < 1.02 {
		t.Errorf("a ring is paid %.3f of honest labellers, and %.3f where all peers are pooled", with, pooled)
	}
}
