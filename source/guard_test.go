package source_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/assaynet/assay/source"
)

// names answers look-ups from a table; each look-up of a name takes its next answer and then keeps the last.
type names struct {
	table map[string][][]string
	asked atomic.Int64

	mu    sync.Mutex
	calls map[string]int
}

func (n *names) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	n.asked.Add(1)
	answers := n.table[host]
	if len(answers) == 0 {
		return nil, fmt.Errorf("no such host %s", host)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.calls == nil {
		n.calls = map[string]int{}
	}
	i := min(n.calls[host], len(answers)-1)
	n.calls[host]++
	var out []netip.Addr
	for _, a := range answers[i] {
		out = append(out, netip.MustParseAddr(a))
	}
	return out, nil
}

func wantStatus(t *testing.T, err error, page source.Page, status source.Status, reason source.Reason) {
	t.Helper()
	var e *source.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want %s (%s)", err, status, reason)
	}
	if e.Status != status || e.Reason != reason || page.Status != status || page.Reason != reason {
		t.Fatalf("got %v (page %s, %s), want %s (%s)", err, page.Status, page.Reason, status, reason)
	}
	if page.Body != nil {
		t.Error("a failed fetch carries a body")
	}
}

// unreachable is a server that must not be asked anything.
func unreachable(t *testing.T) *httptest.Server {
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("the internal server was asked for %s", r.URL)
	}))
	t.Cleanup(srv.Close)
	return srv
}

func TestGuardRefusesLiterals(t *testing.T) {
	inside := addrOf(t, unreachable(t))
	client := fast(t, nil)
	for raw, reason := range map[string]source.Reason{
		fmt.Sprintf("http://127.0.0.1:%d/", inside.Port()): source.ReasonPort,
		"http://127.0.0.1/":                               source.ReasonAddress,
		"http://[::1]/":                                   source.ReasonAddress,
		"http://[::ffff:127.0.0.1]/":                      source.ReasonAddress,
		"http://[::ffff:7f00:1]/":                         source.ReasonAddress,
		"http://[64:ff9b::7f00:1]/":                       source.ReasonAddress,
		"http://[64:ff9b::a9fe:a9fe]/":                    source.ReasonAddress,
		"http://[2002:7f00:1::]/":                         source.ReasonAddress,
		"http://[2002:a9fe:a9fe::1]/":                     source.ReasonAddress,
		"http://10.1.2.3/":                                source.ReasonAddress,
		"http://172.31.255.255/":                          source.ReasonAddress,
		"http://192.168.0.1/":                             source.ReasonAddress,
		"http://100.64.0.1/":                              source.ReasonAddress,
		"http://169.254.169.254/latest/meta-data/":        source.ReasonAddress,
		"http://[fd00:ec2::254]/":                         source.ReasonAddress,
		"http://[fe80::1]/":                               source.ReasonAddress,
		"http://[fe80::1%25eth0]/":                        source.ReasonAddress,
		"http://0.0.0.0/":                                 source.ReasonAddress,
		"http://224.0.0.1/":                               source.ReasonAddress,
		"http://255.255.255.255/":                         source.ReasonAddress,
		"http://[ff02::1]/":                               source.ReasonAddress,
		"http://203.0.113.9/":                             source.ReasonAddress,
		"http://[2001:db8::1]/":                           source.ReasonAddress,
		"http://[2001:0:7f00:1::]/":                       source.ReasonAddress,
		"http://[::127.0.0.1]/":                           source.ReasonAddress,
		"http://168.63.129.16/":                           source.ReasonAddress,
		"http://example.com:22/":                          source.ReasonPort,
		"http://example.com:0/":                           source.ReasonURL,
		"http://user@example.com/":                        source.ReasonUserinfo,
		"http://127.0.0.1@example.com/":                   source.ReasonUserinfo,
		"ftp://example.com/":                              source.ReasonScheme,
		"file:///etc/passwd":                              source.ReasonScheme,
		"gopher://example.com/":                           source.ReasonScheme,
		"http:///path":                                    source.ReasonURL,
		"http:example.com":                                source.ReasonURL,
		"/relative":                                       source.ReasonURL,
		"http://exa mple.com/":                            source.ReasonURL,
		"http://example.com/" + strings.Repeat("a", 3000): source.ReasonURL,
	} {
		page, err := client.Fetch(t.Context(), raw)
		t.Run(raw[:min(len(raw), 40)], func(t *testing.T) { wantStatus(t, err, page, source.Refused, reason) })
	}
}

// A name is judged by what it resolves to, however it is written.
func TestGuardRefusesNames(t *testing.T) {
	dns := &names{table: map[string][][]string{
		"loop.example":   {{"127.0.0.1"}},
		"meta.example":   {{"169.254.169.254"}},
		"mapped.example": {{"::ffff:10.0.0.1"}},
		"nat64.example":  {{"64:ff9b::c0a8:101"}},
		"ula.example":    {{"fd12::1"}},
		"mixed.example":  {{"10.0.0.1", "fe80::1"}},
		"2130706433":     {{"127.0.0.1"}},
		"0x7f.1":         {{"127.0.0.1"}},
	}}
	client := fast(t, func(c *source.Config) { c.Guard.Resolver = dns })
	for name := range dns.table {
		page, err := client.Fetch(t.Context(), "http://"+name+"/")
		t.Run(name, func(t *testing.T) { wantStatus(t, err, page, source.Refused, source.ReasonAddress) })
	}
	if dns.asked.Load() != int64(len(dns.table)) {
		t.Errorf("%d look-ups for %d names", dns.asked.Load(), len(dns.table))
	}
}

