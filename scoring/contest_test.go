package scoring_test

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/assaynet/assay/item"
)

// contest is a rival in slot 0 and the keys of one owner after it.
type contest struct {
	*world
	rounds int
	// before, where it is not nil, is called at the start of each round.
	before func(c *contest, round int)
	// answer, where it is not nil, decides whether key 1 answers a question that would
	// show the pages of some addresses. What is withheld is dropped before the end.
	answer func(uris []string) bool
}

func newContest(t *testing.T, rounds, keys int) *contest {
	c := &contest{world: newWorld(t, 1+keys), rounds: rounds}
	c.give(c.miners[0], c.posts(1000, 1030, "fork", true)...)
	return c
}

// owned is the weight of the owner's keys together, after all rounds.
func (c *contest) owned() float64 {
	for round := 1; round <= c.rounds; round++ {
		if c.before != nil {
			c.before(c, round)
		}
		c.open()
		var drawn []string
		for i, m := range c.miners {
			counter := c.counter
			x, uris := c.exchange(m)
			if i == 1 && c.answer != nil && round <= c.rounds-3 && !c.answer(uris) {
				c.counter, m.silent = counter, true
				x, uris = c.exchange(m)
				m.silent = false
			}
			drawn = append(drawn, uris...)
			c.append(x)
		}
		c.close(drawn)
	}
	var sum float64
	for i := range c.miners[1:] {
		sum += c.scoreOf(1 + i).Weight
	}
	return sum
}

// ratios checks a change of an owner's ways in many worlds: what it earns by them,
// relative to what it earned before, must stay within low and high in each world, and
// its mean over all of them within mean.
func ratios(t *testing.T, part int, low, high, mean float64, play func(r *rapid.T) (before, after float64)) {
	t.Helper()
	fewer(t, part)
	seeded(t)
	var sum, n, least, most float64
	rapid.Check(t, func(r *rapid.T) {
		before, after := play(r)
		if before == 0 && after == 0 {
			return
		}
		q := after / before
		if n++; n == 1 {
			least, most = q, q
		}
		sum, least, most = sum+q, min(least, q), max(most, q)
		if q < low || q > high {
			r.Fatalf("weight %v becomes %v", before, after)
		}
	})
	t.Logf("%v worlds: mean %.4f, from %.4f to %.4f", n, sum/n, least, most)
	if n == 0 || sum/n > mean {
		t.Errorf("mean ratio %.4f over %v worlds, want at most %v", sum/n, n, mean)
	}
}

func deal(r *rapid.T, items []*item.Item, hands int) [][]*item.Item {
	out := make([][]*item.Item, hands)
	for _, it := range items {
		i := rapid.IntRange(0, hands-1).Draw(r, "hand")
		out[i] = append(out[i], it)
	}
	return out
}

// One cell's items on one key and dealt to several. The small difference is that
// of the draws that still wait for their credit at the end.
func TestPropertySplittingACellDoesNotPay(t *testing.T) {
	ratios(t, 8, 0.9, 1.02, 1.005, func(r *rapid.T) (one, many float64) {
		n, keys := rapid.IntRange(8, 40).Draw(r, "items"), rapid.IntRange(2, 4).Draw(r, "keys")
		a, b := newContest(t, 12, 1), newContest(t, 12, keys)
		a.give(a.miners[1], a.posts(0, n, "fork", true)...)
		for i, hand := range deal(r, b.posts(0, n, "fork", true), keys) {
			if len(hand) > 0 {
				b.give(b.miners[1+i], hand...)
			}
		}
		return a.owned(), b.owned()
	})
}

// An owner that shows the same items on several keys at once has no more than on one.
func TestPropertySameItemsOnSeveralKeysDoNotPay(t *testing.T) {
	ratios(t, 8, 0, 1.02, 1, func(r *rapid.T) (one, many float64) {
		n, keys := rapid.IntRange(8, 40).Draw(r, "items"), rapid.IntRange(2, 4).Draw(r, "keys")
		alone := rapid.IntRange(0, n).Draw(r, "of them on one key alone")
		a, b := newContest(t, 12, 1), newContest(t, 12, keys)
		a.give(a.miners[1], a.posts(0, n, "fork", true)...)
		for i := range keys {
			from := alone
			if i == 0 {
				from = 0
			}
			if from < n {
				b.give(b.miners[1+i], b.posts(from, n, "fork", true)...)
			}
		}
		return a.owned(), b.owned()
	})
}

