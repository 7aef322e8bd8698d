package suite

import (
	"context"

	"github.com/assaynet/assay/lab"
	"github.com/assaynet/assay/zoo"
)

// shares is the curve of pay against the share of fakes that a fabricator mixes in, in
// half of the scenario's epochs.
func (o Options) shares(ctx context.Context) ([]lab.Share, error) {
	a, ok := zoo.Find("fabricate")
	if !ok || !o.wants(a.Name) {
		return nil, nil
	}
	var variants []variant
	for _, share := range []float64{0.01, 0.02, 0.05, 0.08, 0.1, 0.2, 0.5, 1} {
		variants = append(variants, variant{a, map[string]float64{"share": share}})
	}
	sc := *o.Scenario
	sc.Epochs = max(1, sc.Epochs/2)
	outcomes, err := contest(ctx, &sc, variants, len(variants), sc.Runs, 2000, o.Workers, o.Done)
	if err != nil {
		return nil, err
	}
	out := make([]lab.Share, len(variants))
	for i, v := range variants {
		verdict := verdictOf(v, outcomes[i])
		out[i] = lab.Share{Fakes: v.settings["share"], Ratio: verdict.Ratio, Lower: verdict.Lower, Upper: verdict.Upper, Runs: sc.Runs}
	}
	return out, nil
}
