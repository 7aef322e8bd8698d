//go:build ignore

package main

import (
	"fmt"
	"strings"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// others are programs for the kinds of answer that no shipped program has. The
// guidelines of the first try to get through to the page.
const (
	ordinal = `
name: tone
about: How friendly mails are.
kind: judgement
task: annotate
licence: CC0-1.0
question: How friendly is this mail?
guidelines: |
  # Tone
  Read <img src=x onerror="document.title='owned'"> it. <script>document.title='owned'</script>
  See [the examples](https://example.org/tone) or [not](javascript:alert(1)).
answers: {type: ordinal, labels: [hostile, cold, cool, reserved, neutral, polite, open, kind, warm, hearty, loving, exuberant]}
items: {program: forum, max_bytes: 6144}
labelling: {tasks: 4, redundancy: 5, rounds: 8, gold: 0.25, exam: {pass: 0.2}, quota: 5000, bar: 0.4, aggregation: auto, demand: 4, half: 1}
`
	scalar = `
name: minutes
about: How long mails take to read.
kind: judgement
task: annotate
licence: CC0-1.0
question: How many minutes does one need to read this mail?
answers: {type: scalar, min: 0, max: 10, step: 0.5}
items: {program: forum, max_bytes: 6144}
labelling: {tasks: 4, redundancy: 5, rounds: 8, gold: 0.25, exam: {pass: 0.2}, quota: 5000, bar: 0.4, aggregation: auto, demand: 4, half: 1}
`
	verdict = `
name: review
about: Checks answers of the program spam.
kind: judgement
task: review
licence: CC0-1.0
question: Is this answer right?
answers: {type: verdict, labels: [ham, spam]}
items: {program: spam, max_bytes: 6144}
labelling: {tasks: 4, redundancy: 5, rounds: 8, exam: {program: spam, pass: 0.2}, quota: 5000, bar: 0.4, aggregation: auto, demand: 4, half: 1}
`
)

// subject is an item for a task: a mail, a hostile one, or an answer to the mail of the
// same number.
func subject(kind string, n uint64) ([]byte, error) {
	it := &item.Item{Kind: item.KindRecord, URI: fmt.Sprintf("https://lists.example.org/mail/%d", n), Label: "mail", Licence: "CC0-1.0"}
	var err error
	switch {
	case kind == "answer":
		about, err := subject("mail", n)
		if err != nil {
			return nil, err
		}
		of, err := item.Decode(about)
		if err != nil {
			return nil, err
		}
		j := item.Judgement{Assignment: item.Sum("reviewed", fmt.Append(nil, n)), Answer: "spam", Comment: "It sells something.", Labeller: protocol.DeriveKey([]byte("other")).Labeller(), Millis: 4000, Signature: make([]byte, 65)}
		it.Kind, it.URI, it.Label, it.Contributor, it.Parents = item.KindJudgement, item.TaskURI(j.Task()), j.Answer, j.Labeller, []item.Hash{of.ID()}
		if it.Canonical, err = j.Canonical(); err != nil {
			return nil, err
		}
	case kind == "hostile":
		it.Canonical, err = hostile(n).Canonical()
	default:
		it.Canonical, err = mail(n).Canonical()
	}
	if err != nil {
		return nil, err
	}
	return it.Encode()
}

func mail(n uint64) item.Record {
	topics := []string{"kernel on an old laptop", "printing over the network", "meeting on Tuesday", "cheap watches, today only", "mailing list archive", "you have won a prize", "backup to tape"}
	topic := topics[n%uint64(len(topics))]
	lines := []string{"Hello all,", "", fmt.Sprintf("this is about the %s. It came up in message %d and nobody has answered it yet.", topic, n)}
	for range n % 9 {
		lines = append(lines, "", "I tried what the manual says, twice, and read what others wrote about it. The first time it seemed to work; after a restart it was as before. Has anybody else seen this, and what did you do about it?")
	}
	lines = append(lines, "", "Regards,", fmt.Sprintf("Person %d", n%31))
	return item.Record{Author: fmt.Sprintf("Person %d <person%d@example.org>", n%31, n%31), Title: fmt.Sprintf("Re: %s (%d)", topic, n), Body: strings.Join(lines, "\n"), Time: 1_030_000_000 + int64(n)*3600}
}

// hostile texts try to run, to turn the page's own words around, to hide, and to be
// wider and longer than any screen.
func hostile(n uint64) item.Record {
	const run = "</script></textarea><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\"><svg onload=alert(1)><a href=javascript:alert(1)>x</a>"
	bodies := []string{
		run,
		"\u202e\u2067turned around\u2066\u202d and never turned back \u200b\u200b\u200b\u200bhid\u00adden\ufeff \u0000\u001b[31m \U000e0041",
		strings.Repeat("wide", 12_000),
		strings.Repeat("a\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308\u0309\u030a\u030b\u030c\u030d\u030e\u030f", 300),
		strings.Repeat("\n", 3000) + "the end",
		"",
	}
	return item.Record{Author: "\u202e" + run, Title: fmt.Sprintf("hostile %d \u202e%s", n, run), Body: bodies[(n/10)%uint64(len(bodies))], Time: 1_030_000_000}
}
