package devnet

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/protocol"
)

// gateway is an HTTP proxy in front of a devnet that counts the requests and spoils
// those it is told to.
type gateway struct {
	url string

	mu    sync.Mutex
	seen  []string    // the bodies
	at    []time.Time // when each came
	spoil func(n int, body string, w http.ResponseWriter, r *http.Request, pass func()) bool
}

func newGateway(t *testing.T, target string) *gateway {
	t.Helper()
	u, err := url.Parse("http" + strings.TrimPrefix(target, "ws"))
	if err != nil {
		t.Fatal(err)
	}
	g, proxy := new(gateway), httputil.NewSingleHostReverseProxy(u)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(io.LimitReader(r.Body, maxRequest))
		if err != nil {
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		g.mu.Lock()
		n, spoil := len(g.seen), g.spoil
		g.seen, g.at = append(g.seen, string(body)), append(g.at, time.Now())
		g.mu.Unlock()
		pass := func() { proxy.ServeHTTP(w, r) }
		if spoil == nil || !spoil(n, string(body), w, r, pass) {
			pass()
		}
	}))
	t.Cleanup(s.Close)
	g.url = s.URL
	return g
}

// forget begins the count anew.
func (g *gateway) forget(spoil func(n int, body string, w http.ResponseWriter, r *http.Request, pass func()) bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.seen, g.at, g.spoil = nil, nil, spoil
}

func (g *gateway) count() int { return len(g.times()) }

func (g *gateway) times() []time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.at)
}

func dialWith(t *testing.T, k *protocol.Key, change func(*chain.Config), urls ...string) *chain.Client {
	t.Helper()
	cfg := chain.Config{Endpoints: urls, Netuid: 1, Poll: 50 * time.Millisecond, CallTimeout: 2 * time.Second, LandTimeout: 20 * time.Second}
	if change != nil {
		change(&cfg)
	}
	c, err := chain.Dial(t.Context(), cfg, k)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// eventually looks every few milliseconds until what is awaited has come.
func eventually(t *testing.T, what string, come func() bool) {
	t.Helper()
	tick, late := time.NewTicker(10*time.Millisecond), time.After(10*time.Second)
	defer tick.Stop()
	for !come() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// A metagraph costs one request, whoever asks and how many; so do the epoch clock
// and the rules; a head two, and one when it is known.
func TestProxyCountsRequests(t *testing.T) {
	net := open(t, t.TempDir(), smallGenesis(1, 1))
	g := newGateway(t, net.url)
	registry := prometheus.NewRegistry()
	c := dialWith(t, nil, func(cfg *chain.Config) { cfg.Metrics = chain.NewMetrics(registry) }, g.url)
	head := net.step(1)
	ctx := t.Context()
	crowd := func(read func() error) func() error {
		return func() error {
			var all sync.WaitGroup
			errs := make(chan error, 10)
			for range 10 {
				all.Go(func() { errs <- read() })
			}
			all.Wait()
			close(errs)
			for err := range errs {
				if err != nil {
					return err
				}
			}
			return nil
		}
	}
	for _, step := range []struct {
		name string
		do   func() error
		want int
	}{
		{"head", func() error { _, err := c.Head(ctx); return err }, 2},
		{"known head", func() error { _, err := c.Head(ctx); return err }, 1},
		{"metagraph", crowd(func() error { _, err := c.Metagraph(ctx, head); return err }), 1},
		{"known metagraph", crowd(func() error { _, err := c.Metagraph(ctx, head); return err }), 0},
		{"epoch", crowd(func() error { _, err := c.Epoch(ctx, head); return err }), 1},
		{"known epoch", crowd(func() error { _, err := c.Epoch(ctx, head); return err }), 0},
		{"rules", func() error { _, err := c.Hyperparams(ctx); return err }, 2},
		{"known rules", func() error { _, err := c.Hyperparams(ctx); return err }, 1},
		{"row", func() error { _, _, _, err := c.WeightsRow(ctx, 0); return err }, 2},
		{"known row", func() error { _, _, _, err := c.WeightsRow(ctx, 0); return err }, 1},
		{"uid", func() error { _, _, err := c.UID(ctx, protocol.Hotkey{}); return err }, 2},
		{"known uid", func() error { _, _, err := c.UID(ctx, protocol.Hotkey{}); return err }, 1},
		{"price", func() error { _, err := c.Burn(ctx); return err }, 2},
		{"known price", func() error { _, err := c.Burn(ctx); return err }, 1},
	} {
		g.forget(nil)
		if err := step.do(); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		if n := g.count(); n != step.want {
			t.Errorf("%s: %d requests, want %d", step.name, n, step.want)
		}
	}
	want := `
# HELP assay_chain_head_block Number of the newest finalised block known.
# TYPE assay_chain_head_block gauge
assay_chain_head_block 1
# HELP assay_chain_requests_total Requests to chain nodes, by family of methods and outcome. A batch is one.
# TYPE assay_chain_requests_total counter
assay_chain_requests_total{family="chain",outcome="ok"} 11
assay_chain_requests_total{family="eth",outcome="ok"} 1
assay_chain_requests_total{family="state",outcome="ok"} 6
`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), "assay_chain_head_block", "assay_chain_requests_total"); err != nil {
		t.Error(err)
	}
}

