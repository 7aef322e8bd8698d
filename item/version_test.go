package item

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestKeepVersionOnceDroppedStaysDropped(t *testing.T) {
	const most = 3000
	for seq := uint64(1); seq <= most; seq += 1 {
		kept := true
		for newest := seq; newest <= most; newest++ {
			now := KeepVersion(seq, newest)
			if now && !kept {
				t.Fatalf("version %d was dropped before %d and is wanted again", seq, newest)
			}
			kept = now
			if newest-seq < 64 && !now || seq == 1 && !now {
				t.Fatalf("version %d is dropped at %d", seq, newest)
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		seq := rapid.Uint64().Draw(t, "seq")
		a, b := rapid.Uint64Min(seq).Draw(t, "newest"), rapid.Uint64Min(seq).Draw(t, "newest")
		if KeepVersion(seq, max(a, b)) && !KeepVersion(seq, min(a, b)) {
			t.Fatalf("version %d is dropped at %d and kept at %d", seq, min(a, b), max(a, b))
		}
	})
}

func TestKeepVersionBoundsHistory(t *testing.T) {
	for octaves, newest := 0, uint64(64); newest <= 1<<16; octaves, newest = octaves+1, newest*2 {
		n := 0
		for seq := uint64(0); seq <= newest+1; seq++ {
			if KeepVersion(seq, newest) {
				n++
			}
		}
		if n > 64+1+33*octaves {
			t.Errorf("%d versions kept of %d", n, newest)
		}
		if octaves > 0 && n < 64+30*octaves {
			t.Errorf("only %d versions kept of %d", n, newest)
		}
	}
	for _, c := range []struct {
		seq, newest uint64
		want        bool
	}{{0, 5, false}, {6, 5, false}, {1, math.MaxUint64, true}, {2, 65, true}, {2, 66, true}, {3, 67, false}, {4, 131, true}, {4, 132, true}, {6, 134, false}} {
		if got := KeepVersion(c.seq, c.newest); got != c.want {
			t.Errorf("version %d at %d: %v", c.seq, c.newest, got)
		}
	}
}
