package site

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"
	"time"
)

type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Links   []atomLink  `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	ID       string   `xml:"id"`
	Title    string   `xml:"title"`
	Updated  string   `xml:"updated"`
	Author   string   `xml:"author>name"`
	Link     atomLink `xml:"link"`
	Category struct {
		Term string `xml:"term,attr"`
	} `xml:"category"`
}

// feed is the Atom feed of one topic, or of all where the path names none.
func (s *Site) feed(r *http.Request) (page, error) {
	topic, self := r.PathValue("topic"), "/feed.xml"
	if topic != "" {
		if !slices.Contains(s.topics, topic) {
			return missing(http.StatusNotFound), nil
		}
		self = "/t/" + topic + "/feed.xml"
	}
	base := baseURL(r)
	posts := s.visible(topic, s.cfg.Now())
	posts = posts[:min(len(posts), feedSize)]
	f := atomFeed{ID: base + self, Title: "Forum", Updated: s.cfg.Start.UTC().Format(time.RFC3339),
		Links: []atomLink{{"self", base + self}, {"alternate", base + "/"}}}
	if topic != "" {
		f.Title = "Forum: " + topic
	}
	if len(posts) > 0 {
		f.Updated = posts[0].dated.Format(time.RFC3339)
	}
	for _, p := range posts {
		e := atomEntry{ID: base + "/p/" + p.id, Title: p.Title, Updated: p.dated.Format(time.RFC3339),
			Author: p.Author, Link: atomLink{"alternate", base + "/p/" + p.id}}
		e.Category.Term = p.Topic
		f.Entries = append(f.Entries, e)
	}
	b, err := xml.MarshalIndent(f, "", " ")
	if err != nil {
		return page{}, fmt.Errorf("render feed: %w", err)
	}
	return page{kind: "application/atom+xml; charset=utf-8", body: append([]byte(xml.Header), b...), key: self}, nil
}
