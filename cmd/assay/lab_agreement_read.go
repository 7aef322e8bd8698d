package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/assaynet/assay/scoring/agreement"
	"github.com/assaynet/assay/tabular"
)

// ratings are the labels of a file, as package agreement takes them. The codes of
// values are in their order, whatever the order of the rows.
type ratings struct {
	units, values, raters int
	unit, value           []int32
	scale                 []float64 // by value its number, at the interval and ratio levels
	repeats               int       // labels of a worker for a task that the worker had labelled before
	note                  string    // for people: how the order of the labels was taken
}

// newRatings takes the labels of a file, which are used up, at a level.
func newRatings(f *labelFile, level agreement.Level, order []string) (*ratings, error) {
	r := &ratings{units: f.tasks.Len(), raters: f.workers.Len(), unit: f.task, value: f.label, repeats: f.repeats()}
	codes, err := r.code(f, level, order)
	if err != nil {
		return nil, err
	}
	for i, v := range r.value {
		r.value[i] = codes[v]
	}
	return r, nil
}

// repeats counts the rows of a worker for a task that has an earlier row of this worker.
func (f *labelFile) repeats() int {
	ends := make([]int32, f.tasks.Len()+1)
	for _, t := range f.task {
		ends[t+1]++
	}
	for t := range f.tasks.Len() {
		ends[t+1] += ends[t]
	}
	byTask, next := make([]int32, len(f.task)), slices.Clone(ends)
	for i, t := range f.task {
		byTask[next[t]] = f.worker[i]
		next[t]++
	}
	last := make([]int32, f.workers.Len()) // by worker, one more than the task seen last
	n := 0
	for t := range f.tasks.Len() {
		for _, w := range byTask[ends[t]:ends[t+1]] {
			if last[w] == int32(t+1) {
				n++
			}
			last[w] = int32(t + 1)
		}
	}
	return n
}

// code is by label of the file, which numbers them as they appear, its code in the order
// of the labels themselves.
func (r *ratings) code(f *labelFile, level agreement.Level, order []string) ([]int32, error) {
	numbers, bad := numbersOf(&f.labels)
	switch {
	case len(order) > 0:
		r.values = len(order)
		return places(f, order)
	case level == agreement.Nominal:
		return r.byName(f), nil
	case level == agreement.Ordinal && bad >= 0:
		r.note = fmt.Sprintf("%q is not a number, so the labels are ordered by their bytes, as in a dictionary; --order gives another order", abridged(f.labels.Name(bad)))
		return r.byName(f), nil
	case bad >= 0:
		return nil, f.wrongLabel(bad, "the label %q is not a finite number, which the %v level needs", abridged(f.labels.Name(bad)), level)
	}
	for i, x := range numbers {
		if level == agreement.Ratio && x < 0 {
			return nil, f.wrongLabel(int32(i), "the label %s is negative, which the ratio level does not have", f.labels.Name(int32(i)))
		}
	}
	r.scale = slices.Clone(numbers)
	slices.Sort(r.scale)
	r.scale = slices.Compact(r.scale)
	r.values = len(r.scale)
	codes := make([]int32, len(numbers))
	for i, x := range numbers {
		at, _ := slices.BinarySearch(r.scale, x)
		codes[i] = int32(at)
	}
	return codes, nil
}

// byName codes labels by the order of their bytes.
func (r *ratings) byName(f *labelFile) []int32 {
	r.values = f.labels.Len()
	return order(&f.labels).place
}

// places are by label of the file its place in an order that names all of them.
func places(f *labelFile, order []string) ([]int32, error) {
	place := map[string]int32{}
	for i, label := range order {
		if _, twice := place[label]; twice {
			return nil, fmt.Errorf("--order: the label %q stands there twice", label)
		}
		place[label] = int32(i)
	}
	codes := make([]int32, f.labels.Len())
	for i := range codes {
		label := f.labels.Name(int32(i))
		code, ok := place[label]
		if !ok {
			return nil, f.wrongLabel(int32(i), "the label %q is not in --order %s", abridged(label), strings.Join(order, ","))
		}
		codes[i] = code
	}
	return codes, nil
}

// wrongLabel is a mistake in a label, where it stands first.
func (f *labelFile) wrongLabel(label int32, format string, args ...any) error {
	return &tabular.Error{File: f.name, Line: f.lines[label], What: fmt.Sprintf(format, args...)}
}

// numbersOf are the numbers that labels stand for. bad is the first label that is
// not a finite number, or −1.
func numbersOf(labels *tabular.Names) (numbers []float64, bad int32) {
	for i := range labels.Len() {
		x, ok := numberIn(labels.Name(int32(i)))
		if !ok {
			return nil, int32(i)
		}
		numbers = append(numbers, x)
	}
	return numbers, -1
}
