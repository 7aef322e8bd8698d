package report

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

var keep = flag.String("keep", "", "write the report of the sample to this `file`, to be looked at")

func render(t testing.TB, d Data) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// findings are the titles of the sections of a page, by their ids.
func findings(t testing.TB, page string) map[string]string {
	t.Helper()
	out := map[string]string{}
	walk(t, page, func(n *html.Node) {
		if id, ok := strings.CutSuffix(attribute(n, "id"), "-h"); ok && n.Data == "h2" {
			out[id] = text(n)
		}
	})
	return out
}

// walk visits all elements of a page.
func walk(t testing.TB, page string, visit func(*html.Node)) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			visit(n)
		}
	}
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func text(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return strings.TrimSpace(b.String())
}

func TestSectionsFollowTables(t *testing.T) {
	whole := small()
	if *keep != "" {
		if err := os.WriteFile(*keep, []byte(render(t, sample())), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		clear func(*Data)
		gone  []string
	}{
		{func(d *Data) {}, nil},
		{func(d *Data) { d.Verdicts = nil }, []string{"verdicts"}},
		{func(d *Data) { d.Shares = nil }, []string{"shares"}},
		{func(d *Data) { d.Pay = nil }, []string{"incentive"}},
		{func(d *Data) { d.Weights = nil }, []string{"weights"}},
		{func(d *Data) { d.Trust = nil }, []string{"validators"}},
		{func(d *Data) { d.Events = nil }, []string{"detection", "roc"}},
		{func(d *Data) { d.Characteristics = nil }, []string{"characteristic"}},
		{func(d *Data) { d.Trials = nil }, []string{"sensitivity"}},
		{func(d *Data) { d.Actors = nil }, []string{"actors", "roc"}},
	} {
		d := whole
		c.clear(&d)
		got := findings(t, render(t, d))
		for _, id := range []string{"verdicts", "shares", "incentive", "weights", "validators", "detection", "roc", "characteristic", "sensitivity", "actors"} {
			if _, there := got[id]; there == slices.Contains(c.gone, id) {
				t.Errorf("without %v: section %s there: %v", c.gone, id, there)
			}
		}
	}
	if got := findings(t, render(t, Data{})); len(got) != 0 {
		t.Errorf("no data have the sections %v", got)
	}
}

func TestSameDataSameBytes(t *testing.T) {
	first, second := render(t, small()), render(t, small())
	if first != second {
		t.Error("the same data give other bytes")
	}
}

// TestLoadsNothing looks for whatever a browser would fetch or run.
func TestLoadsNothing(t *testing.T) {
	page := render(t, sample())
	walk(t, page, func(n *html.Node) {
		if slices.Contains([]string{"script", "link", "img", "iframe", "object", "embed", "base", "form", "use", "image", "foreignobject"}, n.Data) {
			t.Errorf("the page has a %s", n.Data)
		}
		for _, a := range n.Attr {
			if a.Key == "src" || strings.HasPrefix(a.Key, "on") || a.Key == "href" && !strings.HasPrefix(a.Val, "#") {
				t.Errorf("%s has %s=%q", n.Data, a.Key, a.Val)
			}
		}
	})
	if m := regexp.MustCompile(`(?i)https?:|//[a-z]|@import|url\(`).FindString(page); m != "" {
		t.Errorf("the page has %q", m)
	}
}

// TestStructure checks what people who cannot see the page go by.
func TestStructure(t *testing.T) {
	ids, level := map[string]bool{}, 0
	var refs []string
	walk(t, render(t, sample()), func(n *html.Node) {
		if id := attribute(n, "id"); id != "" {
			if ids[id] {
				t.Errorf("the id %s is there twice", id)
			}
			ids[id] = true
		}
		refs = append(refs, strings.Fields(attribute(n, "aria-labelledby"))...)
		if href, ok := strings.CutPrefix(attribute(n, "href"), "#"); ok {
			refs = append(refs, href)
		}
		has := func(name string) bool {
			for c := range n.Descendants() {
				if c.Data == name && text(c) != "" {
					return true
				}
			}
			return false
		}
		switch n.Data {
		case "html":
			if attribute(n, "lang") != "en" {
				t.Error("the page does not say its language")
			}
		case "h1", "h2", "h3", "h4":
			if l := int(n.Data[1] - '0'); l > level+1 || text(n) == "" {
				t.Errorf("after a heading of level %d comes %s %q", level, n.Data, text(n))
			} else {
				level = l
			}
		case "svg":
			if attribute(n, "role") != "img" || !has("title") || !has("desc") || len(strings.Fields(attribute(n, "aria-labelledby"))) != 2 {
				t.Error("a drawing has no name")
			}
		case "figure":
			if !has("figcaption") {
				t.Error("a figure has no caption")
			}
		case "section":
			if !has("table") {
				t.Errorf("section %s has no table", attribute(n, "id"))
			}
		case "table":
			if !has("caption") || !has("th") {
				t.Error("a table has no caption or no head")
			}
		}
	})
	for _, r := range refs {
		if !ids[r] {
			t.Errorf("nothing has the id %s", r)
		}
	}
}

// TestTablesAreWhole checks that each row has a cell in each column.
func TestTablesAreWhole(t *testing.T) {
	for _, s := range sections(sample()) {
		for _, l := range s.Tables {
			if len(l.Rows) == 0 || len(l.Rows) > maxRows {
				t.Errorf("%s: %q has %d rows", s.ID, l.Caption, len(l.Rows))
			}
			for _, r := range l.Rows {
				if len(r) != len(l.Columns) {
					t.Fatalf("%s: %q has %d columns and a row of %d", s.ID, l.Caption, len(l.Columns), len(r))
				}
			}
		}
	}
}

func TestUnfinishedRunIsSaid(t *testing.T) {
	d := small()
	if strings.Contains(render(t, d), "not finished") {
		t.Error("a finished run is called unfinished")
	}
	d.Manifest.Finished = false
	if !strings.Contains(render(t, d), "This run is not finished.") {
		t.Error("an unfinished run is not called so")
	}
}

type broken struct{ left int }

var errBroken = errors.New("broken")

func (b *broken) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, errBroken
	}
	return len(p), nil
}

func TestWriterThatFails(t *testing.T) {
	d := small()
	for _, left := range []int{0, 5000, 100_000} {
		if err := Write(&broken{left}, d); !errors.Is(err, errBroken) {
			t.Errorf("after %d bytes: %v", left, err)
		}
	}
}
