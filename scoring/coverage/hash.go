package coverage

import (
	"errors"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/scoring/kernel"
)

// ErrSeed is an operation on two sketches that were not made alike.
var ErrSeed = errors.New("the sketches differ in seed or size, want sketches made alike")

// newKey is the key of a kind of sketch under a seed.
func newKey(domain string, seed []byte) kernel.Key {
	h := item.Sum(domain, seed)
	return kernel.NewKey([16]byte(h[:16]))
}
