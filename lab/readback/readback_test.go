// Package readback reads what package lab writes with DuckDB, which the project does not
// write with. It is a module of its own, as DuckDB is large and needs a C compiler.
package readback

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2"

	"github.com/assaynet/assay/lab"
)

// rows of each table; more than one row group of DuckDB's, which has 122,880.
const rows = 150_000

// draw fills a row with numbers of each kind that a run may have.
func draw(r *rand.Rand, row reflect.Value, i int) {
	for k := range row.NumField() {
		f := row.Field(k)
		switch f.Kind() {
		case reflect.Int:
			f.SetInt(int64(i)*7 - 1000)
		case reflect.Uint64:
			f.SetUint(uint64(i) * 3)
		case reflect.Bool:
			f.SetBool(i%3 == 0)
		case reflect.String:
			f.SetString([]string{"honest", "sybil-copy", `says "no", twice`, "Ünïcode 日本", "a=1 b=2"}[r.IntN(5)])
		case reflect.Float64:
			f.SetFloat(number(r))
		}
	}
}

func number(r *rand.Rand) float64 {
	switch r.IntN(8) {
	case 0:
		return math.NaN()
	case 1:
		return float64(r.IntN(3))
	case 2:
		return r.NormFloat64() * 1e-300
	case 3:
		return -r.Float64() * 1e18
	}
	return r.Float64()
}

// of makes rows of a type.
func of[T any](n int) []T {
	r := rand.New(rand.NewPCG(1, 2))
	out := make([]T, n)
	for i := range out {
		draw(r, reflect.ValueOf(&out[i]).Elem(), i)
	}
	return out
}

// sqlType is the type that a column has in DuckDB.
func sqlType(k reflect.Kind, parquet bool) string {
	switch k {
	case reflect.Int:
		return "BIGINT"
	case reflect.Uint64:
		if parquet {
			return "UBIGINT"
		}
		return "BIGINT" // as it is guessed from the digits
	case reflect.Float64:
		return "DOUBLE"
	case reflect.Bool:
		return "BOOLEAN"
	}
	return "VARCHAR"
}

