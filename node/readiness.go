package node

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// Readiness is the table of a node's health checks: each says whether a part can
// do its duty, and if not why and what to do. The same table answers /readyz and
// is the metric assay_health_check.
type Readiness struct {
	mu     sync.Mutex
	checks []check
	desc   *prometheus.Desc
}

type check struct {
	name string
	run  func() error
}

// CheckResult is what one check says. Reason is empty when it passes.
type CheckResult struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Reason string `json:"reason,omitempty"`
}

// NewReadiness makes an empty table and registers its metric.
func NewReadiness(r prometheus.Registerer) *Readiness {
	ready := &Readiness{desc: prometheus.NewDesc("assay_health_check", "1 while the check fails; /readyz has the reason.", []string{"name"}, nil)}
	r.MustRegister(ready)
	return ready
}

// Add enters a check. It must return at once; an error is the reason that an
// operator reads. A name stands once: adding it again replaces the check.
func (r *Readiness) Add(name string, run func() error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range r.checks {
		if r.checks[i].name == name {
			r.checks[i].run = run
			return
		}
	}
	r.checks = append(r.checks, check{name, run})
}

// Results runs every check, in the order that they were added.
func (r *Readiness) Results() (results []CheckResult, ready bool) {
	r.mu.Lock()
	checks := append([]check(nil), r.checks...)
	r.mu.Unlock()
	results, ready = make([]CheckResult, len(checks)), true
	for i, c := range checks {
		results[i] = CheckResult{Name: c.name, OK: true}
		if err := c.run(); err != nil {
			results[i].OK, results[i].Reason, ready = false, err.Error(), false
		}
	}
	return results, ready
}

// ServeHTTP answers 200 when all checks pass and 503 otherwise, with every check
// in the body: as JSON to those who accept it, as text to others.
func (r *Readiness) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	results, ready := r.Results()
	code := http.StatusOK
	if !ready {
		code = http.StatusServiceUnavailable
	}
	plain(w)
	if strings.Contains(req.Header.Get("Accept"), "application/json") {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_ = json.NewEncoder(w).Encode(struct {
			Ready  bool          `json:"ready"`
			Checks []CheckResult `json:"checks"`
		}{ready, results})
		return
	}
	w.WriteHeader(code)
	if ready {
		_, _ = fmt.Fprintln(w, "ready")
	} else {
		_, _ = fmt.Fprintln(w, "not ready")
	}
	for _, c := range results {
		word := "ok  "
		if !c.OK {
			word = "FAIL"
		}
		_, _ = fmt.Fprintln(w, strings.TrimSpace(word+" "+c.Name+" "+c.Reason))
	}
}

// Describe implements prometheus.Collector.
func (r *Readiness) Describe(ch chan<- *prometheus.Desc) { ch <- r.desc }

// Collect implements prometheus.Collector.
func (r *Readiness) Collect(ch chan<- prometheus.Metric) {
	results, _ := r.Results()
	for _, c := range results {
		failing := 0.0
		if !c.OK {
			failing = 1
		}
		ch <- prometheus.MustNewConstMetric(r.desc, prometheus.GaugeValue, failing, c.Name)
	}
}
