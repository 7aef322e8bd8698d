package export

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/scoring/aggregate"
)

// writeCard writes the dataset card: the Hub's header, and what a person has to know.
func (d *Dataset) writeCard(w io.Writer, files []File, o Options, size int64) error {
	header, err := d.header(files, o, size)
	if err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "---\n%s---\n\n# %s\n\n", header, plain(d.title()))
	d.cardWhat(&b)
	d.cardLabels(&b)
	d.cardTrust(&b)
	d.cardRaters(&b)
	d.cardRanking(&b)
	d.cardGathered(&b)
	d.cardColumns(&b)
	d.cardLimits(&b)
	_, err = io.WriteString(w, b.String())
	return err
}

func (d *Dataset) cardWhat(b *strings.Builder) {
	fmt.Fprintf(b, "%s\n\nThe question: **%s**\n\n", plain(d.Program.About), plain(d.Program.Question))
	gold, others := d.goldAndOthers()
	fmt.Fprintf(b, "%d rows: %d labels that were inferred from what miners' labellers answered, and %d whose truth was known\nbeforehand (`gold`). Made of the records of %d validators of subnet %d up to round %d, %s UTC.\nVersion `%s`.\n\n",
		len(d.rows), others, gold, len(d.Validators), d.Netuid, d.Round, d.Time.Format("2006-01-02 15:04"), d.Version)
}

func (d *Dataset) goldAndOthers() (gold, others int) {
	for _, t := range d.rows {
		if t.Gold {
			gold++
		} else {
			others++
		}
	}
	return gold, others
}

// cardLabels counts the labels.
func (d *Dataset) cardLabels(b *strings.Builder) {
	counts := map[string]int{}
	var labels []string
	for _, t := range d.rows {
		if counts[t.Label]++; counts[t.Label] == 1 {
			labels = append(labels, t.Label)
		}
	}
	if d.Program.Answers.Type == program.Scalar {
		return
	}
	slices.Sort(labels)
	b.WriteString("| label | rows |\n|---|---:|\n")
	for _, l := range labels {
		fmt.Fprintf(b, "| %s | %d |\n", plain(l), counts[l])
	}
	b.WriteString("\n")
}

// cardTrust says how sure the labels are.
func (d *Dataset) cardTrust(b *strings.Builder) {
	b.WriteString("## How far to trust the labels\n\n")
	l := d.Labels
	if l.Method == "" {
		fmt.Fprintf(b, "No label was inferred: %s.\n\n", plain(l.Why))
		return
	}
	fmt.Fprintf(b, "- **Method:** `%s` (%s).\n", l.Method, plain(l.Why))
	if a := l.Accuracy; a.Held > 0 {
		fmt.Fprintf(b, "- **Accuracy:** %s of %d gold items that were held out have the right label. Of the %d labels that are not gold,\n  between %s and %s are right (95 %% interval, exact for the finite number of both, if gold is a random choice of the items).\n",
			percent(a.Share), a.Held, a.Others, percent(a.Lower), percent(a.Upper))
		fmt.Fprintf(b, "- **Plain %s** of the valid answers of all miners, passed or not, is right on %s of the same gold.\n", plainMethod(d.Program), percent(l.Majority.Share))
		if t := d.Program.Answers.Type; t == program.Ordinal || t == program.Scalar {
			fmt.Fprintf(b, "- **Mean distance** from the truth: %s, of the plain one %s.\n", short(a.Distance), short(l.Majority.Distance))
		}
	} else {
		b.WriteString("- **Accuracy:** not measured, as no gold item was held out. The column `probability` is the method's own opinion.\n")
	}
	b.WriteString("- **Agreement:** " + agreementText(l.Agreement) + "\n\n")
}

