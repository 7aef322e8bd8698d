package counterfactual

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring"
)

// The decisions that a fold takes on a miner, or on one of its cells.
const (
	Rejected = "rejected" // of a cell, or of a miner for its silence
	OnTrial  = "on trial" // of a cell that turned bad
	Exam     = "passed"   // the exam of a labelling program
	Flagged  = "flagged"  // for a provable fault
	Away     = "away"     // answered no draws lately
	Watched  = "watched"  // is drawn from more often
)

// Side is a decision as one set of rules has it.
type Side struct {
	Stands bool    `json:"stands"`
	LogE   float64 `json:"log_e"` // evidence of the reject verdict; 0 of a miner as a whole
	CUSUM  float64 `json:"cusum"` // of the watch for change
	Rows   uint64  `json:"rows"`  // checked, of the cell or of the miner
}

// Decision is a closed round after which a decision stands under one set of rules and
// not under the other, or after which both agree again.
type Decision struct {
	Seq    uint64 `json:"entry"`
	Round  uint64 `json:"round"`
	Epoch  uint64 `json:"epoch"`
	UID    uint16 `json:"uid"`
	Hotkey string `json:"hotkey"`
	Cell   string `json:"cell"` // program/source/label; empty: of the miner as a whole
	What   string `json:"what"`
	// Recorded is how it is under the record's rules, Other under the others.
	Recorded Side `json:"recorded"`
	Other    Side `json:"other"`
	Agree    bool `json:"agree"` // both rules give the same again
}

// String is the decision in a line.
func (d Decision) String() string {
	of := fmt.Sprintf("uid %d", d.UID)
	if d.Cell != "" {
		of += ", " + d.Cell
	}
	where := fmt.Sprintf("entry %d, round %d, epoch %d, %s: ", d.Seq, d.Round, d.Epoch, of)
	word := d.word()
	switch {
	case d.Agree && d.Other.Stands:
		return where + word + " under both rules again"
	case d.Agree:
		return where + "not " + word + " under either rules any more"
	case d.Other.Stands:
		return where + word + " under the other rules after " + d.evidence(d.Other) + ", not under the recorded ones" + d.against(d.Recorded)
	}
	return where + word + " under the recorded rules after " + d.evidence(d.Recorded) + ", not under the other ones" + d.against(d.Other)
}

func (d Decision) word() string {
	if d.What == Exam {
		return "passed the exam"
	}
	return d.What
}

func (d Decision) evidence(s Side) string {
	text := fmt.Sprintf("%d rows", s.Rows)
	if n := d.measure(s); n != "" {
		text += " (" + n + ")"
	}
	return text
}

func (d Decision) against(s Side) string {
	if n := d.measure(s); n != "" {
		return " (" + n + ")"
	}
	return ""
}

// measure is the number that the decision rests on; empty where there is none.
func (d Decision) measure(s Side) string {
	switch {
	case d.Cell == "":
		return ""
	case d.What == Rejected:
		return fmt.Sprintf("ln e %.1f", s.LogE)
	case d.What == OnTrial:
		return fmt.Sprintf("CUSUM %.1f", s.CUSUM)
	}
	return ""
}

// about names a decision that can be taken: on a miner, or on a cell of it.
type about struct {
	miner protocol.Hotkey
	cell  string
	what  string
}

// standings are all decisions on the neurons of a round, as one state has them.
func standings(scores []scoring.Score) (of map[about]Side, uids map[protocol.Hotkey]uint16) {
	of, uids = map[about]Side{}, map[protocol.Hotkey]uint16{}
	for i := range scores {
		s := &scores[i]
		uids[s.Hotkey] = s.UID
		silent := s.Rejected
		for _, c := range s.Cells {
			side := Side{LogE: c.LogE, CUSUM: c.CUSUM, Rows: c.Standing.Checked}
			put := func(what string, stands bool) {
				side.Stands = stands
				of[about{s.Hotkey, c.Name, what}] = side
			}
			put(Rejected, c.Rejected)
			put(OnTrial, c.OnTrial)
			if c.Judges {
				put(Exam, c.Passed)
			}
		}
		if len(s.Cells) > 0 && !slices.ContainsFunc(s.Cells, func(c scoring.CellScore) bool { return !c.Rejected }) {
			silent = false // every cell is: the cells tell
		}
		for what, stands := range map[string]bool{Rejected: silent, Flagged: len(s.Flags) > 0, Away: s.Away, Watched: s.Watched} {
			of[about{s.Hotkey, "", what}] = Side{Stands: stands, Rows: s.ValidShare.Checked}
		}
	}
	return of, uids
}

// MaxDecisions is how many decisions a comparison keeps; further ones are counted.
const MaxDecisions = 1 << 16

// differences are the decisions on which two sets of rules differ now.
type differences struct {
	open    map[about]bool
	list    []Decision
	dropped int
}

// see takes what both states decided by the end of a closed round.
func (d *differences) see(e evidence.Entry, o evidence.Opened, recorded, other []scoring.Score) {
	was, uids := standings(recorded)
	now, _ := standings(other)
	var found []Decision
	for k := range union(was, now) {
		x, y := was[k], now[k]
		uid, here := uids[k.miner]
		if !here || (x.Stands != y.Stands) == d.open[k] {
			continue
		}
		found = append(found, Decision{
			Seq: e.Seq, Round: o.Round, Epoch: o.Epoch, UID: uid, Hotkey: k.miner.String(), Cell: k.cell, What: k.what,
			Recorded: x, Other: y, Agree: d.open[k],
		})
		if d.open[k] {
			delete(d.open, k)
		} else {
			d.open[k] = true
		}
	}
	slices.SortFunc(found, func(a, b Decision) int {
		return cmp.Or(cmp.Compare(a.UID, b.UID), cmp.Compare(a.Cell, b.Cell), cmp.Compare(a.What, b.What))
	})
	room := min(len(found), MaxDecisions-len(d.list))
	d.list = append(d.list, found[:room]...)
	d.dropped += len(found) - room
}

func union(a, b map[about]Side) map[about]bool {
	out := make(map[about]bool, len(a))
	for k := range a {
		out[k] = true
	}
	for k := range b {
		out[k] = true
	}
	return out
}
