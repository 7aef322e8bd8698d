package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/assaynet/assay/evidence"
	journal "github.com/assaynet/assay/evidence/log"
	"github.com/assaynet/assay/miner"
	"github.com/assaynet/assay/scoring"
	"github.com/assaynet/assay/validator"
)

// minerDatabase is the file that a miner's folder is known by.
const minerDatabase = "miner.db"

// errDiverged is a record that does not replay. What is wrong is in the report.
var errDiverged = errors.New("the record does not replay")

// replayRecord recomputes a validator's record. Heads that miners hold are looked
// for beside the validator's folder, where the localnet and most operators of
// several nodes keep them, and in the peers named.
func replayRecord(_ context.Context, s session, folder string, peers []string) error {
	record, err := journal.OpenReadOnly(folder)
	if err != nil {
		return err
	}
	defer record.Close()
	anchors, err := heldHeads(folder, peers)
	if err != nil {
		return err
	}
	report, err := validator.Replay(record.Entries(1), anchors)
	if err != nil {
		return err
	}
	fmt.Fprintln(s.Out, report)
	if report.Mismatches > 0 {
		return errDiverged
	}
	return nil
}

// heldHeads are the heads that miners keep of this and other validators' records.
func heldHeads(folder string, peers []string) ([]validator.Anchor, error) {
	beside, err := filepath.Glob(filepath.Join(filepath.Dir(filepath.Clean(folder)), "*", minerDatabase))
	if err != nil {
		return nil, fmt.Errorf("look for miners beside %s: %w", folder, err)
	}
	dirs := peers
	for _, path := range beside {
		dirs = append(dirs, filepath.Dir(path))
	}
	var out []validator.Anchor
	for _, dir := range dirs {
		held, err := miner.Anchors(dir)
		if err != nil {
			return nil, fmt.Errorf("read the heads that %s holds: %w", dir, err)
		}
		for _, a := range held {
			out = append(out, validator.Anchor{Peer: filepath.Base(dir), Validator: a.Validator, Anchor: a.Anchor})
		}
	}
	return out, nil
}

// explainScore folds a record and prints why a miner has its score.
func explainScore(_ context.Context, s session, folder string, uid uint16, asJSON bool) error {
	record, err := journal.OpenReadOnly(folder)
	if err != nil {
		return err
	}
	defer record.Close()
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
	enc := json.NewEncoder(s.Out)
	enc.SetIndent("", "  ")
	return enc.Encode(x)
}
