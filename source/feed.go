package source

import (
	"bytes"
	"fmt"
	"mime"
	"net/url"
	"strings"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/mmcdole/gofeed"
)

// Bounds of feeds and list pages.
const (
	MaxLinks = 1000    // links taken from one
	MaxFeed  = 1 << 20 // bytes of a feed: the parser recurses, and this bounds how deep
)

// Link is a page that a feed or list points to.
type Link struct {
	URL  string
	Time time.Time // as the feed states it; zero if it does not
}

func isFeed(contentType string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return false
	}
	switch kind {
	case "application/atom+xml", "application/rss+xml", "application/rdf+xml", "application/xml", "text/xml":
		return true
	}
	return false
}

// FeedLinks reads an Atom or RSS feed fetched from base: at most MaxLinks links,
// in the feed's order, without doubles.
func FeedLinks(base *url.URL, body []byte) (links []Link, err error) {
	defer func() {
		if p := recover(); p != nil { // the parser is handed hostile bytes
			links, err = nil, fmt.Errorf("read feed %s: %v", base.Redacted(), p)
		}
	}()
	if len(body) > MaxFeed {
		return nil, fmt.Errorf("read feed %s: %d bytes, cap %d", base.Redacted(), len(body), MaxFeed)
	}
	feed, err := gofeed.NewParser().Parse(bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("read feed %s: %w", base.Redacted(), err)
	}
	seen := map[string]bool{}
	for _, it := range feed.Items {
		u, ok := resolve(base, it.Link)
		if !ok || seen[u] {
			continue
		}
		if len(links) == MaxLinks {
			break
		}
		seen[u] = true
		l := Link{URL: u}
		if at := it.PublishedParsed; at != nil {
			l.Time = at.UTC().Truncate(time.Second)
		} else if at := it.UpdatedParsed; at != nil {
			l.Time = at.UTC().Truncate(time.Second)
		}
		links = append(links, l)
	}
	return links, nil
}

// PageLinks reads a list page fetched from base: the links that match selector,
// at most MaxLinks and without doubles, and the page that rel=next names, empty at the end.
func PageLinks(base *url.URL, body []byte, contentType, selector string) (links []string, next string, err error) {
	doc, f := parsePage(body, contentType)
	if f != nil {
		return nil, "", fmt.Errorf("read list %s: %w", base.Redacted(), f)
	}
	seen := map[string]bool{}
	doc.Find(selector).EachWithBreak(func(_ int, s *goquery.Selection) bool {
		if u, ok := resolve(base, s.AttrOr("href", "")); ok && !seen[u] {
			seen[u] = true
			links = append(links, u)
		}
		return len(links) < MaxLinks
	})
	if href, ok := doc.Find(`a[rel~="next"], link[rel~="next"]`).First().Attr("href"); ok {
		next, _ = resolve(base, href)
	}
	return links, next, nil
}

func resolve(base *url.URL, href string) (string, bool) {
	href = strings.TrimSpace(href)
	if href == "" || len(href) > MaxURI {
		return "", false
	}
	u, err := base.Parse(href)
	if err != nil {
		return "", false
	}
	u.Fragment, u.RawFragment = "", ""
	s := u.String()
	return s, checkURI(s) == nil
}
