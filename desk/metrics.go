package desk

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Metrics counts what a desk does. A nil *Metrics counts nothing.
type Metrics struct {
	handedOut, answers *prometheus.CounterVec
}

// NewMetrics makes the metrics and registers them; a nil registerer registers none.
// Like every use of a registerer it wants to be called once for each.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	f := promauto.With(reg)
	return &Metrics{
		handedOut: f.NewCounterVec(prometheus.CounterOpts{
			Name: "assay_desk_tasks_total",
			Help: "Tasks from validators, by what came of them: taken, refused, and of those taken sealed with an answer, or missed.",
		}, []string{"outcome"}),
		answers: f.NewCounterVec(prometheus.CounterOpts{
			Name: "assay_desk_answers_total",
			Help: "What labellers submitted, by outcome: kept, changed, same, withdrawn, skipped, or the code of the refusal.",
		}, []string{"outcome"}),
	}
}

func (m *Metrics) tasks(outcome string, n int) {
	if m != nil && n > 0 {
		m.handedOut.WithLabelValues(outcome).Add(float64(n))
	}
}

func (m *Metrics) answer(outcome string) {
	if m != nil {
		m.answers.WithLabelValues(outcome).Inc()
	}
}
