package lab

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"

	"github.com/parquet-go/parquet-go"
)

// Sizes of the Parquet files. A reader holds a row group in memory.
const (
	groupRows = 1 << 18
	batchRows = 256
	pageBytes = 1 << 20
	maxLine   = 64 << 10 // of a CSV file
)

// Write writes a table in both its forms; it is finished when Write returns. The columns
// are the fields of T, see rows.go. Where the run has the table already, equal rows leave
// it as it is and others replace it.
func Write[T any](f *Folder, table string, rows []T) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.writable(); err != nil {
		return err
	}
	t, err := f.writeTable(table, reflect.ValueOf(rows))
	if err == nil {
		err = f.publish(t)
	}
	if err != nil {
		err = errors.Join(err, f.disk.remove(table+".parquet"+partEnding), f.disk.remove(table+".csv"+partEnding))
		return advise(fmt.Errorf("write table %s: %w", table, err))
	}
	return nil
}

// writeTable writes the files of a table under the names that they have until they are
// published.
func (f *Folder) writeTable(name string, rows reflect.Value) (*Table, error) {
	l, err := layoutOf(rows.Type().Elem())
	if err != nil {
		return nil, err
	}
	t := &Table{Name: name, Rows: rows.Len(), Columns: l.columns}
	if !tableName.MatchString(name) || t.Rows > MaxRows {
		return nil, fmt.Errorf("want a name of a-z, 0-9 and _ and at most %d rows, got %d", MaxRows, t.Rows)
	}
	if t.CSV, err = f.disk.write(name+".csv", func(w io.Writer) error { return l.writeCSV(w, rows) }); err != nil {
		return nil, err
	}
	t.Parquet, err = f.disk.write(name+".parquet", func(w io.Writer) error { return l.writeParquet(w, name, rows) })
	return t, err
}

// publish puts a table that was written in its place. A table that it replaces is struck
// from the manifest first, which never names a file that is not the one there.
func (f *Folder) publish(t *Table) error {
	m := f.manifest
	m.Tables = slices.Clone(m.Tables)
	at, had := m.table(t.Name)
	if had {
		if old := m.Tables[at]; old.Parquet == t.Parquet && old.CSV == t.CSV && f.holds(&old) {
			return errors.Join(f.disk.remove(t.Name+".parquet"+partEnding), f.disk.remove(t.Name+".csv"+partEnding))
		}
		m.Tables = slices.Delete(m.Tables, at, at+1)
		if err := f.writeManifest(m); err != nil {
			return err
		}
		m.Tables = slices.Clone(m.Tables)
	}
	if err := f.disk.publish(t.Name+".parquet", t.Name+".csv"); err != nil {
		return err
	}
	m.Tables = slices.Insert(m.Tables, at, *t)
	return f.writeManifest(m)
}

func (l *layout) writeCSV(out io.Writer, rows reflect.Value) error {
	w := csv.NewWriter(out)
	cells := l.names()
	for i := range rows.Len() + 1 {
		if err := w.Write(cells); err != nil {
			return err
		}
		if i == rows.Len() {
			break
		}
		var err error
		if cells, err = l.cells(cells[:0], rows.Index(i)); err != nil {
			return fmt.Errorf("row %d: %w", i, err)
		}
	}
	w.Flush()
	return w.Error()
}

func (l *layout) writeParquet(out io.Writer, table string, rows reflect.Value) error {
	w := parquet.NewGenericWriter[any](out, l.schema(table),
		parquet.Compression(&parquet.Zstd), parquet.PageBufferSize(pageBytes), parquet.DataPageStatistics(true),
		parquet.CreatedBy("assay", "1", "lab"))
	batch := make([]parquet.Row, 0, batchRows)
	for i := range rows.Len() {
		batch = append(batch, l.values(nil, rows.Index(i)))
		if len(batch) == batchRows || i == rows.Len()-1 {
			if _, err := w.WriteRows(batch); err != nil {
				return err
			}
			batch = batch[:0]
		}
		if (i+1)%groupRows == 0 {
			if err := w.Flush(); err != nil {
				return err
			}
		}
	}
	return w.Close()
}

// holds reports whether the files of a table are there, as the manifest says.
func (f *Folder) holds(t *Table) bool {
	return matches(f.disk.path(t.Name+".csv"), t.CSV) && matches(f.disk.path(t.Name+".parquet"), t.Parquet)
}

func matches(path string, want File) bool {
	in, err := openRegular(path)
	if err != nil {
		return false
	}
	defer in.Close()
	digest := sha256.New()
	n, err := io.Copy(digest, io.LimitReader(in, want.Bytes+1))
	return err == nil && n == want.Bytes && hex.EncodeToString(digest.Sum(nil)) == want.SHA256
}
