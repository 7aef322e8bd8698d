// Package readback reads what package export writes with Apache Arrow's reader, which the
// project does not write with. It is a module of its own, as Arrow takes long to compile.
package readback

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"github.com/assaynet/assay/export"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring"
	"github.com/assaynet/assay/scoring/aggregate"
)

const (
	items     = 137
	shardRows = 40
)

// mail is a made-up item.
func mail(t *testing.T, i int) (item.Item, item.Record) {
	t.Helper()
	r := item.Record{Author: fmt.Sprintf("Autor %d", i%7), Title: fmt.Sprintf("Titel %d", i), Body: strings.Repeat("Ünïcode, \"quotes\"\n\x00 and 日本 ", i%9), Time: int64(i-60) * 86_400 * 365}
	canonical, err := r.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	return item.Item{Kind: item.KindRecord, URI: fmt.Sprintf("http://forum.example/%d", i), Canonical: canonical, Licence: []string{"CC0-1.0", "CC-BY-4.0"}[i%2]}, r
}

func hotkey(i int) protocol.Hotkey { return protocol.Hotkey(item.Sum("miner", []byte{byte(i)})) }

// record has one task about every item, or every pair of neighbours.
func record(t *testing.T, p *program.Program, answers []string) *export.Record {
	t.Helper()
	out := &export.Record{Validator: hotkey(200), Netuid: 1, Program: p, Round: 77, Time: 1_790_000_000}
	for i := range items {
		task := scoring.Judged{Program: p.Name, Round: uint64(i)}
		for k := range p.Judged() {
			it, _ := mail(t, i+k)
			encoded, err := it.Encode()
			if err != nil {
				t.Fatal(err)
			}
			task.Subjects, task.Items = append(task.Subjects, it.ID()), append(task.Items, encoded)
		}
		if len(task.Subjects) == 2 && bytes.Compare(task.Subjects[0][:], task.Subjects[1][:]) > 0 {
			slices.Reverse(task.Subjects)
			slices.Reverse(task.Items)
		}
		truth := answers[i*i%len(answers)]
		if i%4 == 0 {
			task.Truth = truth
		}
		for m := range i % 6 {
			said := truth
			if (i*7+m*3)%5 == 0 {
				said = answers[(i+m)%len(answers)]
			}
			task.Answers = append(task.Answers, scoring.JudgedAnswer{Miner: hotkey(m), Answer: said, Labeller: "0x0", Passed: true})
		}
		out.Tasks = append(out.Tasks, task)
	}
	return out
}

// columns reads all shards into one list of values for each column, as plain Go values.
func columns(t *testing.T, paths []string) (*arrow.Schema, map[string][]any) {
	t.Helper()
	out := map[string][]any{}
	var schema *arrow.Schema
	for _, path := range paths {
		table := open(t, path)
		if schema != nil && !schema.Equal(table.Schema()) {
			t.Errorf("%s has another schema than the file before:\n%s\n%s", path, table.Schema(), schema)
		}
		schema = table.Schema()
		for i, f := range schema.Fields() {
			for _, chunk := range table.Column(i).Data().Chunks() {
				for row := range chunk.Len() {
					out[f.Name] = append(out[f.Name], value(t, chunk, row))
				}
			}
		}
	}
	return schema, out
}

