package duplicate

import (
	"fmt"
	"iter"

	"github.com/assaynet/assay/scoring/kernel"
)

// Banding cuts a signature into bands of rows. Two texts are candidates when all rows
// of at least one band agree (Indyk and Motwani 1998; Broder 1997).
type Banding struct{ Bands, Rows int }

// Usual is the banding of 112 hashes for a likeness of 0.8: 14 bands of 8 rows.
func Usual() Banding { return Banding{Bands: 14, Rows: 8} }

// Hashes is the length of the signature that the banding cuts.
func (b Banding) Hashes() int { return b.Bands * b.Rows }

func (b Banding) check() error {
	if b.Bands < 1 || b.Rows < 1 || b.Bands > MaxHashes || b.Rows > MaxHashes || b.Hashes() > MaxHashes {
		return fmt.Errorf("banding of %d bands of %d rows: want at least 1 of each and a product of at most %d", b.Bands, b.Rows, MaxHashes)
	}
	return nil
}

// Recall is the probability that two texts of Jaccard likeness s become candidates,
//
//	1 − (1 − s^rows)^bands
//
// with its full precision where it is small.
func (b Banding) Recall(s float64) float64 {
	return -kernel.Expm1(float64(b.Bands) * kernel.Log1p(-kernel.Power(s, b.Rows)))
}

// Threshold is the likeness about which the recall rises most steeply,
// (1/bands)^(1/rows).
func (b Banding) Threshold() float64 {
	return kernel.Pow(1/float64(b.Bands), 1/float64(b.Rows))
}

// BandingFor is the banding with the most rows, thus the fewest false candidates,
// among those of at most `hashes` hashes that find a pair of likeness `threshold` with
// probability `recall` or more. Where not even single rows find so many, it is single
// rows.
func BandingFor(threshold, recall float64, hashes int) (Banding, error) {
	if !(threshold > 0 && threshold <= 1) {
		return Banding{}, fmt.Errorf("choose a banding: a likeness of %v, want one above 0 and at most 1", threshold)
	}
	if !(recall > 0 && recall < 1) || hashes < 1 || hashes > MaxHashes {
		return Banding{}, fmt.Errorf("choose a banding: a recall of %v by %d hashes, want one between 0 and 1 and 1 to %d hashes", recall, hashes, MaxHashes)
	}
	for rows := hashes; rows > 1; rows-- {
		if b := (Banding{hashes / rows, rows}); b.Recall(threshold) >= recall {
			return b, nil
		}
	}
	return Banding{hashes, 1}, nil
}

// Candidates are the pairs i < j of texts that share a band, each pair once, by the
// first band that they share, then by j. keys holds what Signer.Keys appended for text
// 0, text 1 and so on. The time is linear in the number of texts and of pairs; a caller
// that cannot bear all pairs stops.
func (b Banding) Candidates(keys []uint64) iter.Seq2[int, int] {
	return func(yield func(i, j int) bool) {
		if b.check() != nil {
			return
		}
		n := len(keys) / b.Bands
		chains := newChains(n)
		for band := range b.Bands {
			chains.clear()
			for j := range n {
				mine := keys[j*b.Bands:][:b.Bands]
				same := func(i int) bool { return keys[i*b.Bands+band] == mine[band] }
				for i := chains.link(j, mine[band], same); i >= 0; i = chains.before(i) {
					if !shared(keys[i*b.Bands:][:band], mine) && !yield(i, j) {
						return
					}
				}
			}
		}
	}
}

// shared says whether two texts share one of the first len(a) bands.
func shared(a, b []uint64) bool {
	for i, key := range a {
		if key == b[i] {
			return true
		}
	}
	return false
}
