package lab

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
)

// maxText bounds a text in a table, in bytes.
const maxText = 4096

// layout is how the rows of a type stand in a table.
type layout struct {
	columns []Column
	row     reflect.Type
	fields  []int // of the row, by column
}

// layoutOf reads the columns off the fields of a type of rows. A field has the same name
// in both tags, parquet and csv, and is an int, a uint64, a float64, a string or a bool.
func layoutOf(row reflect.Type) (*layout, error) {
	if row.Kind() != reflect.Struct {
		return nil, fmt.Errorf("rows of type %s: want a struct", row)
	}
	l := &layout{row: row}
	seen := map[string]bool{}
	for i := range row.NumField() {
		f := row.Field(i)
		name := f.Tag.Get("csv")
		kind := typeOf(f.Type.Kind())
		if !f.IsExported() || !tableName.MatchString(name) || name != f.Tag.Get("parquet") || seen[name] || kind == "" {
			return nil, fmt.Errorf("rows of type %s: field %s: want an exported int, uint64, float64, string or bool whose tags parquet and csv are one name of its own", row, f.Name)
		}
		seen[name] = true
		l.columns, l.fields = append(l.columns, Column{name, kind}), append(l.fields, i)
	}
	if len(l.columns) < 2 { // a row of one empty cell would be an empty line, which readers skip
		return nil, fmt.Errorf("rows of type %s: want two columns or more", row)
	}
	return l, nil
}

func typeOf(k reflect.Kind) string {
	switch k {
	case reflect.Int, reflect.Int64:
		return "int64"
	case reflect.Uint64:
		return "uint64"
	case reflect.Float64, reflect.String, reflect.Bool:
		return k.String()
	}
	return ""
}

func (l *layout) names() []string {
	out := make([]string, len(l.columns))
	for i, c := range l.columns {
		out[i] = c.Name
	}
	return out
}

// schema is the table's schema. A number that may be NaN is null there, which pandas,
// polars and DuckDB all leave out of a mean; polars and DuckDB do not leave out NaN.
func (l *layout) schema(table string) *parquet.Schema {
	fields := make([]reflect.StructField, len(l.columns))
	for i, c := range l.columns {
		f := l.row.Field(l.fields[i])
		fields[i] = reflect.StructField{Name: f.Name, Type: f.Type, Tag: reflect.StructTag(`parquet:"` + c.Name + `"`)}
		switch c.Type {
		case "float64":
			fields[i].Type = reflect.PointerTo(f.Type)
			fields[i].Tag = reflect.StructTag(`parquet:"` + c.Name + `,optional"`)
		case "string":
			fields[i].Tag = reflect.StructTag(`parquet:"` + c.Name + `,dict"`)
		}
	}
	return parquet.NewSchema(table, parquet.SchemaOf(reflect.New(reflect.StructOf(fields)).Interface()))
}

// values is a row as Parquet has it.
func (l *layout) values(out parquet.Row, row reflect.Value) parquet.Row {
	for i, c := range l.columns {
		f := row.Field(l.fields[i])
		switch c.Type {
		case "int64":
			out = append(out, parquet.Int64Value(f.Int()).Level(0, 0, i))
		case "uint64":
			out = append(out, parquet.Int64Value(int64(f.Uint())).Level(0, 0, i))
		case "bool":
			out = append(out, parquet.BooleanValue(f.Bool()).Level(0, 0, i))
		case "string":
			out = append(out, parquet.ByteArrayValue([]byte(f.String())).Level(0, 0, i))
		case "float64":
			if math.IsNaN(f.Float()) {
				out = append(out, parquet.NullValue().Level(0, 0, i))
			} else {
				out = append(out, parquet.DoubleValue(f.Float()).Level(0, 1, i))
			}
		}
	}
	return out
}

// cells is a row as CSV has it.
func (l *layout) cells(out []string, row reflect.Value) ([]string, error) {
	for i, c := range l.columns {
		f := row.Field(l.fields[i])
		switch c.Type {
		case "int64":
			out = append(out, strconv.FormatInt(f.Int(), 10))
		case "uint64":
			out = append(out, strconv.FormatUint(f.Uint(), 10))
		case "bool":
			out = append(out, strconv.FormatBool(f.Bool()))
		case "float64":
			out = append(out, formatFloat(f.Float()))
		case "string":
			if err := plain(f.String()); err != nil {
				return nil, fmt.Errorf("column %s: %w", c.Name, err)
			}
			out = append(out, f.String())
		}
	}
	return out, nil
}

// plain refuses a text that a reader of CSV might take for more than a cell.
func plain(s string) error {
	switch {
	case len(s) > maxText:
		return fmt.Errorf("a text of %d bytes, at most %d are allowed", len(s), maxText)
	case !utf8.ValidString(s):
		return fmt.Errorf("%.80q is not UTF-8", s)
	case strings.IndexFunc(s, unicode.IsControl) >= 0:
		return fmt.Errorf("%.80q holds a control character", s)
	}
	return nil
}

// formatFloat is the shortest decimal that is read back as the same number. It has a point
// or an exponent, so that a reader that guesses takes the column for numbers of that kind
// though they are whole. NaN is empty.
func formatFloat(x float64) string {
	switch {
	case math.IsNaN(x):
		return ""
	case math.IsInf(x, 1):
		return "inf"
	case math.IsInf(x, -1):
		return "-inf"
	}
	s := strconv.FormatFloat(x, 'g', -1, 64)
	if !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	return s
}

// read fills a row from the cells of a line.
func (l *layout) read(row reflect.Value, cells []string) error {
	if len(cells) != len(l.columns) {
		return fmt.Errorf("%d cells, want %d", len(cells), len(l.columns))
	}
	for i, c := range l.columns {
		if err := readCell(row.Field(l.fields[i]), c.Type, cells[i]); err != nil {
			return fmt.Errorf("column %s: %.80q, want %s", c.Name, cells[i], err)
		}
	}
	return nil
}

// readCell reads one cell; its error is what would be right.
func readCell(f reflect.Value, kind, cell string) error {
	switch kind {
	case "int64":
		n, err := strconv.ParseInt(cell, 10, 64)
		if err != nil || f.OverflowInt(n) {
			return errors.New("a whole number")
		}
		f.SetInt(n)
	case "uint64":
		n, err := strconv.ParseUint(cell, 10, 64)
		if err != nil {
			return errors.New("a whole number from 0")
		}
		f.SetUint(n)
	case "bool":
		if cell != "true" && cell != "false" {
			return errors.New("true or false")
		}
		f.SetBool(cell == "true")
	case "float64":
		x := math.NaN()
		if cell != "" {
			var err error
			if x, err = strconv.ParseFloat(cell, 64); err != nil {
				return errors.New("a number, or nothing")
			}
		}
		f.SetFloat(x)
	case "string":
		if plain(cell) != nil {
			return fmt.Errorf("a text of at most %d bytes without control characters", maxText)
		}
		f.SetString(strings.Clone(cell))
	}
	return nil
}
