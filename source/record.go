package source

import (
	"errors"
	"fmt"
	"net/url"
	"time"
	"unicode/utf8"
)

// Limits of a record, in bytes. Extract cuts names and titles at theirs and
// refuses a longer body: half a body would be a different text.
const (
	MaxURI   = 2048
	MaxName  = 128 // author, label, licence
	MaxTitle = 512
	MaxBody  = 192 << 10 // leaves room for the rest of an item
)

// Record is one post, page or mail. Texts are in normal form: UTF-8 in NFC,
// white space collapsed, paragraphs of the body parted by one empty line.
type Record struct {
	URI     string    // canonical, absolute
	Author  string    // display name; may be empty
	Title   string    // one line; may be empty
	Body    string    // never empty
	Label   string    // topic as the source names it; may be empty
	Time    time.Time // of the source, UTC, whole seconds
	Licence string    // SPDX identifier; empty if the page names none that is known
}

// Equal reports whether two records hold the same data.
func (r Record) Equal(o Record) bool {
	t := r.Time.Equal(o.Time)
	r.Time, o.Time = time.Time{}, time.Time{}
	return t && r == o
}

// Check reports the first rule of the type that r breaks.
func (r Record) Check() error {
	if err := checkURI(r.URI); err != nil {
		return err
	}
	fields := []struct {
		name, text string
		limit      int
	}{{"author", r.Author, MaxName}, {"label", r.Label, MaxName}, {"licence", r.Licence, MaxName}, {"title", r.Title, MaxTitle}}
	for _, f := range fields {
		if len(f.text) > f.limit || Line(f.text, f.limit) != f.text {
			return fmt.Errorf("check record: %s is over %d bytes or not in normal form", f.name, f.limit)
		}
	}
	switch {
	case r.Body == "":
		return fmt.Errorf("check record: %w", errNoText)
	case len(r.Body) > MaxBody:
		return fmt.Errorf("check record: %w", errBodySize)
	case Text(r.Body) != r.Body:
		return errors.New("check record: body is not in normal form")
	case !believable(r.Time):
		return fmt.Errorf("check record: %w", errNoTime)
	case r.Time.Location() != time.UTC || r.Time.Nanosecond() != 0:
		return errors.New("check record: time is not UTC in whole seconds")
	}
	return nil
}

func checkURI(raw string) error {
	if raw == "" || len(raw) > MaxURI || !utf8.ValidString(raw) {
		return fmt.Errorf("check record: uri is empty, not text or over %d bytes", MaxURI)
	}
	u, err := url.Parse(raw)
	if err != nil {
		return fmt.Errorf("check record: %w", err)
	}
	if (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil || u.Fragment != "" {
		return errors.New("check record: uri is not a plain http or https address")
	}
	return nil
}

// believable bounds source times to 1970 up to 2200, beyond which a date is an error of the page.
func believable(t time.Time) bool { return t.Unix() > 0 && t.Year() < 2200 }
