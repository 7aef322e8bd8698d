package coverage

import "testing"

// What replays must not change: the values of this version, equal on amd64 and arm64.
func TestGolden(t *testing.T) {
	if got := hll("golden", 0, 50_000).Count(); got != 49749.364881863294 {
		t.Errorf("HyperLogLog counts %.17g", got)
	}
	a, b := kmv(t, "golden", 1024, 0, 50_000), kmv(t, "golden", 1024, 25_000, 80_000)
	if got := a.Count(); got != 53164.184977585253 {
		t.Errorf("KMV counts %.17g", got)
	}
	want := Shared{Union: 85596.78151977473, Both: 26916.175438835413, Jaccard: 0.314453125, Sampled: 1024, JaccardError: 0.014511562614316235}
	if got, err := a.Share(b); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
}
