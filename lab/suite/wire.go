package suite

import (
	"context"
	"math"
	"slices"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/lab"
	"github.com/assaynet/assay/lab/wire"
)

// wireVerdicts are those on attacks on the wire, played over sockets once: their ratio is
// no estimate, and has no interval.
func (o Options) wireVerdicts(ctx context.Context) ([]lab.Verdict, error) {
	if !slices.ContainsFunc(wire.Names(), o.wants) {
		return nil, nil
	}
	results, err := wire.RunAll(ctx, wire.Options{}, func(wire.Result) { o.Done() })
	if err != nil {
		return nil, err
	}
	var out []lab.Verdict
	for _, r := range results {
		if !o.wants(r.Name) {
			continue
		}
		v := lab.Verdict{
			Name: r.Name, Ratio: r.Ratio, Lower: r.Ratio, Upper: r.Ratio, Pays: r.Ratio > Pays, Outcome: outcomeOf(r),
			DetectedItems: math.NaN(), DetectedEpochs: math.NaN(),
		}
		if r.Of != r.Name {
			v.Settings = "a form of " + r.Of
		}
		out = append(out, v)
	}
	return out, nil
}

// outcomeOf is what the validator recorded, in words.
func outcomeOf(r wire.Result) string {
	s := r.Outcome.String()
	if r.Outcome != evidence.Answered && r.Reason != "" {
		s += " (" + string(r.Reason) + ")"
	}
	for _, f := range r.Flags {
		s += ", flag " + f
	}
	return s
}
