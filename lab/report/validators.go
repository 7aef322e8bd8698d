package report

import (
	"fmt"
	"math"

	"github.com/assaynet/assay/lab"
)

// validators is the section of what the chain made of the validators.
func validators(d Data) *section {
	if len(d.Trust) == 0 {
		return nil
	}
	read := func(value func(lab.Trust) float64) ([]curve, int) {
		return curves(len(d.Trust), func(i int) reading {
			r := d.Trust[i]
			return reading{r.Run, r.Epoch, r.Kind, value(r)}
		})
	}
	trust, runs := read(func(r lab.Trust) float64 { return r.VTrust })
	yield, _ := read(func(r lab.Trust) float64 {
		if !(r.Stake > 0) {
			return math.NaN()
		}
		return r.Dividends / r.Stake
	})
	fetches, _ := read(func(r lab.Trust) float64 { return float64(r.Fetches) })
	s := &section{ID: "validators", Subject: "Validators", Finding: trustFinding(trust, fetches),
		Text: "vtrust is the share of a validator's vote that the others' stake agrees with. Dividends over stake are 1 for who gets as much as its stake alone would give. Fetches are pages, the cost of checking."}
	for _, part := range []struct {
		curves []curve
		name   string
		show   func(float64) string
	}{{trust, "vtrust (0 to 1)", number}, {yield, "dividends / stake (ratio)", number}, {fetches, "pages fetched per validator and epoch", number}} {
		figures, tables := curveFigures(part.curves, runs, chart{title: part.name + " over epochs", desc: part.name + " against the epoch, a curve for each kind of validator.",
			x: axis{name: "epoch (360 blocks)"}, y: axis{name: part.name}}, lab.TableTrust, part.show)
		tables[0].Caption = part.name + ": median and band over runs"
		s.Figures, s.Tables = append(s.Figures, figures...), append(s.Tables, tables...)
	}
	return s
}

func trustFinding(trust, fetches []curve) string {
	c := trust[0] // of the honest, if there are any
	p := c.last()
	if math.IsNaN(p.median) {
		return "The vtrust of validators is not known"
	}
	who := "honest validators"
	if c.kind != honest {
		who = short(c.kind)
	}
	text := fmt.Sprintf("The vtrust of %s is %s in epoch %s%s", who, number(p.median), count(p.epoch), interval(p.lower, p.upper, number))
	for _, f := range fetches {
		if n := f.last().median; f.kind == c.kind && !math.IsNaN(n) {
			text += fmt.Sprintf("; each fetches %s pages in it", number(n))
		}
	}
	return text
}
