package source_test

import (
	"fmt"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/assaynet/assay/source"
	"pgregory.net/rapid"
)

const htmlType = "text/html; charset=utf-8"

func pageURL(t testing.TB) *url.URL {
	u, err := url.Parse("https://forum.example/p/1?x=1#top")
	if err != nil {
		t.Fatal(err)
	}
	return u
}

const wholePage = `<!doctype html><html><head><title>A title · Forum</title>
<meta name="author" content=" Ann   Onymous "><link rel="canonical" href="/p/1"><link rel=license href="https://creativecommons.org/licenses/by-sa/4.0/">
<script>var x = "<p>not text</p>";</script></head>
<body><nav>Menu</nav><h1>A  title</h1><a rel="nofollow tag" href="/t/x"> cats </a>
<time datetime="2026-02-03T04:05:06.789+02:00">today</time>
<article><p>One
 line.</p><p>Two<br>lines, <b>bold</b>.</p><script>no</script><p hidden>unseen</p><ul><li>a</li><li>b</li></ul><pre>x
  y</pre></article><footer>Foot</footer></body></html>`

func TestExtractFields(t *testing.T) {
	got, err := source.Extract(pageURL(t), []byte(wholePage), htmlType)
	if err != nil {
		t.Fatal(err)
	}
	want := source.Record{URI: "https://forum.example/p/1", Author: "Ann Onymous", Title: "A title", Label: "cats", Licence: "CC-BY-SA-4.0",
		Body: "One line.\n\nTwo\nlines, bold.\n\na\nb\n\nx\ny", Time: time.Date(2026, 2, 3, 2, 5, 6, 0, time.UTC)}
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// What surrounds the text does not enter the record.
func TestExtractIgnoresSurroundings(t *testing.T) {
	want, err := source.Extract(pageURL(t), []byte(wholePage), htmlType)
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range []*strings.Replacer{
		strings.NewReplacer("<nav>Menu</nav>", "<nav>You are visitor 17 <a href=/x>log in</a></nav>"),
		strings.NewReplacer("<footer>Foot</footer>", "<footer><p>Rendered in 3 ms</p><time datetime=2020-01-01>then</time></footer>"),
		strings.NewReplacer("<head>", `<head><meta name="csrf" content="91c0">`, "One\n line.", "One    line."),
		strings.NewReplacer("<body>", "<body class=dark><!-- cached -->", "</article>", "<!-- end --></article><aside>Related: <p>other</p></aside>"),
	} {
		got, err := source.Extract(pageURL(t), []byte(change.Replace(wholePage)), htmlType)
		if err != nil || got != want {
			t.Errorf("%v\ngot  %+v\nwant %+v", err, got, want)
		}
	}
}

func TestExtractWithoutArticle(t *testing.T) {
	paragraph := "<p>" + strings.Repeat("This sentence is long enough to count as text, and it has commas, too. ", 8) + "</p>"
	page := `<html><head><title>Tale</title><meta property="article:published_time" content="2026-01-02"></head><body><div class="menu"><a href=/a>home</a><a href=/b>about</a></div>
<div id="content">` + strings.Repeat(paragraph, 4) + `</div><div class="footer">imprint</div></body></html>`
	first, err := source.Extract(pageURL(t), []byte(page), htmlType)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(first.Body, "imprint") || strings.Contains(first.Body, "about") || strings.Count(first.Body, "\n\n") != 3 {
		t.Errorf("body %q", first.Body)
	}
	for range 5 {
		if again, err := source.Extract(pageURL(t), []byte(page), htmlType); err != nil || again != first {
			t.Fatalf("extracted differently: %v", err)
		}
	}
}

func TestExtractCanonicalStaysOnItsHost(t *testing.T) {
	for href, want := range map[string]string{
		"/p/2#frag":                   "https://forum.example/p/2",
		"https://FORUM.example/p/2":   "https://forum.example/p/2",
		"https://rival.example/p/2":   "https://forum.example/p/1?x=1",
		"http://forum.example/p/2":    "https://forum.example/p/1?x=1",
		"javascript:alert(1)":         "https://forum.example/p/1?x=1",
		"https://u@forum.example/p/2": "https://forum.example/p/1?x=1",
		"%zz":                         "https://forum.example/p/1?x=1",
	} {
		r, err := source.Extract(pageURL(t), []byte(strings.Replace(wholePage, `href="/p/1"`, `href="`+href+`"`, 1)), htmlType)
		if err != nil || r.URI != want {
			t.Errorf("%s: %q, %v, want %q", href, r.URI, err, want)
		}
	}
}

func TestExtractRefuses(t *testing.T) {
	for name, c := range map[string]struct{ page, kind string }{
		"no time":      {"<article>text</article>", htmlType},
		"no text":      {`<article> <br> </article><time datetime="2026-01-01T00:00:00Z">`, htmlType},
		"future":       {`<article>x</article><time datetime="2999-01-01T00:00:00Z">`, htmlType},
		"type":         {wholePage, "application/json"},
		"no type":      {wholePage, ""},
		"long":         {`<time datetime="2026-01-01"></time><article>` + strings.Repeat("word ", 60_000) + "</article>", htmlType},
		"many":         {`<time datetime="2026-01-01"></time>` + strings.Repeat("<p>x", 30_000), htmlType},
		"deep":         {`<time datetime="2026-01-01"></time><article>` + strings.Repeat("<div>", 100_000) + "x", htmlType},
		"tags":         {`<time datetime="2026-01-01"></time><article>` + strings.Repeat("<p>", 70_000) + "x</article>", htmlType},
		"empty":        {"", htmlType},
		"only control": {"<time datetime=\"2026-01-01\"></time><article>\u200b\ufeff</article>", htmlType},
	} {
		if r, err := source.Extract(pageURL(t), []byte(c.page), c.kind); err == nil {
			t.Errorf("%s: accepted as %+v", name, r)
		}
	}
}

// Pages made to cost much are refused or read, but never in proportion to what they would grow to.
func TestExtractIsNotAmplified(t *testing.T) {
	var bold strings.Builder
	for i := range 450 {
		fmt.Fprintf(&bold, "<%s id=%d>", []string{"b", "I", "strong", "FONT"}[i%4], i)
	}
	const stamp = `<time datetime="2026-01-01"></time>`
	open := bold.String()
	for name, page := range map[string]string{
		"reopened in each paragraph": stamp + "<article><p>" + open + strings.Repeat("<p>x", 20_000) + "</article>",
		"hidden in a script":         stamp + `<script>x<y z="</script><svg><title><p>` + open + strings.Repeat("<p>x", 20_000),
		"hidden in a cell":           stamp + "<article><td><p>" + open + "</td>" + strings.Repeat("<p>x", 20_000),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := source.Extract(pageURL(t), []byte(page), htmlType)
		runtime.ReadMemStats(&after)
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 200<<20 {
			t.Errorf("%s: %d bytes allocated for a page of %d (%v)", name, grown, len(page), err)
		}
	}
}

func TestExtractDecodesCharset(t *testing.T) {
	page := "<article>caf\xe9</article><time datetime='2026-01-01 10:00'></time>"
	r, err := source.Extract(pageURL(t), []byte(page), "text/html; charset=iso-8859-1")
	if err != nil || r.Body != "café" {
		t.Errorf("%q, %v", r.Body, err)
	}
	// A letter with a combining mark is the same text as the composed one.
	r, err = source.Extract(pageURL(t), []byte("<article>cafe\u0301</article><time datetime='2026-01-01 10:00'></time>"), htmlType)
	if err != nil || r.Body != "café" {
		t.Errorf("%q, %v", r.Body, err)
	}
}

func TestTextNormalForm(t *testing.T) {
	for in, want := range map[string]string{
		"  a  b \r\n\r\n\r\n c\t": "a b\n\nc",
		"a\rb\u2029c":             "a\nb\n\nc",
		"\n\n":                    "",
		"x\u00a0\u200by\x00":      "x y",
		"\xff":                    "\ufffd",
	} {
		if got := source.Text(in); got != want {
			t.Errorf("Text(%q) = %q, want %q", in, got, want)
		}
	}
	if got := source.Line("ab\nécd", 4); got != "ab" {
		t.Errorf("Line cuts to %q", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "text")
		once := source.Text(s)
		if source.Text(once) != once {
			t.Fatalf("Text is not stable: %q, %q", once, source.Text(once))
		}
		limit := rapid.IntRange(0, 20).Draw(t, "limit")
		line := source.Line(s, limit)
		if len(line) > limit || source.Line(line, limit) != line {
			t.Fatalf("Line is not stable: %q, %q", line, source.Line(line, limit))
		}
	})
}

