package preference

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func wins(pairs ...[2]int) []Game {
	var out []Game
	for _, p := range pairs {
		out = append(out, Game{p[0], p[1], LeftWins, NoRater})
	}
	return out
}

// Where games leave strengths infinite, a prior bounds them; where they leave them open,
// each component has its own mean of zero.
func TestWeakGraphs(t *testing.T) {
	cycle := wins([2]int{0, 1}, [2]int{1, 2}, [2]int{2, 0})
	for _, c := range []struct {
		name       string
		games      []Game
		components []int
		parts      []int
		shrunk     []bool
	}{
		{"one game", wins([2]int{0, 1}), []int{0, 0}, []int{0, 1}, []bool{true, true}},
		{"one tie", []Game{{0, 1, Tie, NoRater}}, []int{0, 0}, []int{0, 0}, []bool{false, false}},
		{"neither", []Game{{1, 0, Neither, NoRater}}, []int{0, 0}, []int{0, 0}, []bool{false, false}},
		{"a cycle", cycle, []int{0, 0, 0}, []int{0, 0, 0}, []bool{false, false, false}},
		{"a cycle and one unbeaten", append(wins([2]int{3, 0}), cycle...), []int{0, 0, 0, 0}, []int{0, 0, 0, 1}, []bool{true, true, true, true}},
		{"two components", append(wins([2]int{3, 4}), cycle...), []int{0, 0, 0, 1, 1}, []int{0, 0, 0, 1, 2}, []bool{false, false, false, true, true}},
		{"an item without games", wins([2]int{0, 2}, [2]int{2, 0}), []int{0, 1, 0}, []int{0, 1, 0}, []bool{false, false, false}},
	} {
		for _, o := range []Options{{}, {Ties: Davidson}, {Side: true}, {Ties: Davidson, Side: true}} {
			results(t, tabled(t, c.games), o)
		}
		f := fitted(t, tabled(t, c.games), Options{})
		if !slices.Equal(f.Components, c.components) || !slices.Equal(f.Parts, c.parts) || !slices.Equal(f.Shrunk, c.shrunk) {
			t.Errorf("%s: components %v, parts %v, shrunk %v", c.name, f.Components, f.Parts, f.Shrunk)
		}
	}
}

// An item that wins everything becomes strong, but not without bound, and stays
// uncertain.
func TestUnbeaten(t *testing.T) {
	table := tabled(t, wins([2]int{0, 1}, [2]int{1, 2}, [2]int{2, 1}))
	add(t, table, Game{0, 1, LeftWins, NoRater}, 1e6)
	f := fitted(t, table, Options{})
	if lead := f.Strengths[0] - f.Strengths[1]; !(lead > 5 && lead < 20) {
		t.Errorf("lead %v", lead)
	}
	sandwich, err := f.Sandwich()
	if err != nil {
		t.Fatal(err)
	}
	boot, err := f.Bootstrap(200, 1)
	if err != nil {
		t.Fatal(err)
	}
	fisher := f.Fisher().Difference(0, 1)
	if !(fisher > 0.5 && fisher < 1) {
		t.Errorf("the error of the lead is %v", fisher)
	}
	near(t, "error by the sandwich", sandwich.Difference(0, 1), fisher, 0.05)
	if se := boot.Difference(0, 1); !(se > 0.15 && se < 1) { // a drawn table is as one-sided
		t.Errorf("the error of the lead by the bootstrap is %v", se)
	}
}

// All games won by the left side, or all tied, leave the effect of the side or ν
// infinite.
func TestEverythingExplained(t *testing.T) {
	for _, o := range []Outcome{LeftWins, Tie} {
		var games []Game
		for i := range 30 {
			games = append(games, Game{i % 3, (i + 1 + i/3%2) % 3, o, NoRater})
		}
		f := fitted(t, tabled(t, games), Options{Ties: Davidson, Side: true})
		if math.Abs(f.Side) > 10 || f.Tie > 1e5 || slices.Contains(f.Shrunk, false) {
			t.Errorf("outcome %d: side %v, ν %v, shrunk %v", o, f.Side, f.Tie, f.Shrunk)
		}
	}
}

// A long ladder, where each item beats the next nine times in ten, has far strengths
// and no prior.
func TestLadder(t *testing.T) {
	const items = 120
	table := new(Table)
	for i := 1; i < items; i++ {
		add(t, table, Game{i, i - 1, LeftWins, NoRater}, 9)
		add(t, table, Game{i, i - 1, RightWins, NoRater}, 1)
	}
	f := fitted(t, table, Options{})
	near(t, "height", f.Strengths[items-1]-f.Strengths[0], (items-1)*math.Log(9), 1e-6)
	near(t, "error of a rung", f.Fisher().Difference(3, 4), math.Sqrt(1/.9), 1e-6)
}

// The strongly connected components are the classes of mutual reachability.
func TestPartsTwin(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(rt, "items")
		edges := rapid.SliceOfN(rapid.IntRange(0, n*n-1), 0, 20).Draw(rt, "edges")
		reach := make([][]bool, n)
		for i := range reach {
			reach[i] = make([]bool, n)
			reach[i][i] = true
		}
		for _, e := range edges {
			reach[e/n][e%n] = true
		}
		for k := range n {
			for i := range n {
				for j := range n {
					reach[i][j] = reach[i][j] || reach[i][k] && reach[k][j]
				}
			}
		}
		g := newGraph(n, func(beats func(int, int)) {
			for _, e := range edges {
				beats(e/n, e%n)
			}
		})
		for i := range n {
			for j := range n {
				if (g.parts[i] == g.parts[j]) != (reach[i][j] && reach[j][i]) {
					rt.Fatalf("edges %v: parts %v", edges, g.parts)
				}
				if reach[i][j] && g.components[i] != g.components[j] {
					rt.Fatalf("edges %v: components %v", edges, g.components)
				}
			}
		}
	})
}
