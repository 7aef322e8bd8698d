package scoring

import (
	"bytes"
	"maps"
	"slices"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
)

// Bounds of what a record remembers of one labelling program.
const (
	poolKept  = 4096    // subjects that wait to be asked about
	spentKept = 1 << 18 // subjects, or pairs, that were asked about
)

// Subject is an item that labellers may be asked about.
type Subject struct {
	ID  item.Hash
	Raw []byte // item.Item, encoded
	// About is the item that was judged, where the subject is an answer.
	About []byte
}

// Shown are the items that a task about the subject shows.
func (x Subject) Shown() [][]byte {
	if x.About == nil {
		return [][]byte{x.Raw}
	}
	return [][]byte{x.About, x.Raw}
}

func (x Subject) size() int { return len(x.About) + len(x.Raw) }

// pool is what a labelling program may ask about. Of pairs the subjects stay, and the
// pairs that were asked are spent; otherwise a subject is asked about once.
type pool struct {
	waiting []Subject         // oldest first
	paired  map[item.Hash]int // of pairs: how many each waiting subject was in
	spent   map[item.Hash]bool
	order   []item.Hash // of spent, oldest first
}

// pairsOfOne is how many pairs one subject is asked about in. With more of them what is
// published of the first ones would tell how the later ones are answered.
const pairsOfOne = 6

func (p *pool) has(id item.Hash) bool {
	return p.spent[id] || slices.ContainsFunc(p.waiting, func(s Subject) bool { return s.ID == id })
}

func (p *pool) spend(key item.Hash) {
	if p.spent == nil {
		p.spent = map[item.Hash]bool{}
	}
	p.waiting = slices.DeleteFunc(p.waiting, func(s Subject) bool { return s.ID == key })
	if p.spent[key] {
		return
	}
	p.spent[key] = true
	if p.order = append(p.order, key); len(p.order) > spentKept {
		delete(p.spent, p.order[0])
		p.order = p.order[1:]
	}
}

// pair counts a pair that was asked, and retires subjects that were in enough of them.
func (p *pool) pair(ids []item.Hash) {
	if p.paired == nil {
		p.paired = map[item.Hash]int{}
	}
	p.spend(TaskKey(ids))
	for _, id := range ids {
		if p.paired[id]++; p.paired[id] >= pairsOfOne {
			delete(p.paired, id)
			p.spend(id)
		}
	}
}

// TaskKey names what a task asks about: the subject, or the pair.
func TaskKey(ids []item.Hash) item.Hash {
	if len(ids) == 1 {
		return ids[0]
	}
	parts := make([][]byte, len(ids))
	for i := range ids {
		parts[i] = ids[i][:]
	}
	return item.Sum("assay/pair/v1", parts...)
}

// wanted reports whether a labelling program could ask about items of a program.
func (s *State) wanted(name string) bool {
	return slices.ContainsFunc(s.programs, func(p *program.Program) bool { return p.Judges() && p.Items.Program == name })
}

// offer puts an item that passed its check into the pools of the programs that ask
// about such items.
func (s *State) offer(d *draw) {
	from := s.programOf(d.cell().program)
	if from == nil || d.raw == nil {
		return
	}
	s.enter(from.Name, Subject{ID: d.id, Raw: d.raw})
	d.raw = nil
}

// enter puts a subject into the pools of the programs that ask about items, or about
// answers, of a program.
func (s *State) enter(from string, x Subject) {
	for _, p := range s.programs {
		if !p.Judges() || p.Items.Program != from || x.size() > p.Items.MaxBytes {
			continue
		}
		pool := &s.book(p.Name).pool
		if pool.has(x.ID) || !s.Owns(s.last.Neurons, x.ID) {
			continue
		}
		if len(pool.waiting) >= poolLimit(p) {
			pool.waiting = slices.DeleteFunc(pool.waiting, func(x Subject) bool { return !s.Owns(s.last.Neurons, x.ID) })
		}
		if n := len(pool.waiting); n >= poolLimit(p) {
			if p.Judged() > 1 {
				continue // they are to be compared with one another first
			}
			pool.waiting = pool.waiting[1:]
		}
		pool.waiting = append(pool.waiting, x)
	}
}

func poolLimit(p *program.Program) int {
	if p.Items.Most > 0 {
		return p.Items.Most
	}
	return poolKept
}

// Owns reports whether this validator is the one that may ask about a subject: the one
// with the least Sum("assay/owner/v1", id, hotkey) among those with a permit that serve
// no axon, since miners come to have permits too. So what another validator publishes
// answers none of its questions. A pair is of two subjects of one owner.
// Who was such a validator lately still counts, so that its items do not change hands
// when it is away for a while.
func (s *State) Owns(neurons []evidence.Neuron, id item.Hash) bool {
	own := ownerRank(id, s.started.Validator)
	before := func(h protocol.Hotkey) bool {
		other := ownerRank(id, h)
		return h != s.started.Validator && bytes.Compare(other[:], own[:]) < 0
	}
	for h := range s.owners {
		if before(h) {
			return false
		}
	}
	return !slices.ContainsFunc(neurons, func(n evidence.Neuron) bool { return asks(n) && before(n.Hotkey) })
}

// asks reports whether a neuron is a validator that may ask labellers.
func asks(n evidence.Neuron) bool { return n.Permit && !n.Serving }

// ownerKept is for how many closed rounds a validator is remembered.
const ownerKept = 256

// meetOwners notes the validators of a closed round.
func (s *State) meetOwners(neurons []evidence.Neuron) {
	for _, n := range neurons {
		if asks(n) {
			s.owners[n.Hotkey] = s.closed
		}
	}
	maps.DeleteFunc(s.owners, func(_ protocol.Hotkey, seen uint64) bool { return seen+ownerKept < s.closed })
}

func ownerRank(id item.Hash, h protocol.Hotkey) item.Hash {
	return item.Sum("assay/owner/v1", id[:], h[:])
}

// Pool is what may be asked about in a round of the given neurons, in the order in
// which it came, without what was asked about already. Of pairs these are the items
// that are compared; see Asked.
func (s *State) Pool(p *program.Program, neurons []evidence.Neuron) []Subject {
	b := s.books[p.Name]
	if b == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(b.pool.waiting), func(x Subject) bool {
		return x.size() > p.Items.MaxBytes || !s.Owns(neurons, x.ID)
	})
}

// Asked reports whether a subject, or a pair, was asked about in a closed round.
func (s *State) Asked(p *program.Program, ids []item.Hash) bool {
	b := s.books[p.Name]
	return b != nil && b.pool.spent[TaskKey(ids)]
}
