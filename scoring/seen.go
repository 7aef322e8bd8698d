package scoring

import "github.com/assaynet/assay/item"

// seenKept is how many content ids that passed a spot check are remembered.
const seenKept = 1 << 15

// seen is a bounded set of content ids, the oldest dropped first.
type seen struct {
	in   map[item.Hash]bool
	ring []item.Hash
	next int
}

func newSeen() seen { return seen{in: map[item.Hash]bool{}} }

func (s *seen) has(id item.Hash) bool { return s.in[id] }

func (s *seen) add(id item.Hash) {
	if s.in[id] {
		return
	}
	if len(s.ring) < seenKept {
		s.ring = append(s.ring, id)
	} else {
		delete(s.in, s.ring[s.next])
		s.ring[s.next] = id
		s.next = (s.next + 1) % seenKept
	}
	s.in[id] = true
}
