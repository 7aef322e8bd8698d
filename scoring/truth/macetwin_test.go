package truth

import (
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
)

// maceTwin is MACE written down from its formulas, class by class, with all numbers kept.
type maceTwin struct {
	task, worker, label []int // numbered by first appearance
	tasks, workers      int
	labels              int
	row, column         []int // where crowd-kit puts a worker's sums
	truth               map[int]int
	mistaken            bool

	know, spam []float64   // exp E ln θ, exp E ln (1−θ)
	guess      [][]float64 // exp E ln ξ
	q          [][]float64
	bound      float64
}

func newMACETwin(t testing.TB, folder, name string, mistaken bool) *maceTwin {
	tasks, workers, labels := names{}, names{}, names{}
	m := &maceTwin{truth: map[int]int{}, mistaken: mistaken}
	for _, row := range readRows(t, filepath.Join(folder, name+".labels.csv")) {
		m.task = append(m.task, int(tasks.number(row[0])))
		m.worker = append(m.worker, int(workers.number(row[1])))
		m.label = append(m.label, int(labels.number(row[2])))
	}
	for _, row := range readRows(t, filepath.Join(folder, name+".truth.csv")) {
		if n, known := tasks[row[0]]; known {
			m.truth[int(n)] = -1
			if k, given := labels[row[1]]; given {
				m.truth[int(n)] = int(k)
			}
		}
	}
	m.tasks, m.workers, m.labels = len(tasks), len(workers), len(labels)
	m.row, m.column = byNumber(workers), byNumber(labels)
	m.start()
	return m
}

// byNumber is the place of each name in the order of the numbers that they are.
func byNumber(n names) []int {
	sorted := make([]int, 0, len(n))
	for s := range n {
		x, _ := strconv.Atoi(s)
		sorted = append(sorted, x)
	}
	slices.Sort(sorted)
	place := make([]int, len(n))
	for s, i := range n {
		x, _ := strconv.Atoi(s)
		place[i] = slices.Index(sorted, x)
	}
	return place
}

func table(rows, columns int) [][]float64 {
	t := make([][]float64, rows)
	for i := range t {
		t[i] = make([]float64, columns)
	}
	return t
}

// start counts a label as known by the share of its task's labels that agree.
func (m *maceTwin) start() {
	votes := table(m.tasks, m.labels)
	total := make([]float64, m.tasks)
	for i, t := range m.task {
		votes[t][m.label[i]]++
		total[t]++
	}
	known, spam := make([]float64, m.workers), table(m.workers, m.labels)
	for i, t := range m.task {
		p := votes[t][m.label[i]] / total[t]
		known[m.worker[i]] += p
		spam[m.worker[i]][m.label[i]] += 1 - p
	}
	m.maximise(known, spam)
}

func (m *maceTwin) maximise(known []float64, spam [][]float64) {
	divergence := 0.0
	m.know, m.spam, m.guess = make([]float64, m.workers), make([]float64, m.workers), table(m.workers, m.labels)
	for w := range m.workers {
		guessed := 0.0
		for _, c := range spam[w] {
			guessed += c
		}
		both := digammaTwin(known[w] + guessed + 1)
		logKnow, logSpam := digammaTwin(known[w]+.5)-both, digammaTwin(guessed+.5)-both
		m.know[w], m.spam[w] = math.Exp(logKnow), math.Exp(logSpam)
		divergence += known[w]*logKnow + guessed*logSpam + dirichlet(.5, .5) - dirichlet(known[w]+.5, guessed+.5)
	}
	if m.mistaken {
		moved := table(m.workers, m.labels)
		for w := range spam {
			for k, c := range spam[w] {
				moved[m.row[w]][m.column[k]] = c
			}
		}
		spam = moved
	}
	for w := range m.workers {
		guessed, a, a0 := 0.0, make([]float64, m.labels), make([]float64, m.labels)
		for k, c := range spam[w] {
			guessed += c
			a[k], a0[k] = c+10, 10
		}
		divergence += dirichlet(a0...) - dirichlet(a...)
		for k, c := range spam[w] {
			log := digammaTwin(a[k]) - digammaTwin(guessed+10*float64(m.labels))
			m.guess[w][k] = math.Exp(log)
			divergence += c * log
		}
	}
	m.bound = -divergence
}

