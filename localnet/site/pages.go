package site

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"
)

//go:embed pages/*.html
var files embed.FS

// templates holds the pages; html/template escapes whatever a message contains.
var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"iso": func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
}).ParseFS(files, "pages/*.html"))

func render(name string, data any) ([]byte, error) {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, name, data); err != nil {
		return nil, fmt.Errorf("render %s: %w", name, err)
	}
	return b.Bytes(), nil
}

func htmlPage(key, name string, data any, modified time.Time) (page, error) {
	b, err := render(name, data)
	return page{kind: "text/html; charset=utf-8", body: b, key: key, modified: modified}, err
}

// view is what the post's page prints.
type view struct {
	ID, Author, Topic, Title string
	Canonical                string
	Dated                    time.Time
	Paragraphs               []string
}

func (p post) view(base string) view {
	v := view{ID: p.id, Author: p.Author, Topic: p.Topic, Title: p.Title, Dated: p.dated, Canonical: base + "/p/" + p.id}
	for part := range strings.SplitSeq(p.Body, "\n\n") {
		if part = strings.Trim(part, "\n"); part != "" {
			v.Paragraphs = append(v.Paragraphs, part)
		}
	}
	return v
}

func views(base string, posts []post) []view {
	out := make([]view, len(posts))
	for i, p := range posts {
		out[i] = p.view(base)
	}
	return out
}

func baseURL(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

func (s *Site) index(*http.Request) (page, error) {
	return htmlPage("/", "index.html", struct{ Topics []string }{s.topics}, time.Time{})
}

func (s *Site) topic(r *http.Request) (page, error) {
	topic := r.PathValue("topic")
	n, ok := pageNumber(r)
	if !ok || !slices.Contains(s.topics, topic) {
		return missing(http.StatusNotFound), nil
	}
	posts := s.visible(topic, s.cfg.Now())
	from := (n - 1) * s.cfg.PageSize
	if n > 1 && (n > len(posts) || from >= len(posts)) {
		return missing(http.StatusNotFound), nil
	}
	to := min(from+s.cfg.PageSize, len(posts))
	data := struct {
		Topic      string
		Posts      []view
		Prev, Next int
	}{Topic: topic, Posts: views(baseURL(r), posts[from:to]), Prev: n - 1}
	if to < len(posts) {
		data.Next = n + 1
	}
	return htmlPage(fmt.Sprintf("/t/%s?page=%d", topic, n), "topic.html", data, time.Time{})
}

func (s *Site) post(r *http.Request) (page, error) {
	i, known := s.byID[r.PathValue("id")]
	if !known {
		return missing(http.StatusNotFound), nil
	}
	p := s.posts[i]
	switch p.state(s.cfg.Now()) {
	case unborn:
		return missing(http.StatusNotFound), nil
	case gone:
		return missing(http.StatusGone), nil
	}
	return htmlPage("/p/"+p.id, "post.html", p.view(baseURL(r)), p.dated)
}

// private shows that the barred section has pages, so that keeping out means something.
func (s *Site) private(r *http.Request) (page, error) {
	id := r.PathValue("id")
	if id != "" && id != "1" && id != "2" && id != "3" {
		return missing(http.StatusNotFound), nil
	}
	return htmlPage("/private/"+id, "private.html", struct{ ID string }{id}, time.Time{})
}
