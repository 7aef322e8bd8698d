package export

import (
	"context"
	"fmt"
	"io"
)

// The files of an export, beside the shards in the folder data.
const (
	cardFile       = "README.md"
	croissantFile  = "croissant.json"
	checksumFile   = "checksums.sha256"
	licenceFile    = "LICENSE"
	provenanceFile = "provenance.jsonl"
	rankingParquet = "ranking.parquet"
	rankingCSV     = "ranking.csv"
)

// DefaultShardRows is how many rows a file has unless told otherwise.
const DefaultShardRows = 100_000

// Options say how Write writes.
type Options struct {
	ShardRows int      // rows in a file; 0 is DefaultShardRows
	Force     bool     // replace an earlier export
	Languages []string // of the texts, as ISO 639 codes; none where not known
	URL       string   // where the dataset will be found; empty where not known
}

// Written is what Write wrote.
type Written struct {
	Rows  int
	Files []File // in the order in which they were written
}

// Write writes a dataset into the folder out, which appears as a whole or not at all. It
// must not exist, be empty or, with Force, hold an earlier export and nothing else; else
// the error wraps ErrExists.
func Write(ctx context.Context, out string, d *Dataset, o Options) (*Written, error) {
	if o.ShardRows == 0 {
		o.ShardRows = DefaultShardRows
	}
	if o.ShardRows < 1 {
		return nil, fmt.Errorf("%d rows to a file: want 1 or more", o.ShardRows)
	}
	if err := checkOut(out, o.Force); err != nil {
		return nil, err
	}
	f, err := newFolder(out)
	if err != nil {
		return nil, err
	}
	defer f.discard()
	size, err := d.writeShards(ctx, f, o.ShardRows)
	if err != nil {
		return nil, err
	}
	if d.Labels.Ranking != nil {
		if err := d.writeRanking(ctx, f); err != nil {
			return nil, err
		}
	}
	if err := d.describe(f, o, size); err != nil {
		return nil, err
	}
	if err := f.publish(out, o.Force); err != nil {
		return nil, err
	}
	return &Written{Rows: len(d.rows), Files: f.files}, nil
}

// describe writes all that is about the data; each file may name the ones before it.
func (d *Dataset) describe(f *folder, o Options, size int64) error {
	for _, x := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{provenanceFile, d.writeProvenance},
		{licenceFile, d.writeLicence},
		{cardFile, func(w io.Writer) error { return d.writeCard(w, f.files, o, size) }},
		{croissantFile, func(w io.Writer) error { return d.writeCroissant(w, f.files, o) }},
		{checksumFile, func(w io.Writer) error { _, err := io.WriteString(w, f.checksums()); return err }},
	} {
		if err := f.create(x.name, x.write); err != nil {
			return err
		}
	}
	return nil
}
