package export

import (
	"fmt"
	"strings"

	"github.com/assaynet/assay/scoring/aggregate"
)

// Summary is an export in numbers, for a program to read.
type Summary struct {
	Out        string    `json:"out"`
	Program    string    `json:"program"`
	Version    string    `json:"version"`
	Validators []string  `json:"validators"`
	Round      uint64    `json:"round"`
	Rows       int       `json:"rows"`
	Gold       int       `json:"gold"`
	LeftOut    int       `json:"left_out"` // for their licence
	Unlabelled int       `json:"unlabelled"`
	Method     string    `json:"method"`
	Why        string    `json:"why"`
	Accuracy   *Measured `json:"accuracy"` // null without held-out gold
	// Majority is the plain majority of all valid answers, of numbers their median: of all
	// miners, whether they passed the exam or not.
	Majority *Measured `json:"majority"`
	Alpha    *Bounded  `json:"alpha"` // null where not defined
	Raters   []Rating  `json:"raters"`
	Notes    []string  `json:"notes"`
	Files    []File    `json:"files"`
}

// Measured is an accuracy on held-out gold, and bounds of that of the other labels.
type Measured struct {
	Right  int     `json:"right"`
	Held   int     `json:"held"`
	Others int     `json:"others"`
	Share  float64 `json:"share"`
	Lower  float64 `json:"lower"`
	Upper  float64 `json:"upper"`
}

// Bounded is a number with an interval of level 0.95.
type Bounded struct {
	Value float64  `json:"value"`
	Lower *float64 `json:"lower"`
	Upper *float64 `json:"upper"`
}

// Rating is one miner as a rater.
type Rating struct {
	Miner       string   `json:"miner"`
	Judgements  int      `json:"judgements"`
	Agreed      int      `json:"agreed"`
	Gold        int      `json:"gold"`
	Right       int      `json:"right"`
	Accuracy    *Bounded `json:"accuracy"`
	Reliability *Bounded `json:"reliability"`
}

// Summary tells what was written and how good it is.
func (d *Dataset) Summary(out string, w *Written) Summary {
	gold, _ := d.goldAndOthers()
	s := Summary{
		Out: out, Program: d.Program.Name, Version: d.Version, Round: d.Round, Rows: w.Rows, Gold: gold, Unlabelled: d.Labels.Unlabelled,
		Method: d.Labels.Method, Why: d.Labels.Why, Accuracy: measured(d.Labels.Accuracy), Majority: measured(d.Labels.Majority),
		Alpha: bounded(d.Labels.Agreement.Alpha, d.Labels.Agreement.Lower, d.Labels.Agreement.Upper), Files: w.Files,
		Validators: []string{}, Raters: []Rating{}, Notes: append([]string{}, d.Notes...),
	}
	for _, v := range d.Validators {
		s.Validators = append(s.Validators, v.SS58())
	}
	for _, c := range d.left {
		s.LeftOut += c.rows
	}
	for _, r := range d.Labels.Raters {
		s.Raters = append(s.Raters, Rating{r.Miner.SS58(), r.Judgements, r.Agreed, r.Gold, r.Right, bounded(r.Accuracy, r.Lower, r.Upper), bounded(r.Reliability, r.ReliabilityLower, r.ReliabilityUpper)})
	}
	return s
}

func measured(a aggregate.Accuracy) *Measured {
	if a.Held == 0 {
		return nil
	}
	return &Measured{a.Right, a.Held, a.Others, a.Share, a.Lower, a.Upper}
}

func bounded(x, lower, upper float64) *Bounded {
	if known(x) == nil {
		return nil
	}
	return &Bounded{x, known(lower), known(upper)}
}

// String is the summary in a few lines for people.
func (s Summary) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d labels of %s, %d of them gold, by %s\n", s.Out, s.Rows, s.Program, s.Gold, s.Method)
	if s.Accuracy != nil {
		fmt.Fprintf(&b, "accuracy %s on %d held-out gold items; of the other %d labels %s to %s are right (95 %%); majority of all answers %s\n",
			percent(s.Accuracy.Share), s.Accuracy.Held, s.Accuracy.Others, percent(s.Accuracy.Lower), percent(s.Accuracy.Upper), percent(s.Majority.Share))
	} else {
		b.WriteString("accuracy not measured: there is no held-out gold\n")
	}
	if s.Alpha != nil {
		fmt.Fprintf(&b, "agreement: Krippendorff's α %s\n", short(s.Alpha.Value))
	}
	fmt.Fprintf(&b, "version %s, %d files\n", s.Version, len(s.Files))
	return b.String()
}