func open(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// check reads a file and compares every column and every value with what was written.
func check[T any](t *testing.T, db *sql.DB, path string, want []T) {
	t.Helper()
	result, err := db.QueryContext(context.Background(), fmt.Sprintf("SELECT * FROM '%s'", path))
	if err != nil {
		t.Fatal(err)
	}
	defer result.Close()
	columns, err := result.ColumnTypes()
	if err != nil {
		t.Fatal(err)
	}
	row := reflect.TypeFor[T]()
	if len(columns) != row.NumField() {
		t.Fatalf("%s: %d columns, want %d", path, len(columns), row.NumField())
	}
	for i, c := range columns {
		f := row.Field(i)
		if kind := sqlType(f.Type.Kind(), strings.HasSuffix(path, ".parquet")); c.Name() != f.Tag.Get("parquet") || c.DatabaseTypeName() != kind {
			t.Errorf("%s: column %d is %s %s, want %s %s", path, i, c.Name(), c.DatabaseTypeName(), f.Tag.Get("parquet"), kind)
		}
	}
	n := 0
	for ; result.Next(); n++ {
		got := make([]any, len(columns))
		for i := range got {
			got[i] = new(any)
		}
		if err := result.Scan(got...); err != nil {
			t.Fatal(err)
		}
		for i := range got {
			if have, should := *got[i].(*any), value(reflect.ValueOf(want[n]).Field(i), columns[i].DatabaseTypeName()); have != should {
				t.Fatalf("%s: row %d, %s: %#v, want %#v", path, n, columns[i].Name(), have, should)
			}
		}
	}
	if err := result.Err(); err != nil || n != len(want) {
		t.Errorf("%s: %d rows, want %d, %v", path, n, len(want), err)
	}
}

// value is what DuckDB gives for a field; NaN is null.
func value(f reflect.Value, kind string) any {
	switch {
	case f.Kind() == reflect.Float64 && math.IsNaN(f.Float()):
		return nil
	case f.Kind() == reflect.Int:
		return f.Int()
	case kind == "BIGINT":
		return int64(f.Uint())
	}
	return f.Interface()
}

// folder writes one table of a run.
func folder[T any](t *testing.T, table string, rows []T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	f, err := lab.Create(dir, lab.Manifest{Command: "simulate", Version: "v0", Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := lab.Write(f, table, rows); err != nil {
		t.Fatal(err)
	}
	if err := f.Finish(); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, table)
}

func tableOf[T any](t *testing.T, table string) {
	t.Run(table, func(t *testing.T) {
		db, want := open(t), of[T](rows)
		path := folder(t, table, want)
		check(t, db, path+".parquet", want)
		check(t, db, path+".csv", want)
		path = folder(t, table, []T{})
		check(t, db, path+".parquet", []T{})
		// A header alone might be a row of texts: whoever reads it has to say what it is.
		var n int
		if err := db.QueryRow(fmt.Sprintf("SELECT count(*) FROM read_csv('%s.csv', header = true)", path)).Scan(&n); err != nil || n != 0 {
			t.Errorf("%d rows, %v", n, err)
		}
	})
}

func TestEveryTable(t *testing.T) {
	tableOf[lab.Actor](t, lab.TableActors)
	tableOf[lab.Pay](t, lab.TablePay)
	tableOf[lab.Weight](t, lab.TableWeights)
	tableOf[lab.Trust](t, lab.TableTrust)
	tableOf[lab.Event](t, lab.TableEvents)
	tableOf[lab.Verdict](t, lab.TableVerdicts)
	tableOf[lab.Share](t, lab.TableShares)
	tableOf[lab.Characteristic](t, lab.TableCharacteristics)
	tableOf[lab.Trial](t, lab.TableTrials)
}

// extreme is what no table of a run holds but may.
type extreme struct {
	Number uint64  `parquet:"number" csv:"number"`
	Whole  float64 `parquet:"whole" csv:"whole"`
	Edge   float64 `parquet:"edge" csv:"edge"`
	Name   string  `parquet:"name" csv:"name"`
}

// TestExtremes reads numbers at the ends of their ranges; floats that are whole are floats
// in the CSV file as well, and an empty text is no null in the Parquet file. Infinity
// stands in the CSV file as inf, which DuckDB takes for a date where it comes first.
func TestExtremes(t *testing.T) {
	want := []extreme{{1, 1e21, 0.1, ""}, {0, -3, math.SmallestNonzeroFloat64, "z"}, {2, 0, math.MaxFloat64, "z"}, {1 << 63, 1, math.Inf(1), "x"}, {math.MaxUint64, 2, math.Inf(-1), "y"}}
	path, db := folder(t, "extremes", want), open(t)
	check(t, db, path+".parquet", want)
	var sum, edge float64
	if err := db.QueryRow(fmt.Sprintf("SELECT sum(whole), max(edge) FROM read_csv('%s.csv', types = {'number': 'UBIGINT'}) WHERE number >= 9223372036854775808", path)).Scan(&sum, &edge); err != nil || sum != 3 || !math.IsInf(edge, 1) {
		t.Errorf("%v, %v, %v", sum, edge, err)
	}
	var kind string
	if err := db.QueryRow(fmt.Sprintf("SELECT typeof(whole) || ' ' || typeof(edge) FROM '%s.csv'", path)).Scan(&kind); err != nil || kind != "DOUBLE DOUBLE" {
		t.Errorf("%s, %v", kind, err)
	}
}

// TestMeanLeavesOutNaN is why NaN is written as null.
func TestMeanLeavesOutNaN(t *testing.T) {
	path, db := folder(t, lab.TableShares, []lab.Share{{Ratio: 1}, {Ratio: math.NaN()}, {Ratio: 2}}), open(t)
	for _, ending := range []string{".parquet", ".csv"} {
		var mean float64
		if err := db.QueryRow(fmt.Sprintf("SELECT avg(ratio) FROM '%s%s'", path, ending)).Scan(&mean); err != nil || mean != 1.5 {
			t.Errorf("%s: %v, %v", ending, mean, err)
		}
	}
}
