package peer

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"testing"

	"github.com/assaynet/assay/scoring/kernel"
)

// TestBits pins the bits of everything that is computed for a simulated set of
// reports. They are the same on every machine; a change of them has to be explained.
func TestBits(t *testing.T) {
	r := population{tasks: 120, workers: 15, classes: 3, voters: 7}.draw(kernel.NewRandom(99)).reports(t)
	hash := fnv.New64a()
	add := func(x float64) { binary.Write(hash, binary.LittleEndian, math.Float64bits(x)) }
	for _, rule := range rules {
		scores, err := rule.run(r)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range scores {
			add(s.Value)
			add(s.StandardError)
		}
	}
	pairs, err := ExcessAgreement(r, 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pairs {
		add(p.Expected)
		add(p.Z)
		add(p.P)
	}
	if got := hash.Sum64(); got != 0x4e2387bede966a85 {
		t.Errorf("the bits are %#x", got)
	}
}
