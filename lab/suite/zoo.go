package suite

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/assaynet/assay/lab"
	"github.com/assaynet/assay/lab/characteristic"
	"github.com/assaynet/assay/lab/wire"
	"github.com/assaynet/assay/simulate"
	"github.com/assaynet/assay/zoo"
)

// DefaultOptions are those with which verdicts are given.
func DefaultOptions(sc, labels *simulate.Scenario) Options {
	return Options{
		Scenario: sc, Labels: labels, Finalists: 2, PerWorld: 8, Further: 2, Workers: 1,
		HonestEpochs: 1000, HonestRuns: 320, CharacteristicRuns: 10_000, Done: func() {},
	}
}

// Quick are the options with less of everything.
func (o Options) Quick() Options {
	sc, labels := *o.Scenario, *o.Labels
	sc.Epochs, labels.Epochs = max(1, sc.Epochs/3), max(1, labels.Epochs*2/3)
	o.Scenario, o.Labels = &sc, &labels
	sc.Runs, labels.Runs, o.Finalists = max(2, sc.Runs/2), max(2, labels.Runs/2), 1
	o.HonestRuns, o.CharacteristicRuns, o.Further = 40, 1000, 0
	return o
}

// Check says what is wrong with the scenarios.
func (o Options) Check() error {
	for _, sc := range []*simulate.Scenario{o.Scenario, o.Labels} {
		if len(sc.Miners) == 0 || sc.Miners[0].Kind != simulate.Honest {
			return fmt.Errorf("the first group of miners of the scenario must be honest: adversaries are compared with it")
		}
	}
	return nil
}

// CheckNames says which of the names is none.
func (o Options) CheckNames() error {
	for _, name := range o.Names {
		if !slices.Contains(AllNames(), name) {
			return fmt.Errorf("there is no adversary %q; there are %s", name, strings.Join(AllNames(), ", "))
		}
	}
	return nil
}

// AllNames are the names of all adversaries.
func AllNames() []string {
	var out []string
	for _, a := range zoo.All() {
		out = append(out, a.Name)
	}
	for _, a := range zoo.Raters() {
		out = append(out, a.Name)
	}
	for _, p := range zoo.Pretenders() {
		out = append(out, p.Name)
	}
	for _, name := range wire.Names() {
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// Result is what the zoo came to.
type Result struct {
	Verdicts           []lab.Verdict
	Limits             []lab.Verdict // of what nothing is said to stand against: see zoo.Adversary
	Shares             []lab.Share
	Characteristics    []lab.Characteristic
	HonestFalseFlag    Honest
	FetchesPerMinerDay float64
}

// Honest is how often honest miners are taken for liars in so many epochs: those of 99 %,
// and all kinds that were tried.
type Honest struct {
	FalseFlag
	Epochs uint64     `json:"epochs"` // of each run
	At     []HonestAt `json:"at"`
	// Simulated is the same of the peers of the scenario, in a whole subnet and for as
	// many epochs as that has.
	Simulated FalseFlag `json:"simulated"`
}

// Adversary is a verdict as JSON has it: what never happens is null.
type Adversary struct {
	Name           string   `json:"name"`
	Ratio          Number   `json:"ratio"`
	Lower          Number   `json:"lower"`
	Upper          Number   `json:"upper"`
	Pays           bool     `json:"pays"`
	DetectedItems  *float64 `json:"detected_items"`
	DetectedEpochs *float64 `json:"detected_epochs"`
	Settings       string   `json:"settings,omitempty"`
	Outcome        string   `json:"outcome,omitempty"`
}

// Adversaries are the verdicts.
func (r *Result) Adversaries() []Adversary {
	return adversaries(r.Verdicts)
}

func adversaries(verdicts []lab.Verdict) []Adversary {
	out := make([]Adversary, 0, len(verdicts))
	for _, v := range verdicts {
		out = append(out, Adversary{
			v.Name, Number(v.Ratio), Number(v.Lower), Number(v.Upper), v.Pays, orNull(v.DetectedItems), orNull(v.DetectedEpochs), v.Settings, v.Outcome,
		})
	}
	return out
}

// MarshalJSON has the form that docs/lab.md states.
func (r *Result) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Adversaries        []Adversary `json:"adversaries"`
		Limits             []Adversary `json:"limits,omitempty"`
		HonestFalseFlag    Honest      `json:"honest_false_flag"`
		FetchesPerMinerDay float64     `json:"fetches_per_miner_day"`
	}{r.Adversaries(), adversaries(r.Limits), r.HonestFalseFlag, r.FetchesPerMinerDay})
}

