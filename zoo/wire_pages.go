package zoo

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"strings"
)

// LeadTo is a page that sends whoever fetches it elsewhere: to an address that only the
// fetcher can reach.
func LeadTo(address func(*http.Request) string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, address(r), http.StatusFound)
	})
}

// Inflate sends a page packed, followed by an amount of nothing that only unpacking
// shows.
func Inflate(page func(*http.Request) []byte, nothing int) http.Handler {
	rest := pack(fmt.Appendf(nil, "<!--%s-->", strings.Repeat(" ", nothing)))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(append(pack(page(r)), rest...)) // two members in a row are one file
	})
}

// pack compresses into memory, which does not fail.
func pack(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(b)
	_ = z.Close()
	return out.Bytes()
}