// dirichlet is the logarithm of the normaliser of Dirichlet(a), Σ ln Γ(a_k) − ln Γ(Σ a).
func dirichlet(a ...float64) float64 {
	sum, log := 0.0, 0.0
	for _, x := range a {
		g, _ := math.Lgamma(x)
		sum, log = sum+x, log+g
	}
	g, _ := math.Lgamma(sum)
	return log - g
}

// digammaTwin is ψ by its recurrence and asymptotic series.
func digammaTwin(x float64) float64 {
	shift := 0.0
	for ; x < 30; x++ {
		shift -= 1 / x
	}
	f := 1 / (x * x)
	return shift + math.Log(x) - .5/x - f*(1./12-f*(1./120-f/252))
}

// run makes passes of an E step and an M step, and ends with an E step.
func (m *maceTwin) run(passes int) {
	for pass := 0; ; pass++ {
		m.q = table(m.tasks, m.labels)
		for i, t := range m.task {
			right, wrong := m.chances(i)
			right, wrong = math.Log(right), math.Log(wrong)
			for k := range m.labels {
				if k == m.label[i] {
					m.q[t][k] += right
				} else {
					m.q[t][k] += wrong
				}
			}
		}
		for t := range m.q {
			most, sum := slices.Max(m.q[t]), 0.0
			for k, x := range m.q[t] {
				m.q[t][k] = math.Exp(x - most)
				sum += m.q[t][k]
			}
			for k := range m.q[t] {
				m.q[t][k] /= sum
			}
			m.bound += most + math.Log(sum) - math.Log(float64(m.labels))
		}
		if pass == passes-1 {
			return
		}
		known, spam := make([]float64, m.workers), table(m.workers, m.labels)
		for i, t := range m.task {
			w, x := m.worker[i], m.label[i]
			right, _ := m.chances(i)
			p := m.q[t][x] * m.know[w] / right
			known[w] += p
			spam[w][x] += 1 - p
		}
		m.maximise(known, spam)
	}
}

// chances are those of observation i when it is right and when it is wrong.
func (m *maceTwin) chances(i int) (right, wrong float64) {
	w := m.worker[i]
	wrong = m.spam[w] * m.guess[w][m.label[i]]
	return wrong + m.know[w], wrong
}

func (m *maceTwin) accuracy() float64 {
	right := 0
	for t, k := range m.truth {
		best := 0
		for j, p := range m.q[t] {
			if p > m.q[t][best] {
				best = j
			}
		}
		if best == k {
			right++
		}
	}
	return float64(right) / float64(len(m.truth))
}

// From the same start, ours has the twin's posteriors and its bound after any number of passes.
func TestMACEEqualsItsTwin(t *testing.T) {
	for _, name := range []string{"cf", "sp_amt"} {
		folder := dataFolder(t, name)
		twin := newMACETwin(t, folder, name, false)
		l := twin.observations(t)
		m := newMACE(l, Options{})
		m.startFromShares()
		r := &Result{}
		m.run(r, Options{Iterations: 25, Tolerance: -1})
		twin.run(25)
		if got := r.Trace[24]; math.Abs(got-twin.bound) > 1e-9*math.Abs(got) {
			t.Errorf("%s: bound %.9f, the twin has %.9f", name, got, twin.bound)
		}
		for task := range l.tasks {
			for k := range l.classes {
				if got := m.post.At(task, k); math.Abs(got-twin.q[task][k]) > 1e-9 {
					t.Fatalf("%s: P(task %d is %d) is %.12f, the twin has %.12f", name, task, k, got, twin.q[task][k])
				}
			}
		}
	}
}

// observations are the twin's labels, with its numbers.
func (m *maceTwin) observations(t testing.TB) *Labels {
	t.Helper()
	l, err := NewLabels(m.tasks, m.workers, m.labels, narrow(m.task), narrow(m.worker), narrow(m.label))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func narrow(x []int) []int32 {
	out := make([]int32, len(x))
	for i, v := range x {
		out[i] = int32(v)
	}
	return out
}
