// Package preference ranks items by what raters preferred: games of two items, won by
// one of them, tied, or won by neither, and rankings of more.
//
// A Table counts the games. BradleyTerry fits strengths θ to it, with
//
//	P(i beats j) = σ(θ_i − θ_j) = 1/(1 + e^(θ_j − θ_i)),
//
// by Newton's method on the counts, so that the time does not grow with the games.
// PlackettLuce does the same for rankings, and CrowdBradleyTerry estimates beside the
// strengths how reliable each rater is. Outliers watches raters while games arrive.
//
// Strengths are differences: only within a connected component of the graph of games
// are they known, and there they sum to zero. They are finite only if the component is
// strongly connected, that is, if no group of its items won all its games against
// the others (Ford 1957). Where it is not, the strengths of the component get a
// normal prior of mean 0 and standard deviation DefaultPrior, and Fit says so.
//
// Uncertainty comes as a Covariance, from the Fisher information if the model and the
// independence of games are trusted, from the sandwich if only the raters are
// independent, or from a bootstrap of the raters. Intervals and ranks follow from it.
//
// Every count is whole, so the order of the games changes no bit of a result.
package preference
