package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/assaynet/assay/scoring/truth"
)

// printTruthCSV prints the most probable label of each task, in the order in which the
// tasks first appear. Of equally probable labels it is the first in the order of bytes.
func printTruthCSV(w io.Writer, l *orderedLabels, r *truth.Result) error {
	return printCSV(w, []string{"task", "label", "probability"}, len(l.tasks.at), func(task int, row []string) {
		class, p := r.Posterior.Best(int(l.tasks.place[task]))
		row[0], row[1], row[2] = l.tasks.names.Name(int32(task)), l.classes.name(class), digits(p)
	})
}

// digits is a number with as many digits as a person wants to see of an estimate.
func digits(x float64) string { return strconv.FormatFloat(x, 'g', 9, 64) }

// printCSV prints a header and rows, each of which fill fills in.
func printCSV(w io.Writer, header []string, rows int, fill func(i int, row []string)) error {
	buffered := bufio.NewWriter(w)
	out := csv.NewWriter(buffered)
	row := header
	for i := -1; i < rows; i++ {
		if i >= 0 {
			fill(i, row)
		}
		if err := out.Write(row); err != nil {
			return fmt.Errorf("write the result: %w", err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	if err := buffered.Flush(); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}

// taskTruth and workerTruth are one task and one worker in JSON.
type taskTruth struct {
	Task        string  `json:"task"`
	Label       string  `json:"label"`
	Probability float64 `json:"probability"`
}

type workerTruth struct {
	Worker   string  `json:"worker"`
	Labels   int     `json:"labels"`
	Accuracy float64 `json:"accuracy"`
	Lower    float64 `json:"lower"`
	Upper    float64 `json:"upper"`
}

// printTruthJSON prints the result as one object, with one line for each task and for
// each worker, so that it need not be held in memory. Bounds hold the accuracy with 95 %
// probability.
func printTruthJSON(w io.Writer, l *orderedLabels, r *truth.Result) error {
	out := newJSONLines(w)
	out.member("method", r.Method)
	out.member("iterations", r.Iterations)
	var likelihood any
	if r.Objective != "" && r.Method != truth.BWA {
		likelihood = finite(r.LogLikelihood)
	}
	out.member("log_likelihood", likelihood)
	out.list("tasks", len(l.tasks.at), func(i int) any {
		class, p := r.Posterior.Best(int(l.tasks.place[i]))
		return taskTruth{l.tasks.names.Name(int32(i)), l.classes.name(class), p}
	})
	out.list("workers", len(l.workers.at), func(i int) any {
		x := r.Workers[l.workers.place[i]]
		lower, upper := x.Interval(0.95)
		return workerTruth{l.workers.names.Name(int32(i)), x.Labels, x.Accuracy(), lower, upper}
	})
	return out.end()
}

// finite is a number for JSON, which has no infinite ones: null stands for them.
func finite(x float64) any {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return x
}

// jsonLines writes an object whose lists have one element a line.
type jsonLines struct {
	out  *bufio.Writer
	text bytes.Buffer
	enc  *json.Encoder
	err  error
	open string // what stands before the next member
}

func newJSONLines(w io.Writer) *jsonLines {
	j := &jsonLines{out: bufio.NewWriter(w), open: "{\n"}
	j.enc = json.NewEncoder(&j.text)
	j.enc.SetEscapeHTML(false)
	return j
}

// value writes what stands before it, and the value.
func (j *jsonLines) value(before string, v any) {
	if j.err != nil {
		return
	}
	j.text.Reset()
	if j.err = j.enc.Encode(v); j.err != nil {
		return
	}
	j.out.WriteString(before)
	_, j.err = j.out.Write(bytes.TrimSuffix(j.text.Bytes(), []byte("\n")))
}

func (j *jsonLines) member(key string, v any) {
	j.value(fmt.Sprintf("%s  %q: ", j.open, key), v)
	j.open = ",\n"
}

func (j *jsonLines) list(key string, n int, element func(i int) any) {
	j.out.WriteString(fmt.Sprintf("%s  %q: [", j.open, key))
	before := "\n    "
	for i := range n {
		j.value(before, element(i))
		before = ",\n    "
	}
	j.out.WriteString("\n  ]")
	j.open = ",\n"
}

// end closes the object and gives the first error.
func (j *jsonLines) end() error {
	j.out.WriteString("\n}\n")
	if j.err == nil {
		j.err = j.out.Flush()
	}
	if j.err != nil {
		return fmt.Errorf("write the result: %w", j.err)
	}
	return nil
}
