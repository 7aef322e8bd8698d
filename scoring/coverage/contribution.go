package coverage

import "github.com/assaynet/assay/item"

// Contribution is what one collection adds to the others.
type Contribution struct {
	Rows int // different rows in it
	New  int // of these, rows that no collection before it has: |S_i \ ∪_{j<i} S_j|
	Only int // of these, rows that no other collection has; all would lose them without it
}

// Contributions compares collections of content ids in the order of their commitment.
// The New of all add up to the size of the union, so paying by it pays each row once:
// a copy of what was committed before is worth nothing, nor is a row twice in one
// collection. Only does not depend on the order. Memory is about 60 bytes for each
// different row.
func Contributions(collections [][]item.Hash) []Contribution {
	type held struct {
		first, last int
		several     bool
	}
	out := make([]Contribution, len(collections))
	rows := map[item.Hash]held{}
	for i, rowsOfOne := range collections {
		for _, row := range rowsOfOne {
			h, known := rows[row]
			switch {
			case !known:
				h = held{first: i}
				out[i].New++
			case h.last == i:
				continue
			default:
				h.several = true
			}
			h.last = i
			rows[row] = h
			out[i].Rows++
		}
	}
	for _, h := range rows {
		if !h.several {
			out[h.first].Only++
		}
	}
	return out
}
