package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/assaynet/assay/scoring/acceptance"
	"github.com/assaynet/assay/tabular"
)

// maxOutcome bounds a line with one number, in bytes.
const maxOutcome = 256

// acceptanceStep is what is known after one outcome.
type acceptanceStep struct {
	N        int     `json:"n"`
	Outcome  float64 `json:"outcome"`
	Decision string  `json:"decision"` // continue, accept or reject
	Lower    float64 `json:"lower"`
	Upper    float64 `json:"upper"`
}

// decideOutcomes prints the sequential test's decision and the confidence sequence
// after each line of a file, as it is read.
func decideOutcomes(ctx context.Context, s session, f acceptFlags, stdin io.Reader) error {
	in, name, err := openInput(f.outcomes, &stoppable{ctx: ctx, in: stdin}, s.Talk)
	if err != nil {
		return withCode(codeUsage, err)
	}
	defer in.Close()
	test, err := acceptance.NewGradedSPRT(f.design)
	if err != nil {
		return usageError{err}
	}
	sequence, err := acceptance.NewBettingSequence(f.design.Alpha, f.design.Population)
	if err != nil {
		return usageError{err}
	}
	warnOfCap(s.Talk, f.design)
	out := bufio.NewWriter(s.Out)
	show, live := printStep(out, f.json), f.outcomes == "-"
	lines, fits := tabular.NewLines(in, name, maxOutcome), true
	for n := 1; ; n++ {
		step, err := nextOutcome(lines, n, test, sequence)
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = context.Cause(ctx)
		}
		if err == nil {
			err = show(step)
		}
		if err == nil && live {
			err = out.Flush()
		}
		if err != nil {
			out.Flush()
			return err
		}
		if fits && sequence.Contradicted() {
			fits = false
			fmt.Fprintf(s.Talk, "assay: %s: from line %d on no share fits all outcomes, so the rows are not drawn at random, or what they are drawn from changed; the interval stays what it was\n", name, n)
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}

// nextOutcome reads a line and gives it to the test and to the sequence.
func nextOutcome(lines *tabular.Lines, n int, test *acceptance.Gate, sequence *acceptance.BettingSequence) (acceptanceStep, error) {
	line, err := lines.Next()
	if errors.Is(err, io.EOF) && n == 1 {
		return acceptanceStep{}, withCode(codeUsage, lines.Errorf("there is no outcome, want a number from 0 to 1 on each line"))
	}
	if errors.Is(err, io.EOF) {
		return acceptanceStep{}, err
	}
	if err != nil {
		return acceptanceStep{}, withCode(codeUsage, err)
	}
	text := strings.TrimSpace(string(line))
	if text == "" {
		return acceptanceStep{}, withCode(codeUsage, lines.Errorf("it is empty, want a number from 0 (fails) to 1 (passes)"))
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || !(x >= 0 && x <= 1) {
		return acceptanceStep{}, withCode(codeUsage, lines.Errorf("%q is not an outcome, want a number from 0 (fails) to 1 (passes)", text))
	}
	x += 0 // −0 is 0
	if err := sequence.Observe(x); err != nil {
		return acceptanceStep{}, withCode(codeUsage, lines.Errorf("%v", err))
	}
	decision, err := test.Observe(x)
	if err != nil {
		return acceptanceStep{}, withCode(codeUsage, lines.Errorf("%v", err))
	}
	lower, upper := sequence.Interval()
	return acceptanceStep{n, x, decision.String(), lower, upper}, nil
}

// printStep gives a function that prints a step as a line of CSV or of JSON.
func printStep(out io.Writer, asJSON bool) func(acceptanceStep) error {
	if asJSON {
		encoder := json.NewEncoder(out)
		return func(s acceptanceStep) error { return encoder.Encode(s) }
	}
	short := func(x float64) string {
		return strings.TrimSuffix(strings.TrimRight(decimal(x, 6), "0"), ".")
	}
	header := "n,outcome,decision,lower,upper\n"
	return func(s acceptanceStep) error {
		_, err := fmt.Fprintf(out, "%s%d,%s,%s,%s,%s\n", header, s.N, strconv.FormatFloat(s.Outcome, 'g', -1, 64), s.Decision, short(s.Lower), short(s.Upper))
		header = ""
		return err
	}
}
