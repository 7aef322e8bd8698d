package simulate

import (
	"math/rand/v2"
	"slices"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
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
	log     []logged // what it came to hold, for those who copy
	now     uint64   // the round in which it acts
	drawn   map[item.Hash]int
	worker  *worker // nil where it does not label
	joins   uint64  // epoch
	joined  bool
}

// logged is an item that a miner came to hold, and the round in which it showed it first.
type logged struct {
	key   item.Key
	round uint64
}

// collect takes up to n posts that it did not take before.
func (m *miner) collect(w *world, n int) []post {
	var out []post
	for i := range m.claims {
		c := &m.claims[i]
		for len(out) < n {
			q, ok := c.next(w, m)
			if !ok {
				break
			}
			out = append(out, q)
		}
	}
	return out
}

// take holds posts, as an honest miner does: some of them cut by its scraper.
func (m *miner) take(posts []post) error {
	for _, q := range posts {
		q.cut = m.pages.chance("cut", m.hotkey[:], 0, q.number) >= m.quality
		if err := m.hold("", m.pages.item(q), source{post: q}); err != nil {
			return err
		}
	}
	return nil
}

// hold puts an item on a shelf, if the program takes it.
func (m *miner) hold(shelf string, it *item.Item, from source) error {
	key, err := m.program.Key(it)
	if err != nil {
		return nil // a miner refuses it, as in production
	}
	m.index.add(shelf, item.Leaf{Key: key, Bytes: uint64(len(it.Canonical)), Attrs: it.Attrs()}, from)
	m.log = append(m.log, logged{key, m.now})
	return nil
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
func (m *miner) react(w *world, by protocol.Hotkey, parts []evidence.DrawnPart) zoo.Reaction {
	if m.conduct == nil {
		return zoo.Answer
	}
	var items []*item.Item
	for _, p := range parts {
		for _, d := range p.Drawn {
			items = append(items, d.Item)
		}
	}
	h := m.hand(w)
	seed := item.Sum("assay/simulate/react", by[:], m.hotkey[:])
	h.Rand = rand.New(rand.NewPCG(w.seed^w.round, uint64(seed[0])<<8|uint64(seed[1])))
	return m.conduct.React(h, items)
}

// hand is what a miner that is not honest can see and do.
func (m *miner) hand(w *world) *zoo.Hand {
	return &zoo.Hand{
		Block: w.block, Round: w.round, Epoch: w.epoch, Time: w.now, Rand: m.rng, Program: m.program,
		Collect: func(n int) []*item.Item {
			var out []*item.Item
			for _, q := range m.collect(w, n) {
				it := m.pages.item(q)
				m.recent[it.ID()] = q
				out = append(out, it)
			}
			return out
		},
		Invent: func(label string) *item.Item { return m.pages.item(m.invent(w, label, pageFaked)) },
		Cite:   func(label string, dead bool) *item.Item { return m.pages.item(m.invent(w, label, kindOf(dead))) },
		Rival:  func(number, n int) []*item.Item { return w.rival(m, number, n) },
		Add:    m.add,
		Show:   func(shelves ...string) { m.index.show(shelves) },
		Drawn:  func(it *item.Item) int { return m.drawn[it.ID()] },
		Incentive: func() float64 {
			return w.incentive[m.hotkey]
		},
		Renew: func() { w.renewing = append(w.renewing, m) },
	}
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
func (m *miner) invent(w *world, label string, kind uint64) post {
	w.invented[m.number]++
	number := kind | uint64(m.number)<<40 | w.invented[m.number]
	i := max(0, slices.Index(m.program.Labels, label))
	return post{number: number, time: w.now - m.rng.Int64N(w.roundSeconds), label: uint8(i)}
}
