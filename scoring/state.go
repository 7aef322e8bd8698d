package scoring

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
)

// FoldVersion names the rules of this fold. An entry that was folded by other rules
// names another version, and later releases keep these: a record of version 1 folds to
// the same bits as it did. docs/scoring.md says what later versions brought.
const FoldVersion uint16 = 4

// State is everything that follows from a record. The zero value is not usable:
// see New. It is not safe for concurrent use.
type State struct {
	started    *evidence.Started
	params     *Parameters
	paramText  []byte
	programs   []*program.Program // in order of first recording
	programTxt [][]byte

	open    *round // nil between rounds
	last    evidence.Opened
	secret  uint64 // the last one that a round used
	rounds  uint64 // opened
	closed  uint64
	bounds  map[boundOf]float64 // of the round that is being settled
	beside  map[string]*beside  // likewise, by host
	steps   map[blockOf]besideSteps
	ties    map[holding]float64 // likewise: what a tie is divided by
	taken   float64             // likewise: the share of its draws that pay follows from
	agedTo  int64               // time of the last round that was settled
	miners  map[protocol.Hotkey]*miner
	order   []protocol.Hotkey // of miners, ascending; nil when some came or went
	credits *creditBook
	hosts   map[string]*host
	seen    seen                     // content that passed a spot check
	watched map[protocol.Hotkey]bool // are drawn from more often
	room    []histograms             // for those of a round, which need much of it
	intents map[uint64]intent
	books   map[string]*book           // of labelling programs, by name
	owners  map[protocol.Hotkey]uint64 // validators, and how many rounds were closed when they were last seen

	onJudged   func(Judged)   // nil where nobody listens
	onDecision func(Decision) // likewise
	decided    map[decided]bool
}

// round is an open round: its entries wait here, since only a closed round weighs.
type round struct {
	opened    evidence.Opened
	asks      []protocol.ClaimAsk
	exchanges []*evidence.Exchange
	reference *evidence.Reference
	jobs      []*job // of labelling programs
	truths    []*evidence.Truths
	pinned    map[protocol.Hotkey][]uint64 // roots that answers stand under
	secret    item.Hash                    // revealed when it closed
	cutOff    bool                         // this validator was, it seems
}

// New is the state of the empty record.
func New() *State {
	return &State{
		miners:  map[protocol.Hotkey]*miner{},
		ties:    map[holding]float64{},
		credits: newCreditBook(),
		hosts:   map[string]*host{},
		seen:    newSeen(),
		intents: map[uint64]intent{},
		taken:   1,
		books:   map[string]*book{},
		owners:  map[protocol.Hotkey]uint64{},
	}
}

// Divergence is an entry that cannot follow from those before it: the record was
// not made by these rules, or was changed.
type Divergence struct {
	Seq  uint64
	Kind evidence.Kind
	What string
}

// Error names the entry and what is wrong with it.
func (d *Divergence) Error() string {
	return fmt.Sprintf("entry %d (%s): %s", d.Seq, d.Kind, d.What)
}

// Fold moves the state by one entry. It is the only way any score changes. A
// *Divergence means that the entry cannot stand here; the state is then unusable.
func (s *State) Fold(e evidence.Entry) error {
	err := s.Admits(e.Body)
	if err == nil {
		err = s.apply(e)
	}
	if err != nil {
		return &Divergence{Seq: e.Seq, Kind: e.Body.Kind(), What: err.Error()}
	}
	return nil
}

// apply moves the state by an entry that is admitted.
func (s *State) apply(e evidence.Entry) error {
	switch b := e.Body.(type) {
	case *evidence.Started:
		if s.started != nil && b.Tip != s.started.Tip {
			s.secret = 0 // a new chain of secrets begins
		}
		s.started = b
		s.open = nil // the process ended inside that round; it stays unclosed
	case *evidence.Parameters:
		p, err := DecodeParameters(b.Source)
		if err != nil {
			return err
		}
		if s.params != nil && s.params.Paired != p.Paired {
			s.watchAnew()
		}
		s.params, s.paramText = p, b.Source
	case *evidence.Program:
		return s.applyProgram(b)
	case *evidence.Opened:
		s.open = &round{opened: *b, asks: s.Asks()}
		s.last, s.secret = *b, b.Secret
		s.rounds++
	case *evidence.Exchange:
		s.open.exchanges = append(s.open.exchanges, b)
	case *evidence.Tasks:
		s.applyTasks(b)
	case *evidence.Reference:
		s.open.reference = b
	case *evidence.Truths:
		s.open.truths = append(s.open.truths, b)
	case *evidence.Closed:
		r := s.open
		s.open, r.secret = nil, b.Secret
		s.closed++
		return s.settle(r)
	case *evidence.Intent:
		s.intents[b.Epoch] = intent{said: *b, digest: e.Hash}
		s.forgetIntents()
	case *evidence.Committed:
		i := s.intents[b.Epoch]
		i.committed = b
		s.intents[b.Epoch] = i
	case *evidence.Landed:
		i := s.intents[b.Epoch]
		i.landed = b
		s.intents[b.Epoch] = i
	}
	return nil
}

func (s *State) applyProgram(b *evidence.Program) error {
	p, err := program.Decode(b.Source)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(s.programs, func(q *program.Program) bool { return q.Name == p.Name })
	if i < 0 {
		s.programs, s.programTxt = append(s.programs, p), append(s.programTxt, b.Source)
		return nil
	}
	s.programs[i], s.programTxt[i] = p, b.Source
	return nil
}

// Rules is the digest of the parameters and programs in force.
func (s *State) Rules() item.Hash { return program.Rules(s.paramText, s.programTxt) }

// Programs in force, in the order of their first recording.
func (s *State) Programs() []*program.Program { return s.programs }

// Started is the latest start.
func (s *State) Started() (evidence.Started, bool) {
	if s.started == nil {
		return evidence.Started{}, false
	}
	return *s.started, true
}

// LastRound is the number of the last opened round, 0 when there was none.
func (s *State) LastRound() uint64 { return s.last.Round }

// LastOpened is the last opened round.
func (s *State) LastOpened() evidence.Opened { return s.last }

// NextSecret is the index of the secret that the next round must use.
func (s *State) NextSecret() uint64 { return s.secret + 1 }

// Closed is how many rounds were closed.
func (s *State) Closed() uint64 { return s.closed }

// Unclosed is how many rounds were opened and never closed. They weigh nothing.
func (s *State) Unclosed() uint64 {
	n := s.rounds - s.closed
	if s.open != nil {
		n--
	}
	return n
}

// programOf finds a program by its id in an index.
func (s *State) programOf(id [8]byte) *program.Program {
	for _, p := range s.programs {
		if p.ID() == id {
			return p
		}
	}
	return nil
}

// since reports whether the fold of this run has the rules of a version.
func (s *State) since(version uint16) bool { return s.started.Fold >= version }

// demanded reports whether a program in force has the cell.
func (s *State) demanded(id cellID) bool {
	p := s.programOf(id.program)
	return p != nil && int(id.cell) < p.CellCount()
}

// sortedMiners are the known hotkeys in byte order: sums over miners run in it. The list
// is the state's own, for reading.
func (s *State) sortedMiners() []protocol.Hotkey {
	if s.order == nil {
		s.order = slices.SortedFunc(maps.Keys(s.miners), func(a, b protocol.Hotkey) int { return bytes.Compare(a[:], b[:]) })
	}
	return s.order
}
