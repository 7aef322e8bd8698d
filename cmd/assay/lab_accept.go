package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/assaynet/assay/scoring/acceptance"
)

// acceptFlags are the flags of "assay lab accept".
type acceptFlags struct {
	design   acceptance.Design
	outcomes string
	json     bool
}

// labAccept builds "assay lab accept": how many rows of a corpus have to be checked.
func (a *app) labAccept() *cobra.Command {
	var f acceptFlags
	cmd := &cobra.Command{
		Use:   "accept",
		Short: "Plan how many rows to check to accept or reject a corpus, or decide by outcomes row by row.",
		Example: "  assay lab accept                                   the plan of fixed size and the sequential test\n" +
			"  assay lab accept --good 0.97 --alpha 0.001 --cap 200\n" +
			"  assay lab accept --population 500 --json           a corpus of 500 rows, drawn without replacement\n" +
			"  assay lab accept --outcomes FILE                   the decision after each row: n,outcome,decision,lower,upper\n" +
			"  assay lab accept --outcomes - --json               from standard input, one JSON object a line",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			problems := f.problems()
			if cmd.Flags().Changed("outcomes") && f.outcomes == "" {
				problems = append(problems, errors.New("--outcomes: it is empty, want the name of a file, or - for standard input"))
			}
			if len(problems) > 0 {
				return usageError{problems}
			}
			return a.look(func(ctx context.Context, se session) error {
				if cmd.Flags().Changed("outcomes") {
					return decideOutcomes(ctx, se, f, cmd.InOrStdin())
				}
				return planAcceptance(se, f)
			})
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.Float64Var(&f.design.Good, "good", 0.95, "`share` of rows that verify from which on a corpus is good")
	flags.Float64Var(&f.design.Bad, "bad", 0.80, "`share` up to which a corpus is bad")
	flags.Float64Var(&f.design.Alpha, "alpha", 0.01, "the most that the `probability` of rejecting a good corpus may be")
	flags.Float64Var(&f.design.Beta, "beta", 0.01, "the most that the `probability` of accepting a bad corpus may be")
	flags.IntVar(&f.design.Population, "population", 0, "`rows` of the corpus, drawn without replacement; 0 is a large corpus or draws\nwith replacement")
	flags.IntVar(&f.design.Cap, "cap", 0, "the most `rows` that the sequential test may draw, where it decides for the\nlikelier side; 0 is no limit")
	flags.StringVar(&f.outcomes, "outcomes", "", "`file` with the outcome of one row a line, a number from 0 (fails) to 1\n(passes), or - for standard input; each line gives the test's decision, which\nstays once it is taken, and an interval that holds the share. The chance that\nthe interval is ever wrong is at most alpha, however often one looks")
	flags.BoolVar(&f.json, "json", false, "as JSON")
	return cmd
}

// problems lists the flags that are out of range.
func (f *acceptFlags) problems() severalError {
	var out severalError
	wrong := func(format string, args ...any) { out = append(out, fmt.Errorf(format, args...)) }
	d := f.design
	for _, p := range []struct {
		name  string
		value float64
		most  float64
	}{{"good", d.Good, 1}, {"bad", d.Bad, 1}, {"alpha", d.Alpha, 0.5}, {"beta", d.Beta, 0.5}} {
		if !(p.value > 0 && p.value < p.most) {
			wrong("--%s: %v is out of range, want a number above 0 and below %v", p.name, p.value, p.most)
		}
	}
	if len(out) == 0 && d.Bad >= d.Good {
		wrong("--bad: %v is not below --good, which is %v", d.Bad, d.Good)
	}
	if d.Population < 0 || d.Population > acceptance.MaxPopulation {
		wrong("--population: %d is out of range, want 1 to %d, or 0 for a corpus without end", d.Population, acceptance.MaxPopulation)
	}
	if d.Cap < 0 {
		wrong("--cap: %d is out of range, want 1 or more, or 0 for no limit", d.Cap)
	}
	return out
}

// acceptancePlan is what "assay lab accept" prints as JSON.
type acceptancePlan struct {
	Fixed struct {
		N              int `json:"n"`
		AcceptFailures int `json:"accept_failures"`
	} `json:"fixed"`
	SPRT struct {
		Lower  float64            `json:"lower"`
		Upper  float64            `json:"upper"`
		Cap    int                `json:"cap"` // 0 is no limit
		ASN    map[string]float64 `json:"asn"` // by share
		Reject map[string]float64 `json:"reject"`
	} `json:"sprt"`
}

// planAcceptance prints the plan of fixed size, and the sequential test with its
// exact characteristic.
func planAcceptance(s session, f acceptFlags) error {
	plan, err := f.design.Plan()
	if err != nil {
		return usageError{err}
	}
	shares := sharesOf(f.design)
	exact := make([]acceptance.Characteristic, len(shares))
	for i, share := range shares {
		if exact[i], err = f.design.Characteristic(share.value); err != nil {
			return usageError{err}
		}
	}
	if !f.json {
		return writePlan(s.Out, f.design, plan, shares, exact)
	}
	warnOfCap(s.Talk, f.design)
	var out acceptancePlan
	out.Fixed.N, out.Fixed.AcceptFailures = plan.N, plan.AcceptFailures
	out.SPRT.Lower, out.SPRT.Upper = f.design.Boundaries()
	out.SPRT.Cap = f.design.Cap
	out.SPRT.ASN, out.SPRT.Reject = map[string]float64{}, map[string]float64{}
	for i, share := range shares {
		out.SPRT.ASN[share.key], out.SPRT.Reject[share.key] = exact[i].ASN, exact[i].Reject
	}
	return printJSON(s.Out, out)
}

// gridShare is a share of rows that verify, and how it is written.
type gridShare struct {
	value float64
	key   string
}

// sharesOf are the shares that a characteristic is shown at, falling: good, bad, some
// between and some beyond. All have two decimals; only good and bad have more where
// two would make them equal, or 1 or 0. Another share that would be written like
// good or bad is left out.
func sharesOf(d acceptance.Design) []gridShare {
	good, bad := gridShare{d.Good, ""}, gridShare{d.Bad, ""}
	for decimals := 2; good.key == bad.key || good.key[0] == '1' || isZero(bad.key); decimals++ {
		good.key, bad.key = decimal(d.Good, decimals), decimal(d.Bad, decimals)
	}
	// Only as many decimals as each of the two needs.
	if short := decimal(d.Good, 2); short != decimal(d.Bad, 2) && short[0] != '1' {
		good.key = short
	}
	if short := decimal(d.Bad, 2); short != decimal(d.Good, 2) && !isZero(short) {
		bad.key = short
	}
	var out []gridShare
	add := func(value float64) {
		key := decimal(value, 2)
		rounded, _ := strconv.ParseFloat(key, 64)
		for _, s := range append(out, good, bad) {
			if s.key == key || s.value == rounded {
				return
			}
		}
		out = append(out, gridShare{rounded, key})
	}
	add(1)
	if d.Good < 0.99 {
		add(0.99)
	}
	out = append(out, good)
	for _, part := range []float64{1.0 / 5, 2.0 / 5, 2.0 / 3} {
		if between := d.Good - part*(d.Good-d.Bad); decimal(between, 2) < good.key && decimal(between, 2) > bad.key {
			add(between)
		}
	}
	out = append(out, bad)
	if d.Bad > 0.5 {
		add(0.5)
	}
	return out
}

func decimal(x float64, decimals int) string { return strconv.FormatFloat(x, 'f', decimals, 64) }

func isZero(key string) bool {
	x, _ := strconv.ParseFloat(key, 64)
	return x == 0
}
