package wire

import (
	"context"
	"fmt"
	"html"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/assaynet/assay/source"
	"github.com/assaynet/assay/zoo"
)

// innerName is a name on a site's list that its owner lets lead inside.
const innerName = "inner.example"

// inflated is how many bytes a page of the zip bomb has beside its text: more than a
// fetcher unpacks.
const inflated = source.DefaultMaxUnpacked + 1<<20

// site serves the pages that items cite, and beside it an address that nobody but the
// validator itself can reach.
type site struct {
	open, inner netip.AddrPort
	hits        atomic.Uint64 // of the inner address
}

// startSite serves until ctx ends.
func startSite(ctx context.Context, run func(func() error)) (*site, error) {
	s := &site{}
	number := func(r *http.Request) int { n, _ := strconv.Atoi(r.PathValue("n")); return n }
	mux := http.NewServeMux()
	mux.HandleFunc("GET /p/{n}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(markup(s.post(s.page(number(r)), number(r))))
	})
	mux.Handle("GET /away/{n}", zoo.LeadTo(func(r *http.Request) string { return s.direct(number(r)) }))
	mux.Handle("GET /zip/{n}", zoo.Inflate(func(r *http.Request) []byte { return markup(s.post(s.zipped(number(r)), number(r))) }, inflated))
	secret := http.NewServeMux()
	secret.HandleFunc("GET /p/{n}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(markup(s.post("http://"+r.Host+r.URL.Path, number(r))))
	})
	counted := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.hits.Add(1)
		secret.ServeHTTP(w, r)
	})
	var err error
	if s.open, err = serveHTTP(ctx, run, mux); err != nil {
		return nil, err
	}
	s.inner, err = serveHTTP(ctx, run, counted)
	return s, err
}

func serveHTTP(ctx context.Context, run func(func() error), h http.Handler) (netip.AddrPort, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("listen for pages: %w", err)
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	run(func() error {
		if err := server.Serve(l); err != http.ErrServerClosed {
			return err
		}
		return nil
	})
	return addrOf(l), nil
}

func addrOf(l net.Listener) netip.AddrPort { return l.Addr().(*net.TCPAddr).AddrPort() }

// The addresses of a post, as the honest cite it and as adversaries do.
func (s *site) page(i int) string   { return fmt.Sprintf("http://%s/p/%d", s.open, i) }
func (s *site) away(i int) string   { return fmt.Sprintf("http://%s/away/%d", s.open, i) }
func (s *site) zipped(i int) string { return fmt.Sprintf("http://%s/zip/%d", s.open, i) }
func (s *site) direct(i int) string { return fmt.Sprintf("http://%s/p/%d", s.inner, i) }
func (s *site) named(i int) string {
	return fmt.Sprintf("http://%s:%d/p/%d", innerName, s.inner.Port(), i)
}

// LookupNetIP resolves the one name that there is; it implements source.Resolver.
func (s *site) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	if host != innerName {
		return nil, fmt.Errorf("no such host %q", host)
	}
	return []netip.Addr{s.inner.Addr()}, nil
}

// post is what stands under an address: number i of the site.
func (s *site) post(uri string, i int) source.Record {
	return source.Record{
		URI: uri, Author: fmt.Sprintf("author %d", i%7), Title: fmt.Sprintf("note %d", i),
		Body:  source.Text(strings.Repeat(fmt.Sprintf("What note %d says in line %d. ", i, i%11), 6)),
		Label: []string{"red", "blue"}[i%2], Time: began.Add(-time.Duration(1+i) * time.Minute), Licence: "CC0-1.0",
	}
}

func markup(r source.Record) []byte {
	return fmt.Appendf(nil, `<!DOCTYPE html><html><head><title>%s</title><meta name="author" content="%s">`+
		`<link rel="canonical" href="%s"><link rel="license" href="https://creativecommons.org/publicdomain/zero/1.0/"></head>`+
		`<body><a rel="tag" href="/">%s</a><time datetime="%s"></time><article><p>%s</p></article></body></html>`,
		html.EscapeString(r.Title), html.EscapeString(r.Author), html.EscapeString(r.URI), html.EscapeString(r.Label),
		r.Time.Format(time.RFC3339), html.EscapeString(r.Body))
}

// programText is the program whose items the site holds, with more hosts if any.
func (s *site) programText(more ...string) []byte {
	hosts := append([]string{s.open.String(), fmt.Sprintf("%s:%d", innerName, s.inner.Port())}, more...)
	return fmt.Appendf(nil, `name: notes
about: Short notes of a site in the lab.
kind: record
task: collect
licence: CC0-1.0
sources:
  - name: site
    hosts: ["%s"]
labels: [red, blue]
value:
  half_life: 1000h
  max_age: 10000h
  half_bytes: 1000
  span: 24h
schema:
  title_max: 100
  body_min: 1
  body_max: 10000
  author: true
checks:
  draws: 6
  controls: 2
  noise: 0.01
  clock_skew: 2m
`, strings.Join(hosts, `", "`))
}
