package acceptance

import (
	"fmt"
	"math"

	"github.com/assaynet/assay/scoring/kernel"
)

// Paired compares rows with controls that were checked beside them. A control is found
// with probability s = 1 − η, whatever the noise η of the check is at that time, and a
// row of a corpus of valid share v passes with probability v·s. The hypothesis is that v
// is on the side of Null that Alternative is not on:
//
//	Alternative < Null:  each row passes with probability Null·s or more,
//	Alternative > Null:  each row passes with probability Null·s or less.
//
// η is not estimated and need not stay as it is: it may be another one for each block of
// rows and controls, as long as within a block it is the same for both.
//
// The evidence of a block is the likelihood ratio of one point outside of the hypothesis,
// s* and p* = Alternative·s*, to the point (s°, p° = Null·s°) of its edge that is nearest
// by Kullback–Leibler divergence, weighted by how many controls and rows the block has:
//
//	e = (s*/s°)^found · ((1−s*)/(1−s°))^gone · (p*/p°)^pass · ((1−p*)/(1−p°))^fail.
//
// s* is a forecast, made before the block. It decides how soon the test decides, and not
// how often it errs: e has a mean of at most 1 under the hypothesis, for every s, by which
// its product over blocks is a supermartingale (Turner, Ly and Grünwald 2024, for two
// samples). For with c controls and r rows that mean is
//
//	(1 + (s−s°)(s*−s°)/(s°(1−s°)))^c · (1 + (p−p°)(p*−p°)/(p°(1−p°)))^r ≤ exp(c·… + r·…),
//
// and the exponent is the slope of the divergence at its least point over a convex set,
// in a direction that stays in the set, with its sign turned: it is not above 0.
type Paired struct {
	Null, Alternative float64 // valid shares, in (0, 1), not equal
}

// PairedSteps are what each outcome of a block adds to the logarithm of its evidence.
type PairedSteps struct{ Found, Gone, Pass, Fail float64 }

// Log is the logarithm of the evidence of a block.
func (s PairedSteps) Log(found, gone, pass, fail int) float64 {
	return float64(float64(found)*s.Found) + float64(float64(gone)*s.Gone) + float64(float64(pass)*s.Pass) + float64(float64(fail)*s.Fail)
}

// Steps are those of a block of so many controls and rows, found being the forecast s*,
// in (0, 1). Without rows, or without controls, a block says nothing: all steps are 0.
func (p Paired) Steps(found float64, controls, rows int) (PairedSteps, error) {
	if err := p.check(found); err != nil {
		return PairedSteps{}, err
	}
	if controls < 0 || rows < 0 || controls > maxBlock || rows > maxBlock {
		return PairedSteps{}, fmt.Errorf("a block of %d controls and %d rows: want 0 to %d of each", controls, rows, maxBlock)
	}
	if controls == 0 || rows == 0 {
		return PairedSteps{}, nil
	}
	return p.steps(found, p.nearest(found, float64(controls), float64(rows))), nil
}

// Known are the steps where the noise is known: the limit of ever more controls, by which
// a row adds what it adds to the sequential test of good Null·found and bad
// Alternative·found.
func (p Paired) Known(found float64) (PairedSteps, error) {
	if err := p.check(found); err != nil {
		return PairedSteps{}, err
	}
	return p.steps(found, found), nil
}

const maxBlock = 1 << 20

func (p Paired) check(found float64) error {
	switch {
	case !(p.Null > 0 && p.Null < 1 && p.Alternative > 0 && p.Alternative < 1 && p.Null != p.Alternative):
		return fmt.Errorf("valid shares %v and %v: both are above 0 and below 1, and they differ", p.Null, p.Alternative)
	case !(found > 0 && found < 1):
		return fmt.Errorf("the forecast of what is found is %v: it is above 0 and below 1", found)
	}
	return nil
}

// nearest is s°: the slope of c·KL(s*‖s) + r·KL(p*‖Null·s) is 0 where
//
//	c·(s−s*)·(1−Null·s) + r·(Null·s−p*)·(1−s) = 0,
//
// a square equation, of which the smaller root lies between s* and p*/Null and below 1.
func (p Paired) nearest(found, controls, rows float64) float64 {
	pass := float64(p.Alternative * found)
	a := float64(p.Null * (controls + rows))
	b := float64(controls*(1+float64(p.Null*found))) + float64(rows*(p.Null+pass))
	c := float64(controls*found) + float64(rows*pass)
	return 2 * c / (b + math.Sqrt(max(0, float64(b*b)-float64(4*float64(a*c)))))
}

func (p Paired) steps(found, nearest float64) PairedSteps {
	pass, null := float64(p.Alternative*found), float64(p.Null*nearest)
	return PairedSteps{
		Found: kernel.Log(found / nearest), Gone: kernel.Log((1 - found) / (1 - nearest)),
		Pass: kernel.Log(pass / null), Fail: kernel.Log((1 - pass) / (1 - null)),
	}
}
