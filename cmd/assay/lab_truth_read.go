package main

import (
	"context"
	"fmt"
	"io"

	"github.com/assaynet/assay/scoring/truth"
	"github.com/assaynet/assay/tabular"
)

// orderedLabels are the labels of a file for package truth.
type orderedLabels struct {
	set                     *truth.Labels
	gold                    []int32
	tasks, workers, classes ordering
}

// ordered makes them of the rows, which are used up, and of gold, which may be nil.
func (f *labelFile) ordered(gold []int32) (*orderedLabels, error) {
	o := &orderedLabels{tasks: order(&f.tasks), workers: order(&f.workers), classes: order(&f.labels)}
	var err error
	o.set, err = truth.NewLabels(f.tasks.Len(), f.workers.Len(), f.labels.Len(), o.tasks.put(f.task), o.workers.put(f.worker), o.classes.put(f.label))
	f.task, f.worker, f.label = nil, nil, nil
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

// openGold reads the columns task and truth of a CSV file. It returns the known class of each
// task, or −1. A class that no worker gave joins the classes, and a row about a task
// without labels is left out, each with a word on talk.
func openGold(ctx context.Context, path string, stdin io.Reader, talk io.Writer, labels *labelFile) ([]int32, error) {
	in, name, err := openInput(path, &stoppable{ctx: ctx, in: stdin}, talk)
	if err != nil {
		return nil, fmt.Errorf("--gold: %w", err)
	}
	defer in.Close()
	given := labels.labels.Len()
	gold, elsewhere, err := readGold(ctx, in, name, labels)
	if err != nil {
		return nil, err
	}
	if elsewhere > 0 {
		fmt.Fprintf(talk, "assay: %s: rows about a task that has no label in %s, which were left out: %d\n", name, labels.name, elsewhere)
	}
	var strange []string
	for n := given; n < labels.labels.Len(); n++ {
		strange = append(strange, labels.labels.Name(int32(n)))
	}
	if len(strange) > 0 {
		fmt.Fprintf(talk, "assay: %s: truths that no worker gave as a label: %s\n", name, aFew(strange))
	}
	return gold, nil
}

func readGold(ctx context.Context, in io.Reader, name string, labels *labelFile) (gold []int32, elsewhere int, err error) {
	gold = make([]int32, labels.tasks.Len())
	line := make([]int, len(gold))
	for t := range gold {
		gold[t] = -1
	}
	rows := 0
	err = eachRow(ctx, in, name, []string{"task", "truth"}, func(r *tabular.Reader, row []string) error {
		rows++
		t, known := labels.tasks.Find(row[0])
		if !known {
			elsewhere++
			return nil
		}
		class, err := labels.labels.Number(row[1])
		if err != nil {
			return r.Errorf("column %q: %v", "truth", err)
		}
		if gold[t] >= 0 && gold[t] != class {
			return r.Errorf("task %q is %q, but line %d says %q; a task has one truth", row[0], row[1], line[t], labels.labels.Name(gold[t]))
		}
		gold[t], line[t] = class, r.Line()
		return nil
	})
	if err == nil && elsewhere == rows {
		err = &tabular.Error{File: name, What: fmt.Sprintf("none of its %d rows is about a task of %s", rows, labels.name)}
	}
	return gold, elsewhere, err
}
