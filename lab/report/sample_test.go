package report

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/assaynet/assay/lab"
	"github.com/assaynet/assay/scoring/acceptance"
)

// sample is a run as the lab makes them: 12 runs of 120 epochs, with 24 honest miners, some
// adversaries and 5 validators. Its draws follow from the seed.
func sample() Data {
	return sampleOf(12, 120)
}

// small is a run that is rendered sooner.
func small() Data { return sampleOf(2, 13) }

func sampleOf(runs, epochs int) Data {
	r := rand.New(rand.NewPCG(7, 11))
	d := Data{Manifest: Manifest{Command: "assay lab simulate", Version: "v0.5.0", Seed: 7, Finished: true, Scenario: "9b1f42d07c55", Parameters: "1f60aa04be31",
		Tables: []Table{{lab.TablePay, 43200, "5f3c"}, {lab.TableActors, 432, "aa01"}}}}
	sampleWorld(&d, r, runs, epochs, 24, []string{"sybil-copy", "fabricate", "fabricate-10", "fabricate-20", "whitewash", "milk", "hide-stratum"}, 5)
	sampleZoo(&d, r)
	sampleTest(&d, r)
	sampleSweep(&d, r, 64)
	return d
}

func sampleWorld(d *Data, r *rand.Rand, runs, epochs, miners int, kinds []string, validators int) {
	for run := range runs {
		var names, kind []string
		for i := range miners {
			names, kind = append(names, fmt.Sprintf("miner-%d", i+1)), append(kind, honest)
			d.Actors = append(d.Actors, lab.Actor{Run: run, Actor: names[i], Role: "miner", Kind: honest, Keys: 1})
		}
		for i, k := range kinds {
			names, kind = append(names, k), append(kind, k)
			d.Actors = append(d.Actors, lab.Actor{Run: run, Actor: k, Role: "miner", Kind: k, Keys: 1 + 4*(i&1), Settings: "period=12,share=0.2"})
		}
		for v := range validators {
			k := honest
			if v == validators-1 {
				k = "weight-copy"
			}
			d.Actors = append(d.Actors, lab.Actor{Run: run, Actor: fmt.Sprintf("validator-%d", v+1), Role: "validator", Kind: k, Keys: 1})
		}
		sampleEvents(d, r, run, kinds, validators)
		for e := 1; e <= epochs; e++ {
			sampleEpoch(d, r, run, e, epochs, names, kind, validators)
		}
	}
}

func sampleEvents(d *Data, r *rand.Rand, run int, kinds []string, validators int) {
	for i, k := range kinds {
		for v := range validators - 1 {
			if k == "whitewash" || r.Float64() < 0.1 {
				continue
			}
			items := uint64(4+7*i) + uint64(r.ExpFloat64()*float64(8+12*i))
			event := []string{"rejected", "alarmed", "flagged"}[r.IntN(10)/4]
			d.Events = append(d.Events, lab.Event{Run: run, Epoch: 10 + items/20, Round: 150 + items/6, Validator: fmt.Sprintf("validator-%d", v+1), Actor: k, Kind: k, Event: event, Items: items, Epochs: 1 + items/20})
		}
	}
	if run == 3 {
		d.Events = append(d.Events, lab.Event{Run: run, Epoch: 70, Round: 1001, Validator: "validator-1", Actor: "miner-4", Kind: honest, Event: "alarmed", Items: 900})
	}
}

func sampleEpoch(d *Data, r *rand.Rand, run, e, epochs int, names, kinds []string, validators int) {
	worth := make([]float64, len(names))
	total := 0.0
	for i, k := range kinds {
		ramp := 1 - math.Exp(-float64(e)/15)
		worth[i] = ramp * (1 + 0.08*r.NormFloat64())
		if k != honest {
			late := math.Exp(-max(0, float64(e)-8) / float64(4+3*(i%5)))
			worth[i] *= 0.03 + 0.7*late
		}
		total += worth[i]
	}
	for i := range names {
		w := worth[i] / total
		d.Pay = append(d.Pay, lab.Pay{Run: run, Epoch: uint64(e), Actor: names[i], Kind: kinds[i], Weight: w, Incentive: w * (1 + 0.02*r.NormFloat64())})
		for v := 0; v < validators && e > epochs-12; v++ {
			d.Weights = append(d.Weights, lab.Weight{Run: run, Epoch: uint64(e), Validator: fmt.Sprintf("validator-%d", v+1), Miner: names[i], Weight: w * (1 + 0.06*r.NormFloat64())})
		}
	}
	for v := range validators {
		t := lab.Trust{Run: run, Epoch: uint64(e), Validator: fmt.Sprintf("validator-%d", v+1), Kind: honest, Stake: 1 / float64(validators), VTrust: 0.97 + 0.01*r.NormFloat64(), Fetches: uint64(900 + r.IntN(60))}
		if t.Dividends = t.Stake * 1.02; v == validators-1 {
			t.Kind, t.VTrust, t.Dividends, t.Fetches = "weight-copy", 0.9+0.02*r.NormFloat64(), t.Stake*0.93, 0
		}
		d.Trust = append(d.Trust, t)
	}
}

