package main

import (
	"context"
	"io"
	"math"

	"github.com/assaynet/assay/scoring/truth"
	"github.com/assaynet/assay/tabular"
)

// inferNumbers is inferTruth for labels that are numbers.
func inferNumbers(ctx context.Context, s session, path string, stdin io.Reader, f truthFlags) error {
	in, name, err := openInput(path, &stoppable{ctx: ctx, in: stdin}, s.Talk)
	if err != nil {
		return withCode(codeUsage, err)
	}
	defer in.Close()
	labels, err := readNumbers(ctx, in, name)
	if err != nil {
		return withCode(codeUsage, err)
	}
	options := truth.NumericOptions{Iterations: f.iterations}
	e, err := orStopped(ctx, func() (*truth.Estimates, error) {
		return truth.Estimate(labels.set, truth.NumericMethod(f.numeric), options)
	})
	if err != nil {
		return withCode(codeUsage, err)
	}
	if f.json {
		return printNumbersJSON(s.Out, labels, e)
	}
	return printNumbersCSV(s.Out, labels, e)
}

// numberLabels are numeric labels of a file for package truth.
type numberLabels struct {
	set            *truth.NumericLabels
	tasks, workers ordering
}

func readNumbers(ctx context.Context, in io.Reader, name string) (*numberLabels, error) {
	f := &labelFile{name: name}
	var values []float64
	err := f.read(ctx, in, func(r *tabular.Reader, label string) error {
		x, ok := numberIn(label)
		if !ok || math.Abs(x) > truth.MaxValue {
			return r.Errorf("column %q is %q, want a number from %g to %g", "label", label, -truth.MaxValue, truth.MaxValue)
		}
		values = append(values, x)
		return nil
	})
	if err != nil {
		return nil, err
	}
	n := &numberLabels{tasks: order(&f.tasks), workers: order(&f.workers)}
	n.set, err = truth.NewNumericLabels(f.tasks.Len(), f.workers.Len(), n.tasks.put(f.task), n.workers.put(f.worker), values)
	return n, err
}

// printNumbersCSV prints the value of each task with its bounds, which are inf and -inf
// where no task has two labels.
func printNumbersCSV(w io.Writer, l *numberLabels, e *truth.Estimates) error {
	return printCSV(w, []string{"task", "value", "lower", "upper"}, len(l.tasks.at), func(task int, row []string) {
		v := e.Tasks[l.tasks.place[task]]
		row[0], row[1], row[2], row[3] = l.tasks.names.Name(int32(task)), digits(v.Value), digits(v.Lower), digits(v.Upper)
	})
}

// taskNumber and workerNumber are one task and one worker in JSON.
type taskNumber struct {
	Task  string  `json:"task"`
	Value float64 `json:"value"`
	Lower any     `json:"lower"`
	Upper any     `json:"upper"`
}

type workerNumber struct {
	Worker string `json:"worker"`
	Labels int    `json:"labels"`
	SD     any    `json:"sd"`
}

func printNumbersJSON(w io.Writer, l *numberLabels, e *truth.Estimates) error {
	out := newJSONLines(w)
	out.member("method", e.Method)
	out.member("iterations", e.Iterations)
	out.member("sd", finite(e.SD))
	out.list("tasks", len(l.tasks.at), func(i int) any {
		v := e.Tasks[l.tasks.place[i]]
		return taskNumber{l.tasks.names.Name(int32(i)), v.Value, finite(v.Lower), finite(v.Upper)}
	})
	out.list("workers", len(l.workers.at), func(i int) any {
		x := e.Workers[l.workers.place[i]]
		return workerNumber{l.workers.names.Name(int32(i)), x.Labels, finite(x.SD)}
	})
	return out.end()
}
