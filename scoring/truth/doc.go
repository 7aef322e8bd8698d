// Package truth infers the true class of tasks from the labels of workers who err, and
// how often each worker is right.
//
// NewLabels makes a set of observations (task, worker, class), and Infer applies a method:
//
//	majority         shares of votes; ties stay split
//	wawa             votes weighted by agreement with the majority
//	one-coin         one accuracy a worker, EM; few labels a worker, any number of classes
//	dawid-skene      a confusion matrix a worker, EM (Dawid and Skene 1979)
//	dawid-skene-map  the same with a Dirichlet prior, 4 on the diagonal and 1 off it
//	ibcc             the same by variational Bayes (Kim and Ghahramani 2012)
//	bwa              Bayesian weighted average (Li, Rubinstein and Cohn 2019)
//	glad             abilities of workers and difficulties of tasks (Whitehill et al. 2009)
//	mace             workers who know or spam (Hovy et al. 2013)
//	auto             one of these, chosen by held-out gold or by a rule; the result says why
//
// The class of some tasks may be known: gold. It is clamped, weighs ten tasks in what is
// learnt of workers, and is what EM then starts from. A worker's accuracy has the
// posterior Beta(1.5 + c, 1.5 + n − c) for c right of n gold answers; without gold the
// expected counts stand in for c and n, see Worker.
//
// Methods that climb an objective record it at every pass, and it never falls but for the
// rounding of its sums. Inner loops have no logarithm: they multiply probabilities, scale
// them when they underflow, and take one logarithm of a product.
//
// Numbers in place of classes have methods of their own, from the median to a precision
// for each worker: see Estimate.
package truth
