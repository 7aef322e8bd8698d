// Package agreement measures how far raters agree beyond chance, for a whole set of
// labels: Krippendorff's alpha at four levels of measurement with missing data and
// bootstrap intervals, Fleiss' kappa, Cohen's kappa and the intraclass correlations.
//
// Use it to judge a task and its instructions: an alpha below about 0.4 says that
// raters do not share one reading of the question. Do not pay single raters by it. It
// depends on how common each answer is, so that good raters of a lopsided question
// may have a low alpha.
//
// Labels come as numbers: units (the things that are labelled) and values are counted
// from 0. Everything here is a pure function of its arguments, and does not depend on
// the order in which rows, raters or units stand. Labels are gathered by pattern, the
// multiset of values of one unit: as all that is measured is a sum over units, units
// of one pattern are measured once, and a bootstrap draws how often each pattern
// comes.
package agreement

import "fmt"

// UndefinedError says that a statistic has no value for the data given, and why: the
// formula would divide zero by zero.
type UndefinedError struct {
	What string // the statistic
	Why  string
}

// Error says both.
func (e *UndefinedError) Error() string { return e.What + " is not defined: " + e.Why }

// WorkError says that a computation was not begun because it would take too long.
type WorkError struct {
	What        string  // what was asked for
	Steps, Most float64 // how many it would take, and how many are allowed
	Hint        string
}

// Error says how much work it would be and what to do.
func (e *WorkError) Error() string {
	return fmt.Sprintf("%s would take %.3g steps, at most %.3g are allowed: %s", e.What, e.Steps, e.Most, e.Hint)
}
