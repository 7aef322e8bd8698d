package suite

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/assaynet/assay/lab"
	"github.com/assaynet/assay/simulate"
	"github.com/assaynet/assay/zoo"
)

// The measures by which points of a space of parameters are compared.
const (
	MeasureWorst   = "worst_ratio"           // of the adversaries, with their usual settings
	MeasureFlagged = "honest_false_flag"     // share of honest peers rejected, on trial or flagged
	MeasureFetches = "fetches_per_miner_day" // pages
	MeasureSpread  = "honest_spread"         // coefficient of variation of pay among equal honest peers
	MeasureTrust   = "vtrust"                // median of honest validators
)

// MeasureNames are the names of the measures, in order.
func MeasureNames() []string {
	return []string{MeasureFetches, MeasureFlagged, MeasureSpread, MeasureTrust, MeasureWorst}
}

// Measure plays one world, the honest peers of a scenario beside the named adversaries,
// and measures it. What one run tells nothing of has no bounds.
func Measure(ctx context.Context, base *simulate.Scenario, names []string) (lab.Measures, error) {
	var variants []variant
	for _, name := range names {
		a, ok := zoo.Find(name)
		if !ok {
			return nil, fmt.Errorf("there is no adversary %q among those that collect", name)
		}
		variants = append(variants, variant{a, a.Defaults()})
	}
	sc := with(base, variants)
	sc.Runs = 1
	t, err := Simulate(ctx, sc, 1, func() {})
	if err != nil {
		return nil, err
	}
	s := Summarise(t, sc)
	var peers []float64
	worst := math.Inf(-1)
	for _, a := range s.Actors {
		if a.Kind == simulate.Honest {
			peers = append(peers, a.Pay)
		} else {
			worst = max(worst, float64(a.Ratio))
		}
	}
	alone := func(x float64) lab.Interval { return lab.Interval{Value: x, Lower: math.NaN(), Upper: math.NaN()} }
	return lab.Measures{
		MeasureWorst: alone(worst), MeasureFetches: alone(s.FetchesPerMinerDay), MeasureSpread: alone(spread(peers)), MeasureTrust: alone(float64(s.VTrust)),
		MeasureFlagged: {Value: float64(s.HonestFalseFlag.Rate), Lower: 0, Upper: s.HonestFalseFlag.Upper},
	}, nil
}

// spread is the standard deviation of values over their mean.
func spread(values []float64) float64 {
	n := float64(len(values))
	if n < 2 {
		return 0
	}
	mean, _, _ := interval(values)
	var ss float64
	for _, v := range values {
		ss += (v - mean) * (v - mean)
	}
	return math.Sqrt(ss/(n-1)) / mean
}

// Usual are the adversaries that a point is measured against when nothing else is said.
func Usual() []string {
	return slices.DeleteFunc([]string{"fabricate-10", "fabricate-20", "hide-stratum", "sybil-copy", "alternate", "milk", "stall", "unchecked-credit"}, func(name string) bool {
		_, ok := zoo.Find(name)
		return !ok
	})
}
