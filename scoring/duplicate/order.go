package duplicate

import (
	"cmp"
	"slices"

	"github.com/assaynet/assay/item"
)

// Claim says that an owner committed to a content, and when.
type Claim struct {
	Content item.Hash // of the canonical text, or of the first text of its kind
	Owner   int
	Order   uint64 // of the commitment: its block, round or place in a log
}

// FirstOnly pays the first owner of a content and nobody else. Under it copying earns
// nothing, and neither does one owner under two names.
func FirstOnly(rank int) float64 {
	if rank == 1 {
		return 1
	}
	return 0
}

// Harmonic pays the owner at a rank 1/rank. It is for jobs in which honest owners must
// fetch the same public rows, where an equal row is no sign of a copy. A second name
// earns half of what the first does, so identities must cost more than that.
func Harmonic(rank int) float64 { return 1 / float64(max(rank, 1)) }

// Credits is what each claim earns when the owners of a content are ranked by the order
// of their first claims and credit says what a rank is worth, from 1 on. A further claim
// of an owner to the same content earns nothing. Owners with equal order cannot be told
// apart: each earns the mean of the ranks that they take together, so the sequence of
// the claims in the slice makes no difference. It takes O(n log n) time.
func Credits(claims []Claim, credit func(rank int) float64) []float64 {
	at := make([]int, len(claims))
	for i := range at {
		at[i] = i
	}
	slices.SortFunc(at, func(i, j int) int {
		a, b := &claims[i], &claims[j]
		return cmp.Or(slices.Compare(a.Content[:], b.Content[:]), cmp.Compare(a.Order, b.Order), cmp.Compare(a.Owner, b.Owner), cmp.Compare(i, j))
	})
	out := make([]float64, len(claims))
	seen := map[int]bool{}
	for from, rank := 0, 1; from < len(at); {
		head := claims[at[from]]
		if from > 0 && claims[at[from-1]].Content != head.Content {
			clear(seen)
			rank = 1
		}
		to := from
		var together []int
		for ; to < len(at) && claims[at[to]].Content == head.Content && claims[at[to]].Order == head.Order; to++ {
			if owner := claims[at[to]].Owner; !seen[owner] {
				seen[owner] = true
				together = append(together, at[to])
			}
		}
		share(out, together, rank, credit)
		from, rank = to, rank+len(together)
	}
	return out
}

// share gives each of the claims the mean credit of the ranks from `rank` on.
func share(out []float64, claims []int, rank int, credit func(rank int) float64) {
	sum := 0.0
	for k := range claims {
		sum += credit(rank + k)
	}
	for _, i := range claims {
		out[i] = sum / float64(len(claims))
	}
}
