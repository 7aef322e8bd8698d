package suite

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/assaynet/assay/lab"
	"github.com/assaynet/assay/simulate"
	"github.com/assaynet/assay/zoo"
)

// variant is an adversary with one choice of its settings.
type variant struct {
	adversary zoo.Adversary
	settings  map[string]float64
}

// labels reports whether the adversary is a rater. Its ratio is per key: each key takes the
// place of an honest rater's.
func (v variant) labels() bool { return v.adversary.Minds != nil }

// undefended reports whether it is a known limit, of which there is no verdict.
func (v variant) undefended() bool { return v.adversary.Limit != "" }

// keys is with how many keys it plays.
func (v variant) keys(a simulate.MinerReport) float64 {
	if v.labels() {
		return float64(max(a.Keys, 1))
	}
	return 1
}

// name of an actor that plays a variant.
func (v variant) String() string { return v.adversary.Name + " " + spell(v.settings) }

// spell is settings as name=value, by name.
func spell(settings map[string]float64) string {
	var words []string
	for name, value := range settings {
		words = append(words, fmt.Sprintf("%s=%g", name, value))
	}
	slices.Sort(words)
	return strings.Join(words, " ")
}

// outcome is what one run made of one variant.
type outcome struct {
	ratio  float64 // its pay over the mean pay of its honest peers
	items  float64 // until it was first rejected, put on trial or flagged; NaN: never
	epochs float64
}

// world is one run: variants beside their honest peers.
type world struct {
	scenario *simulate.Scenario
	run      int
	variants []variant
}

// contest plays variants in worlds of a few each, over several runs, and gives the
// outcomes of each variant in the order of the runs. All worlds of a run have the same
// pages and the same noise.
func contest(ctx context.Context, base *simulate.Scenario, variants []variant, perWorld, runs, firstRun, workers int, done func()) ([][]outcome, error) {
	var worlds []world
	for from := 0; from < len(variants); from += perWorld {
		group := variants[from:min(from+perWorld, len(variants))]
		for run := range runs {
			worlds = append(worlds, world{with(base, group), firstRun + run, group})
		}
	}
	out := make([][]outcome, len(variants))
	results := make([][]outcome, len(worlds))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	var mu sync.Mutex
	for i, w := range worlds {
		group.Go(func() error {
			r, err := w.play(ctx)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			results[i] = r
			done()
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	at := 0
	for from := 0; from < len(variants); from += perWorld {
		for range runs {
			for k, o := range results[at] {
				out[from+k] = append(out[from+k], o)
			}
			at++
		}
	}
	return out, nil
}

// with is a scenario in which variants stand beside the honest peers, each with the same
// pages to collect as one of them.
func with(base *simulate.Scenario, variants []variant) *simulate.Scenario {
	sc := *base
	sc.Miners = slices.Clone(base.Miners)
	for i, v := range variants {
		g := base.Miners[0]
		g.Name, g.Count = fmt.Sprintf("%s-%d", v.adversary.Name, i), 1
		if v.labels() {
			g.Labels.Kind, g.Labels.Settings = v.adversary.Name, v.settings
		} else {
			g.Kind, g.Settings = v.adversary.Name, v.settings
		}
		sc.Miners = append(sc.Miners, g)
	}
	return &sc
}

// warmUp is the epoch from which on pay counts. Raters are paid only once they passed an
// exam, and when that is is the luck of which tasks they were asked: the first third of
// their run is left out, for honest and others alike. Miners that collect are paid from
// the first epoch on.
func (w world) warmUp() uint64 {
	if len(w.variants) > 0 && w.variants[0].labels() {
		return w.scenario.Epochs / 3
	}
	return 0
}

// play runs a world.
func (w world) play(ctx context.Context) ([]outcome, error) {
	t := &tally{from: w.warmUp(), pay: map[string]float64{}, first: map[string]simulate.Decision{}, emission: float64(w.scenario.Subnet.Emission) / 2}
	if err := simulate.Run(ctx, w.scenario, w.run, t, simulate.Options{Workers: 1}); err != nil {
		return nil, err
	}
	var peers, n float64
	for _, m := range t.last.Miners {
		if m.Kind == simulate.Honest && strings.HasPrefix(m.Actor, w.scenario.Miners[0].Name) {
			peers += t.pay[m.Actor] - float64(m.Burnt)
			n++
		}
	}
	if !(peers > 0) {
		return nil, fmt.Errorf("the honest peers of scenario %s earn nothing within %d epochs, so there is no pay to compare with: let it last longer, or look at the parameters", w.scenario.Name, w.scenario.Epochs)
	}
	out := make([]outcome, len(w.variants))
	for i, v := range w.variants {
		name := fmt.Sprintf("%s-%d", v.adversary.Name, i)
		k := slices.IndexFunc(t.last.Miners, func(m simulate.MinerReport) bool { return m.Actor == name })
		o := outcome{items: math.NaN(), epochs: math.NaN()}
		if k >= 0 {
			o.ratio = (t.pay[name] - float64(t.last.Miners[k].Burnt)) / (peers / n) / v.keys(t.last.Miners[k])
		}
		if d, found := t.first[name]; found {
			o.items, o.epochs = d.Rows, float64(d.Epoch-d.Joined)
		}
		out[i] = o
	}
	return out, nil
}

// tally adds up what actors are paid, in rao, and notes the first verdict on each.
type tally struct {
	from     uint64  // epoch
	emission float64 // of all miners in an epoch
	pay      map[string]float64
	first    map[string]simulate.Decision
	last     simulate.Report
}

// Epoch implements simulate.Observer.
func (t *tally) Epoch(r simulate.Report) {
	for _, m := range r.Miners {
		if r.Epoch >= t.from {
			t.pay[m.Actor] += m.Incentive * t.emission
		}
	}
	t.last = r
}

// Decided implements simulate.Observer.
func (t *tally) Decided(d simulate.Decision) {
	if _, have := t.first[d.Actor]; !have && d.What != watched {
		t.first[d.Actor] = d
	}
}

// verdictOf sums up the outcomes of the worst variant of an adversary.
func verdictOf(v variant, outcomes []outcome) lab.Verdict {
	ratios, items, epochs := make([]float64, 0, len(outcomes)), []float64{}, []float64{}
	for _, o := range outcomes {
		ratios = append(ratios, o.ratio)
		items, epochs = append(items, o.items), append(epochs, o.epochs)
	}
	mean, low, high := interval(ratios)
	return lab.Verdict{
		Name: v.adversary.Name, Settings: spell(v.settings), Ratio: mean, Lower: low, Upper: high, Pays: high > Pays,
		DetectedItems: median(items), DetectedEpochs: median(epochs),
	}
}

// Pays is the upper bound of a ratio from which cheating is taken to pay.
const Pays = 1.02
