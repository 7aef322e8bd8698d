package simulate

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/assaynet/assay/zoo"
)

// paid sums what each actor was paid from an epoch on.
type paid struct {
	from uint64
	pay  map[string]float64
	kind map[string]string
}

func (p *paid) Epoch(r Report) {
	for _, m := range r.Miners {
		p.kind[m.Actor] = m.Kind
		if r.Epoch >= p.from {
			p.pay[m.Actor] += m.Incentive
		}
	}
}

func (p *paid) Decided(Decision) {}

// field is a small subnet in which adversaries are held against honest miners of the same
// pages.
type field struct {
	labels, honest, topics int
	pages                  float64
	epochs, from           uint64
	// claims is what room there is to ask, where it is not what ships: few miners do not
	// fill that.
	claims string
}

// ratios are what adversaries, each with its settings, are paid in relation to the mean of
// the honest miners.
func (f field) ratios(t *testing.T, off []zoo.Defence, settings map[string]map[string]float64, names ...string) map[string]float64 {
	t.Helper()
	sc := Defaults()
	sc.Seed, sc.Epochs, sc.Source.Backlog = 11, f.epochs, 100
	var labels []string
	for i := range f.labels {
		labels = append(labels, "topic-"+strconv.Itoa(i))
	}
	before, rest, _ := strings.Cut(string(sc.Programs[0]), "labels: [")
	_, after, _ := strings.Cut(rest, "]")
	sc.Programs = [][]byte{[]byte(before + "labels: [" + strings.Join(labels, ", ") + "]" + after)}
	sc.Validators = []ValidatorGroup{{Name: "validator", Count: 1, Stake: 1000, Kind: "honest"}}
	work := MinerGroup{Name: "honest", Count: f.honest, Kind: "honest", Quality: 0.99, Pages: f.pages, Topics: f.topics}
	sc.Miners = []MinerGroup{work}
	for _, name := range names {
		g := work
		g.Name, g.Count, g.Kind, g.Settings = name, 1, name, settings[name]
		sc.Miners = append(sc.Miners, g)
	}
	if f.claims != "" {
		off = append(slices.Clip(off), zoo.Defence{Parameter: "claims_per_round", Off: f.claims})
	}
	for _, d := range off {
		if err := SwitchOff(sc, d); err != nil {
			t.Fatal(err)
		}
	}
	p := &paid{from: f.from, pay: map[string]float64{}, kind: map[string]string{}}
	if err := Run(context.Background(), sc, 0, p, Options{}); err != nil {
		t.Fatal(err)
	}
	var mean float64
	for actor, kind := range p.kind {
		if kind == "honest" {
			mean += p.pay[actor] / float64(f.honest)
		}
	}
	out := map[string]float64{}
	for _, name := range names {
		out[name] = p.pay[name] / mean
	}
	return out
}

// chance moves a ratio by a few hundredths in subnets as small as these.
const chance = 0.05

// A row of the zoo says something only if its adversary would earn without the defence
// that it names, and does not with it.
func TestEachDefenceIsWhatKeepsItsAdversaryFromEarning(t *testing.T) {
	usual := field{labels: 3, honest: 3, pages: 16, epochs: 12, from: 4}
	scarce := field{labels: 32, honest: 2, topics: 1, pages: 24, epochs: 12, from: 4}
	known := field{labels: 1, honest: 4, pages: 12, epochs: 24, from: 10}
	tested := map[string]bool{}
	for _, c := range []struct {
		field
		names []string // of one defence
	}{
		{usual, []string{"sybil-copy", "hoard-first"}},
		{usual, []string{"fabricate", "fabricate-10", "fabricate-20", "fabricate-30", "pad-bytes", "under-report"}},
		{usual, []string{"steer"}},
		{usual, []string{"grind"}},
		{usual, []string{"pad-duplicates"}},
		{usual, []string{"unresolvable"}},
		{usual, []string{"stale"}},
		{usual, []string{"split-identity"}},
		{field{labels: 9, honest: 4, pages: 12, epochs: 20, from: 8}, []string{"unchecked-credit", "alternate"}},
		{field{labels: 9, honest: 4, pages: 12, epochs: 20, from: 8}, []string{"milk", "whitewash"}},
		{field{labels: 9, honest: 4, pages: 12, epochs: 20, from: 8}, []string{"counter"}},
		{field{labels: 3, honest: 2, topics: 1, pages: 24, epochs: 12, from: 4}, []string{"squat"}},
		{scarce, []string{"hide-stratum"}},
		{known, []string{"stall", "refuse"}},
		{field{labels: 3, honest: 4, pages: 16, epochs: 20, from: 6, claims: "6"}, []string{"pick-late"}},
		{field{labels: 3, honest: 4, pages: 16, epochs: 20, from: 6}, []string{"forget-roots"}},
	} {
		settings := map[string]map[string]float64{}
		var off zoo.Defence
		for _, name := range c.names {
			a, ok := zoo.Find(name)
			if !ok || off != (zoo.Defence{}) && off != a.Defence {
				t.Fatalf("%s: %+v", name, a)
			}
			off, settings[name], tested[name] = a.Defence, a.At, true
		}
		t.Run(off.Off+"/"+c.names[0], func(t *testing.T) {
			t.Parallel()
			without := c.ratios(t, []zoo.Defence{off}, settings, c.names...)
			for name, with := range c.ratios(t, nil, settings, c.names...) {
				t.Logf("%s: %.3f, without %s %.3f", name, with, off.Off, without[name])
				if with > 1.02+chance || without[name] <= 1.02 || without[name] < with+chance {
					t.Errorf("%s is paid %.3f of honest work, and %.3f without %s", name, with, without[name], off.Off)
				}
			}
		})
	}
	for _, a := range zoo.All() {
		if !tested[a.Name] {
			t.Errorf("%s is not tested", a.Name)
		}
	}
}

func TestSettingsStayInTheirRanges(t *testing.T) {
	for _, a := range zoo.All() {
		if a.About == "" || a.Defence == (zoo.Defence{}) {
			t.Errorf("%s says too little of itself", a.Name)
		}
		known := a.Defaults()
		for _, s := range a.Settings {
			for _, v := range append([]float64{s.Default, known[s.Name]}, s.Try...) {
				if v < s.Low || v > s.High {
					t.Errorf("%s: %s = %v is outside of %v to %v", a.Name, s.Name, v, s.Low, s.High)
				}
			}
		}
		for name, v := range a.At {
			if _, ok := known[name]; !ok {
				t.Errorf("%s has no setting %s = %v", a.Name, name, v)
			}
		}
		for seed := range uint64(2) {
			if len(a.Make(a.Defaults(), seed)) == 0 {
				t.Errorf("%s has no key", a.Name)
			}
		}
	}
}