// openNamed opens a server under the name rebind.example.
func openNamed(t *testing.T, h http.HandlerFunc) (*httptest.Server, string) {
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv, fmt.Sprintf("http://rebind.example:%d", addrOf(t, srv).Port())
}

// A name that first answers with a good address and then with an internal one
// gains nothing: each connection is judged by the address that it connects to.
func TestGuardAgainstRebinding(t *testing.T) {
	srv, base := openNamed(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close") // the next request has to connect anew
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<p>hello")
	})
	// robots.txt and the first page get the allowed address, then the name turns.
	dns := &names{table: map[string][][]string{"rebind.example": {{"127.0.0.1"}, {"127.0.0.1"}, {"127.0.0.2"}, {"10.0.0.1"}}}}
	client := fast(t, func(c *source.Config) { c.Guard.Resolver = dns }, srv)
	if _, err := client.Fetch(t.Context(), base+"/a"); err != nil {
		t.Fatal(err)
	}
	page, err := client.Fetch(t.Context(), base+"/b")
	wantStatus(t, err, page, source.Refused, source.ReasonPort) // not the allowed ip:port any more
	page, err = client.Fetch(t.Context(), base+"/c")
	wantStatus(t, err, page, source.Refused, source.ReasonPort)
}

func TestGuardRechecksRedirects(t *testing.T) {
	inside := unreachable(t)
	targets := map[string]source.Reason{
		"http://169.254.169.254/latest/": source.ReasonAddress,
		"http://loop.example/":           source.ReasonAddress,
		"http://[::ffff:127.0.0.1]/":     source.ReasonAddress,
		inside.URL + "/":                 source.ReasonPort,
		"file:///etc/passwd":             source.ReasonScheme,
		"http://u:p@example.com/":        source.ReasonUserinfo,
		"//10.0.0.1/":                    source.ReasonAddress,
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if to := r.URL.Query().Get("to"); to != "" {
			w.Header().Set("Location", to)
			w.WriteHeader(http.StatusFound)
			return
		}
		http.NotFound(w, r)
	}))
	t.Cleanup(srv.Close)
	dns := &names{table: map[string][][]string{"loop.example": {{"127.0.0.1"}}}}
	client := fast(t, func(c *source.Config) { c.Guard.Resolver = dns }, srv)
	for to, reason := range targets {
		page, err := client.Fetch(t.Context(), srv.URL+"/?to="+to)
		t.Run(to, func(t *testing.T) { wantStatus(t, err, page, source.Refused, reason) })
	}
}

// robots.txt must not lead inside either.
func TestGuardRechecksRobotsRedirect(t *testing.T) {
	srv := httptest.NewServer(http.RedirectHandler("http://169.254.169.254/robots.txt", http.StatusFound))
	t.Cleanup(srv.Close)
	page, err := fast(t, nil, srv).Fetch(t.Context(), srv.URL+"/page")
	wantStatus(t, err, page, source.Refused, source.ReasonAddress)
}

func TestGuardHosts(t *testing.T) {
	other := unreachable(t)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, other.URL+"/", http.StatusFound)
		case "/page":
			w.Header().Set("Content-Type", "text/html")
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(srv.Close)
	client := fast(t, func(c *source.Config) { c.Guard.Hosts = []string{addrOf(t, srv).String()} }, srv, other)
	if _, err := client.Fetch(t.Context(), srv.URL+"/page"); err != nil {
		t.Fatal(err)
	}
	page, err := client.Fetch(t.Context(), srv.URL+"/away")
	wantStatus(t, err, page, source.Refused, source.ReasonHost)
	page, err = client.Fetch(t.Context(), other.URL+"/")
	wantStatus(t, err, page, source.Refused, source.ReasonHost)
}

// A proxy of the environment would connect for us, past the guard.
func TestGuardUsesNoProxy(t *testing.T) {
	proxy := unreachable(t)
	t.Setenv("HTTP_PROXY", proxy.URL)
	t.Setenv("http_proxy", proxy.URL)
	if (source.Guard{}).Transport().Proxy != nil {
		t.Error("the transport asks the environment for a proxy")
	}
	client := fast(t, func(c *source.Config) {
		c.Guard.Resolver = &names{table: map[string][][]string{"loop.example": {{"127.0.0.1"}}}}
	})
	page, err := client.Fetch(t.Context(), "http://loop.example/")
	wantStatus(t, err, page, source.Refused, source.ReasonAddress)
}

// A refusal says how an operator allows the address, if it is theirs.
func TestRefusalNamesTheCure(t *testing.T) {
	for raw, want := range map[string]string{
		"http://127.0.0.1/":         "--fetch.allow 127.0.0.1:80",
		"http://[::1]/":             "--fetch.allow [::1]:80",
		"http://127.0.0.1:8080/":    "--fetch.allow 127.0.0.1:8080",
		"http://forum.example:8080": "--fetch.allow IP:8080",
	} {
		u, err := url.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		if err := (source.Guard{}).CheckURL(u); err == nil || !strings.HasSuffix(err.Error(), "; allow it with "+want) {
			t.Errorf("%s: error %v, want %q at its end", raw, err, want)
		}
	}
}
