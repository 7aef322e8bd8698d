package peer

import "math"

// twinCorrelated goes by the definition: every bonus, and every pair of different
// tasks and peers on the second, for the penalty.
func twinCorrelated(w world, r *Reports, seed uint64) []float64 {
	half := r.halves(seed)
	out := make([]float64, w.workers)
	for i := range out {
		sum, reports := 0.0, 0.0
		for h := range uint8(2) {
			s := twinSurprising(w, half, 1-h)
			var own []int // reports of i on this half that somebody else shares
			for x := range w.task {
				if int(w.worker[x]) == i && half[w.task[x]] == h && len(peersOf(w, x)) > 0 {
					own = append(own, x)
				}
			}
			if len(own) < 2 {
				continue
			}
			mean := func(label int32, task int) float64 {
				g, peers := 0.0, peersOf(w, task)
				for _, y := range peers {
					if s[label][w.label[y]] {
						g += 1 / float64(len(peers))
					}
				}
				return g
			}
			for _, x := range own {
				sum += mean(w.label[x], x)
				reports++
				for _, y := range own {
					if y != x {
						sum -= mean(w.label[x], y) / float64(len(own)-1)
					}
				}
			}
		}
		if reports > 0 {
			out[i] = sum / reports
		}
	}
	return out
}

func peersOf(w world, x int) (peers []int) {
	for y := range w.task {
		if w.task[y] == w.task[x] && w.worker[y] != w.worker[x] {
			peers = append(peers, y)
		}
	}
	return peers
}

func twinSurprising(w world, half []uint8, h uint8) map[int32]map[int32]bool {
	votes, pairs := map[int32]float64{}, map[int32]float64{}
	for x, t := range w.task {
		votes[t]++
		pairs[t] += float64(len(peersOf(w, x)))
	}
	joint, marginal, n := map[[2]int32]float64{}, map[int32]float64{}, 0.0
	for x, t := range w.task {
		if half[t] != h {
			continue
		}
		for _, y := range peersOf(w, x) {
			weight := votes[t] / pairs[t]
			joint[[2]int32{w.label[x], w.label[y]}] += weight
			marginal[w.label[x]] += weight
			n += weight
		}
	}
	s := map[int32]map[int32]bool{}
	for a := range int32(w.classes) {
		s[a] = map[int32]bool{}
		for b := range int32(w.classes) {
			s[a][b] = joint[[2]int32{a, b}]*n > marginal[a]*marginal[b]*(1+1e-12)
		}
	}
	return s
}

func twinSerum(w world, smoothing float64) []float64 {
	out := make([]float64, w.workers)
	for i := range out {
		count, others := map[int32]float64{}, 0.0
		for x := range w.task {
			if int(w.worker[x]) != i {
				count[w.label[x]]++
				others++
			}
		}
		sum, n := 0.0, 0.0
		for x := range w.task {
			if int(w.worker[x]) != i {
				continue
			}
			for _, y := range peersOf(w, x) {
				n++
				sum--
				if w.label[x] == w.label[y] {
					sum += (others + float64(w.classes)*smoothing) / (count[w.label[x]] + smoothing)
				}
			}
		}
		if n > 0 {
			out[i] = sum / n
		}
	}
	return out
}

// twinDeterminant is for one report per worker and task. Determinants are taken by
// expansion along the first row.
func twinDeterminant(w world) []float64 {
	at := map[[2]int32]int32{}
	for x := range w.task {
		at[[2]int32{w.worker[x], w.task[x]}] = w.label[x]
	}
	out := make([]float64, w.workers)
	k := w.classes
	for i := range out {
		sum, weights := 0.0, 0.0
		for j := range w.workers {
			if i == j {
				continue
			}
			var m [2][][]float64
			for h := range m {
				m[h] = make([][]float64, k)
				for a := range m[h] {
					m[h][a] = make([]float64, k)
				}
			}
			n := 0
			for t := range int32(w.tasks) {
				a, one := at[[2]int32{int32(i), t}]
				b, two := at[[2]int32{int32(j), t}]
				if one && two {
					m[n%2][a][b]++
					n++
				}
			}
			if n < 2*k {
				continue
			}
			if k > 1 {
				sum += expand(m[0]) * expand(m[1])
			}
			weights += falling((n+1)/2, k) * falling(n/2, k)
		}
		if weights > 0 {
			out[i] = sum / weights * math.Pow(float64(k), float64(2*k))
		}
	}
	return out
}

func falling(n, k int) float64 {
	out := 1.0
	for i := range k {
		out *= float64(n - i)
	}
	return out
}

func expand(m [][]float64) float64 {
	if len(m) == 0 {
		return 1
	}
	sum, sign := 0.0, 1.0
	for c := range m {
		var minor [][]float64
		for _, row := range m[1:] {
			minor = append(minor, append(append([]float64{}, row[:c]...), row[c+1:]...))
		}
		sum += sign * m[0][c] * expand(minor)
		sign = -sign
	}
	return sum
}

// majority is the share of a worker's reports that are the plurality of the others on
// the task, a tie counting as its part: the plain agreement that is beaten by a
// constant label.
func majority(w world) []float64 {
	counts := make([]map[int32]float64, w.tasks)
	for t := range counts {
		counts[t] = map[int32]float64{}
	}
	for x, t := range w.task {
		counts[t][w.label[x]]++
	}
	out, n := make([]float64, w.workers), make([]float64, w.workers)
	for x, t := range w.task {
		best, ties, mine := 0.0, 0.0, counts[t][w.label[x]]-1
		for label, c := range counts[t] {
			if label == w.label[x] {
				c--
			}
			switch {
			case c > best:
				best, ties = c, 1
			case c == best:
				ties++
			}
		}
		n[w.worker[x]]++
		if mine == best && best > 0 {
			out[w.worker[x]] += 1 / ties
		}
	}
	for i := range out {
		if n[i] > 0 {
			out[i] /= n[i]
		}
	}
	return out
}
