package scoring

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring/kernel"
)

// Explanation is why a miner has its score: the waterfall of every cell, down to
// the newest items that were drawn.
type Explanation struct {
	Hotkey     protocol.Hotkey `json:"hotkey"`
	UID        uint16          `json:"uid"`
	Round      uint64          `json:"round"`
	Block      uint64          `json:"block"`
	Fold       uint16          `json:"fold"`
	Gamma      int             `json:"gamma"`
	Weight     float64         `json:"weight"`
	VoteWeight uint16          `json:"vote_weight"`
	Value      float64         `json:"value"`
	ValidShare Share           `json:"valid_share"`
	Rejected   bool            `json:"rejected"`
	OnTrial    bool            `json:"on_trial"`
	Away       bool            `json:"away"`
	Watched    bool            `json:"watched"`
	Flags      []string        `json:"flags"`
	Cells      []ExplainedCell `json:"cells"`
	Items      []ExplainedItem `json:"items"`
	Waiting    int             `json:"waiting"`   // draws that are not decided yet
	Questions  int             `json:"questions"` // unanswered, to be asked again
}

// ExplainedCell is a CellScore for reading; its fields multiply as the doc comment
// of CellScore says.
type ExplainedCell struct {
	Name         string  `json:"name"`
	Demand       float64 `json:"demand"`
	ProvenBytes  uint64  `json:"proven_bytes"`
	Draws        float64 `json:"draws"`
	Credit       float64 `json:"credit"`
	Freshness    float64 `json:"freshness"`
	UniqueBytes  float64 `json:"unique_bytes"`
	NetworkBytes float64 `json:"network_bytes"`
	HalfBytes    float64 `json:"half_bytes"`
	Resolved     float64 `json:"resolved"`
	Value        float64 `json:"value"`
	Standing     Share   `json:"standing"`
	Noise        float64 `json:"noise"`
	LogE         float64 `json:"log_e"`
	RejectAt     float64 `json:"reject_at"`
	Rejected     bool    `json:"rejected"`
	CUSUM        float64 `json:"cusum"`
	AlarmAt      float64 `json:"alarm_at"` // 0: change is not watched for
	OnTrial      bool    `json:"on_trial"`
	// Of a labelling program: amounts are work, not bytes, and the lower bound of the
	// skill is what pay follows from.
	Judges bool    `json:"judges,omitempty"`
	Skill  float64 `json:"skill,omitempty"`
	Passed bool    `json:"passed_exam,omitempty"`
	Pay    float64 `json:"pay"`
}

// ExplainedItem is one drawn item and what was decided of it.
type ExplainedItem struct {
	Round   uint64 `json:"round"`
	Root    uint64 `json:"root"`
	Draw    string `json:"draw"`             // by byte, by cell, or task
	Answer  string `json:"answer,omitempty"` // to a task
	URI     string `json:"uri,omitempty"`
	ID      string `json:"id,omitempty"`
	Bytes   uint64 `json:"bytes,omitempty"`
	Verdict string `json:"verdict"`
	Reason  string `json:"reason,omitempty"`
	// Credit is null where nobody was asked who had the item first: it was drawn by
	// cell, or failed.
	Credit    *float64 `json:"credit"`
	Freshness float64  `json:"freshness"`
}

// Explain is a miner's score as the record stands now.
func (s *State) Explain(h protocol.Hotkey) (Explanation, bool) {
	m := s.miners[h]
	if m == nil {
		return Explanation{}, false
	}
	for _, sc := range s.Scores() {
		if sc.Hotkey == h {
			return s.explain(m, sc), true
		}
	}
	return Explanation{}, false
}

func (s *State) explain(m *miner, sc Score) Explanation {
	e := Explanation{
		Hotkey: sc.Hotkey, UID: sc.UID, Round: s.last.Round, Block: s.last.Block, Fold: s.started.Fold, Gamma: s.params.Gamma,
		Weight: sc.Weight, Value: sc.Value, ValidShare: sc.ValidShare, Rejected: sc.Rejected, OnTrial: sc.OnTrial, Away: sc.Away, Watched: sc.Watched, Flags: sc.Flags,
		Cells: []ExplainedCell{}, Items: []ExplainedItem{}, Waiting: len(m.draws), Questions: len(m.questions),
	}
	uids, weights := s.Vote()
	for i, uid := range uids {
		if uid == sc.UID {
			e.VoteWeight = weights[i]
		}
	}
	rejectAt := kernel.Log(float64(s.strata()) / s.params.Alpha)
	for _, c := range sc.Cells {
		e.Cells = append(e.Cells, ExplainedCell{
			Name: c.Name, Demand: c.Demand, ProvenBytes: c.ProvenBytes, Draws: c.Draws, Credit: c.Credit, Freshness: c.Freshness,
			UniqueBytes: c.UniqueBytes, NetworkBytes: c.NetworkBytes, HalfBytes: c.HalfBytes, Resolved: c.Resolved,
			Value: c.Value, Standing: c.Standing, Noise: c.Noise, LogE: c.LogE, RejectAt: rejectAt, Rejected: c.Rejected,
			CUSUM: c.CUSUM, AlarmAt: s.alarmAt(c.Judges), OnTrial: c.OnTrial, Pay: c.Pay,
			Judges: c.Judges, Skill: c.Skill, Passed: c.Passed,
		})
	}
	for i := len(m.recent) - 1; i >= 0; i-- {
		e.Items = append(e.Items, m.recent[i].explained())
	}
	return e
}

