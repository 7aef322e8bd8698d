package suite

import (
	"context"
	"math/rand/v2"

	"golang.org/x/sync/errgroup"

	"github.com/assaynet/assay/scoring"
)

// HonestAt is how often honest miners of one kind are taken for liars.
type HonestAt struct {
	Valid float64 `json:"valid"` // share that passes where there is no noise
	Noise float64 `json:"noise"`
	FalseFlag
}

// honestKinds are the honest miners that verdicts must leave alone: of 99 and 97 % at the
// noise of the scenario, and one without fault whose pages are gone in one fetch of ten.
func (o Options) honestKinds() []HonestAt {
	noise := o.Scenario.Source.Noise.Gone
	return []HonestAt{{Valid: 0.99, Noise: noise}, {Valid: 0.97, Noise: noise}, {Valid: 1, Noise: 0.1}}
}

// falseFlags plays the fold's verdicts on rows and controls of honest miners, each for
// HonestEpochs epochs, and counts those that are ever rejected or put on trial.
func (o Options) falseFlags(ctx context.Context) ([]HonestAt, error) {
	parameters := o.Scenario.Parameters
	if parameters == nil {
		parameters = scoring.DefaultParameters()
	}
	rounds := o.HonestEpochs * uint64(o.Scenario.Subnet.Tempo) / o.Scenario.Subnet.RoundBlocks
	kinds := o.honestKinds()
	flagged := make([]bool, len(kinds)*o.HonestRuns)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, o.Workers))
	for i := range flagged {
		group.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			s, err := scoring.NewStream(parameters, o.Scenario.Programs[0])
			if err != nil {
				return err
			}
			kind := kinds[i/o.HonestRuns]
			flagged[i] = everFlagged(s, kind, rounds, rand.New(rand.NewPCG(o.Scenario.Seed, uint64(i))))
			if i%100 == 0 {
				o.Done()
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	for k := range kinds {
		n := 0
		for _, f := range flagged[k*o.HonestRuns : (k+1)*o.HonestRuns] {
			if f {
				n++
			}
		}
		kinds[k].FalseFlag = falseFlag(n, o.HonestRuns)
	}
	return kinds, nil
}

// everFlagged plays one miner. Its cells have unequal shares of the bytes, each a third
// less than the one before; a fifth of the draws are uniform over cells, as in a plan.
func everFlagged(s *scoring.Stream, kind HonestAt, rounds uint64, r *rand.Rand) bool {
	p := s.Program()
	cells := p.CellCount()
	rows := make([]scoring.StreamRow, p.Checks.Draws)
	for range rounds {
		gone := 0
		for range p.Checks.Controls {
			if r.Float64() < kind.Noise {
				gone++
			}
		}
		phase := r.IntN(5)
		for i := range rows {
			cell := r.IntN(cells)
			for (i+phase)%5 != 0 {
				if cell = int(r.ExpFloat64() / 0.405); cell < cells {
					break
				}
			}
			rows[i] = scoring.StreamRow{Cell: uint8(cell), Pass: r.Float64() < kind.Valid*(1-kind.Noise)}
		}
		s.Round(p.Checks.Controls-gone, gone, rows)
		if rejected, onTrial := s.Verdict(); rejected || onTrial {
			return true
		}
	}
	return false
}
