// Package aggregate makes labels of the judged tasks of a labelling program: one label
// for each subject, the probability of it, and how often such labels are right.
//
// The raters are miners by their hotkeys. All answers count, from the first on, of those
// that had passed the program's exam at their newest judged task, by one validator's
// record or more: a good rater's first answers are as good as its later ones, and what it
// passed by. Where nobody has passed, the answers of all count.
//
// A program names the method of package truth that answers become labels by, or leaves it
// to held-out gold: half of the gold tasks, by a hash of their subjects, choose the method,
// and the other half state how often labels are right. A gold task that is scored is never
// one that the method was told of: it is left out in turn. The labels themselves are then
// inferred with all gold known.
//
// The interval of the accuracy, see Accuracy, is about the finite number of labels that are
// not gold, and its level is exact for each number of them and of gold tasks, for labels
// that owe nothing to the gold. Raters pass by gold, so some were lucky on it: a test by
// simulation finds that the interval has room for that.
//
// All is a pure function of its arguments; equal sets of tasks give equal bits, in whatever
// order they come, but for subjects that were judged twice.
package aggregate
