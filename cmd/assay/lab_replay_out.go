package main

import (
	"errors"
	"fmt"

	"github.com/assaynet/assay/evidence"
	runs "github.com/assaynet/assay/lab"
	"github.com/assaynet/assay/lab/counterfactual"
	"github.com/assaynet/assay/node"
)

// replayFolder makes the run folder of a comparison; nil where none is wanted.
func (f *replayFlags) replayFolder(head evidence.Head, r counterfactual.Rules) (*runs.Folder, error) {
	if f.out == "" {
		return nil, nil
	}
	return runs.Create(f.out, runs.Manifest{
		Command: "replay", Version: node.Software(), Parameters: string(r.Parameters),
		Settings: map[string]string{"record": head.Hash.String(), "entries": fmt.Sprint(head.Seq), "fold": fmt.Sprint(r.Fold)},
	})
}

// writeOther writes the tables of a comparison.
func writeOther(folder *runs.Folder, t otherTables) error {
	err := errors.Join(runs.Write(folder, runs.TableActors, t.actors), runs.Write(folder, runs.TableWeights, t.weights), runs.Write(folder, runs.TableEvents, t.events))
	if err != nil {
		return err
	}
	return folder.Finish()
}
