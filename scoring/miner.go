package scoring

import (
	"cmp"
	"slices"
	"sort"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring/kernel"
	"github.com/assaynet/assay/scoring/standing"
)

// miner is what a record says of one hotkey.
type miner struct {
	hotkey    protocol.Hotkey
	roots     []Receipted // by sequence number
	questions []question
	cells     map[cellID]*cell
	order     []cellID // of cells, ascending
	draws     []*draw  // waiting for a spot check or for the credit
	recent    []*draw  // the newest resolved ones, for explanations
	flags     []flag
	// all is the valid share over all cells, and over questions never answered.
	all standing.Posterior
	// silence is the stratum of unanswered questions in the reject verdict.
	silence  test
	wholes   map[sourceID]*whole
	judged   judgedRows
	served   uint64 // the last round in which it answered everything
	lastSeen uint64 // the last round in which it was asked
	// owed are failed rows that found no cell to be spread over: the
	// first cells that are proven get them.
	owed []owed
	// drawnAt is how many rounds had been closed when it last answered draws.
	drawnAt uint64
}

// question is a part that was asked and not answered.
type question struct {
	part  protocol.Part
	tries int
}

// flag is a provable fault.
type flag struct {
	name  string
	round uint64
}

// The provable faults.
const (
	FlagEquivocation = "equivocation"
	FlagBadProof     = "bad_proof"
	FlagMalformed    = "malformed"
	FlagSchema       = "schema"
)

// recentKept is how many resolved draws an explanation can name.
const recentKept = 64

// cellID names a demand cell of a program.
type cellID struct {
	program [8]byte
	cell    uint8
}

func compareCells(a, b cellID) int {
	return cmp.Or(slices.Compare(a.program[:], b.program[:]), cmp.Compare(a.cell, b.cell))
}

// cell is a miner's standing and proven amount in one demand cell. Each is a
// stratum of the reject verdict, and earns by its own bound.
type cell struct {
	sums   item.Sums // under the newest root that was opened
	valid  standing.Posterior
	test   test
	change change
	paid   tally
	habits *habits // nil before the first
}

// tally sums byte-weighted draws, with forgetting: how many there were, their
// credit and freshness, their worth = valid · credit · freshness, and amount, the
// worth times the cell's proven bytes at the time of the draw. alone is the amount
// that the miner was the only one to hold first, whatever its age. Of the draws that
// came to an end, decided is how many came to a decision.
type tally struct {
	drawn, credit, fresh, worth, amount float64
	alone                               float64
	ended, decided                      float64
}

// fade multiplies everything by a factor.
func (t *tally) fade(by float64) {
	for _, v := range []*float64{&t.drawn, &t.credit, &t.fresh, &t.worth, &t.amount, &t.alone, &t.ended, &t.decided} {
		*v = float64(*v * by)
	}
}

// age makes what was found worth less, as its freshness falls.
func (t *tally) age(by float64) {
	t.fresh, t.worth, t.amount = float64(t.fresh*by), float64(t.worth*by), float64(t.amount*by)
}

// draw is one drawn item on its way to a decision.
type draw struct {
	round    uint64
	seq      uint64 // of the root
	mode     protocol.DrawMode
	key      item.Key
	id       item.Hash
	uri      string
	host     string // of uri
	label    string
	time     int64
	bytes    uint64
	amount   uint64 // proven bytes of its cell under the root that it was drawn from
	fresh    float64
	spot     Finding
	tries    int     // of the spot check
	passedAt uint64  // the round in which it passed
	again    bool    // its content had passed before, here or with another miner
	weight   float64 // rows that it counts as
	counted  bool    // in standing
	entered  bool    // considered for the credit book
	left     bool    // out of what pay follows from: see State.admit
	credit   float64 // once settled
	alone    bool    // nobody else was as early
	judged   bool    // a task of a labelling program; label is the answer
	raw      []byte  // the item, while labellers may be asked about it
}

// Share is a valid share after the declared noise, with its bounds: see
// standing.Rule. The η that raises a standing is never more than the program's stated
// noise.
type Share = standing.Share

// standing is the rule by which rows become a share.
func (p *Parameters) standing() standing.Rule {
	return standing.Rule{PriorPass: p.PriorPass, PriorFail: p.PriorFail, Credible: p.Credible, Forget: p.Forget, ForgetRound: p.ForgetRound}
}

