package aggregate

import (
	"math"

	"github.com/assaynet/assay/scoring/kernel"
)

// level of all intervals here.
const level95 = 0.95

// Remaining bounds the share of right ones among others labels, after right of held
// labels were found right, at a level such as 0.95.
//
// What it takes for granted is that the held labels are a random choice of all held +
// others. Then, with T right among all, how many of the held are right is
// hypergeometric, whatever makes single labels easy or hard:
//
//	P(K = k) = C(T, k)·C(held + others − T, held − k) / C(held + others, held).
//
// The bounds are the least and the greatest T that a test of each tail at (1 − level)/2
// does not reject, less the right ones that were seen. That is Clopper and Pearson's
// construction for a finite population: the interval of T covers with at least the
// level, and so does this one, since T = right + the unknown. For many others it tends to
// Clopper and Pearson's interval; for few it is wider, as few labels scatter about
// their mean. Without held or others it is [0, 1].
func Remaining(right, held, others int, level float64) (lower, upper float64) {
	if held < 1 || others < 1 || right < 0 || right > held || held > maxPopulation || others > maxPopulation || !(level > 0 && level < 1) {
		return 0, 1
	}
	tail := float64((1 - level) / 2)
	// Both tails are monotone in T, so that halving finds where they cross.
	low := least(others, func(x int) bool { return 1-cumulative(right-1, held, right+x, held+others) > tail })
	high := others - least(others, func(x int) bool { return cumulative(right, held, right+others-x, held+others) > tail })
	return float64(low) / float64(others), float64(high) / float64(others)
}

// maxPopulation bounds the labels, so that sums of hypergeometric terms stay exact enough.
const maxPopulation = 1 << 30

// least is the least x of 0..most for which ok holds; ok turns true once and stays. It
// is most where it never does.
func least(most int, ok func(int) bool) int {
	low, high := 0, most
	for low < high {
		mid := low + (high-low)/2
		if ok(mid) {
			high = mid
		} else {
			low = mid + 1
		}
	}
	return low
}

// cumulative is P(K ≤ k) for K right among held, drawn from all with total right. It sums
// from k downwards, or the upper tail from k + 1 upwards, whichever is away from the mean,
// and stops where terms no longer show.
func cumulative(k, held, total, all int) float64 {
	least, most := max(0, held+total-all), min(held, total)
	switch {
	case k < least:
		return 0
	case k >= most:
		return 1
	}
	if float64(k)*float64(all) <= float64(held)*float64(total) {
		return min(1, tailSum(k, -1, least, most, held, total, all))
	}
	return max(0, 1-tailSum(k+1, 1, least, most, held, total, all))
}

func tailSum(k, step, least, most, held, total, all int) float64 {
	n, t, a := float64(held), float64(total), float64(all)
	term := kernel.Exp(kernel.LogChoose(t, float64(k)) + kernel.LogChoose(a-t, n-float64(k)) - kernel.LogChoose(a, n))
	sum := 0.0
	for ; k >= least && k <= most; k += step {
		sum += term
		if term <= float64(sum*1e-18) {
			break
		}
		x := float64(k)
		if step < 0 { // C(t, k−1)·C(a−t, n−k+1) over the term of k
			term = float64(term * (float64(x*(a-t-n+x)) / float64((t-x+1)*(n-x+1))))
		} else {
			term = float64(term * (float64((t-x)*(n-x)) / float64((x+1)*(a-t-n+x+1))))
		}
	}
	return sum
}

// accuracy is what the distances of held-out gold labels from their truths say of the
// others.
func accuracy(distances []float64, others int) Accuracy {
	a := Accuracy{Held: len(distances), Others: others, Share: math.NaN(), Distance: math.NaN()}
	sum := 0.0
	for _, d := range distances {
		sum += d
		if d == 0 {
			a.Right++
		}
	}
	if a.Held > 0 {
		a.Share, a.Distance = float64(a.Right)/float64(a.Held), sum/float64(a.Held)
	}
	a.Lower, a.Upper = Remaining(a.Right, a.Held, others, level95)
	return a
}
