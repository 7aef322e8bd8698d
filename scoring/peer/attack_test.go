package peer

import (
	"math"
	"slices"
	"testing"

	"github.com/assaynet/assay/scoring/kernel"
)

// separation is the chance that an honest worker's value is above an attacker's, a tie
// counting half, among workers with 20 reports or more.
func separation(value []float64, attacker []bool, reports []int) float64 {
	won, n := 0.0, 0.0
	for i := range value {
		for j := range value {
			if attacker[i] || !attacker[j] || reports[i] < 20 || reports[j] < 20 {
				continue
			}
			n++
			switch {
			case value[i] > value[j]:
				won++
			case value[i] == value[j]:
				won += .5
			}
		}
	}
	return won / n
}

// lies are how an attacker labels, given the world and who attacks.
var lies = map[string]func(w world, attackers []bool, random *kernel.Random) func(task, worker, was int32) int32{
	"independent random": func(w world, _ []bool, random *kernel.Random) func(task, worker, was int32) int32 {
		return func(int32, int32, int32) int32 { return int32(random.Intn(w.classes)) }
	},
	"constant label": func(w world, _ []bool, _ *kernel.Random) func(task, worker, was int32) int32 {
		c := w.commonest()
		return func(int32, int32, int32) int32 { return c }
	},
	"shared signal": func(w world, _ []bool, random *kernel.Random) func(task, worker, was int32) int32 {
		signal := make([]int32, w.tasks)
		for t := range signal {
			signal[t] = int32(random.Intn(w.classes))
		}
		return func(task, _, _ int32) int32 { return signal[task] }
	},
	"copy of one leader": func(w world, attackers []bool, _ *kernel.Random) func(task, worker, was int32) int32 {
		leader, leads := int32(slices.Index(attackers, false)), map[int32]int32{}
		for i, x := range w.worker {
			if x == leader {
				leads[w.task[i]] = w.label[i]
			}
		}
		return func(task, _, was int32) int32 {
			if label, ok := leads[task]; ok {
				return label
			}
			return was
		}
	},
}

// separations runs an attack by a share of the workers ten times and takes the mean,
// by rule and last by plain agreement with the majority.
func separations(t *testing.T, w world, attack string, share float64) (mean [4]float64) {
	t.Helper()
	const runs = 10
	reports := make([]int, w.workers)
	for _, i := range w.worker {
		reports[i]++
	}
	for run := range runs {
		random := kernel.NewRandom(uint64(run))
		attackers := w.some(random, share)
		v := w.attack(attackers, lies[attack](w, attackers, random))
		r := v.reports(t)
		for i, rule := range rules {
			scores, err := rule.run(r)
			mean[i] += separation(values(t, scores, err), attackers, reports) / runs
		}
		mean[3] += separation(majority(v), attackers, reports) / runs
	}
	return mean
}

// TestSeparation compares with the ranges that were measured over these four sets with
// another implementation, for 30 % of attackers: ours may be better, and worse by 0.05,
// as the draws of attackers differ. Plain agreement with the majority fails against a
// constant label on the sets of two classes.
func TestSeparation(t *testing.T) {
	for _, name := range []string{"bird", "d_possent", "rte", "dog"} {
		t.Run(name, func(t *testing.T) {
			w := readWorld(t, name)
			for attack, lowest := range map[string][3]float64{"independent random": {.89, .89, .66}, "constant label": {.91, .90, .54}} {
				got := separations(t, w, attack, .3)
				t.Logf("%s: correlated agreement %.3f, truth serum %.3f, determinants %.3f; majority %.3f", attack, got[0], got[1], got[2], got[3])
				for i, rule := range rules {
					if got[i] < lowest[i]-.05 {
						t.Errorf("%s against %s: %.3f, want at least %.2f", rule.name, attack, got[i], lowest[i]-.05)
					}
				}
				if attack == "constant label" && w.classes == 2 && got[3] > .59 {
					t.Errorf("plain agreement holds against a constant label: %.3f", got[3])
				}
			}
		})
	}
}

// TestWhatBeatsTheRules documents the weakness: no rule puts honest workers above 30 %
// who share a signal or copy one honest worker. On dog, with four classes and few
// votes to a task, it takes 45 %.
func TestWhatBeatsTheRules(t *testing.T) {
	for name, share := range map[string]float64{"bird": .3, "d_possent": .3, "rte": .3, "dog": .45} {
		t.Run(name, func(t *testing.T) {
			w := readWorld(t, name)
			for _, attack := range []string{"shared signal", "copy of one leader"} {
				got := separations(t, w, attack, share)
				t.Logf("%s: correlated agreement %.3f, truth serum %.3f, determinants %.3f; majority %.3f", attack, got[0], got[1], got[2], got[3])
				for i, rule := range rules {
					if got[i] > .6 {
						t.Errorf("%s against %s: %.3f, the comment of the package says that it does not hold", rule.name, attack, got[i])
					}
				}
			}
		})
	}
}

// Where a worker may choose tasks by their likely answer, the serum pays for a
// constant label, since its R is of all tasks; correlated agreement does not.
func TestConstantOnChosenTasks(t *testing.T) {
	var pay [3]float64
	const runs = 20
	for run := range runs {
		w := population{tasks: 300, workers: 20, classes: 2, voters: 6}.draw(kernel.NewRandom(uint64(run)))
		ones := make([]int, w.tasks)
		for i, t := range w.task {
			ones[t] += int(w.label[i])
		}
		for task, n := range ones {
			if n >= 4 {
				w.task, w.worker, w.label = append(w.task, int32(task)), append(w.worker, int32(w.workers)), append(w.label, 1)
			}
		}
		w.workers++
		r := w.reports(t)
		for i, rule := range rules {
			scores, err := rule.run(r)
			pay[i] += values(t, scores, err)[w.workers-1] / runs
		}
	}
	if math.Abs(pay[0]) > 1e-12 || math.Abs(pay[2]) > 1e-12 || pay[1] < .3 {
		t.Errorf("a constant label on chosen tasks earns %v", pay)
	}
}
