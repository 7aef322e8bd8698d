package truth

// majority gives each class its share of the labels of the task. Ties stay split: Best
// names the first of the tied classes, but their probabilities are equal. A task without
// labels has all classes equally probable.
func majority(l *Labels, o Options) *Result {
	post, entry := listGiven(l, o)
	vote(l, o, &post, entry, func(int32) float64 { return 1 })
	return &Result{Method: Majority, Iterations: 1, Converged: true, Posterior: post, Workers: judge(l, o, expectedRight(l, &post, entry))}
}

// wawa is the majority weighted by each worker's agreement with the plain majority (worker
// agreement with aggregate). An agreement with one of m tied classes counts as
// 1/m, so that the names of classes play no part. A gold task counts by its weight.
func wawa(l *Labels, o Options) *Result {
	post, entry := listGiven(l, o)
	vote(l, o, &post, entry, func(int32) float64 { return 1 })
	agreed, weight := make([]float64, l.workers), make([]float64, l.workers)
	for t := range l.tasks {
		count := 1.0
		if o.gold(t) >= 0 {
			count = o.goldWeight()
		}
		votes := post.p[post.start[t]:post.start[t+1]]
		most, ties := 0.0, 0.0
		for _, v := range votes {
			switch {
			case v > most:
				most, ties = v, 1
			case v == most:
				ties++
			}
		}
		for i := l.start[t]; i < l.start[t+1]; i++ {
			weight[l.worker[i]] += count
			if post.p[entry[i]] == most {
				agreed[l.worker[i]] += count / ties
			}
		}
	}
	for w := range agreed {
		if weight[w] > 0 {
			agreed[w] /= weight[w]
		}
	}
	vote(l, o, &post, entry, func(w int32) float64 { return agreed[w] })
	return &Result{Method: Wawa, Iterations: 2, Converged: true, Posterior: post, Workers: judge(l, o, expectedRight(l, &post, entry))}
}

// vote fills the listed posterior with the shares of the classes when each worker has a
// weight. When all workers of a task weigh nothing, they count equally.
func vote(l *Labels, o Options, post *Posterior, entry []int32, weight func(worker int32) float64) {
	clear(post.p)
	clear(post.rest)
	for t := range l.tasks {
		from, to := l.start[t], l.start[t+1]
		votes := post.p[post.start[t]:post.start[t+1]]
		if g := o.gold(t); g >= 0 {
			at, _ := post.find(t, int32(g))
			post.p[at] = 1
			continue
		}
		if from == to {
			post.rest[t] = 1 / float64(l.classes)
			continue
		}
		sum := 0.0
		for i := from; i < to; i++ {
			v := weight(l.worker[i])
			post.p[entry[i]] += v
			sum += v
		}
		if sum == 0 {
			for i := from; i < to; i++ {
				post.p[entry[i]]++
			}
			sum = float64(to - from)
		}
		for i := range votes {
			votes[i] /= sum
		}
	}
}

// expectedRight returns, for each worker, the expected number of right labels: the sum of
// the probabilities of the classes that the worker gave.
func expectedRight(l *Labels, post *Posterior, entry []int32) []float64 {
	expected := make([]float64, l.workers)
	for i, w := range l.worker {
		expected[w] += post.p[entry[i]]
	}
	return expected
}