func (d *draw) explained() ExplainedItem {
	x := ExplainedItem{
		Round: d.round, Root: d.seq, Draw: "by byte", URI: d.uri, Bytes: d.bytes,
		Verdict: d.spot.Verdict.String(), Reason: d.spot.Reason, Freshness: d.fresh,
	}
	if d.judged {
		x.Draw, x.Answer = "task", d.label
	} else if d.mode == protocol.DrawCell {
		x.Draw = "by cell"
	} else if d.spot.Verdict == Pass {
		x.Credit = &d.credit
	}
	if !d.id.IsZero() {
		x.ID = d.id.String()
	}
	return x
}

// itemsShown is how many items the text has.
const itemsShown = 12

// CreditText is the credit with two decimals, or a dash.
func (x ExplainedItem) CreditText() string {
	if x.Credit == nil {
		return "–"
	}
	return fmt.Sprintf("%.2f", *x.Credit)
}

// String is the explanation as text.
func (e Explanation) String() string {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format, args...) }
	p("uid %d, hotkey %s, as of round %d (block %d), fold %d\n", e.UID, e.Hotkey, e.Round, e.Block, e.Fold)
	p("weight %.4f of all (vote %d of 65535)\n", e.Weight, e.VoteWeight)
	p("valid share %.3f [%.3f, %.3f] from %d checked rows\n", e.ValidShare.Mean, e.ValidShare.Lower, e.ValidShare.Upper, e.ValidShare.Checked)
	if e.Rejected {
		p("REJECTED: pays nothing\n")
	}
	if e.OnTrial {
		p("ON TRIAL: turned bad, pays nothing until it is good again\n")
	}
	if e.Watched {
		p("WATCHED: what it serves differs from all others', so it is drawn from more often; that costs no pay\n")
	}
	if e.Away {
		p("AWAY: answered no draws lately, pays nothing until it does\n")
	}
	if len(e.Flags) > 0 {
		p("FLAGGED %s: pays nothing\n", strings.Join(e.Flags, ", "))
	}
	p("%d draws wait for a decision, %d questions are unanswered\n", e.Waiting, e.Questions)
	e.writeCells(p)
	e.writeItems(p)
	return b.String()
}

// writeCells is the waterfall, one line a cell.
func (e Explanation) writeCells(p func(string, ...any)) {
	e.writeLabels(p)
	cells := slices.DeleteFunc(slices.Clone(e.Cells), func(c ExplainedCell) bool { return c.Judges })
	if len(cells) == 0 {
		return
	}
	width := len("cell")
	for _, c := range cells {
		width = max(width, utf8.RuneCountInString(c.Name))
	}
	p("\n%-*s %10s × %7s → %9s / (%9s + %6s) × %6s → %7s × %5s^%d = %8s   %s\n",
		width, "cell", "proven B", "counted", "unique B", "network B", "half B", "demand", "value", "lower", e.Gamma, "pay", "counted is")
	for _, c := range cells {
		counted := 0.0
		if c.ProvenBytes > 0 {
			counted = c.UniqueBytes / float64(c.ProvenBytes)
		}
		p("%-*s %10d × %7.4f → %9.0f / (%9.0f + %6.0f) × %6.1f → %7.5f × %5.3f^%d = %8.6f   credit %.2f, fresh %.2f, resolved %.2f, %.0f draws",
			width, c.Name, c.ProvenBytes, counted, c.UniqueBytes, c.NetworkBytes, c.HalfBytes, c.Demand, c.Value, c.Standing.Lower, e.Gamma, c.Pay,
			c.Credit, c.Freshness, c.Resolved, c.Draws)
		switch {
		case c.Rejected:
			p("  REJECTED: ln e %.1f ≥ %.1f", c.LogE, c.RejectAt)
		case c.OnTrial:
			p("  ON TRIAL since its CUSUM reached %.1f", c.AlarmAt)
		}
		p("\n")
	}
}

// writeLabels is the waterfall of each labelling program.
func (e Explanation) writeLabels(p func(string, ...any)) {
	for _, c := range e.Cells {
		if !c.Judges {
			continue
		}
		p("\n%s: work %.3f / (%.3f + %.2f) × demand %.1f → value %.5f × skill %.3f^%d = %.6f   right %.3f [%.3f, %.3f] of rows, chance is 0.5; answered %.2f of %.0f tasks",
			c.Name, c.UniqueBytes, c.NetworkBytes, c.HalfBytes, c.Demand, c.Value, c.Skill, e.Gamma, c.Pay,
			c.Standing.Mean, c.Standing.Lower, c.Standing.Upper, c.Freshness, c.Draws)
		switch {
		case c.Rejected:
			p("  REJECTED: ln e %.1f ≥ %.1f", c.LogE, c.RejectAt)
		case c.OnTrial:
			p("  ON TRIAL since its CUSUM reached %.1f", c.AlarmAt)
		case !c.Passed:
			p("  has not passed the exam")
		case c.Pay == 0 && c.Skill > 0:
			p("  not paid now: it wants no tasks, or none of its was judged lately")
		}
		p("\n")
	}
}

func (e Explanation) writeItems(p func(string, ...any)) {
	if len(e.Items) == 0 {
		return
	}
	p("\nnewest items\n")
	for i, x := range e.Items {
		if i == itemsShown {
			p("  … and %d more: --json has all\n", len(e.Items)-i)
			break
		}
		said := fmt.Sprintf("credit %4s fresh %.2f", x.CreditText(), x.Freshness)
		if x.Draw == "task" {
			said = fmt.Sprintf("answer %-15s", x.Answer)
		}
		p("  round %-5d %-7s %-7s %s  %s", x.Round, x.Draw, x.Verdict, said, x.URI)
		if x.Reason != "" {
			p("  (%s)", ReasonText(x.Reason))
		}
		p("\n")
	}
}
