package truth

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// logEvidence is the exact log-probability of the labels under the model of iBCC: over all
// assignments of classes to tasks, each Dirichlet is integrated in closed form.
func logEvidence(l *Labels) float64 {
	truth := make([]int, l.tasks)
	total := math.Inf(-1)
	for {
		log := logJoint(l, truth)
		most := math.Max(total, log)
		total = most + math.Log(math.Exp(total-most)+math.Exp(log-most))
		t := 0
		for ; t < l.tasks; t++ {
			if truth[t]++; truth[t] < l.classes {
				break
			}
			truth[t] = 0
		}
		if t == l.tasks {
			return total
		}
	}
}

func logJoint(l *Labels, truth []int) float64 {
	k := l.classes
	prior, posterior := table(1, k)[0], table(1, k)[0]
	for i := range k {
		prior[i], posterior[i] = 1, 1
	}
	counts := table(l.workers*k, k)
	for t, y := range truth {
		posterior[y]++
		workers, classes := l.row(t)
		for i, w := range workers {
			counts[int(w)*k+y][classes[i]]++
		}
	}
	log := dirichlet(posterior...) - dirichlet(prior...)
	for row, n := range counts {
		a, b := table(1, k)[0], table(1, k)[0]
		for x := range k {
			a[x] = 1
			if x == row%k {
				a[x] = 4
			}
			b[x] = a[x] + n[x]
		}
		log += dirichlet(b...) - dirichlet(a...)
	}
	return log
}

// The bound of iBCC is below the exact evidence, by less than 3 nats for so few labels.
func TestEvidenceLowerBound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tasks, workers, classes := rapid.IntRange(1, 4).Draw(t, "tasks"), rapid.IntRange(1, 3).Draw(t, "workers"), rapid.IntRange(1, 3).Draw(t, "classes")
		var task, worker, class []int32
		for range rapid.IntRange(1, 10).Draw(t, "observations") {
			task = append(task, int32(rapid.IntRange(0, tasks-1).Draw(t, "task")))
			worker = append(worker, int32(rapid.IntRange(0, workers-1).Draw(t, "worker")))
			class = append(class, int32(rapid.IntRange(0, classes-1).Draw(t, "class")))
		}
		l := mustLabels(t, tasks, workers, classes, task, worker, class)
		r, err := Infer(l, IBCC, Options{})
		if err != nil {
			t.Fatal(err)
		}
		exact := logEvidence(l)
		if r.LogLikelihood > exact+1e-9 {
			t.Fatalf("the bound %v is above the evidence %v", r.LogLikelihood, exact)
		}
		if gap := exact - r.LogLikelihood; gap > 3 {
			t.Fatalf("the bound %v is far below the evidence %v", r.LogLikelihood, exact)
		}
		if classes == 1 && math.Abs(exact-r.LogLikelihood) > 1e-12 {
			t.Fatalf("with one class the bound %v is not the evidence %v", r.LogLikelihood, exact)
		}
	})
}

// Recomputed from its formulas after any number of passes, the bound and the posteriors are the same.
func TestIBCCEqualsItsTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tasks, workers, classes, task, worker, class := observationsOf(t)
		l := mustLabels(t, tasks, workers, classes, task, worker, class)
		passes := rapid.IntRange(1, 4).Draw(t, "passes")
		r, err := Infer(l, IBCC, Options{Iterations: passes, Tolerance: -1})
		if err != nil {
			t.Fatal(err)
		}
		q, bound := newTwin(l, false).q, 0.0
		for range passes {
			bound = ibccTwinPass(l, q)
		}
		if math.Abs(bound-r.LogLikelihood) > 1e-9*(1+math.Abs(bound)) {
			t.Fatalf("the bound is %v, the twin has %v", r.LogLikelihood, bound)
		}
		for i := range tasks {
			for k := range classes {
				if got := r.Posterior.At(i, k); math.Abs(got-q[i][k]) > 1e-9 {
					t.Fatalf("P(task %d is %d) is %v, the twin has %v", i, k, got, q[i][k])
				}
			}
		}
	})
}

// ibccTwinCounts returns the Dirichlet counts of the posteriors of all confusions, a row for
// each worker and class, and those of the priors.
func ibccTwinCounts(l *Labels, q map[int][]float64) (rows, prior [][]float64) {
	k := l.classes
	rows, prior = table(l.workers*k, k), table(k, k)
	for y := range k {
		for x := range k {
			prior[y][x] = 1
			if x == y {
				prior[y][x] = 4
			}
			for w := range l.workers {
				rows[w*k+y][x] = prior[y][x]
			}
		}
	}
	for t := range l.tasks {
		workers, classes := l.row(t)
		for i, w := range workers {
			for y := range k {
				rows[int(w)*k+y][classes[i]] += q[t][y]
			}
		}
	}
	return rows, prior
}

// logMeans returns E log of the shares that are Dirichlet with the counts.
func logMeans(counts []float64) []float64 {
	sum, out := 0.0, make([]float64, len(counts))
	for _, x := range counts {
		sum += x
	}
	for i, x := range counts {
		out[i] = digammaTwin(x) - digammaTwin(sum)
	}
	return out
}

// logRatio returns E log p − E log q of a Dirichlet q with the counts, from the prior p.
func logRatio(prior, counts []float64) float64 {
	v := dirichlet(counts...) - dirichlet(prior...)
	for i, m := range logMeans(counts) {
		v += (prior[i] - counts[i]) * m
	}
	return v
}

// ibccTwinPass replaces the posteriors q and returns the bound, as
// E log p(x, z, π, θ) − E log q(z) − E log q(π, θ) with nothing cancelled by hand.
func ibccTwinPass(l *Labels, q map[int][]float64) float64 {
	k := l.classes
	a, ones := table(1, k)[0], table(1, k)[0]
	for i := range k {
		a[i], ones[i] = 1, 1
		for t := range l.tasks {
			a[i] += q[t][i]
		}
	}
	rows, prior := ibccTwinCounts(l, q)
	bound := logRatio(ones, a)
	logs := make([][]float64, len(rows))
	for i, row := range rows {
		bound += logRatio(prior[i%k], row)
		logs[i] = logMeans(row)
	}
	for t := range l.tasks {
		score := logMeans(a)
		workers, classes := l.row(t)
		for i, w := range workers {
			for y := range k {
				score[y] += logs[int(w)*k+y][classes[i]]
			}
		}
		sum := 0.0
		for y := range k {
			sum += math.Exp(score[y])
		}
		for y := range k {
			q[t][y] = math.Exp(score[y]) / sum
			bound += q[t][y] * (score[y] - math.Log(q[t][y]))
		}
	}
	return bound
}
