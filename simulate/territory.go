package simulate

// territory is a part of the source: pages that appear at an even rate. Page i of it
// appears at start + i/rate rounds; those of the backlog are older than the run.
type territory struct {
	number uint64
	rate   float64 // pages a round
	labels []uint8 // topics, uniformly
}

const territoryBits = 32

// issued is how many pages there are by a time.
func (t territory) issued(w *world) uint64 {
	rounds := float64(w.now-w.began) / float64(w.roundSeconds)
	return t.backlog(w) + uint64(rounds*t.rate)
}

func (t territory) backlog(w *world) uint64 { return uint64(w.backlog * t.rate) }

// post is page i; it says nothing of whether it is there already.
func (t territory) post(w *world, i uint64) post {
	number := t.number<<territoryBits | i
	// Somewhere between the page before and the next one: by then it is there.
	rounds := (float64(i) + w.pages.chance("time", nil, 0, number) - float64(t.backlog(w))) / t.rate
	pick := w.pages.chance("label", nil, 0, number)
	return post{
		number: number, time: w.began + int64(rounds*float64(w.roundSeconds)),
		label: t.labels[int(pick*float64(len(t.labels)))],
	}
}

// issued is Pages.fetch's knowledge of what is there.
func (w *world) issued(number uint64) (post, bool) {
	if kind := number & pageKind; kind == pageOld || kind == pageLong {
		return w.old(number), true
	}
	if number&pageKind != pageReal {
		return post{}, false
	}
	t, i := number>>territoryBits, number&(1<<territoryBits-1)
	if t >= uint64(len(w.territories)) || i >= w.territories[t].issued(w) {
		return post{}, false
	}
	return w.territories[t].post(w, i), true
}

// old is a page of the archive: from before the time that the program pays for.
func (w *world) old(number uint64) post {
	p := w.pages
	age := 1 + p.chance("age", nil, 0, number)
	q := post{
		number: number, time: w.began - int64(age*p.program.Value.MaxAge.Seconds()),
		label: uint8(p.chance("label", nil, 0, number) * float64(len(p.program.Labels))),
	}
	if number&pageKind == pageLong {
		q.bytes = p.program.Schema.BodyMax / longShare
	}
	return q
}

// claimed is a territory that a miner collects from, and how far it came.
type claimed struct {
	territory territory
	cursor    uint64
	// share of the pages that it finds, and after how many rounds at most.
	share float64
	lag   uint64
	late  []late // found, and not fetched yet
}

type late struct {
	i  uint64
	at uint64 // round
}

// next is the next page that a miner finds in its territory.
func (c *claimed) next(w *world, m *miner) (post, bool) {
	for i, l := range c.late {
		if l.at <= w.round {
			c.late = append(c.late[:i], c.late[i+1:]...)
			return c.territory.post(w, l.i), true
		}
	}
	for c.cursor < c.territory.issued(w) {
		i := c.cursor
		c.cursor++
		number := c.territory.number<<territoryBits | i
		if c.share < 1 && w.pages.chance("find", m.hotkey[:], 0, number) >= c.share {
			continue
		}
		if c.lag == 0 {
			return c.territory.post(w, i), true
		}
		wait := uint64(w.pages.chance("lag", m.hotkey[:], 0, number) * float64(c.lag+1))
		if wait == 0 {
			return c.territory.post(w, i), true
		}
		c.late = append(c.late, late{i, w.round + wait})
	}
	return post{}, false
}
