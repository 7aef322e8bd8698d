package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"sync"
)

//go:embed pages/*.html
var pageFiles embed.FS

//go:embed assets
var assetFiles embed.FS

// policy is sent with every answer: only what this server itself sends may load,
// and nobody may frame it.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Site serves the pages. It is an http.Handler.
type Site struct {
	view  func() View
	mux   *http.ServeMux
	pages *template.Template
	tag   string // changes with the assets

	mu      sync.Mutex
	version uint64
	changed chan struct{} // closed by Notify
	streams int
}

// New makes the pages of what view returns. View is called once for each page
// that is asked for, from any goroutine; what it returns is not changed.
func New(view func() View) *Site {
	s := &Site{view: view, mux: http.NewServeMux(), changed: make(chan struct{}), tag: assetTag()}
	// The templates are embedded and tested, so they parse.
	s.pages = template.Must(template.New("").Funcs(functions()).ParseFS(pageFiles, "pages/*.html"))
	s.mux.HandleFunc("GET /{$}", s.overview)
	s.mux.HandleFunc("GET /miner/{uid}", s.miner)
	s.mux.HandleFunc("GET /events", s.events)
	s.mux.HandleFunc("GET /assets/{name}", s.asset)
	return s
}

// Notify tells the open pages that the view has changed.
func (s *Site) Notify() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version++
	close(s.changed)
	s.changed = make(chan struct{})
}

// ServeHTTP serves a page, an asset or the event stream.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	s.mux.ServeHTTP(w, r)
}

// page is what the templates get.
type page struct {
	View
	Tag    string
	Top    float64 // greatest incentive
	Legend []ProductLook
	Neuron Neuron // of a miner's page
	Parts  []Section
}

func (s *Site) overview(w http.ResponseWriter, r *http.Request) {
	v := s.view()
	s.render(w, r, "overview", page{View: v, Tag: s.tag, Top: topIncentive(v), Legend: legendOf(v)})
}

func (s *Site) miner(w http.ResponseWriter, r *http.Request) {
	v := s.view()
	uid, err := strconv.ParseUint(r.PathValue("uid"), 10, 16)
	n, ok := v.neuron(uint16(uid))
	if err != nil || !ok {
		http.Error(w, "there is no neuron with this uid", http.StatusNotFound)
		return
	}
	p := page{View: v, Tag: s.tag, Top: topIncentive(v), Legend: legendOf(v), Neuron: n}
	if v.Waterfall != nil {
		rows, _ := v.Waterfall(n.UID)
		var cells []Cell
		if v.Cells != nil {
			cells = v.Cells(n.UID)
		}
		p.Parts = sections(rows, cells, n, p.Legend)
	}
	s.render(w, r, "miner", p)
}

// render writes a page, or with ?part only the part of it that changes. It is
// rendered in full before a byte is sent, so a failure is a clean error.
func (s *Site) render(w http.ResponseWriter, r *http.Request, name string, p page) {
	if r.URL.Query().Has("part") {
		name += "-part"
	}
	var b bytes.Buffer
	if err := s.pages.ExecuteTemplate(&b, name, p); err != nil {
		http.Error(w, "the page could not be made: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(b.Bytes()) // a reader who left is no error of ours
}

func (s *Site) asset(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "max-age=3600")
	http.ServeFileFS(w, r, assetFiles, "assets/"+r.PathValue("name"))
}

// assetTag is a digest of the assets, for their addresses.
func assetTag() string {
	h := sha256.New()
	entries, _ := assetFiles.ReadDir("assets")
	for _, e := range entries {
		b, _ := assetFiles.ReadFile("assets/" + e.Name())
		fmt.Fprintf(h, "%s %d ", e.Name(), len(b))
		h.Write(b)
	}
	return hex.EncodeToString(h.Sum(nil)[:6])
}
