package transport

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/assaynet/assay/protocol"
)

// Metrics counts what the transport does. One value serves both the server and
// the dialer of a node; nil counts nothing.
type Metrics struct {
	connections *prometheus.GaugeVec
	requests    *prometheus.CounterVec
	seconds     *prometheus.HistogramVec
	bytes       *prometheus.CounterVec
}

// The values of the label side.
const (
	sideServer = "server"
	sideDialer = "dialer"
)

// NewMetrics registers the transport's metrics; a nil registerer registers none.
// Like every use of a registerer it wants to be called once for each.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	f := promauto.With(reg)
	return &Metrics{
		connections: f.NewGaugeVec(prometheus.GaugeOpts{
			Name: "assay_transport_connections",
			Help: "Open websockets, by side.",
		}, []string{"side"}),
		requests: f.NewCounterVec(prometheus.CounterOpts{
			Name: "assay_transport_requests_total",
			Help: "Requests answered or asked, by side and outcome: ok or the reason of the failure.",
		}, []string{"side", "outcome"}),
		seconds: f.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "assay_transport_request_seconds",
			Help:    "Time from the whole request to the whole answer, in seconds, by side.",
			Buckets: prometheus.ExponentialBuckets(0.001, 2, 16),
		}, []string{"side"}),
		bytes: f.NewCounterVec(prometheus.CounterOpts{
			Name: "assay_transport_bytes_total",
			Help: "Bytes of whole messages, by side and direction.",
		}, []string{"side", "direction"}),
	}
}

// connection moves the number of open connections.
func (m *Metrics) connection(side string, delta float64) {
	if m != nil {
		m.connections.WithLabelValues(side).Add(delta)
	}
}

// failed counts a request that came to nothing.
func (m *Metrics) failed(side string, reason protocol.Reason) {
	if m == nil {
		return
	}
	if !reason.Known() {
		reason = protocol.ReasonInternal
	}
	m.requests.WithLabelValues(side, string(reason)).Inc()
}

// answered counts a request that was answered.
func (m *Metrics) answered(side string, took time.Duration) {
	if m == nil {
		return
	}
	m.requests.WithLabelValues(side, "ok").Inc()
	m.seconds.WithLabelValues(side).Observe(took.Seconds())
}

// moved counts the bytes of a message.
func (m *Metrics) moved(side, direction string, n int) {
	if m != nil {
		m.bytes.WithLabelValues(side, direction).Add(float64(n))
	}
}