// Pays reports whether any adversary does. Those of known limits do not count.
func (r *Result) Pays() bool {
	return slices.ContainsFunc(r.Verdicts, func(v lab.Verdict) bool { return v.Pays })
}

// Zoo gives a verdict on every adversary.
func Zoo(ctx context.Context, opt Options) (*Result, error) {
	verdicts, err := search(ctx, opt, opt.Scenario, opt.chosen(zoo.All()))
	if err != nil {
		return nil, err
	}
	raters, err := search(ctx, opt, opt.Labels, opt.chosen(zoo.Raters()))
	if err != nil {
		return nil, err
	}
	votes, err := opt.voteVerdicts(ctx)
	if err != nil {
		return nil, err
	}
	onWire, err := opt.wireVerdicts(ctx)
	if err != nil {
		return nil, err
	}
	held, limits := apart(raters)
	r := &Result{Verdicts: joined(slices.Concat(verdicts, held, votes), onWire), Limits: limits}
	if r.Shares, err = opt.shares(ctx); err != nil {
		return nil, err
	}
	if r.Characteristics, err = characteristic.Compute(opt.Scenario.Seed, opt.CharacteristicRuns); err != nil {
		return nil, err
	}
	return r, opt.honest(ctx, r)
}

// chosen are the adversaries that are to be tried.
func (o Options) chosen(all []zoo.Adversary) []zoo.Adversary {
	return slices.DeleteFunc(all, func(a zoo.Adversary) bool { return !o.wants(a.Name) })
}

// apart takes out those that nothing is said to stand against.
func apart(raters []lab.Verdict) (held, limits []lab.Verdict) {
	for _, v := range raters {
		if a, ok := zoo.FindRater(v.Name); ok && a.Limit != "" {
			limits = append(limits, v)
		} else {
			held = append(held, v)
		}
	}
	return held, limits
}

// joined adds the verdicts on the wire. One that is also played for its pay keeps that,
// and gets the outcome; of the two ratios the worse counts.
func joined(played, onWire []lab.Verdict) []lab.Verdict {
	for _, w := range onWire {
		i := slices.IndexFunc(played, func(v lab.Verdict) bool { return v.Name == w.Name })
		switch {
		case i < 0:
			played = append(played, w)
		default:
			played[i].Outcome, played[i].Pays = w.Outcome, played[i].Pays || w.Pays
		}
	}
	return played
}

// wants reports whether an adversary is to be tried.
func (o Options) wants(name string) bool { return len(o.Names) == 0 || slices.Contains(o.Names, name) }

// honest tells of the honest ones, and what it costs to check them.
func (o Options) honest(ctx context.Context, r *Result) error {
	at, err := o.falseFlags(ctx)
	if err != nil {
		return err
	}
	sc := *o.Scenario
	sc.Miners, sc.Runs = slices.Clone(sc.Miners[:1]), max(1, sc.Runs/4)
	t, err := Simulate(ctx, &sc, o.Workers, o.Done)
	if err != nil {
		return err
	}
	s := Summarise(t, &sc)
	r.HonestFalseFlag = Honest{FalseFlag: at[0].FalseFlag, Epochs: o.HonestEpochs, At: at, Simulated: s.HonestFalseFlag}
	r.FetchesPerMinerDay = s.FetchesPerMinerDay
	return nil
}
