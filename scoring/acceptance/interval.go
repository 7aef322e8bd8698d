package acceptance

import (
	"fmt"
	"math"

	"github.com/assaynet/assay/scoring/kernel"
)

// maxTrials bounds the counts that intervals and plans are made for.
const maxTrials = 1_000_000_000

func checkTrials(passes, n int, alpha float64) error {
	if n < 1 || n > maxTrials || passes < 0 || passes > n {
		return fmt.Errorf("%d passes of %d: want 0 ≤ passes ≤ n and 1 ≤ n ≤ %d", passes, n, maxTrials)
	}
	if !(alpha > 0 && alpha < 1) {
		return fmt.Errorf("alpha is %v: an error rate is above 0 and below 1", alpha)
	}
	return nil
}

// ClopperPearson is the exact interval of a share from the passes among n rows drawn
// with replacement, n fixed beforehand. It misses the share with probability alpha at
// most, half of it on each side (Clopper and Pearson 1934).
//
// All bounds here are found by halving [0, 1] fifty times, so that they are exact to
// 2^−50 ≈ 9e−16, absolute: a bound as near to 0 as that, which takes an alpha as
// small, has no digit that means anything, and is not exact.
func ClopperPearson(passes, n int, alpha float64) (lower, upper float64, err error) {
	if err := checkTrials(passes, n, alpha); err != nil {
		return 0, 0, err
	}
	return exactLower(passes, n, alpha/2), exactUpper(passes, n, float64(alpha/2)), nil
}

// ClopperPearsonLower is the exact lower bound (to 2^−50), above the share with probability
// alpha at most.
func ClopperPearsonLower(passes, n int, alpha float64) (float64, error) {
	if err := checkTrials(passes, n, alpha); err != nil {
		return 0, err
	}
	return exactLower(passes, n, alpha), nil
}

// ClopperPearsonUpper is the exact upper bound (to 2^−50), below the share with probability
// alpha at most.
func ClopperPearsonUpper(passes, n int, alpha float64) (float64, error) {
	if err := checkTrials(passes, n, alpha); err != nil {
		return 0, err
	}
	return exactUpper(passes, n, alpha), nil
}

func exactLower(passes, n int, alpha float64) float64 {
	if passes == 0 {
		return 0
	}
	return kernel.BetaQuantile(float64(passes), float64(n-passes+1), alpha)
}

func exactUpper(passes, n int, alpha float64) float64 {
	if passes == n {
		return 1
	}
	return kernel.BetaQuantile(float64(passes+1), float64(n-passes), 1-alpha)
}

// Jeffreys is the interval of equal tails of the posterior Beta(passes+½,
// n−passes+½), which follows from Jeffreys's prior. It covers 1 − alpha on average
// over shares, not at each one.
func Jeffreys(passes, n int, alpha float64) (lower, upper float64, err error) {
	if err := checkTrials(passes, n, alpha); err != nil {
		return 0, 0, err
	}
	a, b := float64(passes)+0.5, float64(n-passes)+0.5
	return kernel.BetaQuantile(a, b, alpha/2), kernel.BetaQuantile(a, b, 1-float64(alpha/2)), nil
}

// Wilson is the score interval (Wilson 1927): the shares that a normal test of level
// alpha does not reject. It covers 1 − alpha approximately.
func Wilson(passes, n int, alpha float64) (lower, upper float64, err error) {
	if err := checkTrials(passes, n, alpha); err != nil {
		return 0, 0, err
	}
	z := kernel.NormalQuantile(1 - float64(alpha/2))
	count, share := float64(n), float64(passes)/float64(n)
	weight := float64(z*z) / count
	middle := (share + float64(weight/2)) / (1 + weight)
	half := float64(z / (1 + weight) * math.Sqrt(float64(share*(1-share))/count+weight/float64(4*count)))
	lower, upper = max(0, middle-half), min(1, middle+half)
	if passes == 0 {
		lower = 0
	}
	if passes == n {
		upper = 1
	}
	return lower, upper, nil
}

func checkShare(theta float64) error {
	if !(theta >= 0 && theta <= 1) {
		return fmt.Errorf("theta is %v: it is a share from 0 to 1", theta)
	}
	return nil
}
