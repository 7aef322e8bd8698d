package desk

import (
	"bytes"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
)

// listed is a labelling program with its guidelines as HTML, and when a regular labeller
// and a newcomer last asked for its tasks, in milliseconds.
type listed struct {
	*program.Program
	guidelines string
	seen       *atomic.Int64
	seenNew    *atomic.Int64
}

// listPrograms picks the programs that label, and renders their guidelines. HTML within
// the Markdown is left out, and so are links to anything that runs.
func listPrograms(all []*program.Program) (out []listed, err error) {
	markdown := goldmark.New(goldmark.WithExtensions(
		extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute)),
	))
	for _, p := range all {
		if !p.Judges() {
			continue
		}
		var b bytes.Buffer
		if err := markdown.Convert([]byte(p.Guidelines), &b); err != nil {
			return nil, fmt.Errorf("guidelines of %s: %w", p.Name, err)
		}
		out = append(out, listed{p, b.String(), new(atomic.Int64), new(atomic.Int64)})
	}
	return out, nil
}

// program finds a labelling program.
func (d *Desk) program(name string) (listed, bool) {
	i := slices.IndexFunc(d.programs, func(p listed) bool { return p.Name == name })
	if i < 0 {
		return listed{}, false
	}
	return d.programs[i], true
}

// choices are the answers that can be listed. A review also has fix: and one of them.
func (p listed) choices() []string {
	if p.Answers.Type == program.Pairwise {
		return []string{program.AnswerLeft, program.AnswerRight, program.AnswerTie, program.AnswerNeither}
	}
	return append([]string{}, p.Answers.Labels...)
}

// subject is what a labeller is shown of an item.
type subject struct {
	Title  string `json:"title"`
	Author string `json:"author"`
	Time   string `json:"time"` // RFC 3339; empty when there is none
	Body   string `json:"body"`
}

// subjectOf is an item for people: a record, or another's answer.
func subjectOf(it *item.Item) (subject, error) {
	switch it.Kind {
	case item.KindRecord:
		r, err := item.DecodeRecord(it.Canonical)
		if err != nil {
			return subject{}, err
		}
		return subject{r.Title, r.Author, time.Unix(r.Time, 0).UTC().Format(time.RFC3339), r.Body}, nil
	case item.KindJudgement:
		j, err := item.DecodeJudgement(it.Canonical)
		if err != nil {
			return subject{}, err
		}
		return subject{Title: "Answer: " + j.Answer, Author: j.Labeller, Body: j.Comment}, nil
	}
	return subject{}, fmt.Errorf("an item of kind %s cannot be shown", it.Kind)
}
