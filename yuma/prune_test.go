package yuma

import "testing"

func TestPruneCandidate(t *testing.T) {
	// Registered at 0 and 90; at block 100 with a period of 50 only the former
	// are no longer immune.
	emission := []uint64{5, 3, 3, 1, 0}
	registered := []uint64{0, 0, 0, 90, 90}
	for _, c := range []struct {
		name         string
		want         uint16
		none         bool
		min          int
		protected    []uint16
		emission     []uint64
		registration []uint64
	}{
		{name: "smallest of enough mortals, lower uid first", min: 2, want: 1},
		{name: "exactly the minimum is not enough", min: 3, want: 4},
		{name: "protected mortals do not count", min: 2, protected: []uint16{1}, want: 4},
		{name: "protected is skipped", min: 1, protected: []uint16{1}, want: 2},
		{name: "earlier registration before lower uid", min: 0, registration: []uint64{9, 8, 7, 90, 90}, want: 2},
		{name: "emission before registration", min: 0, registration: []uint64{9, 8, 9, 0, 90}, emission: []uint64{9, 8, 7, 6, 0}, want: 3},
		{name: "registered in the future is immune", min: 0, registration: []uint64{101, 101, 0, 101, 101}, want: 2},
		{name: "too few mortals and no immune", min: 10, registration: make([]uint64, 5), none: true},
		{name: "nobody", min: -1, protected: []uint16{0, 1, 2, 3, 4}, none: true},
	} {
		p := Prune{
			Emission: emission, BlockAtRegistration: registered,
			Block: 100, ImmunityPeriod: 50, MinNonImmune: c.min, Protected: c.protected,
		}
		if c.emission != nil {
			p.Emission = c.emission
		}
		if c.registration != nil {
			p.BlockAtRegistration = c.registration
		}
		got, ok := PruneCandidate(p)
		if ok == c.none || ok && got != c.want {
			t.Errorf("%s: %d, %t", c.name, got, ok)
		}
	}
}
