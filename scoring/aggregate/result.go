package aggregate

import (
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// Result is the labels of one program and what is known of them.
type Result struct {
	// Method made the labels: a method of package truth, for classes or for numbers. It
	// is empty where nobody's answers count.
	Method string
	Why    string // why that method, in a sentence
	// Notes are what a reader of the labels has to know besides: one sentence each.
	Notes []string
	// Tasks are the labelled ones, ascending by their subjects.
	Tasks      []Task
	Unlabelled int // tasks that are not gold and have no answer that counts
	// Everyone says that answers of all miners count, since none had passed the exam at
	// its newest task.
	Everyone bool
	// Accuracy is of the labels. Majority is, on the same gold, that of Task.Majority:
	// what there would be without an exam and without a method.
	Accuracy  Accuracy
	Majority  Accuracy
	Agreement Agreement
	Raters    []Rater // whose answers count, ascending by hotkey
	// Ranking is of the items of a pairwise program; nil of others, and where no game
	// was played.
	Ranking *Ranking
}

// Task is one task with its label.
type Task struct {
	At       int // its place in the tasks that were given, counted through all records
	Subjects []item.Hash
	Label    string
	// Probability that the label is right: by the method's posterior; of numbers, that the
	// true one rounds to the label, with normal errors. It is 1 for gold, and NaN where
	// nothing tells how far answers err.
	Probability float64
	// Majority is the label by the plain majority of all valid answers to the task, of all
	// miners, passed or not; the first of the answer space where some tie. Of numbers it is
	// their median, as the nearest answer. It is empty without answers.
	Majority   string
	Judgements int     // answers that count
	Agreement  float64 // share of them that are the label; NaN of none
	Gold       bool
	// Value, Lower and Upper are of a scalar program: the estimate before it is rounded
	// to a step, and bounds of level 0.95. They are the truth for gold.
	Value, Lower, Upper float64
}

// Accuracy says how often labels that are not gold are right, from gold that was held out.
type Accuracy struct {
	Right, Held int     // of the held-out gold tasks
	Others      int     // labels that are not gold, of which it speaks
	Share       float64 // Right/Held; NaN of none
	// Lower and Upper bound the share of the Others that is right, at level 0.95; see
	// Remaining. They are 0 and 1 without held-out gold.
	Lower, Upper float64
	// Distance is the mean distance from the truth, in ranks or in steps of the scale; of
	// answers without order it is 1 − Share.
	Distance float64
}

// Agreement is Krippendorff's α of the answers that count, with its bootstrap interval
// of level 0.95 over tasks: nominal, or ordinal or interval where answers have an order.
type Agreement struct {
	Alpha, Lower, Upper float64 // NaN where not defined
	Tasks               int     // with two answers or more
	Undefined           string  // why there is no α, or no interval
}

// Rater is one miner whose answers count.
type Rater struct {
	Miner      protocol.Hotkey
	Judgements int
	Agreed     int // that are the label of their task
	Gold       int // of gold tasks
	Right      int // of those
	// Accuracy is the chance that an answer of the rater is right, with the interval of
	// level 0.95: see truth.Worker. It rests on gold where the rater has any, and else on
	// the labels. NaN of numbers without gold.
	Accuracy, Lower, Upper float64
	// SD is the standard deviation of the errors of numbers; NaN of classes.
	SD float64
	// Reliability is of a pairwise program: see preference.Reliability. NaN of others.
	Reliability, ReliabilityLower, ReliabilityUpper float64
}

// Ranking is of items by what raters preferred of them.
type Ranking struct {
	Items []Ranked // best first
	// Ties is Davidson's ν: two equal items tie with probability ν/(2 + ν).
	Ties float64
	// Interval names what the errors follow from: sandwich, which takes the raters as
	// independent, or fisher, which takes the games as such.
	Interval string
	// Games were played, and Neither of them ended with both items called bad, which counts
	// as a tie.
	Games, Neither int64
	// Components is how many groups of items were never compared with one another.
	Components int
}

// Ranked is one item: its strength in logits, sums to zero over those that it can be
// compared with, bounds of level 0.95, and its rank, from 1, between two bounds. See
// preference.Estimate.
type Ranked struct {
	Item              item.Hash
	Strength          float64
	Lower, Upper      float64
	RankLow, RankHigh int
	Games             int64
}
