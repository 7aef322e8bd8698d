package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/assaynet/assay/scoring/truth"
	"github.com/assaynet/assay/tabular"
)

// maxLabels bounds the rows of a file of labels, which are held in memory as numbers.
const maxLabels = 1 << 26

// rowsBetweenLooks is how many rows are read before it is seen whether to stop.
const rowsBetweenLooks = 1 << 14

// labelFile is a file of labels: the names in it, numbered by first appearance, and each
// row as numbers.
type labelFile struct {
	name                    string
	tasks, workers, classes tabular.Names
	task, worker, class     []int32
}

// openLabels reads the columns task, worker and label of a CSV file.
func openLabels(ctx context.Context, path string, stdin io.Reader, talk io.Writer) (*labelFile, error) {
	in, name, err := openInput(path, stdin, talk)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return readLabels(ctx, in, name)
}

func readLabels(ctx context.Context, in io.Reader, name string) (*labelFile, error) {
	f := &labelFile{name: name}
	err := eachRow(ctx, in, name, []string{"task", "worker", "label"}, func(r *tabular.Reader, row []string) error {
		if err := f.pair(r, row); err != nil {
			return err
		}
		return number(r, "label", &f.classes, row[2], &f.class)
	})
	if err != nil {
		return nil, err
	}
	return f, nil
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

// pair keeps the task and the worker of a row.
func (f *labelFile) pair(r *tabular.Reader, row []string) error {
	if err := number(r, "task", &f.tasks, row[0], &f.task); err != nil {
		return err
	}
	return number(r, "worker", &f.workers, row[1], &f.worker)
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

// openGold reads the columns task and truth of a CSV file. It returns the known class of each
// task, or −1. A class that no worker gave joins the classes; a task without labels is
// left out, with a word on talk.
func openGold(ctx context.Context, path string, stdin io.Reader, talk io.Writer, labels *labelFile) ([]int32, error) {
	in, name, err := openInput(path, stdin, talk)
	if err != nil {
		return nil, fmt.Errorf("--gold: %w", err)
	}
	defer in.Close()
	gold, unknown, err := readGold(ctx, in, name, labels)
	if err != nil {
		return nil, err
	}
	if unknown > 0 {
		fmt.Fprintf(talk, "assay: %s: %d tasks have no label in %s and were left out\n", name, unknown, labels.name)
	}
	return gold, nil
}

func readGold(ctx context.Context, in io.Reader, name string, labels *labelFile) (gold []int32, unknown int, err error) {
	gold = make([]int32, labels.tasks.Len())
	line := make([]int, len(gold))
	for t := range gold {
		gold[t] = -1
	}
	err = eachRow(ctx, in, name, []string{"task", "truth"}, func(r *tabular.Reader, row []string) error {
		t, known := labels.tasks.Find(row[0])
		if !known {
			unknown++
			return nil
		}
		class, err := labels.classes.Number(row[1])
		if err != nil {
			return r.Errorf("column %q: %v", "truth", err)
		}
		if gold[t] >= 0 && gold[t] != class {
			return r.Errorf("task %q is %q, but line %d says %q; a task has one truth", row[0], row[1], line[t], labels.classes.Name(gold[t]))
		}
		gold[t], line[t] = class, r.Line()
		return nil
	})
	if err == nil && unknown > 0 && !slices.ContainsFunc(gold, func(c int32) bool { return c >= 0 }) {
		err = &tabular.Error{File: name, What: fmt.Sprintf("none of its %d rows is about a task of %s", unknown, labels.name)}
	}
	return gold, unknown, err
}

// ordering is the names of a column in the order of their bytes. Package truth is given
// these numbers, so that the order of the rows of a file changes nothing.
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

// orderedLabels are the labels of a file for package truth.
type orderedLabels struct {
	set                     *truth.Labels
	gold                    []int32
	tasks, workers, classes ordering
}

// ordered makes them of the rows, which are used up, and of gold, which may be nil.
func (f *labelFile) ordered(gold []int32) (*orderedLabels, error) {
	o := &orderedLabels{tasks: order(&f.tasks), workers: order(&f.workers), classes: order(&f.classes)}
	var err error
	o.set, err = truth.NewLabels(f.tasks.Len(), f.workers.Len(), f.classes.Len(), o.tasks.put(f.task), o.workers.put(f.worker), o.classes.put(f.class))
	f.task, f.worker, f.class = nil, nil, nil
	if gold == nil || err != nil {
		return o, err
	}
	o.gold = make([]int32, len(gold))
	for t, class := range gold {
		if class >= 0 {
			class = o.classes.place[class]
		}
		o.gold[o.tasks.place[t]] = class
	}
	return o, nil
}
