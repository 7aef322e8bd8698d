package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/url"
	"strings"
	"time"

	"codeberg.org/readeck/go-readability/v2"
	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"
)

// maxElements bounds the work on a page whose text has to be searched for.
const maxElements = 20_000

var (
	errNoText   = errors.New("page has no text")
	errNoTime   = errors.New("page has no believable time")
	errBodySize = fmt.Errorf("text is over %d bytes", MaxBody)
)

// Extract reads the record of a page that was fetched from base. It is a pure
// function of its arguments, and what lies outside the text (menus, footers, related links)
// does not enter the record.
//
// The text is that of the page's only article element, and
// where there is none or several, what readability finds. The canonical
// address counts only on the host that served the page. Each other field
// is the first that the page states, in the order of the functions below.
func Extract(base *url.URL, body []byte, contentType string) (Record, error) {
	doc, f := parsePage(body, contentType)
	if f != nil {
		return Record{}, fmt.Errorf("extract %s: %w", base.Redacted(), f)
	}
	r, f := extract(base, doc)
	if f != nil {
		return Record{}, fmt.Errorf("extract %s: %w", base.Redacted(), f)
	}
	if err := r.Check(); err != nil {
		return Record{}, fmt.Errorf("extract %s: %w", base.Redacted(), fail(Malformed, ReasonMarkup, err))
	}
	return r, nil
}

func parsePage(body []byte, contentType string) (*goquery.Document, *fault) {
	if !isPage(contentType) {
		return nil, fail(Malformed, ReasonContentType, fmt.Errorf("content type %q is not a page", contentType))
	}
	r, err := charset.NewReader(bytes.NewReader(body), contentType)
	if err != nil {
		return nil, fail(Malformed, ReasonMarkup, err)
	}
	decoded, err := io.ReadAll(r)
	if err != nil {
		return nil, fail(Malformed, ReasonMarkup, err)
	}
	tamed, ok := tame(decoded)
	if !ok {
		return nil, fail(TooLarge, ReasonTags, fmt.Errorf("page has over %d tags", maxTags))
	}
	root, err := html.Parse(bytes.NewReader(tamed))
	if err != nil {
		return nil, fail(Malformed, ReasonMarkup, err)
	}
	return goquery.NewDocumentFromNode(root), nil
}

func isPage(contentType string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	return err == nil && (kind == "text/html" || kind == "application/xhtml+xml")
}

func extract(base *url.URL, doc *goquery.Document) (Record, *fault) {
	r := Record{
		URI:     canonical(base, doc),
		Author:  Line(authorOf(doc), MaxName),
		Title:   Line(titleOf(doc), MaxTitle),
		Label:   Line(labelOf(doc), MaxName),
		Time:    timeOf(doc),
		Licence: licenceOf(base, doc),
	}
	if articles := doc.Find("article"); articles.Length() == 1 {
		r.Body = textOf(articles.Get(0))
	} else if f := readable(base, doc, &r); f != nil {
		return Record{}, f
	}
	switch {
	case r.Body == "":
		return Record{}, fail(Malformed, ReasonNoText, errNoText)
	case len(r.Body) > MaxBody:
		return Record{}, fail(TooLarge, ReasonText, errBodySize)
	case !believable(r.Time):
		return Record{}, fail(Malformed, ReasonNoTime, errNoTime)
	}
	return r, nil
}

// readable searches the page for its text, and for the author and time that
// plainer ways did not find. The library is handed hostile pages, so a panic in it becomes an error.
func readable(base *url.URL, doc *goquery.Document, r *Record) (f *fault) {
	defer func() {
		if p := recover(); p != nil {
			f = fail(Malformed, ReasonMarkup, fmt.Errorf("search for text: %v", p))
		}
	}()
	if doc.Find("*").Length() > maxElements {
		return fail(TooLarge, ReasonTags, fmt.Errorf("page has over %d elements", maxElements))
	}
	parser := readability.NewParser()
	article, err := parser.ParseDocument(doc.Get(0), base)
	if err != nil {
		return fail(Malformed, ReasonMarkup, err)
	}
	if article.Node == nil {
		return fail(Malformed, ReasonNoText, errNoText)
	}
	r.Body = textOf(article.Node)
	if r.Author == "" {
		r.Author = Line(article.Byline(), MaxName)
	}
	if t, err := article.PublishedTime(); err == nil && !believable(r.Time) {
		r.Time = t.UTC().Truncate(time.Second)
	}
	return nil
}

// canonical is the address that the page calls its own, if on the same host, else base.
func canonical(base *url.URL, doc *goquery.Document) string {
	own := *base
	own.Fragment, own.RawFragment, own.User = "", "", nil
	href, ok := doc.Find(`link[rel~="canonical"]`).First().Attr("href")
	if !ok {
		return own.String()
	}
	u, err := base.Parse(strings.TrimSpace(href))
	if err != nil || u.Scheme != base.Scheme || !strings.EqualFold(u.Host, base.Host) || u.User != nil {
		return own.String()
	}
	u.Fragment, u.RawFragment = "", ""
	u.Host = base.Host
	if s := u.String(); checkURI(s) == nil {
		return s
	}
	return own.String()
}
