package peer

import (
	"cmp"
	"math"
	"slices"
)

const (
	margins  = 5       // steps of the plurality's margin, and one for tasks without other votes
	maxCells = 1 << 25 // rates of dissent that are kept
	exactTo  = 512     // events whose sum has an exact tail
	top      = 4       // votes to know of a task: two of them stay as they are when two reports are taken out
	shrink   = 4       // reports at the rate of all workers that a worker's rate in a cell starts with
)

// excess holds what is estimated of a population of reports.
type excess struct {
	r       *Reports
	votes   [][]vote  // by task, the top of them
	cells   int       // of one worker
	dissent []float64 // by worker and cell: e
	both    []float64 // by cell: v, the mean of both dissenting less e_i·e_j
	alike   []float64 // by cell: how often two dissenters coincide
	share   []float64 // by worker: u
	doubt   []float64 // by worker: the variance of u/E u, about one over the events it is estimated from
}

// vote is a label of a task and how many have it.
type vote struct{ label, count int32 }

func newExcess(r *Reports) *excess {
	x := &excess{r: r, votes: make([][]vote, r.tasks), cells: r.classes * margins}
	all := make([]vote, 0, len(r.byTask))
	count := make([]int32, r.classes)
	for t := range int32(r.tasks) {
		from := len(all)
		for _, y := range r.ofTask(t) {
			if count[y.label] == 0 {
				all = append(all, vote{label: y.label})
			}
			count[y.label]++
		}
		for i := from; i < len(all); i++ {
			v := &all[i]
			v.count, count[v.label] = count[v.label], 0
		}
		slices.SortFunc(all[from:], func(a, b vote) int { return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.label, b.label)) })
		all = all[:min(len(all), from+top)]
		x.votes[t] = all[from:len(all):len(all)]
	}
	x.dissent, x.share, x.doubt = make([]float64, r.workers*x.cells), make([]float64, r.workers), make([]float64, r.workers)
	x.both, x.alike = make([]float64, x.cells), make([]float64, x.cells)
	for i := range x.share {
		x.share[i] = 1
	}
	return x
}

// cell is where a meeting falls: the plurality label of the other votes and its
// margin.
func (x *excess) cell(m meeting) (cell int, plurality int32) {
	best, second, others := int32(0), int32(0), int32(len(x.r.ofTask(m.task))-2)
	plurality = math.MaxInt32
	for _, v := range x.votes[m.task] {
		n := v.count
		if v.label == m.mine {
			n--
		}
		if v.label == m.theirs {
			n--
		}
		switch {
		case n > best || n == best && v.label < plurality:
			best, second, plurality = n, best, v.label
		default:
			second = max(second, n)
		}
	}
	if others == 0 {
		return margins - 1, 0 // the plurality is taken to be label 0
	}
	step := 0
	if margin := best - second; margin > 0 {
		step = int(1 + (3*margin-1)/others)
	}
	return int(plurality)*margins + step, plurality
}

// each calls visit for the meetings of all pairs, each pair once.
func (x *excess) each(visit func(a, b int32, met []meeting)) {
	w := x.r.walk()
	for a := range int32(x.r.workers) {
		w.of(a, a+1, func(b int32, met []meeting) { visit(a, b, met) })
	}
}

// findDissent finds each worker's rates of dissent, with a meeting counted by its
// share in the worker's report.
func (x *excess) findDissent() {
	weight := make([]float64, len(x.dissent))
	popDissent, popWeight := make([]float64, x.cells), make([]float64, x.cells)
	x.each(func(a, b int32, met []meeting) {
		for _, m := range met {
			cell, plurality := x.cell(m)
			w := 1 / float64(len(x.r.ofTask(m.task))-1)
			for _, v := range [...]struct{ worker, label int32 }{{a, m.mine}, {b, m.theirs}} {
				at := int(v.worker)*x.cells + cell
				weight[at] += w
				popWeight[cell] += w
				if v.label != plurality {
					x.dissent[at] += w
					popDissent[cell] += w
				}
			}
		}
	})
	for cell := range popDissent {
		if popWeight[cell] > 0 {
			popDissent[cell] /= popWeight[cell]
		}
	}
	for worker := range x.r.workers {
		own, of := x.dissent[worker*x.cells:(worker+1)*x.cells], weight[worker*x.cells:(worker+1)*x.cells]
		shrinkRates(own, of, popDissent)
	}
}

// shrinkRates turns the dissent of a worker into rates by cell. Where he has few
// reports, the rate is drawn to that of all workers times his own overall tendency.
func shrinkRates(dissent, weight, all []float64) {
	observed, expected := shrink*0.5, shrink*0.5
	for cell := range dissent {
		observed += dissent[cell]
		expected += float64(weight[cell] * all[cell])
	}
	tendency := observed / expected
	for cell := range dissent {
		prior := min(float64(all[cell]*tendency), 1)
		dissent[cell] = (dissent[cell] + float64(shrink*prior)) / (weight[cell] + shrink)
	}
}

// findCoincidence finds by cell how often two workers dissent together beyond their
// rates, and how often they then coincide.
func (x *excess) findCoincidence() {
	n, both, alike := make([]float64, x.cells), make([]float64, x.cells), make([]float64, x.cells)
	x.each(func(a, b int32, met []meeting) {
		for _, m := range met {
			cell, plurality := x.cell(m)
			n[cell]++
			x.both[cell] -= float64(x.dissent[int(a)*x.cells+cell] * x.dissent[int(b)*x.cells+cell])
			if m.mine != plurality && m.theirs != plurality {
				both[cell]++
				if m.mine == m.theirs {
					alike[cell]++
				}
			}
		}
	})
	for cell := range n {
		if n[cell] > 0 {
			x.both[cell] = (x.both[cell] + both[cell]) / n[cell]
		}
		x.alike[cell] = (alike[cell] + 1) / (both[cell] + 1) // 1 where nobody dissented
	}
}

// findShares finds each worker's part in dissenting together: the least squares fit of
// u_a to (both dissented) − e_a·e_b = v·u_a·u_b over all peers b, drawn to 1.
func (x *excess) findShares() {
	observed, expected := make([]float64, x.r.workers), make([]float64, x.r.workers)
	x.each(func(a, b int32, met []meeting) {
		ua, ub := x.share[a], x.share[b]
		for _, m := range met {
			cell, plurality := x.cell(m)
			d := -float64(x.dissent[int(a)*x.cells+cell] * x.dissent[int(b)*x.cells+cell])
			if m.mine != plurality && m.theirs != plurality {
				d++
			}
			v := max(x.both[cell], 0)
			observed[a] += float64(d * ub)
			observed[b] += float64(d * ua)
			expected[a] += float64(v * float64(ub*ub))
			expected[b] += float64(v * float64(ua*ua))
		}
	})
	const prior = 2 // events of dissenting together that a share of 1 starts with
	for i := range x.share {
		x.share[i] = min(max((observed[i]+prior)/(expected[i]+prior), 0), 4)
		x.doubt[i] = 1 / (expected[i] + prior)
	}
}
