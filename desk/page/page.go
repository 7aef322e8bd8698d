// Package page holds the labelling desk's page: HTML, style, icon and ES modules, as
// they are served. They are written by hand and need no build step, load nothing from
// elsewhere, and hold no inline script or style.
package page

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"path"
	"time"
)

//go:embed assets
var files embed.FS

// Policy is the Content-Security-Policy that the page is served with: only what its
// own server sends may load, and nobody may frame it.
const Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// asset is a file in memory with its cache tag.
type asset struct {
	body []byte
	kind string // Content-Type
	tag  string // ETag: a digest of the body
}

// Handler serves the page at / and its files at /assets/{name}. A browser may keep
// them, but asks each time whether they are still the same, so that the modules of two
// versions never meet.
func Handler() http.Handler {
	assets := load()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { serve(w, r, assets, "index.html") })
	mux.HandleFunc("GET /assets/{name}", func(w http.ResponseWriter, r *http.Request) { serve(w, r, assets, r.PathValue("name")) })
	return mux
}

func serve(w http.ResponseWriter, r *http.Request, assets map[string]asset, name string) {
	a, ok := assets[name]
	if !ok {
		http.Error(w, "the desk has no such file", http.StatusNotFound)
		return
	}
	h := w.Header()
	h.Set("Content-Security-Policy", Policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-cache")
	h.Set("Content-Type", a.kind)
	h.Set("ETag", a.tag)
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(a.body))
}

// load reads the embedded files; they are there, since the compiler put them there.
func load() map[string]asset {
	kinds := map[string]string{
		".html": "text/html; charset=utf-8",
		".css":  "text/css; charset=utf-8",
		".js":   "text/javascript; charset=utf-8",
		".svg":  "image/svg+xml",
	}
	assets := map[string]asset{}
	entries, _ := files.ReadDir("assets")
	for _, e := range entries {
		body, err := files.ReadFile("assets/" + e.Name())
		kind, known := kinds[path.Ext(e.Name())]
		if err != nil || !known {
			continue
		}
		sum := sha256.Sum256(body)
		assets[e.Name()] = asset{body, kind, `"` + hex.EncodeToString(sum[:8]) + `"`}
	}
	return assets
}
