package validator

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/protocol"
)

// Metrics counts what a validator does. A nil *Metrics counts nothing.
type Metrics struct {
	rounds      *prometheus.CounterVec
	calls       *prometheus.CounterVec
	duration    prometheus.Histogram
	fetches     *prometheus.CounterVec
	votes       *prometheus.CounterVec
	recordBytes prometheus.Counter
	recordSeq   prometheus.Gauge
	lastVote    prometheus.Gauge
	nextVote    prometheus.Gauge
	late        prometheus.Gauge
}

// NewMetrics registers the metrics of one validator.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	counters := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
	}
	m := &Metrics{
		rounds: counters("assay_validator_rounds_total", "Rounds, by how they ended: closed, or failed when none could be opened or closed.", "result"),
		calls:  counters("assay_validator_calls_total", "Calls to miners, by kind of request and outcome.", "kind", "outcome"),
		duration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "assay_validator_round_duration_seconds", Help: "Time from the head of a round to its close.",
			Buckets: []float64{0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120},
		}),
		fetches: counters("assay_validator_fetches_total", "Pages fetched again, by what they came to.", "status"),
		votes:   counters("assay_weights_attempts_total", "Steps of voting, by outcome.", "outcome"),
		recordBytes: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "assay_validator_record_bytes", Help: "Bytes appended to the record by this run.",
		}),
		recordSeq: gauge("assay_validator_record_seq", "Number of the record's last entry."),
		lastVote:  gauge("assay_weights_last_success_timestamp_seconds", "When a vote last landed on the chain."),
		nextVote:  gauge("assay_weights_next_due_block", "Block at which the next step of a vote is due; 0 when none is in sight."),
		late:      gauge("assay_weights_overdue_blocks", "By how many blocks weights are late; 0 when all is well."),
	}
	reg.MustRegister(m.rounds, m.calls, m.duration, m.fetches, m.votes, m.recordBytes, m.recordSeq, m.lastVote, m.nextVote, m.late)
	return m
}

func (m *Metrics) closed(took time.Duration) {
	if m != nil {
		m.rounds.WithLabelValues("closed").Inc()
		m.duration.Observe(took.Seconds())
	}
}

func (m *Metrics) failed() {
	if m != nil {
		m.rounds.WithLabelValues("failed").Inc()
	}
}

func (m *Metrics) called(kind protocol.Kind, o evidence.Outcome) {
	if m != nil {
		m.calls.WithLabelValues(kind.String(), o.String()).Inc()
	}
}

func (m *Metrics) fetched(s evidence.FetchStatus) {
	if m != nil {
		m.fetches.WithLabelValues(statusName(s)).Inc()
	}
}

func statusName(s evidence.FetchStatus) string {
	switch s {
	case evidence.FetchFound:
		return "found"
	case evidence.FetchGone:
		return "gone"
	case evidence.FetchBarred:
		return "barred"
	case evidence.FetchRefused:
		return "refused"
	}
	return "failed"
}

func (m *Metrics) voted(outcome string) {
	if m != nil {
		m.votes.WithLabelValues(outcome).Inc()
	}
}

func (m *Metrics) recorded(e evidence.Entry) {
	if m != nil {
		m.recordBytes.Add(float64(len(e.Bytes)))
		m.recordSeq.Set(float64(e.Seq))
	}
}

func (m *Metrics) success() {
	if m != nil {
		m.lastVote.SetToCurrentTime()
	}
}

func (m *Metrics) due(block uint64) {
	if m != nil {
		m.nextVote.Set(float64(block))
	}
}

func (m *Metrics) overdue(blocks uint64) {
	if m != nil {
		m.late.Set(float64(blocks))
	}
}
