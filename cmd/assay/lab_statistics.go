package main

import "github.com/spf13/cobra"

// statistics are the lab's commands that work on a file that anyone may have, not on
// a record.
func (a *app) statistics() []*cobra.Command {
	return []*cobra.Command{a.labTruth(), a.labRank(), a.labAgreement(), a.labAccept(), a.labDupes()}
}
