package standing

import (
	"errors"
	"fmt"
	"math"

	"github.com/assaynet/assay/scoring/kernel"
)

// Rule is how rows become a standing.
type Rule struct {
	PriorPass   float64 // of the Beta prior, rows; 1 and 1 is the uniform prior
	PriorFail   float64 // rows
	Credible    float64 // the quantile of the lower bound; 1 − Credible is the upper one's
	Forget      float64 // what a row leaves of the rows before it
	ForgetRound float64 // what a round leaves of the rows before it
}

// Check reports what of a rule is out of its range, all at once.
func (r Rule) Check() error {
	var errs []error
	in := func(name string, v, low, high float64) {
		if !(v >= low && v <= high) {
			errs = append(errs, fmt.Errorf("standing rule: %s is %v, want %v to %v", name, v, low, high))
		}
	}
	in("PriorPass", r.PriorPass, 0.01, 1e6)
	in("PriorFail", r.PriorFail, 0.01, 1e6)
	in("Credible", r.Credible, 0.0001, 0.5)
	in("Forget", r.Forget, 0, 1)
	in("ForgetRound", r.ForgetRound, 0, 1)
	return errors.Join(errs...)
}

// Share is a valid share: the posterior's mean and its credible bounds.
type Share struct {
	Mean    float64 `json:"mean"`
	Lower   float64 `json:"lower"`
	Upper   float64 `json:"upper"`
	Checked uint64  `json:"checked"` // whole rows ever
}

// Share is the standing of a posterior after a known noise: with a = PriorPass +
// Pass and b = PriorFail + Fail,
//
//	Mean  = min(1, a/(a+b) / (1−η))
//	Lower = min(1, I⁻¹(Credible; a, b) / (1−η)),  Upper at 1 − Credible,
//
// I⁻¹ being the quantile of Beta(a, b). η is the chance that valid work fails a
// check through no fault of its worker. Invalid work is taken to fail always; so a
// worker of valid share θ passes at rate θ·(1 − η), and dividing by 1 − η gives θ
// back. An η that is too high raises everybody: use a stated or a lower one.
//
// The bounds are for one look at one time. Who looks after every row and acts on the
// first bound that pleases it needs a confidence sequence instead.
//
// If η is not in [0, 1), or the posterior or the rule hold what is no number of
// rows, then nothing is known: Lower is 0, Mean 0 and Upper 1.
func (r Rule) Share(p Posterior, eta float64) Share {
	return Share{Mean: r.Mean(p, eta), Lower: r.Lower(p, eta), Upper: r.Upper(p, eta), Checked: p.Checked}
}

// Mean is that of Share alone.
func (r Rule) Mean(p Posterior, eta float64) float64 {
	a, b, ok := r.rows(p, eta)
	if !ok {
		return 0
	}
	return min(1, a/(a+b)/(1-eta))
}

// Lower is the lower bound of Share alone. A bound takes nearly all of the time.
func (r Rule) Lower(p Posterior, eta float64) float64 { return r.bound(p, eta, r.Credible, 0) }

// Upper is the upper bound of Share alone.
func (r Rule) Upper(p Posterior, eta float64) float64 { return r.bound(p, eta, 1-r.Credible, 1) }

func (r Rule) bound(p Posterior, eta, q, unknown float64) float64 {
	a, b, ok := r.rows(p, eta)
	if !ok {
		return unknown
	}
	return min(1, kernel.BetaQuantile(a, b, q)/(1-eta))
}

// rows are the parameters of the Beta law; not ok where nothing is known.
func (r Rule) rows(p Posterior, eta float64) (a, b float64, ok bool) {
	a, b = r.PriorPass+p.Pass, r.PriorFail+p.Fail
	return a, b, a > 0 && b > 0 && a+b < math.Inf(1) && eta >= 0 && eta < 1
}

// Limit is the effective sample size that a posterior tends to when each round
// brings k rows: with λ = Forget and ρ = ForgetRound
//
//	(1 − λ^k)/(1 − λ) / (1 − ρ·λ^k) rows,
//
// right after the rows of a round. It is +Inf where nothing is forgotten.
func (r Rule) Limit(k int) float64 {
	if k <= 0 {
		return 0
	}
	left := kernel.Pow(r.Forget, float64(k))
	gained := float64(k)
	if r.Forget < 1 {
		gained = (1 - left) / (1 - r.Forget)
	}
	kept := 1 - float64(r.ForgetRound*left)
	if kept <= 0 {
		return math.Inf(1)
	}
	return gained / kept
}
