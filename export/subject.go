package export

import (
	"fmt"
	"slices"
	"strings"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/scoring/aggregate"
)

// unknownLicence is what an item without a licence has. Such items are left out unless
// they are asked for.
const unknownLicence = "LicenseRef-unknown"

// subject is an item that was judged, as columns show it. What an item of its kind does
// not have is nil.
type subject struct {
	id      item.Hash
	title   *string
	author  *string
	text    *string
	micros  *int64 // source time: unix microseconds
	uri     string
	licence string
}

// subjects decodes the items of a labelled task.
func (d *Dataset) subjects(t aggregate.Task) ([]subject, error) {
	given := d.tasks[t.At]
	if len(given.Items) != len(t.Subjects) {
		return nil, fmt.Errorf("the task of round %d about %s has %d items, want %d", given.Round, t.Subjects[0], len(given.Items), len(t.Subjects))
	}
	out := make([]subject, len(t.Subjects))
	for i, id := range t.Subjects {
		s, err := decode(given.Items[i])
		if err == nil && s.id != id {
			err = fmt.Errorf("the item is %s", s.id)
		}
		if err != nil {
			return nil, fmt.Errorf("the task of round %d about %s: %w", given.Round, id, err)
		}
		out[i] = s
	}
	return out, nil
}

func decode(encoded []byte) (subject, error) {
	it, err := item.Decode(encoded)
	if err != nil {
		return subject{}, err
	}
	s := subject{id: it.ID(), uri: it.URI, licence: it.Licence}
	if s.licence == "" {
		s.licence = unknownLicence
	}
	switch it.Kind {
	case item.KindRecord:
		r, err := item.DecodeRecord(it.Canonical)
		if err != nil {
			return subject{}, err
		}
		micros := r.Time * 1_000_000
		s.title, s.author, s.text, s.micros = &r.Title, &r.Author, &r.Body, &micros
	case item.KindJudgement: // a review is of another's answer
		j, err := item.DecodeJudgement(it.Canonical)
		if err != nil {
			return subject{}, err
		}
		s.text = &j.Answer
	}
	return s, nil
}

// licenceOf is the SPDX expression of a row: that of its items, all of them together where
// they differ.
func licenceOf(subjects []subject) string {
	var each []string
	for _, s := range subjects {
		each = append(each, s.licence)
	}
	slices.Sort(each)
	each = slices.Compact(each)
	if len(each) > 1 {
		for i, l := range each {
			if strings.ContainsRune(l, ' ') {
				each[i] = "(" + l + ")"
			}
		}
	}
	return strings.Join(each, " AND ")
}

// addresses reports whether a text holds something like an e-mail address: letters, an @,
// and a name with a dot. Texts that were scrubbed to a***@example hold none.
func addresses(text string) bool {
	for {
		i := strings.IndexByte(text, '@')
		if i < 0 {
			return false
		}
		host := text[i+1:]
		end := strings.IndexFunc(host, func(r rune) bool { return !wordy(r) && r != '.' && r != '-' })
		if end < 0 {
			end = len(host)
		}
		if dot := strings.IndexByte(strings.TrimRight(host[:end], "."), '.'); dot > 0 && i > 0 && wordy(rune(text[i-1])) {
			return true
		}
		text = host
	}
}

func wordy(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
