// Package standing says how far a worker can be trusted after some of its work was
// checked: a Beta posterior of the share of its work that is valid, which forgets,
// with a mean and credible bounds. Pay follows the lower bound, so what is not known
// is not paid and each check of valid work raises what is.
//
// The package is pure. A Posterior is two sums and a count; a Rule holds the prior,
// the rates of forgetting and the level of the bounds.
package standing
