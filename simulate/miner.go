package simulate

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring"
	"github.com/assaynet/assay/zoo"
)

// miner is one key of an actor.
type miner struct {
	actor   *actor
	number  int // of all miners
	hotkey  protocol.Hotkey
	pages   *pages
	program *program.Program
	claims  []claimed // territories that it collects from
	index   *index
	conduct zoo.Conduct // nil for an honest one
	rng     *rand.Rand
	quality float64 // share of its posts that it keeps whole
	recent  map[item.Hash]post
	keys    map[*item.Item]item.Key // of items that it asked the lots of
	log     []logged                // what it came to hold, for those who copy
	now     uint64                  // the round in which it acts
	drawn   []*item.Item            // by validators, since it acted last
	worker  *worker                 // nil where it does not label
	joins   uint64                  // epoch
	leaves  uint64                  // epoch; 0 is never
	joined  bool
	// heirloom are the shelves that its next key begins with.
	heirloom []string
}

// logged is an item that a miner came to hold, and the round in which it showed it first.
type logged struct {
	key   item.Key
	round uint64
}

// collect takes up to n posts that it did not take before; its scraper cuts some.
func (m *miner) collect(w *world, n int) []post {
	var out []post
	for i := range m.claims {
		c := &m.claims[i]
		for len(out) < n {
			q, ok := c.next(w, m)
			if !ok {
				break
			}
			q.cut = m.quality < 1 && m.pages.chance("cut", m.hotkey[:], 0, q.number) >= m.quality
			out = append(out, q)
		}
	}
	return out
}

// take holds posts, as an honest miner does.
func (m *miner) take(posts []post) error {
	for _, q := range posts {
		if err := m.hold("", m.pages.item(q), source{post: q}); err != nil {
			return err
		}
	}
	return nil
}

// hold puts an item on a shelf, if the program takes it.
func (m *miner) hold(shelf string, it *item.Item, from source) error {
	bucket, record, err := m.program.Place(it)
	if err != nil || !m.takes(it, record) {
		return nil // a miner refuses it, as in production
	}
	key := item.NewKey(bucket, it.ID())
	m.index.add(shelf, item.Leaf{Key: key, Bytes: uint64(len(it.Canonical)), Attrs: it.Attrs()}, from)
	m.log = append(m.log, logged{key, m.now})
	return nil
}

// takes reports whether a miner of the program would store an item: one that is in the
// bounds of its schema, under an address as it is spelled canonically.
func (m *miner) takes(it *item.Item, r item.Record) bool {
	if m.program.Schema.Misfit(r) != "" {
		return false
	}
	uri, err := item.CanonicalURI(it.URI)
	return err == nil && uri == it.URI
}

// inherit takes shelves over from the key before.
func (m *miner) inherit(from *miner, shelves []string) {
	for _, name := range shelves {
		if s := from.index.shelves[name]; s != nil {
			for _, l := range s.leaves {
				m.index.add(name, l, from.index.items[l.Key])
			}
		}
	}
}

// open is an item that it holds.
func (m *miner) open(key item.Key) *item.Item {
	from := m.index.items[key]
	if from.kept != nil {
		return from.kept
	}
	return m.pages.item(from.post)
}

// act lets a miner do its part before it is asked, and commits to what it shows.
func (m *miner) act(w *world) error {
	m.now = w.round
	if m.conduct == nil {
		if err := m.take(m.collect(w, mostAtOnce)); err != nil {
			return err
		}
	} else {
		m.conduct.Act(m.hand(w))
	}
	if m.worker != nil {
		if err := m.worker.flush(w, m); err != nil {
			return err
		}
	}
	return m.index.commit()
}

// mostAtOnce bounds what a miner takes in one round.
const mostAtOnce = 1 << 14

// react is what becomes of an answer. It may be asked by several validators side by side.
func (m *miner) react(w *world, by *judge, parts []evidence.DrawnPart) zoo.Reaction {
	if m.conduct == nil {
		return zoo.Answer
	}
	var items []*item.Item
	for _, p := range parts {
		for _, d := range p.Drawn {
			items = append(items, d.Item)
		}
	}
	by.drew[m.hotkey] = append(by.drew[m.hotkey], items...)
	seed := item.Sum("assay/simulate/react", by.hotkey[:], m.hotkey[:])
	h := &zoo.Hand{
		Block: w.block, Round: w.round, Epoch: w.epoch, Left: w.left(), Time: w.now, Labels: m.program.Labels,
		Rand: rand.New(rand.NewPCG(w.seed^w.round, uint64(seed[0])<<8|uint64(seed[1]))), Asked: by.put[m.hotkey],
	}
	return m.conduct.React(h, items)
}

