package suite

import (
	"context"
	"maps"
	"slices"

	"github.com/assaynet/assay/lab"
	"github.com/assaynet/assay/scoring"
	"github.com/assaynet/assay/simulate"
	"github.com/assaynet/assay/zoo"
)

const watched = scoring.DecidedWatched

// choices are the settings that a search tries first: the defaults, and each setting at
// each of its values with the others at their defaults; of two settings all pairs.
func choices(a zoo.Adversary) []variant {
	out := []variant{{a, a.Defaults()}}
	add := func(changed map[string]float64) {
		settings := a.Defaults()
		maps.Copy(settings, changed)
		if !slices.ContainsFunc(out, func(v variant) bool { return maps.Equal(v.settings, settings) }) {
			out = append(out, variant{a, settings})
		}
	}
	for i, s := range a.Settings {
		for _, x := range s.Try {
			add(map[string]float64{s.Name: x})
			for _, other := range a.Settings[i+1:] {
				for _, y := range other.Try {
					if len(a.Settings) == 2 {
						add(map[string]float64{s.Name: x, other.Name: y})
					}
				}
			}
		}
	}
	return out
}

// search lets each adversary choose: all its choices in a few short runs, then the best
// ones again in more and longer ones with other seeds, so that luck is not chosen.
func search(ctx context.Context, opt Options, sc *simulate.Scenario, adversaries []zoo.Adversary) ([]lab.Verdict, error) {
	var all []variant
	for _, a := range adversaries {
		all = append(all, choices(a)...)
	}
	if len(all) == 0 {
		return nil, nil
	}
	short := *sc
	short.Epochs = max(1, sc.Epochs*3/10)
	first, err := contest(ctx, &short, all, opt.PerWorld, max(1, sc.Runs/4), 1000, opt.Workers, opt.Done)
	if err != nil {
		return nil, err
	}
	most := opt.Finalists
	if all[0].labels() {
		most = 1 // their worlds take long, and their choices differ more than their luck
	}
	best := finalists(all, first, most)
	second, err := contest(ctx, sc, best, opt.PerWorld, sc.Runs, 0, opt.Workers, opt.Done)
	if err != nil {
		return nil, err
	}
	if err := opt.decide(ctx, sc, best, second); err != nil {
		return nil, err
	}
	worst := map[string]lab.Verdict{}
	for i, v := range best {
		verdict := verdictOf(v, second[i])
		if have, ok := worst[verdict.Name]; !ok || verdict.Upper > have.Upper {
			worst[verdict.Name] = verdict
		}
	}
	var out []lab.Verdict
	for _, a := range adversaries {
		out = append(out, worst[a.Name])
	}
	return out, nil
}

// decide plays those again, with further seeds, of which the interval holds what would be
// paid and what would not, so that fewer verdicts are the luck of a few runs. All runs count.
func (o Options) decide(ctx context.Context, sc *simulate.Scenario, best []variant, outcomes [][]outcome) error {
	if o.Further == 0 {
		return nil
	}
	var open []variant
	var at []int
	for i, v := range best {
		if verdict := verdictOf(v, outcomes[i]); !v.undefended() && verdict.Lower <= Pays && verdict.Upper > Pays {
			open, at = append(open, v), append(at, i)
		}
	}
	if len(open) == 0 {
		return nil
	}
	more, err := contest(ctx, sc, open, o.PerWorld, o.Further*sc.Runs, sc.Runs, o.Workers, o.Done)
	if err != nil {
		return err
	}
	for k, i := range at {
		outcomes[i] = append(outcomes[i], more[k]...)
	}
	return nil
}

// behind is how far a choice may be behind the best one of its adversary and still be a
// finalist: so much may be luck.
const behind = 0.1

// finalists are the choices of each adversary that earned the most.
func finalists(all []variant, outcomes [][]outcome, most int) []variant {
	type scored struct {
		variant
		ratio float64
	}
	by := map[string][]scored{}
	var names []string
	for i, v := range all {
		var ratios []float64
		for _, o := range outcomes[i] {
			ratios = append(ratios, o.ratio)
		}
		mean, _, _ := interval(ratios)
		if by[v.adversary.Name] == nil {
			names = append(names, v.adversary.Name)
		}
		by[v.adversary.Name] = append(by[v.adversary.Name], scored{v, mean})
	}
	var out []variant
	for _, name := range names {
		group := by[name]
		slices.SortStableFunc(group, func(a, b scored) int {
			switch {
			case a.ratio > b.ratio:
				return -1
			case a.ratio < b.ratio:
				return 1
			}
			return 0
		})
		for _, s := range group[:min(most, len(group))] {
			if s.ratio > group[0].ratio-behind {
				out = append(out, s.variant)
			}
		}
	}
	return out
}

// Options of a suite.
type Options struct {
	// Scenario has the honest peers, its first group, and the noise that all face.
	Scenario *simulate.Scenario
	// Labels has the honest raters likewise.
	Labels             *simulate.Scenario
	Finalists          int // choices of each adversary in the final
	HonestEpochs       uint64
	CharacteristicRuns int      // of each point of an operating characteristic
	HonestRuns         int      // of each kind of honest miner, of HonestEpochs epochs each
	Names              []string // of the adversaries that are tried; none are all
	PerWorld           int      // adversaries beside the honest peers of one world
	Further            int      // times the runs of the final, for those that it leaves open
	Workers            int
	Done               func() // told of each world that was played
}
