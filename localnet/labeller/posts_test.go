package labeller

import (
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/assaynet/assay/localnet/site"
	"github.com/assaynet/assay/source"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// posted is a post as a labeller is shown it.
type posted struct {
	Subject
	truth string
}

// posts are all posts of the demo's site.
var posts = sync.OnceValues(func() ([]posted, error) {
	s, err := site.New(site.Defaults(3, start))
	if err != nil {
		return nil, err
	}
	base, err := url.Parse("http://forum.example")
	if err != nil {
		return nil, err
	}
	var out []posted
	for _, id := range s.IDs() {
		page, err := s.Page(base.String(), id)
		if err != nil {
			return nil, err
		}
		r, err := source.Extract(base.JoinPath("p", id), page, "text/html; charset=utf-8")
		if err != nil {
			return nil, err
		}
		out = append(out, posted{Subject{Title: r.Title, Author: r.Author, Time: r.Time.Format(time.RFC3339), Body: r.Body}, s.Truth(id)})
	}
	return out, nil
})

func allPosts(t *testing.T) []posted {
	t.Helper()
	all, err := posts()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// spamProgram and pairProgram are what a desk states of the programs of the demo.
var (
	spamProgram = Program{Name: "spam", Answers: Answers{Type: category, Labels: []string{ham, spam}}}
	pairProgram = Program{Name: "preference", Answers: Answers{Type: pairwise}}
)
