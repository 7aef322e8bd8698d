package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode"

	"github.com/assaynet/assay/scoring/preference"
)

// ranking is the result of assay lab rank, as JSON.
type ranking struct {
	Items         []rankedItem  `json:"items"` // best first
	LogLikelihood float64       `json:"log_likelihood"`
	Raters        []rankedRater `json:"raters"`

	tie float64 // ν, if ties are Davidson's
}

type rankedItem struct {
	Item     string  `json:"item"`
	Strength float64 `json:"strength"`
	SE       float64 `json:"se"`
	Lower    float64 `json:"lower"`
	Upper    float64 `json:"upper"`
	RankLow  int     `json:"rank_low"`
	RankHigh int     `json:"rank_high"`
	Games    int64   `json:"games"`
}

type rankedRater struct {
	Rater       string  `json:"rater"`
	Games       int64   `json:"games"`
	Reliability float64 `json:"reliability"`
	Lower       float64 `json:"lower"`
	Upper       float64 `json:"upper"`
}

func newRanking(p *pairs, fit *preference.Fit, estimates []preference.Estimate, raters []preference.Reliability) *ranking {
	out := &ranking{Items: []rankedItem{}, LogLikelihood: fit.LogLikelihood, Raters: []rankedRater{}, tie: fit.Tie}
	for i, e := range estimates {
		out.Items = append(out.Items, rankedItem{p.items[i], e.Strength, e.SE, e.Lower, e.Upper, e.RankLow, e.RankHigh, fit.Games[i]})
	}
	slices.SortStableFunc(out.Items, func(a, b rankedItem) int {
		switch {
		case a.Strength > b.Strength:
			return -1
		case a.Strength < b.Strength:
			return 1
		}
		return 0
	})
	for w, r := range raters {
		out.Raters = append(out.Raters, rankedRater{p.raters[w], r.Games, r.Value, r.Lower, r.Upper})
	}
	return out
}

// write prints the ranking for people.
func (r *ranking) write(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "RANKS\tITEM\tSTRENGTH\tSE\tLOWER\tUPPER\tGAMES")
	for _, i := range r.Items {
		ranks := strconv.Itoa(i.RankLow)
		if i.RankHigh > i.RankLow {
			ranks += "–" + strconv.Itoa(i.RankHigh)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%d\n", ranks, visible(i.Item), logit(i.Strength), logit(i.SE), logit(i.Lower), logit(i.Upper), i.Games)
	}
	if len(r.Raters) > 0 {
		fmt.Fprintln(w, "\nRATER\tGAMES\tRELIABILITY\tLOWER\tUPPER")
	}
	for _, k := range r.Raters {
		fmt.Fprintf(w, "%s\t%d\t%.3f\t%.3f\t%.3f\n", visible(k.Rater), k.Games, k.Reliability, k.Lower, k.Upper)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	last := fmt.Sprintf("log-likelihood %.4f", r.LogLikelihood)
	if r.tie > 0 {
		last += fmt.Sprintf(", ν of ties %.4f", r.tie)
	}
	if _, err := fmt.Fprintf(out, "\n%s\n", last); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}

// logit has four decimals, and no sign where these are zeros.
func logit(x float64) string {
	if math.Abs(x) < 5e-5 {
		x = 0
	}
	return decimal(x, 4)
}

// visible quotes a name that would upset a table.
func visible(name string) string {
	if strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsGraphic(r) }) {
		return strconv.Quote(name)
	}
	return name
}
