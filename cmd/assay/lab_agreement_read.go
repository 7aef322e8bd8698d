package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
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
	note                  string    // for people: how the order of the labels was taken
}

// openRatings reads a file of labels, or standard input.
func openRatings(ctx context.Context, s session, path string, stdin io.Reader, level agreement.Level, order []string) (*ratings, error) {
	in, name, err := openInput(path, stdin, s.Talk)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return readRatings(ctx, in, name, level, order)
}

// readRatings reads the columns task, worker and label, and numbers the labels in
// their order at the level.
func readRatings(ctx context.Context, in io.Reader, name string, level agreement.Level, order []string) (*ratings, error) {
	rows, err := tabular.NewReader(in, name, []string{"task", "worker", "label"}, nil)
	if err != nil {
		return nil, err
	}
	var tasks, workers, labels tabular.Names
	var lines []int // by label, where it stands first
	r := &ratings{}
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if len(r.unit)%4096 == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if len(r.unit) == agreement.MaxLabels {
			return nil, rows.Errorf("there are more than the %d labels that can be compared", agreement.MaxLabels)
		}
		unit, err1 := tasks.Number(row[0])
		_, err2 := workers.Number(row[1])
		value, err3 := labels.Number(row[2])
		if err := errors.Join(err1, err2, err3); err != nil {
			return nil, rows.Errorf("%v", err)
		}
		if int(value) == len(lines) {
			lines = append(lines, rows.Line())
		}
		r.unit, r.value = append(r.unit, unit), append(r.value, value)
	}
	if len(r.unit) == 0 {
		return nil, &tabular.Error{File: name, What: "there are no labels below the header"}
	}
	r.units, r.raters = tasks.Len(), workers.Len()
	return r, r.code(&labels, level, order, func(label int, format string, args ...any) error {
		return &tabular.Error{File: name, Line: lines[label], What: fmt.Sprintf(format, args...)}
	})
}

// code changes the labels' numbers, which are in the order of their appearance, to
// codes in the order of the labels themselves. wrong is a mistake in a label.
func (r *ratings) code(labels *tabular.Names, level agreement.Level, order []string, wrong func(label int, format string, args ...any) error) error {
	names := make([]string, labels.Len())
	for i := range names {
		names[i] = labels.Name(int32(i))
	}
	var codes []int32
	numbers, bad := numbersOf(names)
	switch {
	case len(order) > 0:
		place := map[string]int32{}
		for i, label := range order {
			if _, twice := place[label]; twice {
				return fmt.Errorf("--order: the label %q stands there twice", label)
			}
			place[label] = int32(i)
		}
		for i, label := range names {
			code, ok := place[label]
			if !ok {
				return wrong(i, "the label %q is not in --order %s", label, strings.Join(order, ","))
			}
			codes = append(codes, code)
		}
		r.values = len(order)
	case level == agreement.Nominal:
		codes, r.values = ranks(names)
	case level == agreement.Ordinal && bad >= 0:
		codes, r.values = ranks(names)
		r.note = fmt.Sprintf("%q is not a number, so the labels are ordered by the alphabet; --order gives another order", names[bad])
	case bad >= 0:
		return wrong(bad, "the label %q is not a finite number, which the %v level needs", names[bad], level)
	default:
		codes, r.values = ranks(numbers)
		r.scale = make([]float64, r.values)
		for i, x := range numbers {
			if level == agreement.Ratio && x < 0 {
				return wrong(i, "the label %s is negative, which the ratio level does not have", names[i])
			}
			r.scale[codes[i]] = x
		}
	}
	for i, v := range r.value {
		r.value[i] = codes[v]
	}
	return nil
}

// numbersOf are the numbers that labels stand for. bad is the first label that is
// not a finite number, or −1.
func numbersOf(names []string) (numbers []float64, bad int) {
	for i, name := range names {
		x, err := strconv.ParseFloat(name, 64)
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, i
		}
		numbers = append(numbers, x)
	}
	return numbers, -1
}

// ranks gives each of the values its place among the different ones.
func ranks[T string | float64](values []T) (places []int32, different int) {
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	sorted = slices.Compact(sorted)
	for _, x := range values {
		at, _ := slices.BinarySearch(sorted, x)
		places = append(places, int32(at))
	}
	return places, len(sorted)
}
