package source_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assaynet/assay/source"
)

func TestFeedLinks(t *testing.T) {
	want := []source.Link{{URL: "https://forum.example/p/1", Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}, {URL: "https://forum.example/p/2"}}
	for name, feed := range map[string]string{
		"atom": `<feed xmlns="http://www.w3.org/2005/Atom"><entry><link rel="alternate" href="/p/1#c"/><published>2026-01-02T03:04:05Z</published></entry>
			<entry><link href="https://forum.example/p/2"/></entry><entry><link href="/p/1"/></entry><entry><link href="ftp://x/"/></entry><entry/></feed>`,
		"rss": `<rss version="2.0"><channel><item><link>https://forum.example/p/1</link><pubDate>Fri, 02 Jan 2026 03:04:05 GMT</pubDate></item>
			<item><link>https://forum.example/p/2</link></item><item><link>javascript:alert(1)</link></item></channel></rss>`,
	} {
		got, err := source.FeedLinks(pageURL(t), []byte(feed))
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func TestFeedIsBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString(`<rss version="2.0"><channel>`)
	for i := range 2 * source.MaxLinks {
		fmt.Fprintf(&b, "<item><link>/p/%d</link></item>", i)
	}
	b.WriteString("</channel></rss>")
	links, err := source.FeedLinks(pageURL(t), []byte(b.String()))
	if err != nil || len(links) != source.MaxLinks {
		t.Errorf("%d links, %v", len(links), err)
	}
	for name, bad := range map[string]string{
		"not a feed": "<html></html>",
		"empty":      "",
		"too long":   strings.Repeat(" ", source.MaxFeed+1),
		"deep":       `<rss><channel><item>` + strings.Repeat("<a:b>", 150_000),
	} {
		if _, err := source.FeedLinks(pageURL(t), []byte(bad)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestPageLinks(t *testing.T) {
	page := `<ul><li><a class=post href="/p/1">1</a><li><a class=post href="/p/1#x">1</a><li><a class=post href="//forum.example/p/2">2</a>
		<li><a class=post href="mailto:x">3</a><li><a href="/other">4</a></ul><a rel="next noopener" href="?page=2">more</a>`
	links, next, err := source.PageLinks(pageURL(t), []byte(page), htmlType, "a.post")
	if err != nil || !slices.Equal(links, []string{"https://forum.example/p/1", "https://forum.example/p/2"}) || next != "https://forum.example/p/1?page=2" {
		t.Errorf("%v, %q, %v", links, next, err)
	}
	if _, _, err := source.PageLinks(pageURL(t), []byte(page), "image/png", "a"); err == nil {
		t.Error("an image was read as a list")
	}
}
