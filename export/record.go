package export

import (
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring"
)

// Bounds of what is held in memory while labels are made.
const (
	MaxTasks     = 1 << 20
	MaxItemBytes = 1 << 30 // of the items of all tasks
)

// Record is what one validator's record says of a program's tasks.
type Record struct {
	Validator protocol.Hotkey
	Netuid    uint16
	Program   *program.Program
	Tasks     []scoring.Judged // in the order in which they were judged
	Round     uint64           // the last one that was opened
	Time      int64            // of that round's block: unix seconds
}

// ErrNothing is a record, or several, without what was asked for.
var ErrNothing = errors.New("nothing to export")

// Read folds a record and keeps the judged tasks of a program. It checks that each entry
// may stand where it does, but no signature: a replay does. The error is of the
// sequence, a *scoring.Divergence, or wraps ErrNothing where the record has no such program.
func Read(entries iter.Seq2[evidence.Entry, error], name string) (*Record, error) {
	r, state, size := new(Record), scoring.New(), 0
	state.OnJudged(func(t scoring.Judged) {
		if t.Program != name {
			return
		}
		r.Tasks = append(r.Tasks, t)
		for _, it := range t.Items {
			size += len(it)
		}
	})
	for e, err := range entries {
		if err != nil {
			return nil, err
		}
		if err := state.Fold(e); err != nil {
			return nil, err
		}
		if len(r.Tasks) > MaxTasks || size > MaxItemBytes {
			return nil, fmt.Errorf("the record has more than %d tasks of %s, or more than %d bytes of items in them", MaxTasks, name, MaxItemBytes)
		}
	}
	started, ok := state.Started()
	if !ok {
		return nil, fmt.Errorf("%w: the record is empty", ErrNothing)
	}
	r.Validator, r.Netuid = started.Validator, started.Netuid
	r.Round, r.Time = state.LastRound(), state.LastOpened().Time
	var known []string
	for _, p := range state.Programs() {
		switch {
		case p.Name == name && p.Judges():
			r.Program = p
			return r, nil
		case p.Judges():
			known = append(known, p.Name)
		}
	}
	if len(known) == 0 {
		return nil, fmt.Errorf("%w: the record of %s has no program that labels", ErrNothing, r.Validator.SS58())
	}
	return nil, fmt.Errorf("%w: the record of %s has no program %q that labels, but %s", ErrNothing, r.Validator.SS58(), name, strings.Join(known, ", "))
}
