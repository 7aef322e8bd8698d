package coverage

import (
	"fmt"
	"math"

	"github.com/assaynet/assay/scoring/kernel"
)

// Freshness is the weight of a row of an age, which halves with each half-life,
//
//	2^(−age/halfLife),
//
// both in the same unit. It is 1 for an age of 0 or less, and for a half-life that is
// infinite, and 0 for a half-life that is not above 0.
func Freshness(age, halfLife float64) float64 {
	switch {
	case !(halfLife > 0):
		return 0
	case age <= 0 || math.IsInf(halfLife, 1):
		return 1
	}
	return kernel.Pow(0.5, age/halfLife)
}

// HalfLife is the half-life of a source's rows by how often re-verified rows had been
// edited or deleted: with `changed` such rows in a total time under observation of
// `exposure`, each row observed up to its change or its last check,
//
//	ln 2 · exposure / changed,
//
// the maximum likelihood estimate under a constant hazard. It is infinite when none had
// changed.
func HalfLife(changed int, exposure float64) (float64, error) {
	if changed < 0 || !(exposure > 0) || math.IsInf(exposure, 1) {
		return 0, fmt.Errorf("half-life: %d rows changed in a time of %v, want 0 or more in a finite time above 0", changed, exposure)
	}
	return math.Ln2 * exposure / float64(changed), nil
}
