package tabular

import (
	"fmt"
	"strings"
)

// Bounds of what Names keeps: 2^24 names, and 1 GiB of them.
const (
	MaxNames     = 1 << 24
	maxNameBytes = 1 << 30
)

// Names numbers the different names of a column in the order of their first
// appearance, and keeps a copy of each, so that the rows themselves can be forgotten.
type Names struct {
	numbers map[string]int32
	names   []string
	bytes   int
}

// Number is the number of a name, a new one if it was not seen before. The error
// says that there are too many to keep.
func (n *Names) Number(name string) (int32, error) {
	if k, ok := n.numbers[name]; ok {
		return k, nil
	}
	if len(n.names) >= MaxNames || n.bytes+len(name) > maxNameBytes {
		return 0, fmt.Errorf("there are too many different names: at most %d, of together %d bytes, are allowed", MaxNames, maxNameBytes)
	}
	if n.numbers == nil {
		n.numbers = map[string]int32{}
	}
	k := int32(len(n.names))
	name = strings.Clone(name)
	n.numbers[name] = k
	n.names = append(n.names, name)
	n.bytes += len(name)
	return k, nil
}

// Find is the number of a name that was seen before.
func (n *Names) Find(name string) (int32, bool) {
	k, ok := n.numbers[name]
	return k, ok
}

// Name is the name with a number that Number gave.
func (n *Names) Name(k int32) string { return n.names[k] }

// Len is how many names there are.
func (n *Names) Len() int { return len(n.names) }
