package acceptance

import (
	"fmt"

	"github.com/assaynet/assay/scoring/kernel"
)

// PairedTest is the test of rows beside controls as it is run: block after block of so
// many controls and rows, it rejects when the evidence reaches Threshold and accepts when
// Cap blocks have passed without.
type PairedTest struct {
	Paired
	Forecast       float64 // of the share of controls that is found
	Controls, Rows int     // of a block, 1 to 64 each
	Threshold      float64 // natural logarithm, above 0
	Cap            int     // blocks, 1 to 1000
}

func (t PairedTest) check() error {
	switch {
	case t.Controls < 1 || t.Controls > 64 || t.Rows < 1 || t.Rows > 64:
		return fmt.Errorf("a block of %d controls and %d rows: want 1 to 64 of each", t.Controls, t.Rows)
	case !(t.Threshold > 0 && t.Threshold <= 1000):
		return fmt.Errorf("the threshold is %v: it is above 0, up to 1000", t.Threshold)
	case t.Cap < 1 || t.Cap > 1000:
		return fmt.Errorf("the cap is %d blocks: want 1 to 1000", t.Cap)
	}
	return nil
}

// Characteristic is the operating characteristic of the test where controls are found
// with probability found and rows pass with probability valid·found: exact but for
// rounding, by dynamic programming over blocks, controls that are gone and rows that
// failed, of which the evidence is a linear function. Its numbers of rows are those of
// whole blocks.
func (t PairedTest) Characteristic(valid, found float64) (Characteristic, error) {
	if err := t.check(); err != nil {
		return Characteristic{}, err
	}
	for _, share := range []float64{valid, found} {
		if err := checkShare(share); err != nil {
			return Characteristic{}, err
		}
	}
	steps, err := t.Steps(t.Forecast, t.Controls, t.Rows)
	if err != nil {
		return Characteristic{}, err
	}
	gone, fail := binomialMasses(t.Controls, 1-found), binomialMasses(t.Rows, 1-float64(valid*found))
	c := Characteristic{stop: make([]float64, t.Cap*t.Rows)}
	inside := plane{1, 1, []float64{1}} // P(inside) by gone and failed
	for block := 1; block <= t.Cap; block++ {
		inside = inside.spread(gone, fail)
		rejected := 0.0
		for g := range inside.gone {
			for f := range inside.fail {
				at := &inside.mass[g*inside.fail+f]
				if *at > 0 && steps.Log(block*t.Controls-g, g, block*t.Rows-f, f) >= t.Threshold {
					rejected += *at
					*at = 0
				}
			}
		}
		inside = inside.trim()
		c.Reject += rejected
		c.stop[block*t.Rows-1] = rejected
	}
	for _, p := range inside.mass {
		c.AtCap += p
	}
	c.Accept = c.AtCap
	c.stop[t.Cap*t.Rows-1] += c.AtCap
	for i, p := range c.stop {
		c.ASN += float64(float64(i+1) * p)
	}
	return c, nil
}

func binomialMasses(n int, share float64) []float64 {
	out := make([]float64, n+1)
	for k := range out {
		ways := kernel.Exp(kernel.LogChoose(float64(n), float64(k)))
		out[k] = float64(ways * float64(kernel.Power(share, k)*kernel.Power(1-share, n-k)))
	}
	return out
}

// plane is a mass over how many controls are gone and how many rows failed.
type plane struct {
	gone, fail int // sides
	mass       []float64
}

// spread adds independent numbers to both.
func (p plane) spread(gone, fail []float64) plane {
	out := plane{p.gone + len(gone) - 1, p.fail + len(fail) - 1, nil}
	out.mass = make([]float64, out.gone*out.fail)
	for g := range p.gone {
		for f := range p.fail {
			m := p.mass[g*p.fail+f]
			if m < restMass*1e-6 {
				continue
			}
			for i, x := range gone {
				for j, y := range fail {
					out.mass[(g+i)*out.fail+f+j] += float64(float64(m*x) * y)
				}
			}
		}
	}
	return out
}

// trim leaves out the far sides, where there is next to nothing.
func (p plane) trim() plane {
	gone, fail := 1, 1
	for g := range p.gone {
		for f := range p.fail {
			if p.mass[g*p.fail+f] > restMass*1e-4 {
				gone, fail = max(gone, g+1), max(fail, f+1)
			}
		}
	}
	out := plane{gone, fail, make([]float64, gone*fail)}
	for g := range gone {
		copy(out.mass[g*fail:(g+1)*fail], p.mass[g*p.fail:g*p.fail+fail])
	}
	return out
}
