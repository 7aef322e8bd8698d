package suite

import (
	"context"
	"fmt"
	"math"

	"github.com/assaynet/assay/lab"
	"github.com/assaynet/assay/simulate"
	"github.com/assaynet/assay/zoo"
)

// voteVerdicts are those on validators that cheat: what one earns per unit of stake,
// over what honest ones earn, where a stated share of the miners changes quality in each
// reveal period.
func (o Options) voteVerdicts(ctx context.Context) ([]lab.Verdict, error) {
	trial := simulate.DefaultVoteTrial()
	trial.Seed = o.Scenario.Seed
	var out []lab.Verdict
	for _, p := range zoo.Pretenders() {
		if !o.wants(p.Name) {
			continue
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		v, err := trial.Verdict(p)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.Name, err)
		}
		how := fmt.Sprintf("changing=%g", v.Change)
		if p.Group {
			how = fmt.Sprintf("stake=%g %s", v.Stake, how)
		}
		if s := spell(v.Settings); s != "" {
			how = s + " " + how
		}
		out = append(out, lab.Verdict{
			Name: v.Name, Settings: how, Ratio: v.Ratio.Mean, Lower: v.Ratio.Lower, Upper: v.Ratio.Upper, Pays: v.Ratio.Upper > Pays,
			DetectedItems: math.NaN(), DetectedEpochs: math.NaN(),
		})
		o.Done()
	}
	return out, nil
}
