package truth

import (
	"math"
	"testing"

	"github.com/assaynet/assay/scoring/kernel"
)

// gladTwin is the log-posterior of GLAD's parameters, from its formula.
func gladTwin(l *Labels, ability, ease []float64) float64 {
	sum := 0.0
	for _, v := range append(append([]float64{}, ability...), ease...) {
		sum -= (v - 1) * (v - 1) / 2
	}
	k := float64(l.classes)
	for t := range l.tasks {
		workers, classes := l.row(t)
		likelihood := 0.0
		for c := range l.classes {
			p := 1 / k
			for i, w := range workers {
				right := 1 / (1 + math.Exp(-ability[w]*math.Exp(ease[t])))
				if int(classes[i]) == c {
					p *= right
				} else {
					p *= (1 - right) / (k - 1)
				}
			}
			likelihood += p
		}
		sum += math.Log(likelihood)
	}
	return sum
}

// simulateGLAD draws labels from the model.
func simulateGLAD(t testing.TB, random *kernel.Random, tasks, workers, classes, each int) (l *Labels, truth []int32, ability, ease []float64) {
	t.Helper()
	ability, ease = make([]float64, workers), make([]float64, tasks)
	for w := range ability {
		ability[w] = 1 + random.Normal()
	}
	var task, worker, class []int32
	for i := range ease {
		ease[i] = 0.7 * random.Normal()
		y := int32(random.Intn(classes))
		truth = append(truth, y)
		for _, w := range random.Perm(workers)[:each] {
			x := y
			if random.Float64() >= 1/(1+math.Exp(-ability[w]*math.Exp(ease[i]))) {
				x = (y + 1 + int32(random.Intn(classes-1))) % int32(classes)
			}
			task, worker, class = append(task, int32(i)), append(worker, int32(w)), append(class, x)
		}
	}
	l, err := NewLabels(tasks, workers, classes, task, worker, class)
	if err != nil {
		t.Fatal(err)
	}
	return l, truth, ability, ease
}

// At the end the formula has the value of the trace, and no parameter can be moved to raise it.
func TestGLADEndsAtAMaximum(t *testing.T) {
	for _, classes := range []int{2, 4} {
		l, _, _, _ := simulateGLAD(t, kernel.NewRandom(3), 60, 12, classes, 5)
		g := newGLAD(l, Options{})
		last := 0.0
		for range 400 {
			g.improveAbilities()
			g.improveEases()
			last = g.expect() + priors(g.ability) + priors(g.ease)
		}
		at := gladTwin(l, g.ability, g.ease)
		if math.Abs(at-last) > 1e-9*math.Abs(at) {
			t.Errorf("%d classes: log-posterior %.10f, by the formula %.10f", classes, last, at)
		}
		for _, parameters := range [][]float64{g.ability, g.ease} {
			for i, v := range parameters {
				const h = 1e-4
				parameters[i] = v + h
				up := gladTwin(l, g.ability, g.ease)
				parameters[i] = v - h
				down := gladTwin(l, g.ability, g.ease)
				parameters[i] = v
				if slope := (up - down) / (2 * h); math.Abs(slope) > 1e-4 || up > at || down > at {
					t.Errorf("%d classes: parameter %d at %.4f can be moved: slope %g", classes, i, v, slope)
				}
			}
		}
	}
}

// The abilities and the eases with which labels were drawn come back in their order.
func TestGLADRecoversAbilitiesAndEases(t *testing.T) {
	l, truth, ability, ease := simulateGLAD(t, kernel.NewRandom(5), 400, 40, 3, 20)
	g := newGLAD(l, Options{})
	for range 60 {
		g.expect()
		g.improveAbilities()
		g.improveEases()
	}
	g.expect()
	if r := correlation(g.ability, ability); r < 0.97 {
		t.Errorf("abilities correlate by %.3f with those drawn", r)
	}
	if r := correlation(g.ease, ease); r < 0.6 {
		t.Errorf("eases correlate by %.3f with those drawn", r)
	}
	right := 0
	for task, y := range truth {
		if k, _ := g.post.Best(task); int32(k) == y {
			right++
		}
	}
	if right < 370 {
		t.Errorf("%d of 400 tasks are right", right)
	}
}

func correlation(x, y []float64) float64 {
	mx, my, n := 0.0, 0.0, float64(len(x))
	for i := range x {
		mx, my = mx+x[i]/n, my+y[i]/n
	}
	xy, xx, yy := 0.0, 0.0, 0.0
	for i := range x {
		xy, xx, yy = xy+(x[i]-mx)*(y[i]-my), xx+(x[i]-mx)*(x[i]-mx), yy+(y[i]-my)*(y[i]-my)
	}
	return xy / math.Sqrt(xx*yy)
}
