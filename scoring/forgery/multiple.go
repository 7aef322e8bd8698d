package forgery

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/assaynet/assay/scoring/kernel"
)

// BenjaminiHochberg gives, for each of m p-values, the least false discovery rate at
// which its hypothesis is rejected, min over j ≥ i of m·p_(j)/j in sorted order, and
// how many are at most q. Those are the rejected ones. The expected share of true
// hypotheses among them is at most q when the p-values of the true ones are
// independent or positively dependent (Benjamini and Hochberg 1995).
func BenjaminiHochberg(p []float64, q float64) (adjusted []float64, rejected int, err error) {
	return stepUp(p, q, 1)
}

// BenjaminiYekutieli is BenjaminiHochberg with every p-value multiplied by
// 1 + ½ + … + 1/m, which makes it valid under any dependence (Benjamini and Yekutieli
// 2001).
func BenjaminiYekutieli(p []float64, q float64) (adjusted []float64, rejected int, err error) {
	var harmonic float64
	for i := range p {
		harmonic += 1 / float64(i+1)
	}
	return stepUp(p, q, harmonic)
}

func stepUp(p []float64, q, factor float64) ([]float64, int, error) {
	if !(q >= 0 && q <= 1) {
		return nil, 0, fmt.Errorf("a false discovery rate of %v: allowed is 0 to 1", q)
	}
	for i, v := range p {
		if !(v >= 0 && v <= 1) {
			return nil, 0, fmt.Errorf("p-value %d is %v: allowed is 0 to 1", i, v)
		}
	}
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	adjusted := make([]float64, len(p))
	m, least, rejected := float64(len(p)), 1.0, 0
	for j := len(order) - 1; j >= 0; j-- {
		i := order[j]
		least = min(least, float64(float64(factor*p[i])*m)/float64(j+1))
		adjusted[i] = least
		if rejected == 0 && least <= q {
			rejected = j + 1
		}
	}
	return adjusted, rejected, nil
}

// EBenjaminiHochberg takes the logarithms of m e-values and rejects the hypotheses of
// the k largest, for the greatest k with e_(k) ≥ m/(α·k). It gives their indices in
// ascending order and the least e-value that is rejected at this k, m/(α·k), or +Inf
// when none is. The expected share of true hypotheses among the rejected is at most α
// under any dependence (Wang and Ramdas 2022).
func EBenjaminiHochberg(logE []float64, alpha float64) (rejected []int, threshold float64, err error) {
	if !(alpha > 0 && alpha < 1) {
		return nil, 0, fmt.Errorf("a false discovery rate of %v: allowed is more than 0 and less than 1", alpha)
	}
	if err := checkLogs(logE); err != nil {
		return nil, 0, err
	}
	sorted := slices.Clone(logE)
	slices.SortFunc(sorted, func(a, b float64) int { return cmp.Compare(b, a) })
	m, threshold := float64(len(logE)), math.Inf(1)
	for k := len(sorted); k >= 1; k-- {
		bound := m / float64(alpha*float64(k))
		if sorted[k-1] >= kernel.Log(bound) {
			threshold = bound
			break
		}
	}
	for i, v := range logE {
		if !math.IsInf(threshold, 1) && v >= kernel.Log(threshold) {
			rejected = append(rejected, i)
		}
	}
	return rejected, threshold, nil
}

func checkLogs(logE []float64) error {
	for i, v := range logE {
		if math.IsNaN(v) {
			return fmt.Errorf("the logarithm of e-value %d is not a number: allowed is -Inf (an e-value of 0) to +Inf", i)
		}
	}
	return nil
}

// CalibratePower is the logarithm of the e-value κ·p^(κ−1) of a p-value, for
// 0 < κ < 1 (Shafer, Shen, Vereshchagin and Vovk 2011). A small κ gains most at very
// small p. It is +Inf at p = 0.
func CalibratePower(p, kappa float64) (float64, error) {
	if !(p >= 0 && p <= 1) {
		return 0, fmt.Errorf("a p-value of %v: allowed is 0 to 1", p)
	}
	if !(kappa > 0 && kappa < 1) {
		return 0, fmt.Errorf("a calibrator with κ = %v: allowed is more than 0 and less than 1", kappa)
	}
	return kernel.Log(kappa) - float64((1-kappa)*kernel.Log(p)), nil
}

// CalibrateMixture is the logarithm of the mean of CalibratePower's e-values over a
// uniform κ, (1 − p + p·ln p)/(p·ln² p) (Vovk and Wang 2021): nobody has to choose κ.
// With t = −ln p it is e^t·P(2, t)/t², for P the regularised incomplete gamma
// function, which loses no digits near p = 1, where the e-value is ½.
func CalibrateMixture(p float64) (float64, error) {
	switch {
	case !(p >= 0 && p <= 1):
		return 0, fmt.Errorf("a p-value of %v: allowed is 0 to 1", p)
	case p == 0:
		return math.Inf(1), nil
	case p == 1:
		return -math.Ln2, nil
	}
	t := -kernel.Log(p)
	return kernel.Log(kernel.GammaCDF(2, t)) + t - float64(2*kernel.Log(t)), nil
}

// LogMean is the logarithm of the mean of e-values that are given by their
// logarithms. The mean of e-values of one hypothesis is an e-value under any
// dependence, and nothing else that is symmetric does better (Vovk and Wang 2021).
// It refuses an empty list.
func LogMean(logE []float64) (float64, error) {
	if len(logE) == 0 {
		return 0, fmt.Errorf("the mean of no e-values: give one or more")
	}
	if err := checkLogs(logE); err != nil {
		return 0, err
	}
	top := slices.Max(logE)
	if math.IsInf(top, 0) {
		return top, nil
	}
	var sum float64
	for _, v := range logE {
		sum += kernel.Exp(v - top)
	}
	return top + kernel.Log(sum/float64(len(logE))), nil
}

// Account is what has been accumulated about one subject, epoch after epoch. Its zero
// value is 1. The product is an e-process when each factor is an e-value given all
// that came before it, as it is when epochs are independent.
type Account struct {
	log, highest float64
}

// Multiply takes the logarithm of an epoch's e-value. An account that has come to 0
// stays there, and one at +Inf is never paid down: the two cannot meet.
func (a *Account) Multiply(logE float64) error {
	switch {
	case math.IsNaN(logE):
		return checkLogs([]float64{logE})
	case math.IsInf(a.log, 0):
		return nil
	}
	a.log += logE
	a.highest = max(a.highest, a.log)
	return nil
}

// Log is the logarithm of the product.
func (a *Account) Log() float64 { return a.log }

// P is a p-value that holds at every time at once: 1 over the highest product so far.
// By Ville's inequality (1939) the chance that it is ever at most α is at most α when
// the hypothesis is true.
func (a *Account) P() float64 { return kernel.Exp(-a.highest) }
