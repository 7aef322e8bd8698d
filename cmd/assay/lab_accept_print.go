package main

import (
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"

	"github.com/assaynet/assay/scoring/acceptance"
)

// writePlan prints a plan for people.
func writePlan(out io.Writer, d acceptance.Design, plan acceptance.Plan, shares []gridShare, exact []acceptance.Characteristic) error {
	lower, upper := d.Boundaries()
	fmt.Fprintf(out, "good is a share of %v or more, bad is %v or less", d.Good, d.Bad)
	if d.Population > 0 {
		fmt.Fprintf(out, ", of %d rows drawn without replacement", d.Population)
	}
	fmt.Fprintf(out, "\n\nfixed size: draw %d rows, accept if at most %d fail\n", plan.N, plan.AcceptFailures)
	fmt.Fprintf(out, "  rejects a good corpus with probability %s, accepts a bad one with %s\n\n", probability(plan.RejectGood), probability(plan.AcceptBad))
	fmt.Fprintf(out, "sequential (SPRT): accept when the log-likelihood ratio is at most %.3f, reject when it is at least %.3f\n", lower, upper)
	if passes, failures := straight(d); passes > 0 {
		fmt.Fprintf(out, "  the shortest ways: %d passes accept, %d failures reject\n", passes, failures)
	}
	if d.Cap > 0 {
		fmt.Fprintf(out, "  at row %d at the latest it decides for the likelier side\n", d.Cap)
	}
	if tooSoon(d) {
		fmt.Fprintln(out, "  that is too soon for the error rates asked for: see good and bad in the table, and give a higher cap")
	}
	fmt.Fprintln(out)
	return writeCharacteristic(out, d, shares, exact)
}

// warnOfCap tells on talk of a cap that is too low.
func warnOfCap(talk io.Writer, d acceptance.Design) {
	if tooSoon(d) {
		fmt.Fprintf(talk, "assay: a cap of %d rows is too low for the error rates asked for; the same flags without --outcomes and --json show by how much\n", d.Cap)
	}
}

// tooSoon reports whether the cap makes an error more likely than it may be. Wald's
// boundaries themselves may exceed a rate by a factor of 1/(1 − the other rate).
func tooSoon(d acceptance.Design) bool {
	if d.Cap == 0 {
		return false
	}
	good, err := d.Characteristic(d.Good)
	if err != nil {
		return false // the test is too long to be followed
	}
	bad, err := d.Characteristic(d.Bad)
	return err == nil && (good.Reject > d.Alpha/(1-d.Beta) || bad.Accept > d.Beta/(1-d.Alpha))
}

// writeCharacteristic prints what the sequential test does at each share.
func writeCharacteristic(out io.Writer, d acceptance.Design, shares []gridShare, exact []acceptance.Characteristic) error {
	w := tabwriter.NewWriter(out, 0, 0, 3, ' ', tabwriter.AlignRight)
	header := "share\tP(reject)\trows on average\tmedian\t95 %\t"
	if d.Cap > 0 {
		header += "undecided at the cap\t"
	}
	fmt.Fprintln(w, header)
	for i, s := range shares {
		name, c := s.key, exact[i]
		if exactly := strconv.FormatFloat(s.value, 'f', -1, 64); len(exactly) > len(name) {
			name = exactly // the key is rounded
		}
		switch s.value {
		case d.Good:
			name = "good " + name
		case d.Bad:
			name = "bad " + name
		}
		fmt.Fprintf(w, "%s\t%s\t%.1f\t%d\t%d\t", name, probability(c.Reject), c.ASN, c.Quantile(0.5), c.Quantile(0.95))
		if d.Cap > 0 {
			fmt.Fprintf(w, "%s\t", probability(c.AtCap))
		}
		fmt.Fprintln(w)
	}
	return w.Flush()
}

// probability has four decimals, or one digit if it is smaller than these show.
func probability(p float64) string {
	if p > 0 && p < 5e-5 {
		return fmt.Sprintf("%.0e", p)
	}
	return decimal(p, 4)
}

// straight is how many passes in a row accept and how many failures reject.
func straight(d acceptance.Design) (passes, failures int) {
	runs := [2]int{}
	for i, pass := range []bool{true, false} {
		test, err := acceptance.NewSPRT(d)
		if err != nil {
			return 0, 0
		}
		for n := 1; n <= 1<<20; n++ {
			if test.Observe(pass) != acceptance.Continue {
				runs[i] = n
				break
			}
		}
	}
	return runs[0], runs[1]
}