// The first asker gives up; the others have what they asked for.
func TestProxyAskersShareAFlight(t *testing.T) {
	net := open(t, t.TempDir(), smallGenesis(1, 1))
	g := newGateway(t, net.url)
	c := dialWith(t, nil, nil, g.url)
	arrived, release := make(chan struct{}), make(chan struct{})
	g.forget(func(int, string, http.ResponseWriter, *http.Request, func()) bool {
		close(arrived)
		<-release
		return false
	})
	ctx, cancel := context.WithCancel(t.Context())
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { _, err := c.Metagraph(ctx, net.Head()); first <- err }()
	<-arrived
	go func() { _, err := c.Metagraph(t.Context(), net.Head()); second <- err }()
	cancel()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("the one who gave up: %v", err)
	}
	close(release)
	if err := <-second; err != nil {
		t.Error(err)
	}
	if n := g.count(); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

// Whatever is done to the first requests, a read comes through.
func TestProxySpoilsRequests(t *testing.T) {
	for name, spoil := range map[string]func(w http.ResponseWriter, r *http.Request, pass func()){
		"cut": func(http.ResponseWriter, *http.Request, func()) { panic(http.ErrAbortHandler) },
		"delayed beyond the timeout": func(_ http.ResponseWriter, r *http.Request, _ func()) {
			<-r.Context().Done()
		},
		"truncated": func(w http.ResponseWriter, _ *http.Request, _ func()) {
			w.Header().Set("Content-Length", "500")
			_, _ = io.WriteString(w, `{"jsonrpc":"2.0","id":1,"res`)
		},
		"bad gateway": func(w http.ResponseWriter, _ *http.Request, _ func()) { w.WriteHeader(http.StatusBadGateway) },
		"limited": func(w http.ResponseWriter, _ *http.Request, _ func()) {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			net := open(t, t.TempDir(), smallGenesis(1, 1))
			g := newGateway(t, net.url)
			c := dialWith(t, nil, func(cfg *chain.Config) { cfg.CallTimeout = 300 * time.Millisecond }, g.url)
			g.forget(func(n int, _ string, w http.ResponseWriter, r *http.Request, pass func()) bool {
				if n >= 2 {
					return false
				}
				spoil(w, r, pass)
				return true
			})
			if h, err := c.Head(t.Context()); err != nil || h != net.Head() {
				t.Errorf("head %+v, %v", h, err)
			}
		})
	}
}

// An endpoint that limits the rate is left alone for as long as it asks, while
// another answers; afterwards it is as good as before.
func TestProxyHonoursRetryAfter(t *testing.T) {
	net := open(t, t.TempDir(), smallGenesis(1, 1))
	first, second := newGateway(t, net.url), newGateway(t, net.url)
	c := dialWith(t, nil, nil, first.url, second.url)
	// Both are connected and have been pinged; after that only the test asks.
	eventually(t, "both to be pinged", func() bool { return first.count() == 4 && second.count() == 3 })
	const window = time.Second // the header has whole seconds
	first.forget(func(n int, _ string, w http.ResponseWriter, _ *http.Request, _ func()) bool {
		if n > 0 {
			return false
		}
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusTooManyRequests)
		return true
	})
	late := time.Now().Add(window + window/2)
	eventually(t, "the window to pass", func() bool {
		if _, err := c.Head(t.Context()); err != nil {
			t.Fatal(err)
		}
		return time.Now().After(late)
	})
	second.forget(func(_ int, _ string, w http.ResponseWriter, _ *http.Request, _ func()) bool {
		panic(http.ErrAbortHandler)
	})
	if _, err := c.Head(t.Context()); err != nil {
		t.Fatalf("after the window: %v", err)
	}
	times := first.times()
	if len(times) < 2 {
		t.Fatalf("%d requests to the first endpoint", len(times))
	}
	if gap := times[1].Sub(times[0]); gap < window {
		t.Errorf("asked again after %s, within the %s asked for", gap, window)
	}
}

