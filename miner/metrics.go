package miner

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/assaynet/assay/protocol"
)

// Metrics counts what a miner does. A nil *Metrics counts nothing.
type Metrics struct {
	items, bytes, rootSeq        prometheus.Gauge
	requests, rejected, ingested *prometheus.CounterVec
}

// NewMetrics makes the metrics and registers them; a nil registerer registers
// none. Like every use of a registerer it wants to be called once for each.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	f := promauto.With(reg)
	return &Metrics{
		items:   f.NewGauge(prometheus.GaugeOpts{Name: "assay_miner_items", Help: "Items in the store, committed or not."}),
		bytes:   f.NewGauge(prometheus.GaugeOpts{Name: "assay_miner_bytes", Help: "Canonical bytes of the items in the store."}),
		rootSeq: f.NewGauge(prometheus.GaugeOpts{Name: "assay_miner_root_seq", Help: "Sequence number of the newest signed root."}),
		requests: f.NewCounterVec(prometheus.CounterOpts{
			Name: "assay_miner_requests_total",
			Help: "Requests by kind and outcome: ok or the reason of the refusal.",
		}, []string{"kind", "outcome"}),
		rejected: f.NewCounterVec(prometheus.CounterOpts{
			Name: "assay_miner_rejected_total",
			Help: "Records that were not taken in, by reason.",
		}, []string{"reason"}),
		ingested: f.NewCounterVec(prometheus.CounterOpts{
			Name: "assay_miner_ingested_total",
			Help: "Items handed to the store, by result: new, or known before.",
		}, []string{"result"}),
	}
}

func (m *Metrics) request(kind protocol.Kind, outcome string) {
	if m == nil {
		return
	}
	name := "unknown"
	if kind.IsRequest() {
		name = kind.String()
	}
	m.requests.WithLabelValues(name, outcome).Inc()
}

func (m *Metrics) reject(reason string) {
	if m != nil {
		m.rejected.WithLabelValues(reason).Inc()
	}
}

func (m *Metrics) ingest(fresh, known uint64) {
	if m != nil {
		m.ingested.WithLabelValues("new").Add(float64(fresh))
		m.ingested.WithLabelValues("known").Add(float64(known))
	}
}

func (m *Metrics) hold(s Status) {
	if m != nil {
		m.items.Set(float64(s.Items))
		m.bytes.Set(float64(s.Bytes))
		m.rootSeq.Set(float64(s.RootSeq))
	}
}
