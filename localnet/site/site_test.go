package site

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"html"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

type clock struct{ ns atomic.Int64 }

func (c *clock) now() time.Time      { return start.Add(time.Duration(c.ns.Load())) }
func (c *clock) set(d time.Duration) { c.ns.Store(int64(d)) }

func open(t *testing.T, change func(*Config)) (*Site, *httptest.Server, *clock) {
	t.Helper()
	c := &clock{}
	cfg := Defaults(42, start)
	cfg.Now, cfg.FailShare = c.now, 0
	if change != nil {
		change(&cfg)
	}
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(s.Handler())
	t.Cleanup(srv.Close)
	return s, srv, c
}

type answer struct {
	code   int
	header http.Header
	body   string
	err    error
}

func get(t *testing.T, url string, headers ...string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return answer{err: err}
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, string(b), err}
}

func TestScheduleIsFixedByTheSeed(t *testing.T) {
	a, _, _ := open(t, nil)
	b, _, _ := open(t, nil)
	other, _, _ := open(t, func(c *Config) { c.Seed = 43 })
	if !slices.Equal(a.posts, b.posts) {
		t.Error("equal seeds differ")
	}
	if slices.Equal(a.posts, other.posts) {
		t.Error("different seeds are equal")
	}
}

// Backlog, order within a topic and pace are as configured.
func TestSchedule(t *testing.T) {
	s, _, _ := open(t, nil)
	n := s.Noise()
	if share := float64(n.Backlog) / float64(n.Posts); math.Abs(share-0.70) > 0.001 || n.Vanishing != int(math.Round(0.02*float64(n.Posts))) {
		t.Errorf("noise %+v", n)
	}
	type half struct{ topic, truth string }
	order, fresh := map[half]time.Time{}, map[string]int{}
	for i, p := range s.posts {
		if i > 0 && p.appears.Before(s.posts[i-1].appears) {
			t.Fatalf("post %d appears before the one before", i)
		}
		if p.Time.Before(order[half{p.Topic, p.truth}]) {
			t.Errorf("%s is out of its topic's order", p.id)
		}
		order[half{p.Topic, p.truth}] = p.Time
		if p.dated.After(p.appears) || p.appears.Sub(p.dated) >= time.Second {
			t.Errorf("%s is dated %s and appears %s", p.id, p.dated, p.appears)
		}
		switch {
		case i < n.Backlog && (p.appears.After(start) || p.appears.Before(start.Add(-DefaultBacklogSpan))):
			t.Errorf("backlog post dated %s", p.appears)
		case i >= n.Backlog:
			fresh[p.Topic]++
			if want := start.Add(time.Duration(i-n.Backlog+1) * DefaultPostInterval); !p.appears.Equal(want) {
				t.Errorf("new post at %s, want %s", p.appears, want)
			}
		}
		if !p.vanishes.IsZero() && (p.vanishes.Before(start) || !p.vanishes.After(p.appears)) {
			t.Errorf("post of %s vanishes at %s", p.appears, p.vanishes)
		}
	}
	for _, topic := range s.Topics() {
		if fresh[topic] < 20 {
			t.Errorf("topic %s has %d new posts", topic, fresh[topic])
		}
	}
}

func TestPostsAppearAndVanish(t *testing.T) {
	s, srv, c := open(t, nil)
	fresh := s.posts[s.Noise().Backlog+9] // appears after 5 s
	url := srv.URL + "/p/" + fresh.id
	before := s.Visible()
	if a := get(t, url); a.code != 404 {
		t.Errorf("before it appears: %d", a.code)
	}
	c.set(5 * time.Second)
	if a := get(t, url); a.code != 200 {
		t.Errorf("after it appeared: %d", a.code)
	}
	if grown := s.Visible() - before; grown < 5 || grown > 10 {
		t.Errorf("%d posts more after 5 s", grown)
	}
	i := slices.IndexFunc(s.posts, func(p post) bool { return p.vanishes.After(start.Add(10*time.Second)) && p.appears.Before(start) })
	doomed := s.posts[i]
	url = srv.URL + "/p/" + doomed.id
	if a := get(t, url); a.code != 200 {
		t.Fatalf("before it vanishes: %d", a.code)
	}
	c.set(doomed.vanishes.Sub(start))
	if a := get(t, url); a.code != 410 {
		t.Errorf("after it vanished: %d", a.code)
	}
	if strings.Contains(get(t, srv.URL+"/feed.xml").body+walk(t, srv.URL, doomed.Topic), doomed.id) {
		t.Error("a vanished post is still listed")
	}
}