// Who puts each cell on a key of its own earns what one key with all of them does: both
// are known by what they serve of the source, and forget at each of their own draws. This
// is of equal stocks in k cells.
func TestPropertySplittingByCellEarnsNothing(t *testing.T) {
	for _, c := range []struct {
		cells, rounds int
		low, high     float64
	}{{2, 20, 0.97, 1.02}, {2, 60, 0.97, 1.02}, {4, 60, 0.97, 1.02}, {4, 200, 0.98, 1.02}, {4, 400, 0.99, 1.01}} {
		a, b := newContest(t, c.rounds, 1), newContest(t, c.rounds, c.cells)
		var all []*item.Item
		for i, label := range []string{"ilug", "misc", "zzzzteana", "razor-users"}[:c.cells] {
			all = append(all, a.posts(40*i, 40*i+40, label, true)...)
			b.give(b.miners[1+i], b.posts(40*i, 40*i+40, label, true)...)
		}
		a.give(a.miners[1], all...)
		a.owned()
		b.owned()
		q := b.paid(1, c.cells) / a.paid(1, 1)
		t.Logf("%d cells, %d rounds: %.3f", c.cells, c.rounds, q)
		if q < c.low || q > c.high {
			t.Errorf("%d keys for %d cells earn %.3f of what one does after %d rounds, want %v to %v", c.cells, c.cells, q, c.rounds, c.low, c.high)
		}
	}
}

// paid is the pay of some slots.
func (w *world) paid(from, n int) float64 {
	var sum float64
	for i := range n {
		for _, c := range w.scoreOf(from + i).Cells {
			sum += c.Pay
		}
	}
	return sum
}

// Copying a rival's items, beside some of one's own. Who has only copies has nothing,
// exactly. Beside own items they are worth nothing too, but for chance: among n own items
// and k copies a contest of this length lands about fifty draws, which tell the share of
// own ones to √(k/(50n)) of itself. The rival notices nothing but that.
func TestPropertyCopyingDoesNotPay(t *testing.T) {
	ratios(t, 3, 0.3, 2, 1.05, func(r *rapid.T) (before, after float64) {
		own, copies := rapid.IntRange(10, 30).Draw(r, "own"), rapid.IntRange(1, 30).Draw(r, "copies")
		if rapid.IntRange(0, 5).Draw(r, "copies alone") == 0 {
			own = 0
		}
		seed := rapid.Uint64().Draw(r, "seed")
		play := func(copying bool) (*contest, float64) {
			c := newContest(t, 14, 1)
			c.counter = seed
			if own > 0 {
				c.give(c.miners[1], c.posts(0, own, "fork", true)...)
			}
			c.before = func(c *contest, round int) {
				if copying && round == 2 {
					c.give(c.miners[1], c.posts(1000, 1000+copies, "fork", true)...)
				}
			}
			return c, c.owned()
		}
		a, before := play(false)
		b, after := play(true)
		if own == 0 && after != 0 {
			r.Fatalf("who has only copies has weight %v", after)
		}
		if q := b.paid(0, 1) / a.paid(0, 1); q < 0.97 {
			r.Fatalf("the rival who is copied earns %v of what it did", q)
		}
		if chance := math.Sqrt(float64(copies) / float64(50*max(own, 1))); own > 0 && after > before*(1+5*chance) {
			r.Fatalf("%d copies beside %d own items make %v of %v", copies, own, after, before)
		}
		return before, after
	})
}

// Showing again what was shown, under new roots, changes nothing. Padding with posts
// that no source has costs more than it brings, and cannot bring more than its bytes
// while none of it is drawn.
func TestPropertyPaddingDoesNotPay(t *testing.T) {
	t.Run("again", func(t *testing.T) {
		ratios(t, 8, 1-1e-9, 1+1e-9, 1+1e-9, func(r *rapid.T) (before, after float64) {
			n := rapid.IntRange(5, 30).Draw(r, "items")
			a, b := newContest(t, 10, 1), newContest(t, 10, 1)
			for _, c := range []*contest{a, b} {
				c.give(c.miners[1], c.posts(0, n, "fork", true)...)
			}
			b.before = func(c *contest, round int) {
				if i := rapid.IntRange(0, n).Draw(r, "again from"); round > 1 && i < n {
					c.give(c.miners[1], c.posts(i, n, "fork", true)...)
				}
			}
			return a.owned(), b.owned()
		})
	})
	t.Run("fakes", func(t *testing.T) {
		ratios(t, 8, 0, 1.5, 0.9, func(r *rapid.T) (before, after float64) {
			n, fakes := rapid.IntRange(10, 30).Draw(r, "items"), rapid.IntRange(1, 5).Draw(r, "fakes")
			a, b := newContest(t, 14, 1), newContest(t, 14, 1)
			a.give(a.miners[1], a.posts(0, n, "fork", true)...)
			b.give(b.miners[1], append(b.posts(0, n, "fork", true), b.posts(500, 500+fakes, "fork", false)...)...)
			before, after = a.owned(), b.owned()
			if bytes := float64(n+fakes) / float64(n); after > before*bytes*1.001 {
				r.Fatalf("%d fakes beside %d items make %v of %v", fakes, n, after, before)
			}
			return before, after
		})
	})
}

