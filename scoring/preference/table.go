package preference

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
)

// Bounds of a Table. They keep its memory below 1 GB, and each matrix of a fit below 33 MB.
const (
	MaxItems  = 2000    // items that a fit compares
	MaxRaters = 1 << 20 // raters that are told apart
	maxCells  = 1 << 23 // different (rater, left, right, outcome)
	maxGames  = 1 << 52 // a count stays exact as a float64
)

// NoRater stands for the rater of a game that is not known. Such a game is
// independent of all others.
const NoRater = -1

// Outcome is what a rater said of a game.
type Outcome uint8

// The outcomes. Neither is a rater's verdict that both items are bad: it prefers none
// of them, so a fit takes it for a tie, as the public arenas of language models do;
// the Table counts it apart.
const (
	LeftWins Outcome = iota
	RightWins
	Tie
	Neither
)

// Game is one comparison of two different items, numbered from 0.
type Game struct {
	Left, Right int
	Outcome     Outcome
	Rater       int // from 0, or NoRater
}

// Table counts games by (left, right, outcome) and, where the rater is known, by rater.
// Its zero value is empty.
type Table struct {
	items, raters int
	games         int64
	pairs         []pair           // in the order of their first games
	near          []int32          // 1 + where the pair of two items below nearItems stands
	far           map[uint64]int32 // where the other pairs stand
	cells         []cell           // by rater: sorted and without repeats up to compacted
	compacted     int
}

// nearItems is how many items have their pairs in an array, which is faster than a map.
const nearItems = 128

type pair struct {
	left, right int32
	counts      [4]int64 // by outcome
	anonymous   [4]int64 // those of them without a rater
}

// cell counts equal games of one rater. Its key is rater·2^24 + left·2^13 + right·2^2 +
// outcome.
type cell struct {
	key   uint64
	count int64
}

func (c cell) game() Game {
	return Game{int(c.key >> 13 & 0x7ff), int(c.key >> 2 & 0x7ff), Outcome(c.key & 3), int(c.key >> 24)}
}

// Add counts a game that was played the given number of times, at least once. The
// error says which of its fields is not allowed, or that the table is full.
func (t *Table) Add(g Game, times int) error {
	if uint(g.Left) >= MaxItems || uint(g.Right) >= MaxItems || g.Left == g.Right || g.Outcome > Neither ||
		g.Rater < NoRater || g.Rater >= MaxRaters || times < 1 || int64(times) > maxGames-t.games {
		return t.refuse(g, times)
	}
	if g.Rater >= 0 && len(t.cells) >= 2*max(t.compacted, 1<<15) {
		t.compact()
	}
	if g.Rater >= 0 && t.compacted >= maxCells {
		return fmt.Errorf("there are %d different games by rater, and no more are kept: leave the rater out, or rank a sample", maxCells)
	}
	p := t.pair(g.Left, g.Right)
	if g.Rater >= 0 {
		t.cells = append(t.cells, cell{uint64(g.Rater)<<24 | uint64(g.Left)<<13 | uint64(g.Right)<<2 | uint64(g.Outcome), int64(times)})
		t.raters = max(t.raters, g.Rater+1)
	} else {
		p.anonymous[g.Outcome] += int64(times)
	}
	p.counts[g.Outcome] += int64(times)
	t.games += int64(times)
	t.items = max(t.items, g.Left+1, g.Right+1)
	return nil
}

// refuse says what is wrong with a game.
func (t *Table) refuse(g Game, times int) error {
	switch {
	case uint(g.Left) >= MaxItems || uint(g.Right) >= MaxItems:
		return fmt.Errorf("a game of the items %d and %d: items are numbered from 0 to %d", g.Left, g.Right, MaxItems-1)
	case g.Left == g.Right:
		return fmt.Errorf("a game of item %d against itself: want two different items", g.Left)
	case g.Outcome > Neither:
		return fmt.Errorf("there is no outcome %d: want LeftWins, RightWins, Tie or Neither", g.Outcome)
	case g.Rater < NoRater || g.Rater >= MaxRaters:
		return fmt.Errorf("a game by rater %d: raters are numbered from 0 to %d, and NoRater stands for one that is not known", g.Rater, MaxRaters-1)
	}
	return fmt.Errorf("a game played %d times: want from 1 up to together %d", times, int64(maxGames))
}

// find is where the pair of two items stands, −1 if it had no game.
func (t *Table) find(left, right int) int32 {
	if left < nearItems && right < nearItems {
		if t.near == nil {
			return -1
		}
		return t.near[left*nearItems+right] - 1
	}
	if at, ok := t.far[uint64(left)<<32|uint64(right)]; ok {
		return at
	}
	return -1
}

// pair is where the games of two items are counted.
func (t *Table) pair(left, right int) *pair {
	if at := t.find(left, right); at >= 0 {
		return &t.pairs[at]
	}
	at := int32(len(t.pairs))
	t.pairs = append(t.pairs, pair{left: int32(left), right: int32(right)})
	switch {
	case left >= nearItems || right >= nearItems:
		if t.far == nil {
			t.far = map[uint64]int32{}
		}
		t.far[uint64(left)<<32|uint64(right)] = at
	default:
		if t.near == nil {
			t.near = make([]int32, nearItems*nearItems)
		}
		t.near[left*nearItems+right] = at + 1
	}
	return &t.pairs[at]
}

// compact sorts the cells and counts equal ones together.
func (t *Table) compact() {
	slices.SortFunc(t.cells, func(a, b cell) int { return cmp.Compare(a.key, b.key) })
	n := 0
	for _, c := range t.cells {
		if n > 0 && t.cells[n-1].key == c.key {
			t.cells[n-1].count += c.count
			continue
		}
		t.cells[n] = c
		n++
	}
	t.cells, t.compacted = t.cells[:n], n
}

// Items is one more than the highest item of a game.
func (t *Table) Items() int { return t.items }

// Raters is one more than the highest rater of a game.
func (t *Table) Raters() int { return t.raters }

// Games is how many games were counted, and how many of them had the outcome Neither.
func (t *Table) Games() (all, neither int64) {
	for _, p := range t.pairs {
		neither += p.counts[Neither]
	}
	return t.games, neither
}

// All gives every different game and how often it was played: first those without a
// rater, then the others by rater.
func (t *Table) All() iter.Seq2[Game, int] {
	return func(yield func(Game, int) bool) {
		for _, p := range t.pairs {
			for o, n := range p.anonymous {
				if n > 0 && !yield(Game{int(p.left), int(p.right), Outcome(o), NoRater}, int(n)) {
					return
				}
			}
		}
		t.compact()
		for _, c := range t.cells {
			if !yield(c.game(), int(c.count)) {
				return
			}
		}
	}
}
