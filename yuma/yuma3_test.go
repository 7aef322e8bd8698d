package yuma

import "testing"

// TestUnseenBonds: a bond that follows one of a larger column moves at another
// rate with liquid alpha, whether or not the larger column is a neuron's.
func TestUnseenBonds(t *testing.T) {
	bondOn1 := func(row Row) uint16 {
		in := busyInput(4, 1, true)
		in.Weights[0] = Row{{1, 20000}, {2, 45535}}
		in.Bonds[0] = row
		return bondOf(mustEpoch(t, in), 0, 1)
	}
	seen := bondOn1(Row{{1, 60000}, {3, 5}})
	if got := bondOn1(Row{{1, 60000}, {65535, 5}}); got != seen {
		t.Errorf("before an unknown column: %d, want %d", got, seen)
	}
	unseen := bondOn1(Row{{3, 5}, {1, 60000}})
	if unseen == seen {
		t.Errorf("order of bonds did not matter: %d", seen)
	}
	if got := bondOn1(Row{{65535, 5}, {1, 60000}}); got != unseen {
		t.Errorf("after an unknown column: %d, want %d", got, unseen)
	}
}

// TestUnweightedBonds: liquid alpha loses a bond at once where the weight is
// missing, lets it decay where the weight is 0, and without it both decay alike.
func TestUnweightedBonds(t *testing.T) {
	bondOn1 := func(liquid bool, weights Row) uint16 {
		in := busyInput(4, 1, true)
		in.LiquidAlpha = liquid
		in.Weights[0], in.Bonds[0] = weights, Row{{1, 60000}}
		return bondOf(mustEpoch(t, in), 0, 1)
	}
	missing, zero := Row{{2, 1}}, Row{{1, 0}, {2, 1}}
	if got := bondOn1(true, missing); got != 0 {
		t.Errorf("liquid, no weight: %d, want 0", got)
	}
	if got := bondOn1(true, zero); got == 0 || got >= 60000 {
		t.Errorf("liquid, weight 0: %d, want decay", got)
	}
	if a, b := bondOn1(false, missing), bondOn1(false, zero); a != b || a == 0 || a >= 60000 {
		t.Errorf("not liquid: %d without a weight, %d with 0, want the same decay", a, b)
	}
}

func bondOf(out *Output, i, j int) uint16 {
	for _, c := range out.Bonds[i] {
		if int(c.Column) == j {
			return c.Value
		}
	}
	return 0
}