func open(t *testing.T, path string) arrow.Table {
	t.Helper()
	f, err := file.OpenParquetFile(path, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	for g := range f.NumRowGroups() {
		for c := range f.MetaData().RowGroup(g).NumColumns() {
			chunk, err := f.MetaData().RowGroup(g).ColumnChunk(c)
			if err != nil || chunk.Compression().String() != "ZSTD" {
				t.Errorf("%s: column %d is compressed by %v, %v", path, c, chunk.Compression(), err)
			}
		}
	}
	r, err := pqarrow.NewFileReader(f, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	table, err := r.ReadTable(context.Background())
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return table
}

func value(t *testing.T, a arrow.Array, i int) any {
	t.Helper()
	if a.IsNull(i) {
		return nil
	}
	switch a := a.(type) {
	case *array.String:
		return a.Value(i)
	case *array.Float64:
		return a.Value(i)
	case *array.Int32:
		return int64(a.Value(i))
	case *array.Int64:
		return a.Value(i)
	case *array.Boolean:
		return a.Value(i)
	case *array.Timestamp:
		return int64(a.Value(i))
	case *array.List:
		from, to := a.ValueOffsets(i)
		out := []any{}
		for k := from; k < to; k++ {
			out = append(out, value(t, a.ListValues(), int(k)))
		}
		return out
	}
	t.Fatalf("a column of type %s", a.DataType())
	return nil
}

// arrowType is what a column has to be for other readers.
func arrowType(c export.Column) arrow.DataType {
	switch c.Type {
	case "float64":
		return arrow.PrimitiveTypes.Float64
	case "int32":
		return arrow.PrimitiveTypes.Int32
	case "int64":
		return arrow.PrimitiveTypes.Int64
	case "bool":
		return arrow.FixedWidthTypes.Boolean
	case "timestamp":
		return &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}
	case "strings":
		return arrow.ListOf(arrow.BinaryTypes.String)
	}
	return arrow.BinaryTypes.String
}

func labelling(name string, a program.Answers) *program.Program {
	return &program.Program{Name: name, About: "Mails.", Kind: item.KindJudgement.String(), Task: "annotate", Licence: "CC0-1.0", Question: "Which?",
		Answers: a, Items: program.Items{Program: "forum"}, Labelling: program.Labelling{Aggregation: "auto", Redundancy: 5}}
}

// TestEveryRow exports each type of answer and compares every value that Arrow reads with
// what went in.
func TestEveryRow(t *testing.T) {
	for _, c := range []struct {
		program *program.Program
		answers []string
	}{
		{labelling("spam", program.Answers{Type: program.Category, Labels: []string{"ham", "spam"}}), []string{"ham", "spam"}},
		{labelling("grade", program.Answers{Type: program.Ordinal, Labels: []string{"a", "b", "c"}}), []string{"a", "b", "c"}},
		{labelling("score", program.Answers{Type: program.Scalar, Min: -1, Max: 1, Step: 0.25}), []string{"-1", "-0.25", "0", "1"}},
		{labelling("preference", program.Answers{Type: program.Pairwise}), []string{"left", "right", "tie", "neither"}},
	} {
		t.Run(c.program.Name, func(t *testing.T) {
			rec := record(t, c.program, c.answers)
			d, err := export.Merge([]*export.Record{rec}, nil)
			if err != nil {
				t.Fatal(err)
			}
			out := filepath.Join(t.TempDir(), "out")
			w, err := export.Write(context.Background(), out, d, export.Options{ShardRows: shardRows})
			if err != nil {
				t.Fatal(err)
			}
			paths, err := filepath.Glob(filepath.Join(out, "data", "train-*.parquet"))
			if err != nil || len(paths) != (w.Rows+shardRows-1)/shardRows {
				t.Fatalf("%d shards of %d rows, %v", len(paths), w.Rows, err)
			}
			schema, got := columns(t, paths)
			checkSchema(t, schema, export.Columns(c.program))
			for i, task := range d.Labels.Tasks {
				for name, want := range expected(t, d, rec, task) {
					if have := got[name][i]; !same(have, want) {
						t.Errorf("row %d, %s: %#v, want %#v", i, name, have, want)
					}
				}
			}
			if len(got["item_id"]) != len(d.Labels.Tasks) || w.Rows != len(d.Labels.Tasks) {
				t.Errorf("%d rows read of %d", len(got["item_id"]), len(d.Labels.Tasks))
			}
			if c.program.Answers.Type == program.Pairwise {
				checkRanking(t, out, d.Labels.Ranking)
			}
		})
	}
}

func checkSchema(t *testing.T, schema *arrow.Schema, want []export.Column) {
	t.Helper()
	if len(schema.Fields()) != len(want) {
		t.Errorf("%d columns, want %d", len(schema.Fields()), len(want))
	}
	for i, c := range want {
		f := schema.Field(i)
		if list, ok := f.Type.(*arrow.ListType); ok && c.Type == "strings" {
			if list.Elem().ID() != arrow.STRING || f.Name != c.Name {
				t.Errorf("column %d is %s", i, f)
			}
			continue
		}
		if f.Name != c.Name || !arrow.TypeEqual(f.Type, arrowType(c)) {
			t.Errorf("column %d is %s, want %s %s", i, f, c.Name, arrowType(c))
		}
	}
}

// expected is a row as it follows from what was exported.
func expected(t *testing.T, d *export.Dataset, rec *export.Record, task aggregate.Task) map[string]any {
	t.Helper()
	from := rec.Tasks[task.At]
	miners := []any{}
	var addresses []string
	for _, a := range from.Answers {
		addresses = append(addresses, a.Miner.SS58())
	}
	slices.Sort(addresses)
	for _, a := range addresses {
		miners = append(miners, a)
	}
	row := map[string]any{
		"label": task.Label, "probability": number(task.Probability), "judgements": int64(len(from.Answers)), "agreement": number(task.Agreement),
		"gold": from.Truth != "", "method": d.Labels.Method, "label_licence": "CC0-1.0", "round": int64(from.Round), "validator": rec.Validator.SS58(),
		"provenance": miners, "dataset_version": d.Version,
	}
	if from.Truth != "" {
		row["method"], row["label"] = "gold", from.Truth
	}
	sides := []string{""}
	if len(task.Subjects) == 2 {
		sides = []string{"left_", "right_"}
		row["licence"] = "CC-BY-4.0 AND CC0-1.0"
	}
	for k, side := range sides {
		it, err := item.Decode(from.Items[k])
		if err != nil {
			t.Fatal(err)
		}
		r, err := item.DecodeRecord(it.Canonical)
		if err != nil {
			t.Fatal(err)
		}
		row[side+"title"], row[side+"author"], row[side+"text"] = r.Title, r.Author, r.Body
		row[side+"source_uri"], row[side+"source_time"] = it.URI, r.Time*1_000_000
		if side == "" {
			row["item_id"], row["licence"] = task.Subjects[k].String(), it.Licence
		} else {
			row[side+"id"] = task.Subjects[k].String()
		}
	}
	if rec.Program.Answers.Type == program.Scalar {
		row["value"], row["lower"], row["upper"] = number(task.Value), number(task.Lower), number(task.Upper)
	}
	return row
}

func number(x float64) any {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return x
}

func same(a, b any) bool {
	x, err := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err == nil && err2 == nil && bytes.Equal(x, y)
}

func checkRanking(t *testing.T, out string, want *aggregate.Ranking) {
	t.Helper()
	path := filepath.Join(out, "ranking.parquet")
	if _, err := os.Stat(path); err != nil || want == nil {
		t.Fatalf("no ranking: %v", err)
	}
	schema, got := columns(t, []string{path})
	checkSchema(t, schema, export.RankingColumns())
	if len(got["item"]) != len(want.Items) {
		t.Errorf("%d items, want %d", len(got["item"]), len(want.Items))
	}
	for i, r := range want.Items {
		row := map[string]any{"item": r.Item.String(), "strength": r.Strength, "lower": r.Lower, "upper": r.Upper, "rank_low": r.RankLow, "rank_high": r.RankHigh, "games": r.Games}
		for name, w := range row {
			if !same(got[name][i], w) {
				t.Errorf("rank %d, %s: %v, want %v", i, name, got[name][i], w)
			}
		}
	}
}
