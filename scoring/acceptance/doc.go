// Package acceptance decides whether a corpus is good from rows that are drawn at
// random, with stated error rates: plans of fixed size, Wald's sequential test with
// its exact operating characteristic, intervals, tests and intervals that may be
// looked at after every row, alarms for a change, and the draws themselves.
//
// Throughout, θ is the share of rows that verify (or the mean of scores in [0, 1]),
// a corpus is good if θ ≥ Good and bad if θ ≤ Bad, alpha bounds the probability of
// rejecting a good corpus and beta that of accepting a bad one.
//
// What the caller has to see to: rows are drawn with a seed that nobody knew when
// the corpus was committed to; each row drawn counts, and a row that is refused or
// never comes is a failure; a test runs once and is not begun again with the same
// corpus.
//
// The package is pure. Its results have the same bits on every machine.
package acceptance