// With nobody else to ask, the window is waited out.
func TestProxyWaitsOutTheWindow(t *testing.T) {
	net := open(t, t.TempDir(), smallGenesis(1, 1))
	g := newGateway(t, net.url)
	c := dialWith(t, nil, nil, g.url)
	limited := func(seconds string) func(int, string, http.ResponseWriter, *http.Request, func()) bool {
		return func(n int, _ string, w http.ResponseWriter, _ *http.Request, _ func()) bool {
			if n > 0 {
				return false
			}
			w.Header().Set("Retry-After", seconds)
			w.WriteHeader(http.StatusTooManyRequests)
			return true
		}
	}
	g.forget(limited("1"))
	if _, err := c.Head(t.Context()); err != nil {
		t.Fatal(err)
	}
	if at := g.times(); at[1].Sub(at[0]) < time.Second {
		t.Errorf("asked again after %s", at[1].Sub(at[0]))
	}
	// One that is too long is an error at once, and a state that has a name.
	g.forget(limited("3600"))
	for range 5 {
		if _, err := c.Head(t.Context()); !chain.IsAway(err) {
			t.Errorf("limited for an hour: %v", err)
		}
	}
	if n := g.count(); n != 1 {
		t.Errorf("%d requests in the hour", n)
	}
	if err := c.Connected(); err == nil || !strings.Contains(err.Error(), "limited, last block 0") && !strings.Contains(err.Error(), "limited, no block known") {
		t.Errorf("connected: %v", err)
	}
}

// An endpoint whose chain stands still is left for one that goes on.
func TestProxyDemotesAStaleEndpoint(t *testing.T) {
	g := smallGenesis(1, 1)
	still, live := open(t, t.TempDir(), g), open(t, t.TempDir(), g)
	c := dialWith(t, nil, func(cfg *chain.Config) { cfg.Ping = 50 * time.Millisecond }, still.url, live.url)
	still.step(1)
	want := live.step(20)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if h, err := c.NextHead(ctx, 1); err != nil || h != want {
		t.Fatalf("head %+v, %v; want %+v", h, err, want)
	}
}

// The client keeps to its own limit, counted by calls.
func TestProxyClientLimit(t *testing.T) {
	net := open(t, t.TempDir(), smallGenesis(1, 1))
	g := newGateway(t, net.url)
	c := dialWith(t, nil, func(cfg *chain.Config) { cfg.Rate, cfg.Burst = 10, 4 }, g.url)
	g.forget(nil)
	began := time.Now()
	for range 10 {
		if _, err := c.Head(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	// Twelve calls, of which two are left of the burst.
	if took := time.Since(began); took < 900*time.Millisecond {
		t.Errorf("12 calls took %s at 10 a second", took)
	}
}

// Connected says since when the chain is away and what was last known of it.
func TestProxyOfflineIsAState(t *testing.T) {
	net := open(t, t.TempDir(), smallGenesis(1, 1))
	proxy := newCutter(t, net.url)
	c := dialWith(t, nil, nil, proxy.url())
	net.step(3)
	if _, err := c.NextHead(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	if err := c.Connected(); err != nil {
		t.Error(err)
	}
	proxy.l.Close()
	proxy.cutAll()
	if _, err := c.Head(t.Context()); !chain.IsAway(err) {
		t.Errorf("head of a chain that is away: %v", err)
	}
	if err := c.Connected(); err == nil || !strings.Contains(err.Error(), "offline ") || !strings.Contains(err.Error(), ", last block 3;") {
		t.Errorf("connected: %v", err)
	}
}

// An outage is told once when the head cannot be read, however often it is tried, and
// once when the chain is back.
func TestProxyOutageInTheLog(t *testing.T) {
	dev := open(t, t.TempDir(), smallGenesis(1, 1))
	proxy := newCutter(t, dev.url)
	var mu sync.Mutex
	var out bytes.Buffer
	said := func(text string) int {
		mu.Lock()
		defer mu.Unlock()
		return strings.Count(out.String(), text)
	}
	c := dialWith(t, nil, func(cfg *chain.Config) {
		cfg.Log = slog.New(slog.NewTextHandler(writerFunc(func(p []byte) (int, error) {
			mu.Lock()
			defer mu.Unlock()
			return out.Write(p)
		}), nil))
		cfg.Ping = 50 * time.Millisecond
	}, proxy.url())
	dev.step(3)
	address := proxy.l.Addr().String()
	proxy.l.Close()
	proxy.cutAll()
	for range 2 { // as a validator that looks again and again
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		if _, err := c.NextHead(ctx, 3); err == nil {
			t.Error("a head of a chain that is away")
		}
		cancel()
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	again := &cutter{t: t, target: proxy.target, l: l, conns: make(map[net.Conn]bool)}
	go again.accept()
	defer again.cutAll()
	defer l.Close()
	for range 2 {
		if _, err := c.NextHead(t.Context(), 2); err != nil {
			t.Fatal(err)
		}
	}
	if lost, back := said("cannot read the head"), said(`level=INFO msg="chain is back" block=3 away=`); lost != 1 || back != 1 {
		t.Errorf("lost %d times, back %d times: %s", lost, back, out.String())
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