// Not answering: in some rounds whatever is asked, or what would show a fake, or who
// had an item first.
func TestPropertyAbstainingDoesNotPay(t *testing.T) {
	honest := func(r *rapid.T, fakes int) (*contest, *contest) {
		n, seed := rapid.IntRange(10, 30).Draw(r, "items"), rapid.Uint64().Draw(r, "seed")
		a, b := newContest(t, 14, 1), newContest(t, 14, 1)
		for _, c := range []*contest{a, b} {
			c.counter = seed
			c.give(c.miners[1], append(c.posts(0, n, "fork", true), c.posts(500, 500+fakes, "fork", false)...)...)
		}
		return a, b
	}
	t.Run("rounds", func(t *testing.T) {
		ratios(t, 8, 0, 1.002, 1, func(r *rapid.T) (before, after float64) {
			a, b := honest(r, 0)
			rate := rapid.IntRange(1, 4).Draw(r, "rate")
			b.before = func(c *contest, round int) {
				c.miners[1].silent = rapid.IntRange(0, 4).Draw(r, "silent") < rate
			}
			return a.owned(), b.owned()
		})
	})
	t.Run("fakes", func(t *testing.T) {
		ratios(t, 8, 0, 1.05, 0.9, func(r *rapid.T) (before, after float64) {
			a, b := honest(r, rapid.IntRange(1, 4).Draw(r, "fakes"))
			b.answer = b.isReal
			before, after = a.owned(), b.owned()
			if a.scoreOf(1).Rejected { // the other is so a little later: see below
				return 0, 0
			}
			return before, after
		})
	})
	t.Run("claims", func(t *testing.T) {
		ratios(t, 8, 0, 1.02, 1.005, func(r *rapid.T) (before, after float64) {
			a, b := honest(r, 0)
			shared := rapid.IntRange(1, 20).Draw(r, "shared")
			late := rapid.IntRange(1, 3).Draw(r, "late")
			for _, c := range []*contest{a, b} {
				c.before = func(c *contest, round int) {
					if round == late {
						c.give(c.miners[1], c.posts(1000, 1000+shared, "fork", true)...)
					}
					if c == b {
						clear(c.miners[1].receipts)
					}
				}
			}
			return a.owned(), b.owned()
		})
	})
}

func (c *contest) isReal(uris []string) bool {
	return !slices.ContainsFunc(uris, func(u string) bool { _, real := c.page[u]; return !real })
}

// Who withholds what would show its fakes is rejected too, for silence.
func TestPropertyWithholdingOnlyPostponesTheVerdict(t *testing.T) {
	fewer(t, 8)
	seeded(t)
	rapid.Check(t, func(r *rapid.T) {
		c := newContest(t, 45, 1)
		c.counter = rapid.Uint64().Draw(r, "seed")
		c.give(c.miners[1], append(c.posts(0, 30, "fork", true), c.posts(500, 500+rapid.IntRange(9, 30).Draw(r, "fakes"), "fork", false)...)...)
		c.answer = c.isReal
		if got := c.owned(); got > 0 {
			r.Fatalf("weight %v after %d rounds", got, c.rounds)
		}
	})
}

// More correct work in a cell never scores less: more items, or fakes that turn out
// to be true.
func TestPropertyMoreCorrectWorkScoresMore(t *testing.T) {
	t.Run("items", func(t *testing.T) {
		ratios(t, 8, 0.995, math.Inf(1), math.Inf(1), func(r *rapid.T) (before, after float64) {
			n, more := rapid.IntRange(1, 30).Draw(r, "items"), rapid.IntRange(1, 10).Draw(r, "more")
			a, b := newContest(t, 12, 1), newContest(t, 12, 1)
			a.give(a.miners[1], a.posts(0, n, "fork", true)...)
			b.give(b.miners[1], b.posts(0, n+more, "fork", true)...)
			return a.owned(), b.owned()
		})
	})
	// In a cell that is new to a key the first items take draws from the others, and
	// what a few rounds tell of them is little: one item beside sixty costs 0.7 % after
	// ten rounds, and pays from twenty on.
	t.Run("another cell", func(t *testing.T) {
		ratios(t, 8, 0.95, math.Inf(1), math.Inf(1), func(r *rapid.T) (before, after float64) {
			n, more := rapid.IntRange(10, 30).Draw(r, "items"), rapid.IntRange(1, 10).Draw(r, "more")
			a, b := newContest(t, 20, 1), newContest(t, 20, 1)
			a.give(a.miners[1], a.posts(0, n, "fork", true)...)
			b.give(b.miners[1], append(b.posts(0, n, "fork", true), b.posts(400, 400+more, "ilug", true)...)...)
			return a.owned(), b.owned()
		})
	})
	t.Run("truth", func(t *testing.T) {
		ratios(t, 8, 1-1e-12, math.Inf(1), math.Inf(1), func(r *rapid.T) (before, after float64) {
			n, fakes := rapid.IntRange(5, 30).Draw(r, "items"), rapid.IntRange(1, 8).Draw(r, "fakes")
			turned := rapid.IntRange(1, fakes).Draw(r, "of them true")
			a, b := newContest(t, 12, 1), newContest(t, 12, 1)
			for _, c := range []*contest{a, b} {
				c.give(c.miners[1], append(c.posts(0, n, "fork", true), c.posts(500, 500+fakes, "fork", false)...)...)
			}
			b.posts(500, 500+turned, "fork", true)
			return a.owned(), b.owned()
		})
	})
}
