package peer

import (
	"fmt"
	"math"
)

// TruthSerum scores each worker by the Peer Truth Serum of Radanovic, Faltings and
// Jurca (2016): a report x is paid with that of a peer on the same task
//
//	1[x = x_peer]/R(x) − 1,
//
// where R is the public frequency of x, here among the reports of all other workers,
// with smoothing: R(x) = (count(x) + smoothing)/(reports + classes·smoothing). It pays
// most for an answer that is rare and confirmed. smoothing is above 0; 1 is usual. A
// worker's score is the mean over all of his meetings.
//
// One who always says the same, or labels at random, earns 0 in expectation, but for
// the smoothing, where tasks are assigned at random: R is of all tasks, so who may
// choose his tasks by their likely answer gains by a constant label. See
// CorrelatedAgreement for a rule without that gap.
func TruthSerum(r *Reports, smoothing float64) ([]Score, error) {
	if !(smoothing > 0) || math.IsInf(smoothing, 1) {
		return nil, fmt.Errorf("the smoothing is %v, want a number above 0, such as 1", smoothing)
	}
	all, own := make([]float64, r.classes), make([]float64, r.classes)
	for _, x := range r.byTask {
		all[x.label]++
	}
	scores := make([]Score, r.workers)
	w, pay := r.walk(), tally{}
	for i := range scores {
		rows := r.ofWorker(int32(i))
		for _, x := range rows {
			own[x.label]++
		}
		others := float64(len(r.byTask)-len(rows)) + float64(float64(r.classes)*smoothing)
		pay.reset(len(rows))
		w.of(int32(i), 0, func(_ int32, met []meeting) {
			for _, m := range met {
				payment := -1.0
				if m.mine == m.theirs {
					payment = others/(all[m.mine]-own[m.mine]+smoothing) - 1
				}
				pay.pay(m.row, payment)
			}
			pay.peers++
		})
		scores[i] = pay.score(rows)
		for _, x := range rows {
			own[x.label] = 0
		}
	}
	return scores, nil
}