// test is the reject verdict of one stratum: an e-process against "every item
// passes with conditional probability at least g = good − η", whose alternative
// is `bad`. Each row multiplies it by
//
//	bad/g for a pass,  (1−bad)/(1−g) for a failure,
//
// whose conditional expectation is at most 1 under the null, so by Ville's
// inequality it ever reaches strata/alpha with probability at most alpha/strata,
// however often one looks. It forgets nothing and is never restarted.
type test struct {
	logE     float64
	rejected bool
}

// see takes a row. eta is an upper bound of the noise; where it leaves no room
// between good and bad the row decides nothing.
func (t *test) see(pass bool, par *Parameters, eta float64, strata int) {
	g := par.Good - eta
	if g <= par.Bad {
		return
	}
	if pass {
		t.logE += kernel.Log(par.Bad / g)
	} else {
		t.logE += kernel.Log((1 - par.Bad) / (1 - g))
	}
	t.decide(par, strata)
}

func (t *test) decide(par *Parameters, strata int) {
	if t.logE >= kernel.Log(float64(strata)/par.Alpha) {
		t.rejected = true
	}
}

func newMiner(h protocol.Hotkey) *miner {
	return &miner{hotkey: h, cells: map[cellID]*cell{}}
}

func (m *miner) cell(id cellID) *cell {
	c := m.cells[id]
	if c == nil {
		c = &cell{}
		m.cells[id] = c
		i, _ := slices.BinarySearchFunc(m.order, id, compareCells)
		m.order = slices.Insert(m.order, i, id)
	}
	return c
}

func (m *miner) dropCell(id cellID) {
	delete(m.cells, id)
	m.order = slices.DeleteFunc(m.order, func(o cellID) bool { return o == id })
}

// sortedCells are the cells in order. The list is the miner's own, for reading.
func (m *miner) sortedCells() []cellID { return m.order }

// raise adds a flag once; a repeated fault renews it.
func (m *miner) raise(name string, round uint64) {
	i := slices.IndexFunc(m.flags, func(f flag) bool { return f.name == name })
	if i < 0 {
		m.flags = append(m.flags, flag{name, round})
	} else {
		m.flags[i].round = round
	}
}

// flagged are the names of the flags that still count in a round.
func (m *miner) flagged(round, memory uint64) []string {
	names := []string{}
	for _, f := range m.flags {
		if f.round+memory > round {
			names = append(names, f.name)
		}
	}
	return names
}

// receive notes a signed root. Two roots of one number prove equivocation; an
// older one than the newest known is no news. Roots that are still to be asked under stay.
func (m *miner) receive(root protocol.SignedRoot, block, round uint64, pinned []uint64) {
	if r, ok := m.find(root.Seq); ok && r.Root.Digest() != root.Digest() {
		m.raise(FlagEquivocation, round)
		return
	}
	if n := len(m.roots); n > 0 && root.Seq <= m.roots[n-1].Root.Seq {
		return
	}
	m.roots = append(m.roots, Receipted{root, round, block})
	m.roots = slices.DeleteFunc(m.roots, func(r Receipted) bool {
		asked := slices.ContainsFunc(m.questions, func(q question) bool { return q.part.Seq == r.Root.Seq })
		return !asked && !slices.Contains(pinned, r.Root.Seq) && !item.KeepVersion(r.Root.Seq, root.Seq)
	})
}

// find is the receipt of a sequence number.
func (m *miner) find(seq uint64) (Receipted, bool) {
	i, ok := m.place(seq)
	if !ok {
		return Receipted{}, false
	}
	return m.roots[i], true
}

// place is where the receipt of a sequence number stands among all.
func (m *miner) place(seq uint64) (i int, ok bool) {
	i = sort.Search(len(m.roots), func(i int) bool { return m.roots[i].Root.Seq >= seq })
	return i, i < len(m.roots) && m.roots[i].Root.Seq == seq
}

func (m *miner) rootOf(seq uint64) (item.Root, bool) {
	r, ok := m.find(seq)
	return r.Root.Root(), ok
}

// rejected reports whether the hotkey as a whole is rejected: by the stratum of
// its silence. A rejected cell costs that cell alone.
func (m *miner) rejected() bool { return m.silence.rejected }
