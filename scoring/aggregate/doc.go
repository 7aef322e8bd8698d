// Package aggregate makes labels of the judged tasks of a labelling program: one label
// for each subject, the probability of it, and how often such labels are right.
//
// The raters are miners by their hotkeys. Answers count of those who had passed the
// program's exam. A program names the method of package truth that answers become labels
// by, or leaves it to held-out gold: half of the gold tasks, by a hash of their subjects,
// choose the method, and the other half state how often labels are right. A gold task that
// is scored is never one that the method was told of: it is left out in turn. The labels
// themselves are then inferred with all gold known.
//
// The interval of the accuracy, see Accuracy, is about the finite number of labels that are
// not gold, and its level is exact for each number of them and of gold tasks.
//
// All is a pure function of its arguments; equal sets of tasks give equal bits, in whatever
// order they come.
package aggregate
