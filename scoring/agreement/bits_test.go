package agreement

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"testing"

	"github.com/assaynet/assay/scoring/kernel"
)

// TestBits pins the bits of everything that is computed for a simulated set of
// labels. They are the same on every machine; a change of them has to be explained.
func TestBits(t *testing.T) {
	l := population{0.6, 4}.draw(kernel.NewRandom(99), 5000)
	table := l.table(t)
	hash := fnv.New64a()
	add := func(x ...float64) {
		for _, x := range x {
			binary.Write(hash, binary.LittleEndian, math.Float64bits(x))
		}
	}
	for level := Nominal; level <= Ratio; level++ {
		a, err := table.Alpha(level, l.scale)
		if err != nil {
			t.Fatal(err)
		}
		b, err := table.AlphaInterval(level, l.scale, Bootstrap{50, .9, 7})
		if err != nil {
			t.Fatal(err)
		}
		add(a, b.Lower, b.Upper)
	}
	f, err := table.FleissKappa()
	if err != nil {
		t.Fatal(err)
	}
	add(f.Value, f.Z)
	for _, c := range f.Categories {
		add(c.Value, c.Z)
	}
	ratings := make([][]float64, 40)
	for u := range ratings {
		for i := range 4 {
			ratings[u] = append(ratings[u], l.scale[l.value[4*u+i]])
		}
	}
	icc, err := IntraclassCorrelations(ratings)
	if err != nil {
		t.Fatal(err)
	}
	add(icc.One, icc.Two, icc.Three)
	for w := Unweighted; w <= Quadratic; w++ {
		c, err := CohenKappa(l.values, l.value[:999], l.value[1:1000], w)
		if err != nil {
			t.Fatal(err)
		}
		add(c.Kappa, c.StandardError)
	}
	if got := hash.Sum64(); got != 0x53a50561be77481e {
		t.Errorf("the bits are %#x", got)
	}
}