// walk gives all list pages of a topic.
func walk(t *testing.T, base, topic string) string {
	t.Helper()
	var all strings.Builder
	for n := 1; ; n++ {
		a := get(t, fmt.Sprintf("%s/t/%s?page=%d", base, topic, n))
		if a.code != 200 {
			t.Fatalf("page %d of %s: %d", n, topic, a.code)
		}
		all.WriteString(a.body)
		if !strings.Contains(a.body, `rel="next"`) {
			return all.String()
		}
	}
}

func TestListsShowEachPostOnce(t *testing.T) {
	s, srv, _ := open(t, nil)
	for _, topic := range s.Topics() {
		pages := walk(t, srv.URL, topic)
		if n := strings.Count(pages, `class="post"`); n != s.VisibleIn(topic) {
			t.Errorf("%s lists %d posts, %d are visible", topic, n, s.VisibleIn(topic))
		}
		if !strings.Contains(get(t, srv.URL+"/").body, `"/t/`+topic+`"`) {
			t.Errorf("%s is not on the index", topic)
		}
	}
}

func TestFeed(t *testing.T) {
	s, srv, _ := open(t, nil)
	for _, path := range []string{"/feed.xml", "/t/fork/feed.xml"} {
		var f atomFeed
		if err := xml.Unmarshal([]byte(get(t, srv.URL+path).body), &f); err != nil {
			t.Fatal(err)
		}
		topic := map[bool]string{true: "fork"}[path != "/feed.xml"]
		posts := s.visible(topic, start)[:feedSize]
		if len(f.Entries) != feedSize || f.ID != srv.URL+path {
			t.Fatalf("%s: %d entries, id %s", path, len(f.Entries), f.ID)
		}
		for i, e := range f.Entries {
			if e.Link.Href != srv.URL+"/p/"+posts[i].id || e.Title != posts[i].Title || e.Category.Term != posts[i].Topic {
				t.Errorf("%s: entry %d is %+v", path, i, e)
			}
		}
	}
}

func TestUnknownPaths(t *testing.T) {
	_, srv, _ := open(t, nil)
	for _, path := range []string{"/x", "/t/none", "/t/none/feed.xml", "/t/fork?page=0", "/t/fork?page=01", "/t/fork?page=x", "/t/fork?page=999", "/t/fork?page=9223372036854775807", "/p/none", "/private/9"} {
		if a := get(t, srv.URL+path); a.code != 404 {
			t.Errorf("%s: %d", path, a.code)
		}
	}
	for path, want := range map[string]int{"/private/": 200, "/private/2": 200, "/robots.txt": 200} {
		if a := get(t, srv.URL+path); a.code != want {
			t.Errorf("%s: %d", path, a.code)
		}
	}
	if a := get(t, srv.URL+"/robots.txt"); !strings.Contains(a.body, "Disallow: /private/") {
		t.Errorf("robots.txt says %q", a.body)
	}
}

func TestConditionalRequests(t *testing.T) {
	s, srv, _ := open(t, nil)
	for _, path := range []string{"/", "/t/fork", "/feed.xml", "/p/" + s.posts[0].id} {
		a := get(t, srv.URL+path)
		if again := get(t, srv.URL+path, "If-None-Match", a.header.Get("ETag")); again.code != 304 || again.body != "" {
			t.Errorf("%s: %d for its own tag", path, again.code)
		}
		if again := get(t, srv.URL+path, "If-None-Match", `"other"`); again.code != 200 {
			t.Errorf("%s: %d for another tag", path, again.code)
		}
	}
	url := srv.URL + "/p/" + s.posts[0].id
	modified := get(t, url).header.Get("Last-Modified")
	if a := get(t, url, "If-Modified-Since", modified); a.code != 304 {
		t.Errorf("since %q: %d", modified, a.code)
	}
}

