package source

import (
	"net/url"
	"strings"
	"time"

	"github.com/PuerkitoBio/goquery"
)

// firstOf is the first non-empty value of selectors tried in order. A selector
// ends in "@name" for an attribute; without one the element's text counts.
func firstOf(doc *goquery.Document, selectors ...string) string {
	for _, sel := range selectors {
		sel, attr, _ := strings.Cut(sel, "@")
		found := ""
		doc.Find(sel).EachWithBreak(func(_ int, s *goquery.Selection) bool {
			if attr != "" {
				found = strings.TrimSpace(s.AttrOr(attr, ""))
			} else {
				found = strings.TrimSpace(s.Text())
			}
			return found == ""
		})
		if found != "" {
			return found
		}
	}
	return ""
}

func authorOf(doc *goquery.Document) string {
	return firstOf(doc, `meta[name="author"]@content`, `[itemprop="author"]@content`, `[itemprop="author"]`, `a[rel~="author"]`)
}

func labelOf(doc *goquery.Document) string {
	return firstOf(doc, `meta[property="article:section"]@content`, `a[rel~="tag"]`, `meta[property="article:tag"]@content`)
}

func titleOf(doc *goquery.Document) string {
	if h := doc.Find("h1"); h.Length() == 1 {
		if t := strings.TrimSpace(h.Text()); t != "" {
			return t
		}
	}
	return firstOf(doc, `meta[property="og:title"]@content`, `article h1`, `title`)
}

// timeOf is the time at which the page says it was published, UTC in whole
// seconds, or zero. A time element outside the text may be anybody's, so the first one on the page comes last.
func timeOf(doc *goquery.Document) time.Time {
	for _, sel := range []string{`meta[property="article:published_time"]@content`, `meta[itemprop="datePublished"]@content`,
		`time[itemprop="datePublished"]@datetime`, `time[pubdate]@datetime`, `article time[datetime]@datetime`, `time[datetime]@datetime`} {
		if t, ok := parseTime(firstOf(doc, sel)); ok {
			return t
		}
	}
	return time.Time{}
}

// parseTime reads the forms that HTML allows for a point in time. One without a zone is taken as UTC.
func parseTime(s string) (time.Time, bool) {
	if len(s) > 64 {
		return time.Time{}, false
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04Z07:00",
		"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC().Truncate(time.Second), true
		}
	}
	return time.Time{}, false
}

// licenceOf names the licence that the page links to, if it is a known one.
func licenceOf(base *url.URL, doc *goquery.Document) string {
	href := firstOf(doc, `link[rel~="license"]@href`, `a[rel~="license"]@href`)
	u, err := base.Parse(href)
	if err != nil || href == "" || strings.TrimPrefix(u.Hostname(), "www.") != "creativecommons.org" {
		return ""
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	if len(parts) < 3 {
		return ""
	}
	kind, name, version := parts[0], parts[1], parts[2]
	switch {
	case kind == "publicdomain" && name == "zero" && version == "1.0":
		return "CC0-1.0"
	case kind != "licenses" || (version != "1.0" && version != "2.0" && version != "2.5" && version != "3.0" && version != "4.0"):
		return ""
	}
	switch name {
	case "by", "by-sa", "by-nc", "by-nd", "by-nc-sa", "by-nc-nd":
		return "CC-" + strings.ToUpper(name) + "-" + version
	}
	return ""
}
