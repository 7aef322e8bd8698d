package export

import (
	"cmp"
	"encoding/hex"
	"encoding/json"
	"io"
	"slices"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/scoring/aggregate"
)

// origin is one line of provenance.jsonl: who judged what.
type origin struct {
	ItemID     string      `json:"item_id"`
	Subjects   []item.Hash `json:"subjects"`
	Label      string      `json:"label"`
	Gold       bool        `json:"gold"`
	Validator  string      `json:"validator"`
	Round      uint64      `json:"round"`  // in which it was asked
	Closed     uint64      `json:"closed"` // in which it was judged
	Judgements []judgement `json:"judgements"`
}

// judgement is one answer. Its comment is not exported.
type judgement struct {
	Miner      string    `json:"miner"`
	Assignment item.Hash `json:"assignment"` // digest of the request that handed the task to the miner
	Answer     string    `json:"answer"`
	Labeller   string    `json:"labeller"` // a pseudonym
	Millis     uint32    `json:"millis"`
	Counts     bool      `json:"counts"` // the label rests on it
}

// judgements are the answers to a task by address, one of each miner.
func (d *Dataset) judgements(t aggregate.Task) []judgement {
	out := []judgement{}
	for _, a := range d.tasks[t.At].Answers {
		out = append(out, judgement{a.Miner.SS58(), a.Assignment, a.Answer, d.pseudonym(a.Labeller), a.Millis, d.Labels.Counts(d.Program, a)})
	}
	slices.SortStableFunc(out, func(a, b judgement) int {
		if a.Miner == b.Miner && a.Counts != b.Counts {
			if a.Counts {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.Miner, b.Miner)
	})
	return slices.CompactFunc(out, func(a, b judgement) bool { return a.Miner == b.Miner })
}

// pseudonym stands for a labeller within this version of the dataset:
//
//	"labeller-" || hex of the first 6 bytes of Sum("assay/labeller/v1", version, name)
//
// It keeps keys out of the files and datasets apart. Who has the record has the keys
// as well, and can undo it.
func (d *Dataset) pseudonym(labeller string) string {
	sum := item.Sum("assay/labeller/v1", []byte(d.Version), []byte(labeller))
	return "labeller-" + hex.EncodeToString(sum[:6])
}

func (d *Dataset) writeProvenance(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, t := range d.rows {
		from := d.tasks[t.At]
		line := origin{rowID(t.Subjects).String(), t.Subjects, t.Label, t.Gold, from.validator.SS58(), from.Round, from.Closed, d.judgements(t)}
		if err := enc.Encode(line); err != nil {
			return err
		}
	}
	return nil
}