// Whatever a message contains, a page shows it as text.
func TestNothingIsEmittedUnescaped(t *testing.T) {
	s, srv, _ := open(t, nil)
	evil := `</article><script>alert(1)</script><img src=x onerror="alert(2)">&amp;'` + "\n\n" + `]]><b>`
	s.posts[0].message.Title, s.posts[0].message.Author, s.posts[0].message.Body = evil, evil, evil
	newest := slices.IndexFunc(s.posts, func(p post) bool { return p.id == s.visible("", start)[0].id })
	s.posts[newest].message.Title, s.posts[newest].message.Author = evil, evil
	for _, path := range []string{"/p/" + s.posts[0].id, "/t/" + s.posts[newest].Topic, "/feed.xml"} {
		a := get(t, srv.URL+path)
		if strings.Contains(a.body, "<script") || strings.Contains(a.body, "<img") || strings.Contains(a.body, "<b>") {
			t.Errorf("%s carries the message's markup", path)
		}
		if !strings.Contains(html.UnescapeString(a.body), `alert(1)`) {
			t.Errorf("%s lost the text", path)
		}
	}
	// Every body of the corpus stays within its article.
	for _, p := range s.visible("", start)[:200] {
		var b bytes.Buffer
		if err := templates.ExecuteTemplate(&b, "post.html", p.view("http://x")); err != nil {
			t.Fatal(err)
		}
		if strings.Count(b.String(), "<article>") != 1 || strings.Count(b.String(), "</article>") != 1 {
			t.Errorf("%s breaks out", p.id)
		}
	}
}

// The stated share of fetches fails, a third each way, and robots.txt never does.
func TestFailShareIsAsStated(t *testing.T) {
	const fetches = 4000
	s, srv, _ := open(t, func(c *Config) { c.FailShare = DefaultFailShare })
	posts := s.visible("", start)
	kinds := map[string]int{}
	for i := range fetches {
		a := get(t, srv.URL+"/p/"+posts[i%len(posts)].id)
		switch {
		case a.code == 503:
			kinds["503"]++
		case a.err != nil && a.code == 0:
			kinds["cut"]++
		case a.err != nil:
			kinds["truncated"]++
		case a.code != 200:
			t.Fatalf("status %d", a.code)
		}
	}
	want := s.Noise().FailShare * fetches
	// Four standard deviations of the binomial law.
	if total := float64(kinds["503"] + kinds["cut"] + kinds["truncated"]); math.Abs(total-want) > 4*math.Sqrt(want) {
		t.Errorf("%v failures of %d fetches, want about %v", kinds, fetches, want)
	}
	for _, k := range []string{"503", "cut", "truncated"} {
		if n := float64(kinds[k]); math.Abs(n-want/3) > 4*math.Sqrt(want/3) {
			t.Errorf("%v %s, want about %v", n, k, want/3)
		}
	}
	for range 200 {
		if a := get(t, srv.URL+"/robots.txt"); a.code != 200 || a.err != nil {
			t.Fatal("robots.txt failed")
		}
	}
}

// The failures of a path are the same in each run, whoever asks.
func TestFailuresAreFixedByTheSeed(t *testing.T) {
	change := func(c *Config) { c.FailShare = 0.3 }
	a, _, _ := open(t, change)
	b, _, _ := open(t, change)
	seen := map[failure]int{}
	for i := range 300 {
		key := fmt.Sprint("/p/", i%7)
		f := a.draw(key)
		if g := b.draw(key); f != g {
			t.Fatalf("draw %d of %s: %d and %d", i, key, f, g)
		}
		seen[f]++
	}
	if len(seen) != 4 {
		t.Errorf("ends seen: %v", seen)
	}
}

func TestVanishShareIsAsStated(t *testing.T) {
	s, srv, c := open(t, func(c *Config) { c.VanishShare = 0.1; c.Topics = []string{"exmh-users", "zzzzteana"} })
	n := s.Noise()
	c.set(time.Hour)
	gone := 0
	for _, p := range s.posts {
		if get(t, srv.URL+"/p/"+p.id).code == 410 {
			gone++
		}
	}
	if gone != n.Vanishing || gone != int(math.Round(0.1*float64(n.Posts))) || s.Visible() != n.Posts-gone {
		t.Errorf("%d gone, %d visible; stated %+v", gone, s.Visible(), n)
	}
}

func TestNewRefuses(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"share":   func(c *Config) { c.FailShare = 1.5 },
		"nan":     func(c *Config) { c.VanishShare = math.NaN() },
		"no time": func(c *Config) { c.Start = time.Time{} },
		"topic":   func(c *Config) { c.Topics = []string{"none"} },
	} {
		cfg := Defaults(1, start)
		change(&cfg)
		if _, err := New(cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
