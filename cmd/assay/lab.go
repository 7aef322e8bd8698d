package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/assaynet/assay/evidence"
	journal "github.com/assaynet/assay/evidence/log"
	"github.com/assaynet/assay/evidence/publish"
	"github.com/assaynet/assay/miner"
	"github.com/assaynet/assay/scoring"
	"github.com/assaynet/assay/validator"
)

// errDiverged is a record that does not replay. What is wrong is in the report.
var errDiverged = errors.New("the record does not replay")

// replayRecord recomputes a validator's record and prints what it found.
func replayRecord(_ context.Context, s session, folder string, peers []string) error {
	r, err := checkRecord(s, folder, peers)
	if err != nil {
		return err
	}
	if r.corrupt != nil {
		fmt.Fprintf(s.Out, "mismatches=1\nfirst divergence: entry %d: %s\n", r.corrupt.Seq, r.corrupt.What)
		return errDiverged
	}
	if r.fetched && r.First == nil {
		showWithheld(s, r.note, r.Report, r.later)
	}
	return showReport(s, r.Report)
}

// checked is a record that was replayed.
type checked struct {
	validator.Report
	corrupt *journal.CorruptError // the log cannot be opened: the report is empty
	fetched bool
	note    publish.Note // of a fetched record
	later   int          // heads of what was not published yet
}

// checkRecord recomputes a validator's record. Heads that miners hold are looked
// for beside the validator's folder, where the localnet and most operators of
// several nodes keep them, and in the peers named. Beside them the record is
// compared with its own note of where it ended.
func checkRecord(s session, folder string, peers []string) (*checked, error) {
	record, err := openRecord(folder)
	if c, ok := errors.AsType[*journal.CorruptError](err); ok && c.Seq > 0 {
		return &checked{corrupt: c}, nil
	}
	if err != nil {
		return nil, err
	}
	defer record.Close()
	anchors, err := heldHeads(folder, peers, s.Talk)
	if err != nil {
		return nil, err
	}
	var r checked
	if r.note, r.fetched, err = publish.ReadNote(folder); err != nil {
		return nil, err
	}
	if r.fetched {
		anchors, r.later = comparable(anchors, r.note, record.Head().Seq)
	}
	r.Report, err = validator.Replay(record.Entries(1), anchors)
	if end := record.CheckEnd(); end != nil && r.First == nil {
		c, ok := errors.AsType[*journal.CorruptError](end)
		if !ok {
			return nil, end
		}
		r.Mismatches++
		r.First, err = &validator.Divergence{Seq: c.Seq, What: c.What}, nil
	}
	return &r, err
}

// comparable leaves out the heads of entries that a fetched record does not have
// because they were not published when it was fetched, and counts them. What was
// published has to be there.
func comparable(anchors []validator.Anchor, note publish.Note, end uint64) (kept []validator.Anchor, later int) {
	end = max(end, note.Head.Seq)
	for _, a := range anchors {
		switch {
		case a.Seq <= end:
			kept = append(kept, a)
		case a.Validator.IsZero() || a.Validator == note.Head.Validator:
			later++
		}
	}
	return kept, later
}

// showWithheld names what a fetched record leaves out, because it would give a vote
// away that is still hidden, and how many heads that miners hold are of that.
func showWithheld(s session, note publish.Note, report validator.Report, later int) {
	end, count, heads := report.Head.Seq, "", ""
	if known := note.Head.Seq + note.Head.Withheld; known > end {
		count = fmt.Sprintf(", %d of them", known-end)
	}
	if later > 0 {
		heads = fmt.Sprintf("; heads of them that miners hold were not compared: %d", later)
	}
	if count+heads != "" {
		fmt.Fprintf(s.Talk, "assay: withheld: entries after %d%s, until the votes that follow from them are revealed%s\n", end, count, heads)
	}
}

// fetchRecord brings a folder up to what a validator publishes.
func fetchRecord(ctx context.Context, s session, address, folder string) error {
	r, err := publish.Fetch(ctx, address, folder)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.Out, "entries=%d new=%d withheld=%d validator=%s head=%s\n",
		r.Head.Seq, r.Fetched, r.Head.Withheld, r.Head.Validator, r.Head.Hash)
	return err
}

// showReport prints what a replay found.
func showReport(s session, report validator.Report) error {
	first := report.First
	report.First = nil
	fmt.Fprintln(s.Out, report)
	switch {
	case first == nil:
	case first.Kind == 0: // no entry stands there
		fmt.Fprintf(s.Out, "first divergence: entry %d: %s\n", first.Seq, first.What)
	default:
		fmt.Fprintf(s.Out, "first divergence: %v\n", first)
	}
	if report.Mismatches > 0 {
		return errDiverged
	}
	if report.Anchors == 0 {
		fmt.Fprintln(s.Talk, "assay: no miner's heads were found to compare with: a cut or rewritten end cannot be seen; name a miner's folder with --peer")
	}
	return nil
}

// heldHeads are the heads that miners keep of this and other validators' records.
// A miner that was named must be readable; one that merely lies beside need not be.
func heldHeads(folder string, peers []string, talk io.Writer) ([]validator.Anchor, error) {
	var out []validator.Anchor
	seen := map[string]bool{}
	read := func(dir string) error {
		if abs, err := filepath.Abs(dir); err == nil {
			dir = abs
		}
		if seen[dir] {
			return nil
		}
		seen[dir] = true
		held, err := miner.Anchors(dir)
		for _, a := range held {
			out = append(out, validator.Anchor{Peer: filepath.Base(dir), Validator: a.Validator, Anchor: a.Anchor})
		}
		return err
	}
	for _, dir := range peers {
		if !holds(dir, minerDatabase) {
			return nil, withCode(codeInvalid, fmt.Errorf("--peer: %s is no miner's folder, it holds no %s", dir, minerDatabase))
		}
		if err := read(dir); err != nil {
			return nil, fmt.Errorf("--peer: %w", err)
		}
	}
	beside, err := minersBeside(folder)
	if err != nil {
		fmt.Fprintln(talk, "assay: warning: cannot look for miners:", err)
	}
	for _, dir := range beside {
		if err := read(dir); err != nil {
			fmt.Fprintln(talk, "assay: warning: a miner beside is left out:", err)
		}
	}
	return out, nil
}

// explainScore folds a record and prints why a miner has its score.
func explainScore(_ context.Context, s session, folder string, uid uint16, asJSON bool) error {
	record, err := openRecord(folder)
	if err != nil {
		return err
	}
	defer record.Close()
	if err := record.CheckEnd(); err != nil {
		return err
	}
	state := scoring.New()
	for e, err := range record.Entries(1) {
		if err != nil {
			return err
		}
		if err := state.Fold(e); err != nil {
			return err
		}
	}
	var neuron *evidence.Neuron
	for _, n := range state.LastOpened().Neurons {
		if n.UID == uid {
			neuron = &n
		}
	}
	if neuron == nil {
		return usageError{fmt.Errorf("there is no uid %d in the last round of %s, which has %d neurons", uid, folder, len(state.LastOpened().Neurons))}
	}
	x, ok := state.Explain(neuron.Hotkey)
	if !ok {
		return usageError{fmt.Errorf("uid %d has never been asked by this validator: it is a validator itself, or serves no axon", uid)}
	}
	if !asJSON {
		_, err := fmt.Fprint(s.Out, x)
		return err
	}
	return printJSON(s.Out, x)
}
