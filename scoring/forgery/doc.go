// Package forgery has tests that hint at fabricated data: invariants of records,
// goodness of fit and two-sample tests with p-values, and the ways to make many of
// them into few decisions with a stated error.
//
// A forger who is told apart here is looked at more closely: a rejection raises the
// rate of sampling. It never docks pay by itself, for two reasons. The tests compare
// a subject with others or with an assumed law, and an honest subject may differ
// from both; and a forger who resamples real rows passes all of them. What a row is
// worth is decided by fetching it again.
//
// Everything is pure, and has the same bits on every machine. Functions answer bad
// input with an error that says what is allowed. A p-value is in [0, 1]; where a law is
// discrete or holds only for many observations, the comment says how P errs.
//
// A few rows of a subject give one p-value each from several tests. Within an epoch
// these are made into a list with a stated share of false alarms by BenjaminiHochberg,
// or BenjaminiYekutieli when the tests share data; across epochs they are calibrated to
// e-values and multiplied in an Account. EProcess is the cheap form for a fold: a
// histogram per subject and feature, and one number that may be looked at any time.
package forgery
