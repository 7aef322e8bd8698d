package validator

import (
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring"
)

// Divergence is the first entry that does not follow.
type Divergence = scoring.Divergence

// Anchor is a head of a record that a peer holds, from a request that the
// validator signed.
type Anchor struct {
	Peer      string
	Validator protocol.Hotkey // zero: whichever record this is
	protocol.Anchor
}

// Report is what a replay found.
type Report struct {
	Validator protocol.Hotkey
	Netuid    uint16
	Head      evidence.Head
	Entries   uint64
	Rounds    int // opened
	Closed    uint64
	Unclosed  uint64
	Votes     int
	Calls     int
	// Tips is how many chains of secrets were announced. Each new one is a choice
	// that the validator made with the chain in view.
	Tips       int
	Anchors    int // heads held by peers that the record was compared with
	Mismatches int
	// Lost is how many labelling tasks have seals that were never opened: nothing was
	// made of them, and the validator could have wanted that.
	Lost  uint64
	First *Divergence // nil when all follows
}

// String is the report in one line, and the divergence in a second one.
func (r Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "rounds=%d votes=%d mismatches=%d closed=%d unclosed=%d calls=%d entries=%d anchors=%d tips=%d head=%s",
		r.Rounds, r.Votes, r.Mismatches, r.Closed, r.Unclosed, r.Calls, r.Entries, r.Anchors, r.Tips, r.Head.Hash)
	if r.Lost > 0 {
		fmt.Fprintf(&b, " lost=%d", r.Lost)
	}
	if r.First != nil {
		fmt.Fprintf(&b, "\nfirst divergence: %v", r.First)
	}
	return b.String()
}

// Replay recomputes a record from its first entry: the hash chain, both signatures
// and the outcome of every call, the secrets down to the announced tip, each closed
// round's plan from its secret and block, and every vote. Heads that peers hold
// must be in it. It stops at the first divergence, which is in the report; the
// error is a record without entries.
//
// A replay proves that the votes follow from the record. That a fetch or a time-out
// happened as recorded is the validator's word.
func Replay(entries iter.Seq2[evidence.Entry, error], anchors []Anchor) (Report, error) {
	a := &audit{state: scoring.New()}
	var r Report
	for e, err := range entries {
		if err == nil {
			e, err = entryHolds(e, r.Head)
		}
		if err == nil {
			err = a.check(e)
		}
		if err == nil {
			err = a.anchored(e, anchors, &r)
		}
		if err != nil {
			r.diverge(e, err)
			break
		}
		r.Head = e.Head()
		r.Entries++
	}
	a.count(&r)
	if r.First == nil && r.Entries == 0 {
		return r, errors.New("replay: the record is empty")
	}
	if r.First == nil {
		r.beyond(anchors)
	}
	return r, nil
}

func (a *audit) count(r *Report) {
	started, _ := a.state.Started()
	r.Validator, r.Netuid = started.Validator, started.Netuid
	r.Rounds, r.Votes, r.Calls, r.Tips = a.rounds, a.votes, a.calls, len(a.tips)
	r.Closed, r.Unclosed = a.state.Closed(), a.state.Unclosed()
	for _, l := range a.state.Labelling() {
		r.Lost += l.Lost
	}
	if r.First == nil && a.open != nil {
		r.Unclosed++ // the record ends inside a round
	}
}

func (r *Report) diverge(e evidence.Entry, err error) {
	r.Mismatches++
	r.First = &Divergence{Seq: r.Head.Seq + 1, What: err.Error()}
	if e.Body != nil {
		r.First.Kind = e.Body.Kind()
	}
	var fold *Divergence
	if errors.As(err, &fold) {
		r.First = fold
	}
}

// anchored compares an entry with the heads that peers hold at its place.
func (a *audit) anchored(e evidence.Entry, anchors []Anchor, r *Report) error {
	started, _ := a.state.Started()
	for _, anchor := range anchors {
		if anchor.Seq != e.Seq || !anchor.of(started.Validator) {
			continue
		}
		if anchor.Hash != e.Hash {
			return fmt.Errorf("%s holds head %s, the record has %s", anchor.Peer, anchor.Hash.Short(), e.Hash.Short())
		}
		r.Anchors++
	}
	return nil
}

func (a Anchor) of(validator protocol.Hotkey) bool {
	return a.Validator.IsZero() || a.Validator == validator
}

// beyond looks for heads past the record's end: entries were cut off.
func (r *Report) beyond(anchors []Anchor) {
	for _, anchor := range anchors {
		if anchor.Seq > r.Head.Seq && anchor.of(r.Validator) {
			r.Mismatches++
			r.First = &Divergence{Seq: r.Head.Seq + 1, What: fmt.Sprintf("%s holds the head of entry %d, the record ends at %d", anchor.Peer, anchor.Seq, r.Head.Seq)}
			return
		}
	}
}
