package site

import (
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestTruthByNameAndAddress(t *testing.T) {
	s, srv, _ := open(t, nil)
	counts := map[string]int{}
	for _, id := range s.IDs() {
		truth := s.Truth(id)
		counts[truth]++
		if s.Truth(srv.URL+"/p/"+id) != truth {
			t.Errorf("%s has two truths", id)
		}
	}
	if counts[Ham] != 1496 || counts[Spam] != 514 || len(counts) != 2 {
		t.Errorf("%v", counts)
	}
	for _, post := range []string{"", "/", "none", srv.URL, srv.URL + "/p/none"} {
		if truth := s.Truth(post); truth != "" {
			t.Errorf("%q is %q", post, truth)
		}
	}
}

func TestPageIsTheOneServed(t *testing.T) {
	s, srv, c := open(t, func(c *Config) { c.VanishShare = 0 })
	c.set(time.Hour)
	for i, id := range s.IDs() {
		if i%50 > 0 {
			continue
		}
		page, err := s.Page(srv.URL, id)
		if a := get(t, srv.URL+"/p/"+id); err != nil || a.body != string(page) {
			t.Errorf("%s: %v", id, err)
		}
	}
	if _, err := s.Page(srv.URL, "none"); err == nil {
		t.Error("a page of no post")
	}
}

// What is around the text of a message has one form for ham and spam.
func TestNothingAroundTheTextTellsSpam(t *testing.T) {
	s, srv, _ := open(t, nil)
	author, id := regexp.MustCompile(`^[A-Z][a-z]+ [A-Z][a-z]+ \d{1,2}$`), regexp.MustCompile(`^[0-9a-f]{8}$`)
	shells := map[string]bool{}
	for _, p := range s.posts {
		if !author.MatchString(p.Author) || !id.MatchString(p.id) {
			t.Errorf("post %q by %q", p.id, p.Author)
		}
		page, err := s.Page(srv.URL, p.id)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(page), p.ID) {
			t.Errorf("the page of %s holds the name of the mail", p.id)
		}
		p.Title, p.Author, p.Topic, p.Body, p.id, p.dated = "", "", "", "", "", time.Time{}
		shell, err := render("post.html", p.view(srv.URL))
		if err != nil {
			t.Fatal(err)
		}
		shells[string(shell)] = true
	}
	if len(shells) != 1 {
		t.Errorf("%d forms of page", len(shells))
	}
}

// Neither the place in a topic, nor the time, nor the fate of a post depends on what it
// is: over many seeds every tenth of each topic has its share of spam, and a post's
// neighbour says nothing of it.
func TestOrderTellsNothing(t *testing.T) {
	const seeds = 60
	tenths, pairs, gone := map[int][2]float64{}, [2]float64{}, [2]float64{}
	names := map[string]int{}
	messages, err := corpus()
	if err != nil {
		t.Fatal(err)
	}
	if messages, _, err = pick(messages, []string{"fork"}); err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(seeds) {
		cfg := Defaults(seed, start)
		if err := cfg.complete(); err != nil {
			t.Fatal(err)
		}
		posts := schedule(cfg, messages)
		for i, p := range posts {
			spam := 0.0
			if p.truth == Spam {
				spam = 1
			}
			tenth := tenths[10*i/len(posts)]
			tenths[10*i/len(posts)] = [2]float64{tenth[0] + spam, tenth[1] + 1}
			if i > 0 && posts[i-1].truth == Spam {
				pairs = [2]float64{pairs[0] + spam, pairs[1] + 1}
			}
		}
		for _, p := range posts {
			if p.truth == Spam {
				gone[1]++
				if !p.vanishes.IsZero() {
					gone[0]++
				}
			}
		}
		names[posts[0].id]++
	}
	check := func(what string, x [2]float64, want float64) {
		t.Helper()
		// Four standard deviations of the binomial law.
		if got := x[0] / x[1]; math.Abs(got-want) > 4*math.Sqrt(want*(1-want)/x[1]) {
			t.Errorf("%s: %.4f, want about %.4f", what, got, want)
		}
	}
	for i, x := range tenths {
		check(fmt.Sprintf("tenth %d", i), x, 68.0/266)
	}
	check("after spam", pairs, 67.0/265)
	check("vanishing", gone, DefaultVanishShare)
	if len(names) < seeds {
		t.Errorf("names repeat between seeds: %v", names)
	}
}