func FuzzExtract(f *testing.F) {
	f.Add([]byte(wholePage), htmlType)
	f.Add([]byte("<article>caf\xe9<time datetime=2026-01-01>"), "text/html; charset=latin1")
	f.Add([]byte("<p>a<p>b<time datetime='2026-01-01T00:00:00Z'><table><article><svg><title>"), htmlType)
	f.Fuzz(func(t *testing.T, page []byte, kind string) {
		base := pageURL(t)
		r, err := source.Extract(base, page, kind)
		if err != nil {
			return
		}
		if err := r.Check(); err != nil {
			t.Errorf("extracted a record that does not pass its check: %v", err)
		}
		if again, err := source.Extract(base, page, kind); err != nil || again != r {
			t.Errorf("a second extraction differs: %v", err)
		}
	})
}

func FuzzLinks(f *testing.F) {
	f.Add([]byte(`<feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="/p/1"/><updated>2026-01-01T00:00:00Z</updated></entry></feed>`))
	f.Add([]byte(`<rss version="2.0"><channel><item><link>/p/2</link><pubDate>Mon, 02 Jan 2006 15:04:05 GMT</pubDate></item></channel></rss>`))
	f.Add([]byte(`<a href="/p/1">x</a><a rel=next href="?page=2">`))
	f.Fuzz(func(t *testing.T, b []byte) {
		base := pageURL(t)
		links, _ := source.FeedLinks(base, b)
		list, _, _ := source.PageLinks(base, b, htmlType, "a[href]")
		if len(links) > source.MaxLinks || len(list) > source.MaxLinks {
			t.Errorf("%d and %d links", len(links), len(list))
		}
	})
}
