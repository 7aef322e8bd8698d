package preference

import (
	"math"
	"slices"
	"strings"
	"testing"
)

func TestTableRefuses(t *testing.T) {
	for _, c := range []struct {
		g     Game
		times int
		want  string
	}{
		{Game{-1, 0, Tie, NoRater}, 1, "items are numbered from 0 to 1999"},
		{Game{0, MaxItems, Tie, NoRater}, 1, "items are numbered from 0 to 1999"},
		{Game{7, 7, Tie, NoRater}, 1, "item 7 against itself"},
		{Game{0, 1, 4, NoRater}, 1, "no outcome 4"},
		{Game{0, 1, Tie, -2}, 1, "rater -2"},
		{Game{0, 1, Tie, MaxRaters}, 1, "raters are numbered from 0 to 1048575"},
		{Game{0, 1, Tie, NoRater}, 0, "played 0 times"},
		{Game{0, 1, Tie, NoRater}, math.MaxInt, "want from 1 up to"},
	} {
		table := new(Table)
		if err := table.Add(c.g, c.times); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.g, err, c.want)
		}
		if n, _ := table.Games(); n != 0 || table.Items() != 0 {
			t.Errorf("%+v was counted", c.g)
		}
	}
	full := new(Table)
	add(t, full, Game{0, 1, LeftWins, NoRater}, maxGames)
	if full.Add(Game{0, 1, LeftWins, NoRater}, 1) == nil {
		t.Error("more games than a float64 counts were taken")
	}
}

func TestTableCounts(t *testing.T) {
	table := new(Table)
	for range 3 {
		add(t, table, Game{1500, 3, RightWins, 7}, 2)
		add(t, table, Game{3, 1500, Neither, NoRater}, 1)
		add(t, table, Game{0, 1, Tie, MaxRaters - 1}, 1)
	}
	all, neither := table.Games()
	if all != 12 || neither != 3 || table.Items() != 1501 || table.Raters() != MaxRaters {
		t.Errorf("%d games, %d neither, %d items, %d raters", all, neither, table.Items(), table.Raters())
	}
	var games []Game
	var times []int
	for g, n := range table.All() {
		games, times = append(games, g), append(times, n)
	}
	if !slices.Equal(games, []Game{{3, 1500, Neither, NoRater}, {1500, 3, RightWins, 7}, {0, 1, Tie, MaxRaters - 1}}) || !slices.Equal(times, []int{3, 6, 3}) {
		t.Errorf("%v %v", games, times)
	}
	for range table.All() {
		break
	}
}

// Many games of few raters stay few cells.
func TestTableStaysSmall(t *testing.T) {
	table := new(Table)
	for i := range 500_000 {
		add(t, table, Game{i % 3, (i + 1) % 3, LeftWins, i % 10}, 1)
	}
	if c := cap(table.cells); c > 1<<18 {
		t.Errorf("room for %d cells is kept for 30 different games", c)
	}
}

func TestOptionsRefused(t *testing.T) {
	table := tabled(t, wins([2]int{0, 1}, [2]int{1, 0}))
	for _, o := range []Options{{Ties: 2}, {Prior: -1}, {Prior: math.NaN()}, {Prior: math.Inf(1)}, {Prior: 1e-300}} {
		if _, err := BradleyTerry(table, o); err == nil {
			t.Errorf("%+v was taken", o)
		}
	}
	if _, err := BradleyTerry(new(Table), Options{}); err == nil {
		t.Error("no games were fitted")
	}
	f := fitted(t, table, Options{})
	for _, n := range []int{-1, 0, minReplicates - 1, MaxReplicates + 1} {
		if _, err := f.Bootstrap(n, 1); err == nil {
			t.Errorf("%d replicates were taken", n)
		}
	}
	for _, reference := range []int{-2, 2} {
		if _, err := f.Estimates(f.Fisher(), reference); err == nil {
			t.Errorf("reference %d was taken", reference)
		}
	}
	other := fitted(t, tabled(t, wins([2]int{0, 2})), Options{})
	if _, err := f.Estimates(other.Fisher(), 0); err == nil {
		t.Error("another fit's covariance was taken")
	}
	one := tabled(t, []Game{{0, 1, LeftWins, 4}, {1, 0, LeftWins, 4}})
	if _, err := fitted(t, one, Options{}).Sandwich(); err == nil || !strings.Contains(err.Error(), "one rater") {
		t.Errorf("sandwich of one rater: %v", err)
	}
	if _, err := fitted(t, one, Options{}).Bootstrap(100, 1); err == nil {
		t.Error("bootstrap of one rater")
	}
}

// Any games give finite results.
func FuzzResults(f *testing.F) {
	f.Add([]byte{0, 1, 0, 0, 1, 2, 0, 0, 2, 0, 0, 1}, byte(0))
	f.Add([]byte{0, 1, 2, 9}, byte(3))
	f.Add([]byte("0100102\x000"), byte(2)) // the side explains all
	f.Fuzz(func(t *testing.T, data []byte, options byte) {
		table := new(Table)
		for ; len(data) >= 4 && table.Items() < 50; data = data[4:] {
			g := Game{int(data[0] % 24), int(data[1] % 24), Outcome(data[2] % 4), int(data[3]%5) - 1}
			if g.Left != g.Right {
				add(t, table, g, 1+int(data[2]/4)*int(data[3]))
			}
		}
		if n, _ := table.Games(); n == 0 {
			return
		}
		results(t, table, Options{Ties: Ties(options & 1), Side: options&2 > 0})
		if _, err := CrowdBradleyTerry(table, nil); err != nil {
			t.Fatal(err)
		}
	})
}
