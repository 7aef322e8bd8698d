package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/assaynet/assay/tabular"
)

// maxLabels bounds the rows of a file of labels, which are held in memory as numbers.
const maxLabels = 1 << 26

// rowsBetweenLooks is how many rows are read before it is seen whether to stop.
const rowsBetweenLooks = 1 << 14

// labelFile is a file of labels: the names in it, numbered by first appearance, and each
// row as numbers.
type labelFile struct {
	name                   string
	tasks, workers, labels tabular.Names
	task, worker, label    []int32
	lines                  []int // by label, where it stands first
}

// openLabels reads the columns task, worker and label of a CSV file, or of standard input.
func openLabels(ctx context.Context, path string, stdin io.Reader, talk io.Writer) (*labelFile, error) {
	in, name, err := openInput(path, &stoppable{ctx: ctx, in: stdin}, talk)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return readLabels(ctx, in, name)
}

func readLabels(ctx context.Context, in io.Reader, name string) (*labelFile, error) {
	f := &labelFile{name: name}
	return f, f.read(ctx, in, func(r *tabular.Reader, label string) error {
		if err := number(r, "label", &f.labels, label, &f.label); err != nil {
			return err
		}
		if f.labels.Len() > len(f.lines) {
			f.lines = append(f.lines, r.Line())
		}
		return nil
	})
}

// read keeps the task and the worker of each row, and hands on its label.
func (f *labelFile) read(ctx context.Context, in io.Reader, each func(r *tabular.Reader, label string) error) error {
	return eachRow(ctx, in, f.name, []string{"task", "worker", "label"}, func(r *tabular.Reader, row []string) error {
		if err := number(r, "task", &f.tasks, row[0], &f.task); err != nil {
			return err
		}
		if err := number(r, "worker", &f.workers, row[1], &f.worker); err != nil {
			return err
		}
		return each(r, row[2])
	})
}

// eachRow hands on the rows of a CSV file that must have some, but not too many.
func eachRow(ctx context.Context, in io.Reader, name string, columns []string, each func(*tabular.Reader, []string) error) error {
	r, err := tabular.NewReader(in, name, columns, nil)
	if err != nil {
		return err
	}
	for rows := 0; ; rows++ {
		row, err := r.Next()
		switch {
		case errors.Is(err, io.EOF) && rows == 0:
			return &tabular.Error{File: name, What: "it has a header and no rows"}
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case rows == maxLabels:
			return r.Errorf("there are more than %d rows; split the file by task", maxLabels)
		}
		if err := each(r, row); err != nil {
			return err
		}
		if rows%rowsBetweenLooks == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
}

// number appends the number of a name to a column.
func number(r *tabular.Reader, column string, names *tabular.Names, name string, to *[]int32) error {
	n, err := names.Number(name)
	if err != nil {
		return r.Errorf("column %q: %v", column, err)
	}
	*to = append(*to, n)
	return nil
}

// numberIn is the finite number that a label stands for, written in decimals.
func numberIn(label string) (x float64, ok bool) {
	x, err := strconv.ParseFloat(label, 64)
	return x, err == nil && !math.IsNaN(x) && !math.IsInf(x, 0) && !strings.ContainsAny(label, "xX_")
}

// ordering is the names of a column in the order of their bytes. Packages are given these
// places for numbers, so that the order of the rows of a file changes nothing.
type ordering struct {
	names *tabular.Names
	place []int32 // of the name with a number
	at    []int32 // the number of the name at a place
}

func order(names *tabular.Names) ordering {
	o := ordering{names, make([]int32, names.Len()), make([]int32, names.Len())}
	for i := range o.at {
		o.at[i] = int32(i)
	}
	slices.SortFunc(o.at, func(a, b int32) int { return cmp.Compare(names.Name(a), names.Name(b)) })
	for place, number := range o.at {
		o.place[number] = int32(place)
	}
	return o
}

// name is the name at a place.
func (o ordering) name(place int) string { return o.names.Name(o.at[place]) }

// put replaces numbers by places.
func (o ordering) put(column []int32) []int32 {
	for i, number := range column {
		column[i] = o.place[number]
	}
	return column
}
