package coverage

import "fmt"

// Abundance is what a sample of rows says about how often different kinds occur: each
// drawn row is of some kind, a source, an author or a content, and some kinds were drawn
// once, twice, or more often.
//
// Its methods assume independent draws. Junk that is unique, or damaged so that it looks
// unique, inflates Singletons and with them every estimate: count only verified rows.
type Abundance struct {
	Rows       int // rows drawn, n
	Kinds      int // different kinds among them
	Singletons int // kinds drawn once, f1
	Doubletons int // kinds drawn twice, f2
}

// maxRows keeps all products of counts exact.
const maxRows = 1 << 50

// NewAbundance counts the kinds by how often each was drawn; zeros are ignored.
func NewAbundance(draws []int) (Abundance, error) {
	var a Abundance
	for i, n := range draws {
		if n < 0 || n > maxRows-a.Rows {
			return Abundance{}, fmt.Errorf("abundance: kind %d was drawn %d times, want 0 or more and at most 2^50 in all", i, n)
		}
		a.Rows += n
		if n > 0 {
			a.Kinds++
		}
		switch n {
		case 1:
			a.Singletons++
		case 2:
			a.Doubletons++
		}
	}
	return a, nil
}

// Unseen estimates the chance that the next row is of a kind not drawn yet,
//
//	f1/n,
//
// 1 when nothing was drawn (Good 1953).
func (a Abundance) Unseen() float64 {
	if a.Rows == 0 {
		return 1
	}
	return float64(a.Singletons) / float64(a.Rows)
}

// Coverage is 1 − Unseen, the share of all rows that are of a kind already drawn.
func (a Abundance) Coverage() float64 { return 1 - a.Unseen() }

// ChaoJostCoverage is the less biased estimate of coverage by Chao and Jost (2012),
//
//	1 − (f1/n) · (n−1)f1 / ((n−1)f1 + 2f2),
//
// and with f2 = 0, where that would be Good's, 1 − (f1/n)·(n−1)(f1−1)/((n−1)(f1−1)+2).
func (a Abundance) ChaoJostCoverage() float64 {
	if a.Rows == 0 {
		return 0
	}
	rest, f1, f2 := float64(a.Rows-1), float64(a.Singletons), float64(a.Doubletons)
	up, down := float64(rest*f1), 2*f2
	if a.Doubletons == 0 {
		up, down = float64(rest*max(f1-1, 0)), 2
	}
	return 1 - float64(a.Unseen()*(up/(up+down)))
}

// Chao1 is a lower bound of the number of kinds, in expectation (Chao 1984),
//
//	kinds + f1²/(2f2),
//
// and with f2 = 0 that of Chao1Corrected.
func (a Abundance) Chao1() float64 {
	if a.Doubletons == 0 {
		return a.Chao1Corrected()
	}
	return float64(a.Kinds) + float64(a.square()/float64(2*a.Doubletons))
}

// Chao1Corrected is the bias-corrected form, defined for all counts,
//
//	kinds + f1(f1−1)/(2(f2+1)).
func (a Abundance) Chao1Corrected() float64 {
	return float64(a.Kinds) + float64((a.square()-float64(a.Singletons))/float64(2*(a.Doubletons+1)))
}

// Chao1Finite is Chao1 with the factor (n−1)/n for a small sample on what it adds.
func (a Abundance) Chao1Finite() float64 {
	if a.Rows == 0 {
		return 0
	}
	factor := float64(a.Rows-1) / float64(a.Rows)
	return float64(a.Kinds) + float64(factor*(a.Chao1()-float64(a.Kinds)))
}

func (a Abundance) square() float64 {
	f1 := float64(a.Singletons)
	return float64(f1 * f1)
}
