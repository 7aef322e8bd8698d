package peer

import (
	"fmt"
	"math"

	"github.com/assaynet/assay/scoring/kernel"
)

// Pair is how often two workers agreed, and how often they should have.
type Pair struct {
	A, B     int32   // A < B
	Shared   int     // tasks that both labelled
	Agreed   int     // those for which their labels are equal
	Expected float64 // how many would be, were the two independent given the other votes
	Z        float64 // the excess in standard deviations
	P        float64 // the chance of so many or more: one-sided
}

// ExcessAgreement tests each pair of workers that shares at least `shared` tasks for
// more agreement than two independent workers have. What they are compared with is,
// for each task, the other voters: the plurality label without the two, and its
// margin over the next in five steps. Within such a cell worker i dissents from the
// plurality at a rate e_i of his own, which is drawn to the rate of all workers when
// he has few labels there. Two independent honest workers still dissent together more
// often than e_i·e_j, since both see that the plurality is wrong; so
//
//	P(both dissent) = e_i·e_j + v·u_i·u_j,
//
// where v is the mean excess in the cell over all pairs and u_i, about 1, how far
// worker i shares in such excess with everybody. Dissenters coincide at the rate of
// the cell. The chance to agree is then
//
//	p = 1 − e_i − e_j + P(both dissent)·(1 + rate of coinciding),
//
// and P is the upper tail of the sum of such events, exact up to 512 of them and beyond
// the normal one with a continuity correction. u_i·u_j is known the less, the fewer
// events of dissenting together there are: P is the mean over three values of it, that
// estimated and √3 standard deviations below and above, with the weights ⅔, ⅙ and ⅙ of
// Gauss and Hermite. Of several reports by one worker for one task the first counts.
//
// Hand the P of all pairs to Benjamini and Hochberg's procedure, at q = .01 say. A
// pair that is left is an alarm, which orders a check with gold; it is no verdict. A
// ring that is large moves the votes themselves: then honest pairs may be flagged,
// and the ring's own excess looks normal.
//
// Pairs are found by the tasks that they share, at a cost of the order of all
// meetings, which NewReports bounds; they come in the order of A, then B. Labels that
// tie for the plurality are taken by the lowest code.
func ExcessAgreement(r *Reports, shared int) ([]Pair, error) {
	if shared < 2 {
		return nil, fmt.Errorf("pairs with %d shared tasks were asked for, want at least 2", shared)
	}
	if size := float64(r.workers) * float64(r.classes) * margins; size > maxCells {
		return nil, fmt.Errorf("%d workers and %d classes need a table of %.3g rates, at most %d are allowed: test a part of the workers", r.workers, r.classes, size, maxCells)
	}
	x := newExcess(r)
	x.findDissent()
	x.findCoincidence()
	for range 2 {
		x.findShares()
	}
	return x.pairs(shared), nil
}

// agreement is the chance that two independent workers agree in a meeting, where they
// dissent together beyond their rates `times` as often as the cell's pairs do.
func (x *excess) agreement(a, b int32, cell int, times float64) float64 {
	e, f := x.dissent[int(a)*x.cells+cell], x.dissent[int(b)*x.cells+cell]
	both := float64(e*f) + float64(x.both[cell]*times)
	both = min(max(both, e+f-1, 0), e, f)
	return min(max(1-e-f+both+float64(both*x.alike[cell]), 0), 1)
}

func (x *excess) pairs(shared int) []Pair {
	var out []Pair
	t := tester{x: x}
	x.each(func(a, b int32, met []meeting) {
		if len(met) < shared {
			return
		}
		t.cells = t.cells[:0]
		p := Pair{A: a, B: b}
		for i, m := range met {
			if i > 0 && m.task == met[i-1].task {
				continue
			}
			cell, _ := x.cell(m)
			t.cells = append(t.cells, cell)
			if m.mine == m.theirs {
				p.Agreed++
			}
		}
		if p.Shared = len(t.cells); p.Shared >= shared {
			t.test(&p)
			out = append(out, p)
		}
	})
	return out
}

// tester tests pairs, one after another.
type tester struct {
	x             *excess
	cells         []int // of the shared tasks
	chances, tail []float64
}

func (t *tester) test(p *Pair) {
	times := float64(t.x.share[p.A] * t.x.share[p.B])
	step := float64(times * math.Sqrt(3*(t.x.doubt[p.A]+t.x.doubt[p.B])))
	low, _, _ := t.at(p, max(times-step, 0))
	high, most, _ := t.at(p, times+step)
	middle, expected, variance := t.at(p, times)
	p.Expected, p.P = expected, min((low+float64(4*middle)+high)/6, 1)
	if d := (most - expected) / math.Sqrt(3); variance > 0 {
		p.Z = (float64(p.Agreed) - expected) / math.Sqrt(variance+float64(d*d))
	}
}

// at is the upper tail of the number of agreements, its mean and its variance.
func (t *tester) at(p *Pair, times float64) (tail, expected, variance float64) {
	t.chances = t.chances[:0]
	for _, cell := range t.cells {
		q := t.x.agreement(p.A, p.B, cell, times)
		t.chances = append(t.chances, q)
		expected += q
		variance += float64(q * (1 - q))
	}
	if len(t.cells) <= exactTo || variance == 0 {
		tail, t.tail = upperTail(t.chances, p.Agreed, t.tail)
		return tail, expected, variance
	}
	return kernel.NormalSurvival((float64(p.Agreed) - 0.5 - expected) / math.Sqrt(variance)), expected, variance
}

// upperTail is the chance that at least k of independent events happen, so that at
// most all but k do not. The table of the chances of 0, 1, … that do not is made in
// the memory of tail, and no longer than that.
func upperTail(chances []float64, k int, tail []float64) (sum float64, table []float64) {
	most := len(chances) - k
	if most < 0 {
		return 0, tail
	}
	tail = append(tail[:0], 1)
	for _, q := range chances {
		last := len(tail) - 1
		if last < most {
			tail = append(tail, float64(tail[last]*(1-q)))
		} else {
			tail[last] = float64(tail[last] * q)
			if last > 0 {
				tail[last] += float64(tail[last-1] * (1 - q))
			}
			last--
		}
		for i := last; i > 0; i-- {
			tail[i] = float64(tail[i]*q) + float64(tail[i-1]*(1-q))
		}
		if last >= 0 {
			tail[0] = float64(tail[0] * q)
		}
	}
	for i := len(tail) - 1; i >= 0; i-- {
		sum += tail[i]
	}
	return sum, tail
}
