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

// FoldVersion names the rules of this fold. An entry that was folded by other
// rules names another version, and its record is replayed by a release that has
// them.
const FoldVersion uint16 = 1

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
	miners  map[protocol.Hotkey]*miner
	credits *creditBook
	hosts   map[string]*host
	seen    seen // content that passed a spot check
	intents map[uint64]intent
}

// round is an open round: its entries wait here, since only a closed round weighs.
type round struct {
	opened    evidence.Opened
	asks      []protocol.ClaimAsk
	exchanges []*evidence.Exchange
	reference *evidence.Reference
	cutOff    bool // this validator was, it seems
}

// New is the state of the empty record.
func New() *State {
	return &State{
		miners:  map[protocol.Hotkey]*miner{},
		credits: newCreditBook(),
		hosts:   map[string]*host{},
		seen:    newSeen(),
		intents: map[uint64]intent{},
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
	var err error
	switch b := e.Body.(type) {
	case *evidence.Started:
		err = s.foldStarted(b)
	case *evidence.Parameters:
		err = s.foldParameters(b)
	case *evidence.Program:
		err = s.foldProgram(b)
	case *evidence.Opened:
		err = s.foldOpened(b)
	case *evidence.Exchange:
		err = s.foldExchange(b)
	case *evidence.Reference:
		err = s.foldReference(b)
	case *evidence.Closed:
		err = s.foldClosed(b)
	case *evidence.Intent:
		err = s.foldIntent(b, e.Hash)
	case *evidence.Committed:
		err = s.foldCommitted(b)
	case *evidence.Landed:
		err = s.foldLanded(b)
	default:
		err = fmt.Errorf("unknown kind of entry")
	}
	if err != nil {
		return &Divergence{Seq: e.Seq, Kind: e.Body.Kind(), What: err.Error()}
	}
	return nil
}

func (s *State) foldStarted(b *evidence.Started) error {
	switch {
	case b.Fold != FoldVersion:
		return fmt.Errorf("made by fold version %d, this release has %d", b.Fold, FoldVersion)
	case s.started != nil && (b.Validator != s.started.Validator || b.Netuid != s.started.Netuid || b.Genesis != s.started.Genesis || b.RoundBlocks != s.started.RoundBlocks):
		return fmt.Errorf("another validator, subnet, chain or length of rounds than the record began with")
	case s.started != nil && b.Tip != s.started.Tip:
		s.secret = 0 // a new chain of secrets begins
	}
	s.started = b
	s.open = nil // the process ended inside that round; it stays unclosed
	return nil
}

func (s *State) foldParameters(b *evidence.Parameters) error {
	p, err := DecodeParameters(b.Source)
	if err != nil {
		return err
	}
	s.params, s.paramText = p, b.Source
	return s.between()
}

func (s *State) foldProgram(b *evidence.Program) error {
	p, err := program.Decode(b.Source)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(s.programs, func(q *program.Program) bool { return q.Name == p.Name })
	if i < 0 {
		s.programs, s.programTxt = append(s.programs, p), append(s.programTxt, b.Source)
	} else {
		s.programs[i], s.programTxt[i] = p, b.Source
	}
	return s.between()
}

// between refuses a change of rules or a vote while a round is open: what the
// round was planned by must be what it is folded by.
func (s *State) between() error {
	if s.open != nil {
		return fmt.Errorf("stands inside round %d", s.open.opened.Round)
	}
	return nil
}

func (s *State) foldOpened(b *evidence.Opened) error {
	switch {
	case s.started == nil || s.params == nil || len(s.programs) == 0:
		return fmt.Errorf("a round before the record has a start, parameters and a program")
	case b.Round <= s.last.Round:
		return fmt.Errorf("round %d after round %d", b.Round, s.last.Round)
	case b.Secret != s.secret+1 || b.Secret > s.started.Length:
		return fmt.Errorf("secret %d, want %d of at most %d", b.Secret, s.secret+1, s.started.Length)
	case b.Rules != s.Rules():
		return fmt.Errorf("rules %s, those in force are %s", b.Rules.Short(), s.Rules().Short())
	case b.Fold != FoldVersion:
		return fmt.Errorf("fold version %d, this release has %d", b.Fold, FoldVersion)
	case s.started.RoundBlocks == 0 || b.Round != b.Block/s.started.RoundBlocks:
		return fmt.Errorf("round %d at block %d, rounds of %d blocks", b.Round, b.Block, s.started.RoundBlocks)
	case b.Block < s.last.Block || b.Epoch < s.last.Epoch:
		return fmt.Errorf("block %d of epoch %d after block %d of epoch %d", b.Block, b.Epoch, s.last.Block, s.last.Epoch)
	}
	for i := 1; i < len(b.Neurons); i++ {
		if b.Neurons[i].UID <= b.Neurons[i-1].UID {
			return fmt.Errorf("neurons are not in the order of their uids")
		}
	}
	s.open = &round{opened: *b, asks: s.Asks()}
	s.last, s.secret = *b, b.Secret
	s.rounds++
	return nil
}

func (s *State) foldExchange(b *evidence.Exchange) error {
	if s.open == nil || s.open.opened.Round != b.Round || s.open.reference != nil {
		return fmt.Errorf("exchange of round %d outside of it", b.Round)
	}
	if slices.ContainsFunc(s.open.exchanges, func(e *evidence.Exchange) bool { return e.Miner == b.Miner }) {
		return fmt.Errorf("a second exchange with %s in round %d", b.Miner.Short(), b.Round)
	}
	if !slices.ContainsFunc(s.open.opened.Neurons, func(n evidence.Neuron) bool { return n.Hotkey == b.Miner }) {
		return fmt.Errorf("exchange with %s, which is not a neuron of round %d", b.Miner.Short(), b.Round)
	}
	s.open.exchanges = append(s.open.exchanges, b)
	return nil
}

func (s *State) foldReference(b *evidence.Reference) error {
	if s.open == nil || s.open.opened.Round != b.Round || s.open.reference != nil {
		return fmt.Errorf("reference of round %d outside of it", b.Round)
	}
	s.open.reference = b
	return nil
}

func (s *State) foldClosed(b *evidence.Closed) error {
	if s.open == nil || s.open.opened.Round != b.Round || s.open.reference == nil {
		return fmt.Errorf("end of round %d, which is not open or has no reference yet", b.Round)
	}
	r := s.open
	s.open = nil
	s.closed++
	return s.settle(r)
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

// sortedMiners are the known hotkeys in byte order: sums over miners run in it.
func (s *State) sortedMiners() []protocol.Hotkey {
	return slices.SortedFunc(maps.Keys(s.miners), func(a, b protocol.Hotkey) int { return bytes.Compare(a[:], b[:]) })
}
