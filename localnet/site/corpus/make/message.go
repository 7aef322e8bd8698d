package main

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"regexp"
	"strings"
	"time"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/unicode/norm"
)

const (
	minBody = 200  // bytes; shorter messages say too little to tell one from another
	maxBody = 6000 // bytes; what is posted
	maxLong = 4 * maxBody
)

// The classes.
const (
	ham  = "ham"
	spam = "spam"
)

// message is one line of the corpus.
type message struct {
	class  string
	ID     string    `json:"id"`
	Author string    `json:"author"`
	Time   time.Time `json:"time"`
	Topic  string    `json:"topic"`
	Title  string    `json:"title"`
	Body   string    `json:"body"`
	Label  string    `json:"label,omitempty"` // its class, in the training file only
}

// parse turns one raw mail into a line of the corpus, and says what class it is of;
// ok is false for mails that no file takes: no plain text, a text that is too short or
// far too long, no believable date.
func parse(id, class string, raw []byte) (message, bool) {
	msg, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return message{}, false
	}
	date, ok := dateOf(msg, class == spam)
	if !ok {
		return message{}, false
	}
	text, ok := plainText(msg.Header.Get("Content-Type"), msg.Header.Get("Content-Transfer-Encoding"), msg.Body, 0)
	if !ok {
		return message{}, false
	}
	body := scrub(mask(tidy(text)))
	title := scrub(mask(subject(header(msg, "Subject"))))
	if len(body) < minBody || len(body) > maxLong || title == "" {
		return message{}, false
	}
	return message{ID: id, Author: pseudonym(author(msg)), Time: date.UTC().Truncate(time.Second),
		Topic: listOf(msg), Title: title, Body: body, class: class}, true
}

// dateOf is when the mail says that it was written or, of spam, whose dates are often
// false, else the newest time at which a server took it.
func dateOf(msg *mail.Message, servers bool) (time.Time, bool) {
	if t, err := msg.Header.Date(); err == nil && believable(t) {
		return t, true
	}
	if !servers {
		return time.Time{}, false
	}
	for _, r := range msg.Header["Received"] {
		t, err := mail.ParseDate(strings.TrimSpace(r[strings.LastIndex(r, ";")+1:]))
		if err == nil && believable(t) {
			return t, true
		}
	}
	return time.Time{}, false
}

func believable(t time.Time) bool { return t.Year() >= 2000 && t.Year() <= 2004 }

// plainText is the first text/plain part, decoded to UTF-8.
func plainText(contentType, encoding string, r io.Reader, depth int) (string, bool) {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		kind, params = "text/plain", nil
	}
	if strings.HasPrefix(kind, "multipart/") && depth < 4 {
		parts := multipart.NewReader(r, params["boundary"])
		for {
			p, err := parts.NextRawPart()
			if err != nil {
				return "", false
			}
			if t, ok := plainText(p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p, depth+1); ok {
				return t, true
			}
		}
	}
	if kind != "text/plain" {
		return "", false
	}
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "quoted-printable":
		r = quotedprintable.NewReader(r)
	case "base64":
		r = base64.NewDecoder(base64.StdEncoding, r)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		return "", false
	}
	return toUTF8(params["charset"], b), true
}

func toUTF8(label string, b []byte) string {
	if label == "" || strings.EqualFold(label, "us-ascii") {
		label = "windows-1252"
	}
	if enc, _ := charset.Lookup(label); enc != nil {
		if decoded, err := enc.NewDecoder().Bytes(b); err == nil {
			b = decoded
		}
	}
	return norm.NFC.String(strings.ToValidUTF8(string(b), "\uFFFD"))
}

var (
	footer  = regexp.MustCompile(`(?m)^(_{30,}|-{30,}\s*\nThis sf\.net email|-{10,} Yahoo! Groups Sponsor|To unsubscribe from this group)`)
	blank   = regexp.MustCompile(`\n{3,}`)
	trail   = regexp.MustCompile(`[ \t]+\n`)
	control = regexp.MustCompile(`[\x00-\x08\x0b-\x1f\x7f-\x{9f}\x{ad}\x{200b}\x{feff}]`)
)

// tidy drops the footer of the list and needless white space.
func tidy(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	s = control.ReplaceAllString(s, "")
	if at := footer.FindStringIndex(s); at != nil && at[0] >= minBody {
		s = s[:at[0]]
	}
	s = trail.ReplaceAllString(s+"\n", "\n")
	return strings.Trim(blank.ReplaceAllString(s, "\n\n"), "\n ")
}

func header(msg *mail.Message, name string) string {
	dec := mime.WordDecoder{CharsetReader: func(label string, r io.Reader) (io.Reader, error) {
		return charset.NewReaderLabel(label, r)
	}}
	raw := msg.Header.Get(name)
	s, err := dec.DecodeHeader(raw)
	if err != nil {
		s = raw
	}
	if s == raw {
		s = toUTF8("", []byte(raw))
	}
	return strings.Join(strings.Fields(control.ReplaceAllString(s, "")), " ")
}

var prefix = regexp.MustCompile(`(?i)^\s*((re|fw|fwd|aw)(\[\d+\]|\^\d+)?:|\[[^\]]{1,40}\])\s*`)

// subject drops reply marks and the tag of the list.
func subject(s string) string {
	for {
		cut := prefix.ReplaceAllString(s, "")
		if cut == s {
			return strings.TrimSpace(s)
		}
		s = cut
	}
}
