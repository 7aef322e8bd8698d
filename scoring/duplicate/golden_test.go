package duplicate

import (
	"math"
	"testing"
)

// What replays must not change: the values of this version, equal on amd64 and arm64.
func TestGolden(t *testing.T) {
	s, err := NewSigner([]byte("golden"), Usual())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		text        string
		shingles    int
		print       Fingerprint
		first, last uint64 // of the signature
		key, sketch uint64 // of the last band, SimHash
	}{
		{"a short post", 8, Fingerprint{0xa9509274fa753b3f, 0xbd19a5e124f958e7}, 0x459a933fc11ddbf, 0x16b5f06bbb3295ca, 0x59e5d9e535b8c48c, 0xcc60093a4a94c4a2},
		{"one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty one", 17,
			Fingerprint{0x4bd1ce3111a0d0dc, 0x2631cd8e997a133a}, 0x80a7c3f2efebe96, 0x9f1efd29a41ac58, 0xd72a8e2e315759e, 0x6bba831ccabb7ead},
	} {
		var set Set
		s.Shingle(&set, []byte(c.text))
		signature := s.Sign(nil, &set)
		keys := s.Keys(nil, signature)
		if set.Len() != c.shingles || set.Fingerprint() != c.print || signature[0] != c.first || signature[Hashes-1] != c.last || keys[13] != c.key || set.SimHash() != c.sketch {
			t.Errorf("%q: %d shingles, %#x, %#x, %#x, %#x, %#x", c.text, set.Len(), set.Fingerprint(), signature[0], signature[Hashes-1], keys[13], set.SimHash())
		}
	}
	if got := Digest([]byte("a short post")).String(); got != "0xf27b472583af4a7b7a370f911b54a9b46f84da9ef49b18ae3fe16af6ffabba51" {
		t.Errorf("digest %s", got)
	}
	o, err := OverlapOfDraws(1_000_003, 30_011, 20_011, 777)
	if err != nil {
		t.Fatal(err)
	}
	for i, got := range []float64{o.Expected, o.Deviation, o.Z, o.P, Usual().Recall(0.8), Usual().Threshold()} {
		if bits := math.Float64bits(got); bits != goldenBits[i] {
			t.Errorf("number %d is %v, %#x", i, got, bits)
		}
	}
}

var goldenBits = [6]uint64{0x4082c462f5420d5a, 0x4037e492d109f6cb, 0x401d8a5cf00be567, 0x3d6c36568478826e, 0x3fed8db39c141520, 0x3fe7021e0353c68c}
