package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/net/netutil"
)

// Limits of the ops server.
const (
	opsHeaderBytes  = 16 << 10
	opsHeaderTime   = 5 * time.Second
	opsReadTime     = 10 * time.Second
	opsWriteTime    = 30 * time.Second // a stream of events extends its own
	opsIdleTime     = 2 * time.Minute
	opsShutdownTime = 2 * time.Second
	opsConnections  = 128
)

// Ops is a node's HTTP server for its operator: /livez, /readyz, /metrics and the
// page. It has no password, so it belongs on a loopback address.
type Ops struct {
	listener net.Listener
	server   *http.Server
	life     context.Context // of every request
	end      context.CancelFunc
	begin    sync.Once
	ended    chan error // what the server ended with
}

// ListenOps binds the address. It is called before a role dials or reads anything,
// so that an operator hears early of a taken port.
func ListenOps(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s for health and metrics: %w; choose another with --ops.listen, port 0 picks a free one", address, err)
	}
	return l, nil
}

// NewOps makes the server for a bound listener. Page serves everything that is
// not one of the three paths; nil serves a list of them.
func NewOps(l net.Listener, registry *prometheus.Registry, ready *Readiness, page http.Handler) *Ops {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", livez)
	mux.Handle("GET /readyz", ready)
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{Registry: registry, MaxRequestsInFlight: 4}))
	if page == nil {
		mux.HandleFunc("GET /{$}", contents)
	} else {
		mux.Handle("/", page)
	}
	o := &Ops{listener: netutil.LimitListener(l, opsConnections), ended: make(chan error, 1)}
	o.life, o.end = context.WithCancel(context.Background())
	o.server = &http.Server{
		Handler:           localOnly(l.Addr(), mux),
		BaseContext:       func(net.Listener) context.Context { return o.life },
		ReadHeaderTimeout: opsHeaderTime,
		ReadTimeout:       opsReadTime,
		WriteTimeout:      opsWriteTime,
		IdleTimeout:       opsIdleTime,
		MaxHeaderBytes:    opsHeaderBytes,
	}
	return o
}

// Addr is the address that is listened on.
func (o *Ops) Addr() net.Addr { return o.listener.Addr() }

// Begin answers from now on, so that a node that is still waiting to be opened can
// be asked what for. Serve or Close ends that.
func (o *Ops) Begin() {
	o.begin.Do(func() { go func() { o.ended <- o.server.Serve(o.listener) }() })
}

// Close ends what Begin began, where Serve is not reached.
func (o *Ops) Close() error {
	o.end()
	return o.server.Close()
}

// Serve answers until ctx ends. Open streams end with it.
func (o *Ops) Serve(ctx context.Context) error {
	o.Begin()
	var err error
	select {
	case err = <-o.ended:
		o.end()
	case <-ctx.Done():
		o.end()
		limited, cancel := context.WithTimeout(context.Background(), opsShutdownTime)
		defer cancel()
		if o.server.Shutdown(limited) != nil {
			_ = o.server.Close() // someone did not let go in time
		}
		err = <-o.ended
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serve health and metrics: %w", err)
}

func livez(w http.ResponseWriter, _ *http.Request) {
	plain(w)
	_, _ = fmt.Fprintln(w, "ok")
}

func contents(w http.ResponseWriter, _ *http.Request) {
	plain(w)
	_, _ = fmt.Fprint(w, "assay\n/livez    the process turns over\n/readyz   it can do its duty, or why not\n/metrics  for Prometheus\n")
}

func plain(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
}

// localOnly refuses requests to a loopback listener that name another host: a web
// page elsewhere whose own name resolves to this machine must not read the node.
func localOnly(bound net.Addr, next http.Handler) http.Handler {
	if a, err := netip.ParseAddrPort(bound.String()); err != nil || !a.Addr().Unmap().IsLoopback() {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		if a, err := netip.ParseAddr(host); host != "localhost" && (err != nil || !a.IsLoopback()) {
			http.Error(w, "this server answers to localhost only", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// NewRegistry makes the registry of one node, with the Go runtime, the process and
// the build in it. Several nodes may share a process; each has its own registry.
func NewRegistry() *prometheus.Registry {
	version, commit, release := "unknown", "unknown", "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		version, release = info.Main.Version, info.GoVersion
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				commit = s.Value
			}
		}
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "assay_build_info", Help: "Always 1; the labels say what is running.",
		ConstLabels: prometheus.Labels{"version": version, "commit": commit, "go": release},
	})
	build.Set(1)
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), build)
	return r
}