// hand is what a miner that is not honest can see and do.
func (m *miner) hand(w *world) *zoo.Hand {
	h := &zoo.Hand{
		Block: w.block, Round: w.round, Epoch: w.epoch, Left: w.left(), Time: w.now, Rand: m.rng, Labels: m.program.Labels,
		Collect: func(n int) []*item.Item { return m.gather(m.collect(w, n)) },
		Archive: func(n int, long bool) []*item.Item { return m.gather(m.archive(w, n, long)) },
		Invent:  func(l zoo.Look) *item.Item { return m.pages.item(m.invent(w, l, pageFaked)) },
		Cite: func(label string, dead bool) *item.Item {
			return m.pages.item(m.invent(w, zoo.Look{Label: label}, kindOf(dead)))
		},
		Rivals: len(w.rivals(m)), Rival: func(number, n int) []*item.Item { return w.rival(m, number, n) },
		Add:   m.add,
		Show:  func(shelves ...string) { m.index.show(shelves) },
		Drawn: m.drawn, Lot: m.lot, Number: func(seq uint64) { m.index.least = seq },
		Incentive: func() float64 {
			return w.incentive[m.hotkey]
		},
		Renew: func(shelves ...string) {
			m.heirloom = shelves
			if !slices.Contains(w.renewing, m) {
				w.renewing = append(w.renewing, m)
			}
		},
	}
	m.drawn = nil
	if w.defences.DrawsForeseen {
		h.Foresee = func(shelves ...string) []*item.Item { return m.foresee(w, shelves) }
	}
	return h
}

// lot is Hand.Lot.
func (m *miner) lot(it *item.Item, round uint64) float64 {
	key, known := m.keys[it]
	if !known {
		bucket, _, err := m.program.Place(it)
		if err != nil {
			return 0
		}
		key = item.NewKey(bucket, it.ID())
		if m.keys == nil {
			m.keys = map[*item.Item]item.Key{}
		}
		m.keys[it] = key
	}
	order := scoring.KnownLot(round, key)
	return float64(binary.BigEndian.Uint64(order[:])) / (1 << 64)
}

// gather makes items of posts, and remembers which post each is.
func (m *miner) gather(posts []post) []*item.Item {
	var out []*item.Item
	for _, q := range posts {
		it := m.pages.item(q)
		m.recent[it.ID()] = q
		out = append(out, it)
	}
	return out
}

func kindOf(dead bool) uint64 {
	if dead {
		return pageDead
	}
	return pageBarred
}

// add is Hand.Add.
func (m *miner) add(shelf string, items ...*item.Item) {
	for _, it := range items {
		from := source{kept: it}
		if q, ok := m.recent[it.ID()]; ok {
			from = source{post: q}
		}
		if m.hold(shelf, it, from) != nil {
			return
		}
	}
	if len(m.recent) > mostAtOnce {
		clear(m.recent)
	}
}

// invent makes up a post under a number of a kind where no page is.
func (m *miner) invent(w *world, l zoo.Look, kind uint64) post {
	w.invented[m.number]++
	q := post{number: kind | uint64(m.number)<<40 | w.invented[m.number], time: l.Time, bytes: l.Bytes}
	if q.time == 0 {
		q.time = w.now - m.rng.Int64N(w.roundSeconds)
	}
	label := slices.Index(m.program.Labels, l.Label)
	if label < 0 {
		label = m.rng.IntN(len(m.program.Labels))
	}
	q.label = uint8(label)
	return q
}

// archive takes pages that are too old to be worth anything.
func (m *miner) archive(w *world, n int, long bool) []post {
	kind := pageOld
	if long {
		kind = pageLong
	}
	var out []post
	for range n {
		w.invented[m.number]++
		out = append(out, w.old(kind|uint64(m.number)<<40|w.invented[m.number]))
	}
	return out
}