func sampleZoo(d *Data, r *rand.Rand) {
	for _, name := range []string{"sybil-copy", "fabricate", "fabricate-10", "fabricate-20", "fabricate-30", "hide-stratum", "steer", "grind", "pad-duplicates", "pad-bytes", "over-deliver", "alternate", "whitewash", "milk", "stale", "collude-labels"} {
		x := 0.05 + 0.9*r.Float64()
		half := 0.01 + 0.05*r.Float64()
		d.Verdicts = append(d.Verdicts, lab.Verdict{Name: name, Settings: "share=0.17,period=9", Ratio: x, Lower: x - half, Upper: x + half, DetectedItems: 5 + 200*r.Float64()*r.Float64(), DetectedEpochs: 1 + 4*r.Float64()})
	}
	d.Verdicts[12].DetectedItems, d.Verdicts[12].DetectedEpochs = math.NaN(), math.NaN()
	for _, name := range []string{"oversize", "zip-bomb", "slowloris", "ssrf"} {
		d.Verdicts = append(d.Verdicts, lab.Verdict{Name: name, Ratio: math.NaN(), Lower: math.NaN(), Upper: math.NaN(), DetectedItems: math.NaN(), DetectedEpochs: math.NaN(), Outcome: "malformed"})
	}
	for _, f := range []float64{0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1} {
		x := math.Exp(-6 * f)
		d.Shares = append(d.Shares, lab.Share{Fakes: f, Ratio: x, Lower: max(0, x-0.06+0.03*f), Upper: x + 0.06 - 0.02*f, Runs: 200})
	}
}

// sampleTest has the sequential test and SN13's rule, in theory by their formulas.
func sampleTest(d *Data, r *rand.Rand) {
	design := acceptance.Design{Good: 0.95, Bad: 0.8, Alpha: 0.01, Beta: 0.01}
	const runs = 2000
	for _, rule := range []string{"sequential", "20 re-fetches, at least 16"} {
		for v := 0.5; v < 1.001; v += 0.025 {
			v := math.Round(v*1000) / 1000
			chance, items := binomialAtLeast(20, 16, v), 20.0
			if rule == "sequential" {
				c, err := design.Characteristic(v)
				if err != nil {
					panic(err)
				}
				chance, items = c.Accept, c.ASN
			}
			hits := 0
			for range runs {
				if r.Float64() < chance {
					hits++
				}
			}
			lower, upper, _ := acceptance.ClopperPearson(hits, runs, 0.05)
			d.Characteristics = append(d.Characteristics, lab.Characteristic{Rule: rule, Valid: v, Theory: chance, Simulated: float64(hits) / runs, Lower: lower, Upper: upper, ItemsTheory: items, ItemsSimulated: items * (1 + 0.01*r.NormFloat64()), Runs: runs})
		}
	}
}

// binomialAtLeast is the chance of k or more passes of n.
func binomialAtLeast(n, k int, p float64) float64 {
	sum := 0.0
	for i := k; i <= n; i++ {
		c := 1.0
		for j := range i {
			c *= float64(n-j) / float64(j+1)
		}
		sum += c * math.Pow(p, float64(i)) * math.Pow(1-p, float64(n-i))
	}
	return min(sum, 1)
}

func sampleSweep(d *Data, r *rand.Rand, points int) {
	for i := range points {
		alpha := math.Pow(10, -4+3*r.Float64())
		badShare, draws := 0.6+0.3*r.Float64(), float64(2+2*r.IntN(5))
		for _, p := range []lab.Trial{{Name: "alpha", Value: alpha}, {Name: "bad", Value: badShare}, {Name: "checks.draws", Value: draws}} {
			p.Point, p.Type, p.Lower, p.Upper = i, "parameter", p.Value, p.Value
			d.Trials = append(d.Trials, p)
		}
		worst, false_ := 1.4-0.08*draws+0.4*(badShare-0.7)+0.04*r.NormFloat64(), max(0, 0.02*alpha*10+0.002*r.NormFloat64())
		for _, m := range []lab.Trial{{Name: "worst_ratio", Value: worst, Lower: worst - 0.05, Upper: worst + 0.05}, {Name: "false_flags", Value: false_, Lower: max(0, false_-0.003), Upper: false_ + 0.003}, {Name: "fetches", Value: 144 * draws, Lower: 144 * draws, Upper: 144 * draws}} {
			m.Point, m.Type = i, "measure"
			d.Trials = append(d.Trials, m)
		}
	}
}
