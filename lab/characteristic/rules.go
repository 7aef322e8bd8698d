package characteristic

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/assaynet/assay/scoring"
	"github.com/assaynet/assay/scoring/acceptance"
)

// Names of the rules. Good is 95 %, bad 80 %, and either error 1 %, but for the last two.
const (
	// SPRT is Wald's sequential test, at most 200 items.
	SPRT = "sequential test"
	// EProcess decides when one of two e-processes reaches 100, at most 200 items.
	EProcess = "e-processes"
	// Fixed is the smallest test of a fixed number of items.
	Fixed = "fixed size"
	// FixedAtCost is a test of as many items as SPRT takes on average of a good miner,
	// with its two errors as equal as they get.
	FixedAtCost = "fixed size at the cost of the sequential test"
	// SN13 re-fetches 20 items and accepts with 16 good ones: the rule of data-universe.
	SN13 = "SN13: 16 of 20"
	// SPRTAtSN13 is the sequential test that rejects a good miner no more often than SN13's
	// rule and takes at most 20 items on average of a good miner; of a worse one it takes more.
	SPRTAtSN13 = "sequential test at the cost of SN13"
	// Beside is the reject verdict that ships, on the whole of a miner, beside controls:
	// rejected within 144 rounds, which are ten epochs, or not.
	Beside = "verdict beside controls, ten epochs"
)

// The design of the tests of one corpus.
const (
	good, bad  = 0.95, 0.80
	errorRate  = 0.01
	mostItems  = 200
	sn13Items  = 20
	sn13Passes = 16
)

// What the verdict beside controls is played with: the noise of the source, as many
// controls and draws in a round as the shipped program wants, in ten epochs of rounds.
const (
	noise    = 0.02
	controls = 8
	draws    = 6
	blocks   = 144
	strata   = 11 // strata of a program of nine cells: with the whole and silence
)

// rule is one test, in theory and in play.
type rule struct {
	name string
	// theory is the chance of accepting a miner of a valid share, and the expected items.
	theory func(valid float64) (accept, items float64, err error)
	// play is one run.
	play func(r *rand.Rand, valid float64) (accept bool, items int)
}

func rules() ([]rule, error) {
	design := acceptance.Design{Good: good, Bad: bad, Alpha: errorRate, Beta: errorRate, Cap: mostItems}
	c, err := design.Characteristic(good)
	if err != nil {
		return nil, err
	}
	plan, err := design.Plan()
	if err != nil {
		return nil, err
	}
	equal := design
	equal.Alpha = 1 - atMost(sn13Items, sn13Items-sn13Passes, 1-good)
	equal, err = atCost(equal, sn13Items)
	if err != nil {
		return nil, err
	}
	both := design
	both.Boundary = -math.Log(errorRate)
	beside, err := shipped()
	if err != nil {
		return nil, err
	}
	n := int(c.ASN + 0.5)
	return []rule{
		sequential(SPRT, design),
		gate(both),
		fixed(Fixed, plan.N, plan.AcceptFailures),
		fixed(FixedAtCost, n, fairest(n)),
		fixed(SN13, sn13Items, sn13Items-sn13Passes),
		sequential(SPRTAtSN13, equal),
		besideControls(beside),
	}, nil
}

// sequential is Wald's test.
func sequential(name string, d acceptance.Design) rule {
	return rule{name, theoryOf(d), func(r *rand.Rand, valid float64) (bool, int) {
		test, err := acceptance.NewSPRT(d)
		if err != nil {
			return false, 0
		}
		for n := 1; ; n++ {
			if decision := test.Observe(r.Float64() < valid); decision != acceptance.Continue {
				return decision == acceptance.Accept, n
			}
		}
	}}
}

// gate is the pair of e-processes, of which the sequential test with boundaries at 1/error
// is the law.
func gate(d acceptance.Design) rule {
	return rule{EProcess, theoryOf(d), func(r *rand.Rand, valid float64) (bool, int) {
		g, err := acceptance.NewGate(d, acceptance.PointRatio)
		if err != nil {
			return false, 0
		}
		for n := 1; ; n++ {
			x := 0.0
			if r.Float64() < valid {
				x = 1
			}
			if decision, err := g.Observe(x); err != nil || decision != acceptance.Continue {
				return decision == acceptance.Accept, n
			}
		}
	}}
}

func theoryOf(d acceptance.Design) func(float64) (float64, float64, error) {
	return func(valid float64) (accept, items float64, err error) {
		c, err := d.Characteristic(valid)
		return c.Accept, c.ASN, err
	}
}

// fixed draws n items and accepts with at most so many failures.
func fixed(name string, n, failures int) rule {
	return rule{
		name,
		func(valid float64) (accept, items float64, err error) {
			return atMost(n, failures, 1-valid), float64(n), nil
		},
		func(r *rand.Rand, valid float64) (bool, int) {
			failed := 0
			for range n {
				if r.Float64() >= valid {
					failed++
				}
			}
			return failed <= failures, n
		},
	}
}

// besideControls is the reject verdict; an item is one of the miner's, and controls,
// which all miners share, are not counted.
func besideControls(t acceptance.PairedTest) rule {
	return rule{
		Beside,
		func(valid float64) (accept, items float64, err error) {
			c, err := t.Characteristic(valid, 1-noise)
			return c.Accept, c.ASN, err
		},
		func(r *rand.Rand, valid float64) (bool, int) {
			steps, err := t.Steps(t.Forecast, t.Controls, t.Rows)
			if err != nil {
				return false, 0
			}
			count := func(n int, share float64) (k int) {
				for range n {
					if r.Float64() < share {
						k++
					}
				}
				return k
			}
			evidence := 0.0
			for block := 1; block <= t.Cap; block++ {
				found, pass := count(t.Controls, 1-noise), count(t.Rows, valid*(1-noise))
				if evidence += steps.Log(found, t.Controls-found, pass, t.Rows-pass); evidence >= t.Threshold {
					return false, block * t.Rows
				}
			}
			return true, t.Cap * t.Rows
		},
	}
}

// shipped is the verdict of the parameters that ship.
func shipped() (acceptance.PairedTest, error) {
	p, err := scoring.DecodeParameters(scoring.DefaultParameters())
	if err != nil {
		return acceptance.PairedTest{}, err
	}
	if !p.Paired {
		return acceptance.PairedTest{}, fmt.Errorf("the parameters that ship do not judge rows beside controls")
	}
	return acceptance.PairedTest{
		Paired: acceptance.Paired{Null: p.Good, Alternative: p.Bad}, Forecast: 1 - noise,
		Controls: controls, Rows: draws, Threshold: math.Log(strata / p.Alpha), Cap: blocks,
	}, nil
}
