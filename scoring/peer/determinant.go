package peer

import (
	"fmt"
	"math"

	"github.com/assaynet/assay/scoring/kernel"
)

// MaxDeterminant bounds the classes of DeterminantInformation.
const MaxDeterminant = 8

// groups is into how many parts a worker's tasks are put, to leave out one after
// another.
const groups = 10

// DeterminantInformation scores each worker by the determinant-based mutual
// information of Kong (2020). For a worker and a peer the tasks that both answered
// are put in two halves, by turns; M is the table, classes by classes, of the joint
// counts of their reports on a half with T tasks, and the payment is
//
//	K^{2K}·d(M1)·d(M2), d(M) = det M/(T)_K, (T)_K = T·(T−1)⋯(T−K+1).
//
// d is an unbiased estimate of the determinant of the joint distribution, and the
// factor makes two workers who are always right on K equally common classes earn 1 in
// expectation. Only peers with at least K tasks in each half count. A worker's score
// is the mean over them with the weights (T1)_K·(T2)_K, to which the variance of the
// payments is inversely proportional when reports are random.
//
// Truth-telling is dominant, and nothing needs to be known or estimated. A constant
// label earns exactly 0, a random one 0 in expectation. But a product of two
// determinants has a huge variance for K > 2: many tasks and peers are needed before
// it tells anything. The standard error is a jackknife that leaves out a tenth of the
// tasks at a time.
func DeterminantInformation(r *Reports) ([]Score, error) {
	if r.classes > MaxDeterminant {
		return nil, fmt.Errorf("there are %d classes, determinants take at most %d", r.classes, MaxDeterminant)
	}
	d := determinant{classes: r.classes, matrix: make([]float64, r.classes*r.classes)}
	for h := range d.counts {
		d.whole[h] = make([]float64, r.classes*r.classes)
		for g := range d.counts[h] {
			d.counts[h][g] = make([]float64, r.classes*r.classes)
		}
	}
	scores := make([]Score, r.workers)
	w := r.walk()
	var index []int32 // by row: which of the worker's tasks it is of
	for i := range scores {
		rows := r.ofWorker(int32(i))
		index = index[:0]
		for j, x := range rows {
			n := int32(0)
			if j > 0 {
				n = index[j-1]
				if x.task != rows[j-1].task {
					n++
				}
			}
			index = append(index, n)
		}
		d.start(len(rows))
		w.of(int32(i), 0, func(_ int32, met []meeting) { d.pay(met, index) })
		scores[i] = d.score(index)
	}
	return scores, nil
}

// determinant adds up the payments of one worker.
type determinant struct {
	classes int
	counts  [2][groups][]float64 // of a pair: by half and group of tasks, the joint counts
	tasks   [2][groups]float64
	whole   [2][]float64 // the sum of counts over groups
	matrix  []float64
	total   [groups + 1]float64 // payments times weights, without one of the groups, and with all
	weight  [groups + 1]float64
	peers   int
	used    []bool // by row: it is in a meeting that was paid
}

func (d *determinant) start(rows int) {
	d.total, d.weight, d.peers = [groups + 1]float64{}, [groups + 1]float64{}, 0
	if cap(d.used) < rows {
		d.used = make([]bool, rows)
	}
	d.used = d.used[:rows]
	clear(d.used)
}

// pay adds the payment with one peer.
func (d *determinant) pay(met []meeting, index []int32) {
	if len(met) < 2*d.classes {
		return
	}
	d.clear()
	h := 0
	for i, m := range met {
		if i > 0 && m.task != met[i-1].task {
			h = 1 - h
		}
		g := index[m.row] / 2 % groups
		at := int(m.mine)*d.classes + int(m.theirs)
		d.counts[h][g][at]++
		d.whole[h][at]++
		d.tasks[h][g]++
	}
	for without := range groups + 1 {
		product, weight := d.product(without)
		d.total[without] += product
		d.weight[without] += weight
		if without == groups && weight > 0 {
			d.peers++
			for _, m := range met {
				d.used[m.row] = true
			}
		}
	}
}

func (d *determinant) clear() {
	for h := range d.counts {
		clear(d.whole[h])
		for g := range d.counts[h] {
			clear(d.counts[h][g])
			d.tasks[h][g] = 0
		}
	}
}

// product is det M1·det M2 and its weight (T1)_K·(T2)_K without the tasks of one group,
// or 0 and 0 when a half has too few of them.
func (d *determinant) product(without int) (product, weight float64) {
	product, weight = 1, 1
	if d.classes == 1 {
		product = 0 // a determinant of 1 would pay for the only label there is
	}
	for h := range d.counts {
		copy(d.matrix, d.whole[h])
		n := 0.0
		for g := range groups {
			n += d.tasks[h][g]
		}
		if without < groups {
			n -= d.tasks[h][without]
			for i, c := range d.counts[h][without] {
				d.matrix[i] -= c
			}
		}
		if n < float64(d.classes) {
			return 0, 0
		}
		product = float64(product * det(d.matrix, d.classes))
		for k := range d.classes {
			weight = float64(weight * (n - float64(k)))
		}
	}
	return product, weight
}

// score is the mean over peers, and its jackknife.
func (d *determinant) score(index []int32) Score {
	out := Score{StandardError: math.Inf(1), Peers: d.peers}
	if d.peers == 0 {
		return out
	}
	scale := kernel.Power(float64(d.classes), 2*d.classes)
	out.Value = float64(d.total[groups] / d.weight[groups] * scale)
	last := int32(-1)
	for row, used := range d.used {
		if used && index[row] != last {
			last = index[row]
			out.Tasks++
		}
	}
	mean, n := 0.0, 0.0
	for g := range groups {
		if d.weight[g] > 0 {
			mean += d.total[g] / d.weight[g]
			n++
		}
	}
	if n < 2 {
		return out
	}
	mean /= n
	squares := 0.0
	for g := range groups {
		if d.weight[g] > 0 {
			x := d.total[g]/d.weight[g] - mean
			squares += float64(x * x)
		}
	}
	out.StandardError = float64(math.Sqrt((n-1)/n*squares) * scale)
	return out
}

// det is the determinant of a k×k matrix, which is changed, by Gaussian elimination
// with the largest pivot of a column.
func det(m []float64, k int) float64 {
	out := 1.0
	for c := range k {
		pivot := c
		for i := c + 1; i < k; i++ {
			if math.Abs(m[i*k+c]) > math.Abs(m[pivot*k+c]) {
				pivot = i
			}
		}
		if m[pivot*k+c] == 0 {
			return 0
		}
		if pivot != c {
			out = -out
			for j := range k {
				m[pivot*k+j], m[c*k+j] = m[c*k+j], m[pivot*k+j]
			}
		}
		out = float64(out * m[c*k+c])
		for i := c + 1; i < k; i++ {
			f := m[i*k+c] / m[c*k+c]
			for j := c + 1; j < k; j++ {
				m[i*k+j] -= float64(f * m[c*k+j])
			}
		}
	}
	return out
}
