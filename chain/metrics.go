package chain

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Metrics counts what a client asks and shows the head that it knows; nil counts
// nothing.
type Metrics struct {
	requests  *prometheus.CounterVec
	endpoints *prometheus.GaugeVec
	connects  *prometheus.CounterVec
	block     prometheus.Gauge
	time      prometheus.Gauge
}

// The values of the label outcome.
const (
	outcomeOK      = "ok"
	outcomeRefused = "refused" // answered with an error
	outcomeLimited = "limited" // asked to come more seldom
	outcomeFailed  = "failed"  // no answer, or none that can be read
)

// NewMetrics registers the client's metrics; a nil registerer registers none. It
// wants to be called once for each registerer.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	f := promauto.With(reg)
	return &Metrics{
		requests: f.NewCounterVec(prometheus.CounterOpts{
			Name: "assay_chain_requests_total",
			Help: "Requests to chain nodes, by family of methods and outcome. A batch is one.",
		}, []string{"family", "outcome"}),
		endpoints: f.NewGaugeVec(prometheus.GaugeOpts{
			Name: "assay_chain_endpoint_up",
			Help: "1 while there is a connection to the endpoint, which is named without its path.",
		}, []string{"endpoint"}),
		connects: f.NewCounterVec(prometheus.CounterOpts{
			Name: "assay_chain_connects_total",
			Help: "Connections made to the endpoint; all but the first are reconnects.",
		}, []string{"endpoint"}),
		block: f.NewGauge(prometheus.GaugeOpts{
			Name: "assay_chain_head_block",
			Help: "Number of the newest finalised block known.",
		}),
		time: f.NewGauge(prometheus.GaugeOpts{
			Name: "assay_chain_head_time_seconds",
			Help: "Unix time of that block; the time since is its age.",
		}),
	}
}

func (m *Metrics) request(family, outcome string) {
	if m != nil {
		m.requests.WithLabelValues(family, outcome).Inc()
	}
}

// outcomeOf tells an answer from a refusal.
func outcomeOf(err error) string {
	if err != nil {
		return outcomeRefused
	}
	return outcomeOK
}

func (m *Metrics) up(endpoint string, up bool) {
	if m == nil {
		return
	}
	v := 0.0
	if up {
		v = 1
	}
	m.endpoints.WithLabelValues(endpoint).Set(v)
}

func (m *Metrics) reached(endpoint string) {
	if m != nil {
		m.up(endpoint, true)
		m.connects.WithLabelValues(endpoint).Inc()
	}
}

func (m *Metrics) head(h Head) {
	if m != nil {
		m.block.Set(float64(h.Number))
		m.time.Set(float64(h.Time.UnixMilli()) / float64(time.Second/time.Millisecond))
	}
}
