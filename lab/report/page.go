package report

import (
	"bufio"
	"cmp"
	"embed"
	"fmt"
	"html/template"
	"io"
	"maps"
	"slices"
	"strconv"
)

// section is a part of the report. Its title states what was found.
type section struct {
	ID      string
	Subject string // what the section is of, in a few words
	Finding string
	Text    string // how to read it
	Figures []figure
	Tables  []listing
}

// figure is a drawing with what has to be known of it.
type figure struct {
	draw    func(number int) template.HTML
	SVG     template.HTML
	Caption string
	Class   string // wide or mid: over all columns
}

// listing is a table of numbers.
type listing struct {
	Caption string
	Columns []string
	Words   int // how many of the columns, from the first, are words
	Rows    [][]string
	LeftOut string
}

// Bounds of what the report shows, so that its size is bounded whatever the data.
const (
	maxRows   = 300      // of a table
	maxText   = 40 << 10 // bytes in the cells of a table
	maxStrips = 60       // of a forest plot
	maxPoints = 150      // of a curve
	maxCharts = 6        // of curves of kinds, in a section
)

// add appends a row.
func (l *listing) add(cells ...string) { l.Rows = append(l.Rows, cells) }

// cut keeps the first rows of a table, as many as may be shown of all that there are, and
// says where the others are.
func (l *listing) cut(table string, all int) {
	size, keep := 0, 0
	for keep < min(len(l.Rows), maxRows) {
		for _, cell := range l.Rows[keep] {
			size += len(template.HTMLEscapeString(cell))
		}
		if size > maxText {
			break
		}
		keep++
	}
	if keep < all {
		l.Rows = l.Rows[:keep]
		l.LeftOut = fmt.Sprintf("The first %s of %s rows; all follow from %s.", count(keep), count(all), table)
	}
}

// thin are the numbers of at most m of n things at equal distances, the first and the last
// among them.
func thin(n, m int) []int {
	out := make([]int, 0, min(n, m))
	if n <= m {
		for i := range n {
			out = append(out, i)
		}
		return out
	}
	for i := range m {
		out = append(out, i*(n-1)/(m-1))
	}
	return out
}

//go:embed page.html page.css
var files embed.FS

// page is what the template is made of.
type page struct {
	Style     template.CSS
	Generator string
	Title     string
	Run       Manifest
	Facts     [][2]string
	Sections  []section
}

// Report is what a run says, before it is written.
type Report struct{ page page }

// Finding is what a section of a report states.
type Finding struct {
	Section string `json:"section"` // its id in the page
	Subject string `json:"subject"`
	Finding string `json:"finding"`
}

// New makes the report of a run.
func New(d Data) *Report {
	return &Report{page{Run: d.Manifest, Title: "Run of " + full(cmp.Or(d.Manifest.Command, "assay lab")), Facts: facts(d.Manifest), Sections: sections(d)}}
}

// Findings are the titles of the sections, in their order.
func (r *Report) Findings() []Finding {
	out := []Finding{}
	for _, s := range r.page.Sections {
		out = append(out, Finding{s.ID, s.Subject, s.Finding})
	}
	return out
}

// Write writes the report as one HTML file.
func (r *Report) Write(w io.Writer) error {
	style, err := files.ReadFile("page.css")
	if err != nil {
		return fmt.Errorf("read the style of the report: %w", err)
	}
	t, err := template.ParseFS(files, "page.html")
	if err != nil {
		return fmt.Errorf("parse the page of the report: %w", err)
	}
	p := r.page
	p.Style, p.Generator = template.CSS(style), Generator
	drawn := 0
	for _, s := range p.Sections {
		for i := range s.Figures {
			drawn++
			s.Figures[i].SVG = s.Figures[i].draw(drawn)
		}
	}
	out := bufio.NewWriter(w)
	if err := t.Execute(out, p); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// Write writes the report of a run as one HTML file.
func Write(w io.Writer, d Data) error { return New(d).Write(w) }

// Generator is what the first kilobyte of every report names as its maker, so that a report
// can be told from other files.
const Generator = "assay lab report"

// sections are those parts of which there are data, in the order of the report.
func sections(d Data) []section {
	var out []section
	for _, make := range []func(Data) *section{verdicts, shares, incentives, weights, validators, detection, accused, characteristic, sensitivity, actors} {
		if s := make(d); s != nil {
			out = append(out, *s)
		}
	}
	return out
}

// maxFacts bounds the settings that are shown.
const maxFacts = 24

// facts are what the manifest says, by name.
func facts(m Manifest) [][2]string {
	out := [][2]string{{"Command", full(cmp.Or(m.Command, "unknown"))}, {"Version", full(cmp.Or(m.Version, "unknown"))}, {"Seed", strconv.FormatUint(m.Seed, 10)}}
	for i, name := range slices.Sorted(maps.Keys(m.Settings)) {
		if i == maxFacts {
			out = append(out, [2]string{"Settings not shown", count(len(m.Settings) - maxFacts)})
			break
		}
		out = append(out, [2]string{full(name), full(m.Settings[name])})
	}
	if m.Scenario != "" {
		out = append(out, [2]string{"Scenario, digest", full(m.Scenario)})
	}
	if m.Parameters != "" {
		out = append(out, [2]string{"Parameters, digest", full(m.Parameters)})
	}
	return out
}

// Files are the tables of the run, for the end of the page.
func (p page) Files() *listing {
	l := &listing{Caption: "The files of the run", Columns: []string{"table", "SHA-256", "rows"}, Words: 2}
	tables := slices.Clone(p.Run.Tables)
	slices.SortStableFunc(tables, func(a, b Table) int { return cmp.Compare(a.Name, b.Name) })
	for _, t := range tables {
		l.add(full(t.Name), full(cmp.Or(t.SHA256, "unknown")), count(t.Rows))
	}
	if len(l.Rows) == 0 {
		return nil
	}
	l.cut("the manifest", len(tables))
	return l
}
