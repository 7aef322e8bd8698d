package forgery

import (
	"fmt"
	"math"
	"strconv"

	"github.com/assaynet/assay/scoring/kernel"
)

// SecondsOf is the histogram of the second within the minute, 0..59, of times in Unix
// milliseconds. Uniform seconds are ChiSquared of it; but schedulers and bots post on
// the full minute, so that the honest reference is the source's own histogram, by
// ChiSquaredTwoSample, and FisherExact for the share of one second, as :00.
func SecondsOf(times []int64) []int64 {
	out := make([]int64, 60)
	for _, t := range times {
		out[positiveMod(t, 60_000)/1000]++
	}
	return out
}

// MillisecondsOf is the histogram of the millisecond within the second of times in Unix
// milliseconds, in bins of equal width. Bins must be 2 to 1000 and divide 1000.
func MillisecondsOf(times []int64, bins int) ([]int64, error) {
	if bins < 2 || bins > 1000 || 1000%bins != 0 {
		return nil, fmt.Errorf("%d bins of a second's milliseconds: allowed are 2 to 1000 that divide 1000", bins)
	}
	out := make([]int64, bins)
	for _, t := range times {
		out[positiveMod(t, 1000)/int64(1000/bins)]++
	}
	return out, nil
}

func positiveMod(a, m int64) int64 { return (a%m + m) % m }

// LastDigitsOf is the histogram of the last decimal digit of the values of three digits
// or more, whose last digit is nearly uniform in what is counted, and rarely in what
// is invented. Its test is ChiSquared or GTest without weights. Smaller values are left
// out: their last digit carries their size.
func LastDigitsOf(values []int64) []int64 {
	out := make([]int64, 10)
	for _, v := range values {
		if v <= -100 || v >= 100 {
			d := v % 10
			out[max(d, -d)]++
		}
	}
	return out
}

// BenfordTest is a ChiSquared of first digits with the mean absolute deviation of
// their shares from Benford's. By Nigrini (2012) a MAD below 0.006 is close, and above
// 0.015 no conformity.
type BenfordTest struct {
	Test
	MAD float64
}

// Benford tests the first digits of values against Benford's law (1938),
// P(d) = log10(1 + 1/d). Zeros are left out and signs ignored. It refuses values that
// span less than three orders of magnitude, for which the law is not expected, and
// values that are not finite. A digit is that of the shortest decimal which reads back
// as the value.
func Benford(values []float64) (BenfordTest, error) {
	counts := make([]int64, 9)
	least, greatest := math.Inf(1), 0.0
	var buffer [32]byte
	for i, v := range values {
		if err := finite(i, v); err != nil {
			return BenfordTest{}, err
		}
		if v == 0 {
			continue
		}
		v = math.Abs(v)
		least, greatest = min(least, v), max(greatest, v)
		counts[strconv.AppendFloat(buffer[:0], v, 'e', -1, 64)[0]-'1']++
	}
	if !(greatest/1000 >= least) {
		return BenfordTest{}, fmt.Errorf("values from %v to %v: Benford's law is tested on values other than 0 that span three orders of magnitude or more", least, greatest)
	}
	return BenfordCounts(counts)
}

// BenfordCounts is Benford for the counts of first digits 1..9, of values that the
// caller knows to span three orders of magnitude.
func BenfordCounts(counts []int64) (BenfordTest, error) {
	if err := sameLength("first digits and their counts", 9, len(counts)); err != nil {
		return BenfordTest{}, err
	}
	weights := make([]float64, 9)
	for d := range weights {
		weights[d] = kernel.Log1p(1/float64(d+1)) / math.Ln10
	}
	t, err := ChiSquared(counts, weights)
	if err != nil {
		return BenfordTest{}, err
	}
	total, err := sumCounts(counts)
	if err != nil {
		return BenfordTest{}, err
	}
	var mad float64
	for d, n := range counts {
		mad += math.Abs(float64(n)/total - weights[d])
	}
	return BenfordTest{t, mad / 9}, nil
}

// finite refuses NaN and infinite values.
func finite(i int, v float64) error {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return fmt.Errorf("value %d is %v: allowed are finite numbers", i, v)
	}
	return nil
}
