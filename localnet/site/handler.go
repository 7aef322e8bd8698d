package site

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

const robots = "User-agent: *\nDisallow: /private/\n"

// Handler serves the forum:
//
//	/                     the topics
//	/t/{topic}            its posts, newest first, ?page=N
//	/t/{topic}/feed.xml   Atom, newest 50; /feed.xml over all topics
//	/p/{id}               one post; 410 once it has vanished
//	/robots.txt           bars /private/, which exists
func (s *Site) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.serve(s.index))
	mux.HandleFunc("GET /t/{topic}", s.serve(s.topic))
	mux.HandleFunc("GET /t/{topic}/feed.xml", s.serve(s.feed))
	mux.HandleFunc("GET /feed.xml", s.serve(s.feed))
	mux.HandleFunc("GET /p/{id}", s.serve(s.post))
	mux.HandleFunc("GET /private/{$}", s.serve(s.private))
	mux.HandleFunc("GET /private/{id}", s.serve(s.private))
	mux.HandleFunc("GET /robots.txt", func(w http.ResponseWriter, r *http.Request) {
		send(w, r, page{kind: "text/plain; charset=utf-8", body: []byte(robots)})
	})
	return mux
}

// page is a rendered answer. A status other than 200 has a short plain body.
type page struct {
	status   int
	kind     string
	body     []byte
	modified time.Time // zero where only the tag tells
	key      string    // path with its meaningful query, for the draw of failures
}

func missing(status int) page { return page{status: status} }

// serve renders first and misbehaves afterwards, so that only paths that exist are counted.
func (s *Site) serve(render func(*http.Request) (page, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		p, err := render(r)
		switch {
		case err != nil:
			http.Error(w, "cannot render the page", http.StatusInternalServerError)
		case p.status != 0:
			http.Error(w, http.StatusText(p.status), p.status)
		default:
			if f := s.draw(p.key); f == sound || !misbehave(w, f, p) {
				send(w, r, p)
			}
		}
	}
}

// send answers conditional requests too: the tag is a digest of the body.
func send(w http.ResponseWriter, r *http.Request, p page) {
	sum := sha256.Sum256(p.body)
	w.Header().Set("ETag", `"`+hex.EncodeToString(sum[:12])+`"`)
	w.Header().Set("Content-Type", p.kind)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	http.ServeContent(w, r, "", p.modified, bytes.NewReader(p.body))
}

type failure int

const (
	sound failure = iota
	unavailable
	cut
	truncated
)

// draw says how this fetch of a path ends, and counts it.
func (s *Site) draw(key string) failure {
	s.mu.Lock()
	n := s.fetched[key]
	s.fetched[key]++
	s.mu.Unlock()
	if u := fraction(s.cfg.Seed, "fail", key, n); u < s.cfg.FailShare {
		return unavailable + failure(3*u/s.cfg.FailShare)
	}
	return sound
}

// misbehave sends the failure; false if the connection cannot be taken over,
// as in HTTP/2, and the failure is not a plain status.
func misbehave(w http.ResponseWriter, f failure, p page) bool {
	if f == unavailable {
		http.Error(w, "busy, come back", http.StatusServiceUnavailable)
		return true
	}
	conn, buf, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return false
	}
	defer conn.Close()
	fmt.Fprintf(buf, "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n", p.kind, len(p.body))
	// A cut comes within the header: before its first byte, clients take it for
	// an idle connection that timed out and ask again without telling.
	if f == truncated {
		buf.WriteString("\r\n")
		buf.Write(p.body[:len(p.body)/2])
	}
	buf.Flush() // an error means that the reader left: it sees a cut either way
	return true
}

func pageNumber(r *http.Request) (int, bool) {
	q := r.URL.Query().Get("page")
	if q == "" {
		return 1, true
	}
	n, err := strconv.Atoi(q)
	return n, err == nil && n >= 1 && strconv.Itoa(n) == q
}
