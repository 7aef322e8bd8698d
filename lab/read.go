package lab

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"reflect"
	"slices"
	"strings"

	"github.com/assaynet/assay/tabular"
)

// Read reads a table. It reads the CSV file, which holds the same values as the Parquet
// file and can be read line by line within bounds whatever is in it, and checks it against
// the manifest: columns, rows, size and digest.
func Read[T any](f *Folder, table string) ([]T, error) {
	out := []T{}
	for row, err := range Rows[T](f, table) {
		if err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	return out, nil
}

// Rows reads a table as Read does, row by row. A mistake comes last, and one in the digest
// after all rows: what is made of them holds when the end was reached without any.
func Rows[T any](f *Folder, table string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		l, t, err := find[T](f, table)
		if err == nil {
			err = f.readCSV(t, l, func(cells []string) error {
				var row T
				if err := l.read(reflect.ValueOf(&row).Elem(), cells); err != nil {
					return err
				}
				if !yield(row, nil) {
					return errEnough
				}
				return nil
			})
		}
		if err != nil && !errors.Is(err, errEnough) {
			yield(none, err)
		}
	}
}

// errEnough ends a reading whose rows are not wanted any more.
var errEnough = errors.New("enough")

// find finds a table whose columns are those of a type of rows.
func find[T any](f *Folder, table string) (*layout, *Table, error) {
	l, err := layoutOf(reflect.TypeFor[T]())
	if err != nil {
		return nil, nil, err
	}
	t, err := f.entry(table)
	if err != nil {
		return nil, nil, err
	}
	if !slices.Equal(t.Columns, l.columns) {
		return nil, nil, fmt.Errorf("table %s of %s has the columns %s, and %s are wanted: it was written by another version of the software", table, f.disk.dir, listed(t.Columns), listed(l.columns))
	}
	return l, t, nil
}

// entry is what the manifest says of a table.
func (f *Folder) entry(table string) (*Table, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	at, ok := f.manifest.table(table)
	if ok {
		t := f.manifest.Tables[at]
		return &t, nil
	}
	var has []string
	for _, t := range f.manifest.Tables {
		has = append(has, t.Name)
	}
	what := "no tables"
	if len(has) > 0 {
		what = strings.Join(has, ", ")
	}
	return nil, fmt.Errorf("%s has no table %.80q, it has %s", f.disk.dir, table, what)
}

// readCSV gives the rows of a table, and at the end the first thing that is wrong.
func (f *Folder) readCSV(t *Table, l *layout, each func([]string) error) error {
	path := f.disk.path(t.Name + ".csv")
	in, err := openRegular(path)
	if err != nil {
		return fmt.Errorf("read table %s: %w", t.Name, err)
	}
	defer in.Close()
	if info, err := in.Stat(); err != nil || info.Size() != t.CSV.Bytes {
		return errors.Join(err, changed(path, fmt.Sprintf("it has %d bytes, the manifest says %d", info.Size(), t.CSV.Bytes)))
	}
	digest := sha256.New()
	lines := tabular.NewLines(io.TeeReader(io.LimitReader(in, t.CSV.Bytes), digest), path, maxLine)
	for row := -1; ; row++ {
		line, err := lines.Next()
		if errors.Is(err, io.EOF) {
			if row != t.Rows {
				return changed(path, fmt.Sprintf("it has %d rows, the manifest says %d", row, t.Rows))
			}
			break
		}
		if err != nil {
			return err
		}
		cells, err := split(string(line))
		switch {
		case err != nil:
			return lines.Errorf("%s", err)
		case row < 0 && !slices.Equal(cells, l.names()):
			return lines.Errorf("the header is not that of table %s", t.Name)
		case row >= t.Rows:
			return changed(path, fmt.Sprintf("it has more rows than the %d of the manifest", t.Rows))
		case row >= 0:
			if err := each(cells); errors.Is(err, errEnough) {
				return err
			} else if err != nil {
				return lines.Errorf("%s", err)
			}
		}
	}
	if hex.EncodeToString(digest.Sum(nil)) != t.CSV.SHA256 {
		return changed(path, "its SHA-256 is not that of the manifest")
	}
	return nil
}

func changed(path, what string) error {
	return fmt.Errorf("%s: %s: the file was changed or cut; make the run again in another folder", path, what)
}

// split splits a line into its cells. Most lines have no quotes.
func split(line string) ([]string, error) {
	if !strings.Contains(line, `"`) {
		return strings.Split(line, ","), nil
	}
	return csv.NewReader(strings.NewReader(line)).Read()
}

func listed(columns []Column) string {
	var out []string
	for _, c := range columns {
		out = append(out, c.Name+" "+c.Type)
	}
	return strings.Join(out, ", ")
}
