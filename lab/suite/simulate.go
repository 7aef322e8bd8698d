package suite

import (
	"context"
	"math"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/assaynet/assay/lab"
	"github.com/assaynet/assay/simulate"
)

// Tables are what the runs of a scenario leave, in the order of the runs.
type Tables struct {
	Actors  []lab.Actor
	Pay     []lab.Pay
	Weights []lab.Weight
	Trust   []lab.Trust
	Events  []lab.Event
}

// Simulate plays all runs of a scenario, side by side, and gives their tables. done is
// told of each run that is over.
func Simulate(ctx context.Context, sc *simulate.Scenario, workers int, done func()) (*Tables, error) {
	all := make([]*Tables, sc.Runs)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, min(workers, sc.Runs)))
	for run := range sc.Runs {
		group.Go(func() error {
			r := &recorder{run: run}
			if err := simulate.Run(ctx, sc, run, r, simulate.Options{Workers: max(1, workers/sc.Runs)}); err != nil {
				return err
			}
			all[run] = &r.tables
			done()
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	out := &Tables{}
	for _, t := range all {
		out.Actors = append(out.Actors, t.Actors...)
		out.Pay = append(out.Pay, t.Pay...)
		out.Weights = append(out.Weights, t.Weights...)
		out.Trust = append(out.Trust, t.Trust...)
		out.Events = append(out.Events, t.Events...)
	}
	return out, nil
}

// recorder is an observer that keeps rows.
type recorder struct {
	run    int
	tables Tables
}

// Epoch implements simulate.Observer.
func (r *recorder) Epoch(e simulate.Report) {
	if len(r.tables.Actors) == 0 {
		for _, m := range e.Miners {
			r.tables.Actors = append(r.tables.Actors, lab.Actor{Run: r.run, Actor: m.Actor, Role: "miner", Kind: m.Kind, Keys: m.Keys, Settings: m.Settings})
		}
		for _, j := range e.Judges {
			r.tables.Actors = append(r.tables.Actors, lab.Actor{Run: r.run, Actor: j.Actor, Role: "validator", Kind: j.Kind, Keys: 1})
		}
	}
	for _, m := range e.Miners {
		r.tables.Pay = append(r.tables.Pay, lab.Pay{Run: r.run, Epoch: e.Epoch, Actor: m.Actor, Kind: m.Kind, Weight: m.Weight, Incentive: m.Incentive})
	}
	for _, j := range e.Judges {
		r.tables.Trust = append(r.tables.Trust, lab.Trust{
			Run: r.run, Epoch: e.Epoch, Validator: j.Actor, Kind: j.Kind, Stake: j.Stake, VTrust: j.VTrust, Dividends: j.Dividends, Fetches: j.Fetches,
		})
		for _, m := range e.Miners {
			if w := j.Weights[m.Actor]; w > 0 {
				r.tables.Weights = append(r.tables.Weights, lab.Weight{Run: r.run, Epoch: e.Epoch, Validator: j.Actor, Miner: m.Actor, Weight: w})
			}
		}
	}
}

// Decided implements simulate.Observer.
func (r *recorder) Decided(d simulate.Decision) {
	r.tables.Events = append(r.tables.Events, lab.Event{
		Run: r.run, Epoch: d.Epoch, Round: d.Round, Validator: d.Validator, Actor: d.Actor, Kind: d.Kind,
		Event: eventOf(d.What), Items: uint64(d.Rows), Epochs: d.Epoch - d.Joined,
	})
}

// eventOf is the word of a table for a decision.
func eventOf(what string) string {
	switch what {
	case "rejected", watched:
		return what
	case "on_trial":
		return "alarmed"
	}
	return "flagged"
}

// Summary is what the tables say, per actor and of all.
type Summary struct {
	Actors []ActorSummary `json:"actors"`
	// HonestFalseFlag is the share of honest miners and runs that any validator rejected,
	// put on trial or flagged.
	HonestFalseFlag FalseFlag `json:"honest_false_flag"`
	// FetchesPerMinerDay are pages that one validator fetches, per miner and day.
	FetchesPerMinerDay float64 `json:"fetches_per_miner_day"`
	// VTrust is the median over honest validators, epochs and runs.
	VTrust Number `json:"vtrust"`
}

// ActorSummary is an actor over all runs.
type ActorSummary struct {
	Actor string  `json:"actor"`
	Kind  string  `json:"kind"`
	Pay   float64 `json:"pay"` // mean incentive of an epoch, a share
	// Ratio is its pay over the mean pay of the honest miners, with its 95 % interval.
	Ratio Number `json:"ratio"`
	Lower Number `json:"lower"`
	Upper Number `json:"upper"`
	// DetectedItems and DetectedEpochs are medians over the runs until the first verdict
	// on it; absent: never.
	DetectedItems  *float64 `json:"detected_items"`
	DetectedEpochs *float64 `json:"detected_epochs"`
}

// FalseFlag is a rate with its upper bound at 95 %, two-sided.
type FalseFlag struct {
	Rate  Number  `json:"rate"`
	Upper float64 `json:"upper"`
	Runs  int     `json:"runs"` // honest miners times runs
}

// falseFlag is k of n.
func falseFlag(k, n int) FalseFlag {
	share, upper := rate(k, n)
	return FalseFlag{Number(share), upper, n}
}

// Summarise reads tables.
func Summarise(t *Tables, sc *simulate.Scenario) Summary {
	type key struct {
		run   int
		actor string
	}
	pay, epochs := map[key]float64{}, map[int]uint64{}
	for _, p := range t.Pay {
		pay[key{p.Run, p.Actor}] += p.Incentive
		epochs[p.Run] = max(epochs[p.Run], p.Epoch+1)
	}
	first := map[key]lab.Event{}
	for _, e := range t.Events {
		k := key{e.Run, e.Actor}
		if _, have := first[k]; !have && e.Event != watched {
			first[k] = e
		}
	}
	honest, count, flagged, of := map[int]float64{}, map[int]float64{}, 0, 0
	var order []lab.Actor
	for _, a := range t.Actors {
		if a.Role != "miner" {
			continue
		}
		if a.Run == 0 {
			order = append(order, a)
		}
		if a.Kind == simulate.Honest {
			honest[a.Run] += pay[key{a.Run, a.Actor}]
			count[a.Run]++
			if of++; first[key{a.Run, a.Actor}] != (lab.Event{}) {
				flagged++
			}
		}
	}
	out := Summary{VTrust: Number(vtrust(t.Trust)), FetchesPerMinerDay: fetches(t, sc)}
	out.HonestFalseFlag = falseFlag(flagged, of)
	for _, a := range order {
		s := ActorSummary{Actor: a.Actor, Kind: a.Kind}
		var ratios, items, times []float64
		for run := range sc.Runs {
			k := key{run, a.Actor}
			s.Pay += pay[k] / float64(max(epochs[run], 1)) / float64(sc.Runs)
			ratios = append(ratios, pay[k]/(honest[run]/max(count[run], 1)))
			e, found := first[k]
			items, times = append(items, never(float64(e.Items), found)), append(times, never(float64(e.Epochs), found))
		}
		mean, low, high := interval(ratios)
		s.Ratio, s.Lower, s.Upper = Number(mean), Number(low), Number(high)
		s.DetectedItems, s.DetectedEpochs = orNull(median(items)), orNull(median(times))
		out.Actors = append(out.Actors, s)
	}
	return out
}

func never(x float64, found bool) float64 {
	if !found {
		return math.NaN()
	}
	return x
}

// orNull is nil for a number that JSON does not have.
func orNull(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}

// vtrust leaves out the first epochs, in which there are no votes to trust.
func vtrust(trust []lab.Trust) float64 {
	var all []float64
	for _, t := range trust {
		if t.Kind == simulate.Honest && t.Epoch >= 3 {
			all = append(all, t.VTrust)
		}
	}
	return median(all)
}

func fetches(t *Tables, sc *simulate.Scenario) float64 {
	var sum float64
	for _, r := range t.Trust {
		sum += float64(r.Fetches)
	}
	miners := slices.DeleteFunc(slices.Clone(t.Actors), func(a lab.Actor) bool { return a.Role != "miner" })
	keys := 0
	for _, m := range miners {
		keys += max(m.Keys, 1)
	}
	days := float64(sc.Epochs) * float64(sc.Subnet.Tempo) * float64(sc.Subnet.BlockSeconds) / 86400
	judges := float64(len(t.Actors)-len(miners)) / float64(sc.Runs)
	if keys == 0 || judges == 0 || days == 0 {
		return 0
	}
	return sum / days / judges / float64(keys)
}
