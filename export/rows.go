package export

import (
	"math"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/scoring/aggregate"
)

// Column is one column of the Parquet files.
type Column struct {
	Name  string
	Type  string // string, float64, int32, int64, bool, timestamp or strings
	About string
}

// outcome is the columns that every row has after its items.
type outcome struct {
	Label          string   `parquet:"label,dict"`
	Probability    *float64 `parquet:"probability,optional"`
	Judgements     int32    `parquet:"judgements"`
	Agreement      *float64 `parquet:"agreement,optional"`
	Gold           bool     `parquet:"gold"`
	Method         string   `parquet:"method,dict"`
	Licence        string   `parquet:"licence,dict"`
	LabelLicence   string   `parquet:"label_licence,dict"`
	Round          int64    `parquet:"round"`
	Validator      string   `parquet:"validator,dict"`
	Provenance     []string `parquet:"provenance,list"`
	DatasetVersion string   `parquet:"dataset_version,dict"`
}

// shown is the columns of the item of a row.
type shown struct {
	ItemID     string  `parquet:"item_id"`
	Title      *string `parquet:"title,optional"`
	Author     *string `parquet:"author,optional"`
	Text       *string `parquet:"text,optional"`
	SourceURI  string  `parquet:"source_uri"`
	SourceTime *int64  `parquet:"source_time,optional,timestamp(microsecond:utc)"`
}

// itemRow is a row of a program about single items, numberRow of one whose answers are
// numbers, and pairRow of one about pairs.
type itemRow struct {
	shown
	outcome
}

type numberRow struct {
	shown
	Value *float64 `parquet:"value,optional"`
	Lower *float64 `parquet:"lower,optional"`
	Upper *float64 `parquet:"upper,optional"`
	outcome
}

type pairRow struct {
	ItemID          string  `parquet:"item_id"`
	LeftID          string  `parquet:"left_id"`
	RightID         string  `parquet:"right_id"`
	LeftTitle       *string `parquet:"left_title,optional"`
	RightTitle      *string `parquet:"right_title,optional"`
	LeftAuthor      *string `parquet:"left_author,optional"`
	RightAuthor     *string `parquet:"right_author,optional"`
	LeftText        *string `parquet:"left_text,optional"`
	RightText       *string `parquet:"right_text,optional"`
	LeftSourceURI   string  `parquet:"left_source_uri"`
	RightSourceURI  string  `parquet:"right_source_uri"`
	LeftSourceTime  *int64  `parquet:"left_source_time,optional,timestamp(microsecond:utc)"`
	RightSourceTime *int64  `parquet:"right_source_time,optional,timestamp(microsecond:utc)"`
	outcome
}

// Columns are those of a program's files, in their order.
func Columns(p *program.Program) []Column {
	var out []Column
	if p.Answers.Type == program.Pairwise {
		out = append(out, Column{"item_id", "string", "the pair: SHA-256 over both content ids, the lesser of which is left"})
		for _, c := range itemColumns() {
			name := c.Name
			if name == "item_id" {
				name = "id"
			}
			out = append(out, Column{"left_" + name, c.Type, "left item: " + c.About}, Column{"right_" + name, c.Type, "right item: " + c.About})
		}
	} else {
		out = itemColumns()
	}
	if p.Answers.Type == program.Scalar {
		out = append(out,
			Column{"value", "float64", "the estimate before it is rounded to an answer; the truth of gold"},
			Column{"lower", "float64", "lower bound of the true number, level 0.95"},
			Column{"upper", "float64", "upper bound of the true number, level 0.95"})
	}
	return append(out, outcomeColumns()...)
}

func itemColumns() []Column {
	return []Column{
		{"item_id", "string", "content id: SHA-256 over kind, source address and canonical bytes"},
		{"title", "string", "title of the item; null of items without"},
		{"author", "string", "author as the source names it; null of items without"},
		{"text", "string", "text of the item, or the answer that was reviewed; null of items without"},
		{"source_uri", "string", "where the item is from"},
		{"source_time", "timestamp", "when the source says that it was written; null of items without"},
	}
}

func outcomeColumns() []Column {
	return []Column{
		{"label", "string", "the label: the truth of gold, else what the method infers"},
		{"probability", "float64", "that the label is right, by the method; 1 of gold, null where nothing tells"},
		{"judgements", "int32", "answers that the label rests on"},
		{"agreement", "float64", "share of these answers that are the label; null of none"},
		{"gold", "bool", "the validator knew the truth beforehand"},
		{"method", "string", "the method that inferred the label; gold for gold"},
		{"licence", "string", "SPDX expression of the item"},
		{"label_licence", "string", "SPDX expression of the label"},
		{"round", "int64", "round in which the question was asked"},
		{"validator", "string", "SS58 address of the validator that asked"},
		{"provenance", "strings", "SS58 addresses of the miners whose answers the label rests on"},
		{"dataset_version", "string", "version of this dataset"},
	}
}

// outcome makes the columns that follow the items of a labelled task.
func (d *Dataset) outcome(t aggregate.Task, subjects []subject) outcome {
	from := d.tasks[t.At]
	o := outcome{
		Label: t.Label, Probability: known(t.Probability), Judgements: int32(t.Judgements), Agreement: known(t.Agreement), Gold: t.Gold,
		Method: d.Labels.Method, Licence: licenceOf(subjects), LabelLicence: d.Program.Licence, Round: int64(from.Round),
		Validator: from.validator.SS58(), DatasetVersion: d.Version, Provenance: []string{},
	}
	if t.Gold {
		o.Method = "gold"
	}
	for _, j := range d.judgements(t) {
		if j.Counts {
			o.Provenance = append(o.Provenance, j.Miner)
		}
	}
	return o
}

func shownOf(s subject) shown {
	return shown{ItemID: s.id.String(), Title: s.title, Author: s.author, Text: s.text, SourceURI: s.uri, SourceTime: s.micros}
}

func pairOf(s []subject) pairRow {
	return pairRow{
		ItemID: pairID(s[0].id, s[1].id).String(), LeftID: s[0].id.String(), RightID: s[1].id.String(),
		LeftTitle: s[0].title, RightTitle: s[1].title, LeftAuthor: s[0].author, RightAuthor: s[1].author,
		LeftText: s[0].text, RightText: s[1].text, LeftSourceURI: s[0].uri, RightSourceURI: s[1].uri,
		LeftSourceTime: s[0].micros, RightSourceTime: s[1].micros,
	}
}

// pairID names a pair: Sum("assay/pair/v1", lesser id, greater id).
func pairID(left, right item.Hash) item.Hash { return item.Sum("assay/pair/v1", left[:], right[:]) }

// rowID is the item_id of a labelled task.
func rowID(subjects []item.Hash) item.Hash {
	if len(subjects) == 2 {
		return pairID(subjects[0], subjects[1])
	}
	return subjects[0]
}

// known is a number, or nil where it is not defined.
func known(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}
