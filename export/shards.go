package export

import (
	"context"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"

	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/scoring/aggregate"
)

// Sizes of the Parquet files: a reader holds a row group in memory, and a page is what it
// skips by.
const (
	groupBytes = 64 << 20 // uncompressed, of a row group, about
	pageBytes  = 1 << 20
	batchRows  = 64
)

// shardName is the name of a shard, as the Hub writes it.
func shardName(shard, shards int) string {
	return fmt.Sprintf("data/train-%05d-of-%05d.parquet", shard, shards)
}

// writeShards writes all rows, shardRows to a file; every file has the same schema. It
// gives the uncompressed size of the rows in bytes.
func (d *Dataset) writeShards(ctx context.Context, f *folder, shardRows int) (size int64, err error) {
	shards := max(1, (len(d.rows)+shardRows-1)/shardRows)
	for i := range shards {
		rows := d.rows[min(len(d.rows), i*shardRows):min(len(d.rows), (i+1)*shardRows)]
		err := f.create(shardName(i, shards), func(w io.Writer) error {
			n, err := d.writeRows(ctx, w, rows)
			size += n
			return err
		})
		if err != nil {
			return 0, err
		}
	}
	return size, nil
}

// writeRows writes one file in the form that the program's answers have.
func (d *Dataset) writeRows(ctx context.Context, w io.Writer, rows []aggregate.Task) (int64, error) {
	switch d.Program.Answers.Type {
	case program.Pairwise:
		return writeParquet(ctx, w, rows, func(t aggregate.Task) (pairRow, int, error) {
			s, err := d.subjects(t)
			if err != nil {
				return pairRow{}, 0, err
			}
			row := pairOf(s)
			row.outcome = d.outcome(t, s)
			return row, bytesOf(s), nil
		})
	case program.Scalar:
		return writeParquet(ctx, w, rows, func(t aggregate.Task) (numberRow, int, error) {
			s, err := d.subjects(t)
			if err != nil {
				return numberRow{}, 0, err
			}
			return numberRow{shownOf(s[0]), known(t.Value), known(t.Lower), known(t.Upper), d.outcome(t, s)}, bytesOf(s), nil
		})
	}
	return writeParquet(ctx, w, rows, func(t aggregate.Task) (itemRow, int, error) {
		s, err := d.subjects(t)
		if err != nil {
			return itemRow{}, 0, err
		}
		return itemRow{shownOf(s[0]), d.outcome(t, s)}, bytesOf(s), nil
	})
}

// bytesOf is about what the items of a row take.
func bytesOf(subjects []subject) int {
	n := 0
	for _, s := range subjects {
		n += len(s.uri) + 300
		if s.text != nil {
			n += len(*s.text)
		}
	}
	return n
}

// writeParquet writes rows, zstd, in row groups of about groupBytes, and gives their
// uncompressed size. The size that make gives with a row decides where a group ends.
func writeParquet[From, Row any](ctx context.Context, out io.Writer, from []From, make func(From) (Row, int, error)) (size int64, err error) {
	w := parquet.NewGenericWriter[Row](out,
		parquet.Compression(&parquet.Zstd), parquet.PageBufferSize(pageBytes), parquet.DataPageStatistics(true),
		parquet.CreatedBy("assay", "1", "export"))
	batch, group := []Row{}, 0
	flush := func() error {
		_, err := w.Write(batch)
		batch = batch[:0]
		return err
	}
	for _, x := range from {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		row, n, err := make(x)
		if err != nil {
			return 0, err
		}
		if batch, group = append(batch, row), group+n; len(batch) == batchRows {
			if err := flush(); err != nil {
				return 0, err
			}
		}
		if group >= groupBytes {
			if err := flush(); err != nil {
				return 0, err
			}
			if err := w.Flush(); err != nil {
				return 0, err
			}
			group = 0
		}
	}
	if err := flush(); err != nil {
		return 0, err
	}
	if err := w.Close(); err != nil {
		return 0, err
	}
	for _, g := range w.File().Metadata().RowGroups {
		size += g.TotalByteSize
	}
	return size, nil
}
