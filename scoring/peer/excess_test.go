package peer

import (
	"slices"
	"testing"

	"github.com/assaynet/assay/scoring/kernel"
)

// flag is Benjamini and Hochberg's procedure: the pairs with a p-value of at most q·i/m,
// i the greatest rank for which that holds.
func flag(pairs []Pair, q float64) []Pair {
	sorted := slices.Clone(pairs)
	slices.SortFunc(sorted, func(a, b Pair) int {
		switch {
		case a.P < b.P:
			return -1
		case a.P > b.P:
			return 1
		}
		return 0
	})
	for i := len(sorted); i > 0; i-- {
		if sorted[i-1].P <= q*float64(i)/float64(len(sorted)) {
			return sorted[:i]
		}
	}
	return nil
}

// TestHonestPairsAreNotFlagged simulates the null: workers of different skill, errors
// independent given the truth. P must not be small too often, pair by pair, and of
// 10,000 small rounds at most a share q may flag anybody, within three standard errors
// of the simulation (0.003).
func TestHonestPairsAreNotFlagged(t *testing.T) {
	for _, c := range []struct {
		p    population
		runs int
	}{
		{population{40, 8, 2, 6}, 6000},
		{population{40, 8, 3, 6}, 4000},
		{population{400, 30, 2, 8}, 10},
		{population{400, 30, 4, 8}, 10},
		{population{100, 30, 2, 30}, 10},
		{population{1000, 80, 2, 20}, 4},
		{population{3000, 20, 3, 5}, 10},
	} {
		low, pairs, rounds := 0.0, 0.0, 0.0
		for run := range c.runs {
			got, err := ExcessAgreement(c.p.draw(kernel.NewRandom(uint64(run))).reports(t), 10)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range got {
				pairs++
				if p.P <= .01 {
					low++
				}
			}
			if len(flag(got, .01)) > 0 {
				rounds++
			}
		}
		t.Logf("%+v: %.0f pairs, %.4f with P ≤ 0.01; some pair flagged in %.4f of %d rounds", c.p, pairs, low/pairs, rounds/float64(c.runs), c.runs)
		if low/pairs > .011 {
			t.Errorf("%+v: P ≤ 0.01 for %.4f of the pairs", c.p, low/pairs)
		}
		if rounds/float64(c.runs) > .013 {
			t.Errorf("%+v: some honest pair is flagged in %.4f of the rounds", c.p, rounds/float64(c.runs))
		}
	}
}

// TestCopiersAreFlagged lets three workers of thirty copy a fourth on all tasks that
// both have, or on four of five.
func TestCopiersAreFlagged(t *testing.T) {
	for _, c := range []struct {
		copied       float64
		copies, most float64 // the least share of copying pairs, the greatest of honest ones
	}{{1, .99, .001}, {.8, .9, .001}} {
		var caught, copying, falsely, honest float64
		for run := range 10 {
			random := kernel.NewRandom(uint64(run))
			w := population{tasks: 1500, workers: 30, classes: 3, voters: 10}.draw(random)
			leads := map[int32]int32{}
			for i, x := range w.worker {
				if x == 0 {
					leads[w.task[i]] = w.label[i]
				}
			}
			ring := make([]bool, w.workers)
			ring[1], ring[2], ring[3] = true, true, true
			w = w.attack(ring, func(task, _, was int32) int32 {
				if label, ok := leads[task]; ok && random.Float64() < c.copied {
					return label
				}
				return was
			})
			pairs, err := ExcessAgreement(w.reports(t), 20)
			if err != nil {
				t.Fatal(err)
			}
			flagged := flag(pairs, .01)
			for _, p := range pairs {
				copies := p.A == 0 && p.B <= 3
				ours := p.B <= 3 // copiers of one leader resemble each other too
				is := slices.Contains(flagged, p)
				switch {
				case copies:
					copying++
					if is {
						caught++
					}
				case !ours:
					honest++
					if is {
						falsely++
					}
				}
			}
		}
		t.Logf("copying %.0f %%: %.3f of %.0f copying pairs flagged, %.5f of %.0f honest ones", 100*c.copied, caught/copying, copying, falsely/honest, honest)
		if caught/copying < c.copies {
			t.Errorf("copying %.0f %%: only %.3f of the copying pairs are flagged", 100*c.copied, caught/copying)
		}
		if falsely/honest > c.most {
			t.Errorf("copying %.0f %%: %.5f of the honest pairs are flagged", 100*c.copied, falsely/honest)
		}
	}
}

// TestExcessOnRealLabels compares with what was measured on these sets: of pairs
// without an attack 0 to 0.95 % are flagged, of colluders who share a signal 18 to
// 100 %, here 10 % of the workers.
func TestExcessOnRealLabels(t *testing.T) {
	for _, name := range []string{"bird", "d_possent", "rte", "dog"} {
		t.Run(name, func(t *testing.T) {
			w := readWorld(t, name)
			pairs, err := ExcessAgreement(w.reports(t), 20)
			if err != nil {
				t.Fatal(err)
			}
			share := float64(len(flag(pairs, .01))) / float64(len(pairs))
			random := kernel.NewRandom(4)
			ring := w.some(random, .1)
			pairs, err = ExcessAgreement(w.attack(ring, lies["shared signal"](w, ring, random)).reports(t), 20)
			if err != nil {
				t.Fatal(err)
			}
			var caught, colluding, falsely, honest float64
			flagged := flag(pairs, .01)
			for _, p := range pairs {
				hit := 0.0
				if slices.Contains(flagged, p) {
					hit = 1
				}
				if ring[p.A] && ring[p.B] {
					colluding++
					caught += hit
				} else {
					honest++
					falsely += hit
				}
			}
			t.Logf("no attack: %.4f of pairs flagged; with a ring of 10 %%: %.3f of %.0f colluding pairs, %.4f of the others", share, caught/colluding, colluding, falsely/honest)
			if share > .0095 {
				t.Errorf("without an attack %.4f of the pairs are flagged", share)
			}
			if caught/colluding < .18 {
				t.Errorf("%.3f of the colluding pairs are flagged", caught/colluding)
			}
		})
	}
}