func agreementText(a aggregate.Agreement) string {
	switch {
	case math.IsNaN(a.Alpha):
		return "Krippendorff's α is not defined: " + plain(a.Undefined) + "."
	case math.IsNaN(a.Lower):
		return fmt.Sprintf("Krippendorff's α is %s, without an interval: %s.", short(a.Alpha), plain(a.Undefined))
	}
	return fmt.Sprintf("Krippendorff's α is %s (95 %% bootstrap interval %s to %s, over %d items with two answers or more).", short(a.Alpha), short(a.Lower), short(a.Upper), a.Tasks)
}

func plainMethod(p *program.Program) string {
	if p.Answers.Type == program.Scalar {
		return "median"
	}
	return "majority"
}

// cardRaters says how reliable each rater is.
func (d *Dataset) cardRaters(b *strings.Builder) {
	if len(d.Labels.Raters) == 0 {
		return
	}
	pairs := d.Program.Answers.Type == program.Pairwise
	b.WriteString("## Who labelled\n\nThe raters are miners. A miner hands its questions to labellers of its own, who may be people or programs; their\nkeys are pseudonyms here. Accuracy is the chance that an answer is right, from gold where a miner had any.\n\n| miner | answers | agree with the label | right on gold | accuracy (95 %) |")
	if pairs {
		b.WriteString(" reliability (95 %) |\n|---|---:|---:|---:|---|---|\n")
	} else {
		b.WriteString("\n|---|---:|---:|---:|---|\n")
	}
	for _, r := range d.Labels.Raters {
		fmt.Fprintf(b, "| `%s` | %d | %s | %d of %d | %s |", r.Miner.SS58(), r.Judgements, percent(float64(r.Agreed)/float64(r.Judgements)), r.Right, r.Gold, between(r.Accuracy, r.Lower, r.Upper))
		if pairs {
			fmt.Fprintf(b, " %s |", between(r.Reliability, r.ReliabilityLower, r.ReliabilityUpper))
		}
		b.WriteString("\n")
	}
	b.WriteString("\n")
	if pairs {
		b.WriteString("Reliability is how often a miner's preferences are those of the strengths: 50 % is noise, and less is the contrary.\n\n")
	}
}

func between(x, lower, upper float64) string {
	if math.IsNaN(x) {
		return "not measured"
	}
	return fmt.Sprintf("%s (%s to %s)", percent(x), percent(lower), percent(upper))
}

func (d *Dataset) cardRanking(b *strings.Builder) {
	r := d.Labels.Ranking
	if r == nil {
		return
	}
	fmt.Fprintf(b, "## Ranking\n\n`%s` and `%s` rank %d items by %d answers, with Bradley and Terry's model and Davidson's ties (ν = %s);\n%d answers called both bad and count as ties. Errors follow from the %s matrix. An item's true rank is from\n`rank_low` to `rank_high` in at least 95 %% of such datasets, one item at a time.",
		rankingParquet, rankingCSV, len(r.Items), r.Games, short(r.Ties), r.Neither, r.Interval)
	if r.Components > 1 {
		fmt.Fprintf(b, " The items fall into %d groups that\nwere never compared with one another: strengths of different groups cannot be compared.", r.Components)
	}
	b.WriteString("\n\n")
}

// plain makes text of a program or an item harmless in Markdown and HTML, and one line.
func plain(s string) string {
	var b strings.Builder
	for _, r := range strings.Join(strings.Fields(s), " ") {
		switch {
		case r < ' ' || r == 0x7f:
			continue
		case r == '<':
			b.WriteString("&lt;")
			continue
		case r == '&':
			b.WriteString("&amp;")
			continue
		case strings.ContainsRune("\\`*_[]|#~", r):
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// percent and short are numbers for people.
func percent(x float64) string {
	if math.IsNaN(x) {
		return "–"
	}
	return strconv.FormatFloat(100*x, 'f', 1, 64) + " %"
}

func short(x float64) string {
	if math.IsNaN(x) {
		return "–"
	}
	return strconv.FormatFloat(x, 'f', 3, 64)
}
