package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/assaynet/assay/config"
	"github.com/assaynet/assay/validator"
)

// write prints the status as a table for people.
func (st *weightsStatus) write(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	line := func(name, format string, args ...any) { fmt.Fprintf(w, name+"\t"+format+"\n", args...) }
	line("hotkey", "%s", st.Hotkey)
	if st.Registered {
		line("neuron", "uid %d on netuid %d, validator permit: %s", st.UID, st.Netuid, yesNo(st.Permit))
	} else {
		line("neuron", "not registered on netuid %d", st.Netuid)
	}
	line("block", "%d, epoch %d, the next epoch at block %d", st.Block, st.Epoch, st.NextEpoch)
	if st.CommitReveal {
		line("votes", "by commit, with a reveal period of %d; at least %d blocks apart", st.RevealPeriod, st.RateLimit)
	} else {
		line("votes", "in the open; at least %d blocks apart", st.RateLimit)
	}
	if st.Registered {
		line("updated", "block %d, next weights allowed %s", st.LastUpdate, st.allowed())
	}
	line("next", "%s", st.Why)
	switch {
	case st.Overdue > 0:
		line("overdue", "by %d blocks; the chain counts the validator as inactive from block %d on", st.Overdue, st.Inactive)
	case st.Permit:
		line("overdue", "no")
	}
	for _, c := range st.Commits {
		when := fmt.Sprintf("is revealed in epoch %d, about blocks %d to %d", c.Reveal, c.From, c.To)
		if c.Expired {
			when = "has expired"
		}
		line("commit", "%s of epoch %d, block %d, %s", c.Hash[:10], c.Epoch, c.Block, when)
	}
	for _, p := range st.Pending {
		how := "not sent yet"
		if p.Committed > 0 {
			how = fmt.Sprintf("committed in block %d", p.Committed)
		}
		line("pending", "vote of epoch %d for %d miners, decided at block %d, %s", p.Epoch, p.Miners, p.Block, how)
	}
	if !st.Record {
		line("record", "none of this hotkey in the folder: only what the chain has is shown")
	}
	return w.Flush()
}

// allowed is when the chain next takes weights.
func (st *weightsStatus) allowed() string {
	if st.Allowed <= st.Block {
		return "now"
	}
	return fmt.Sprintf("at block %d", st.Allowed)
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// historyRow is one vote as it is printed.
type historyRow struct {
	Epoch       uint64 `json:"epoch"`
	IntentBlock uint64 `json:"intent_block"`
	Miners      int    `json:"miners"`
	CommitBlock uint64 `json:"commit_block"` // 0 where the vote was cast in the open
	CommitTx    string `json:"commit_tx"`
	LandedBlock uint64 `json:"landed_block"` // of the reveal, or of the open vote
	LandedTx    string `json:"landed_tx"`
	Fault       string `json:"fault"`
	Pending     bool   `json:"pending"`
}

func showHistory(_ context.Context, s session, cfg *config.Weights) error {
	record, err := openRecord(cfg.Data.Dir)
	if err != nil {
		return err
	}
	defer record.Close()
	votes, err := validator.ReadHistory(record.Entries(1))
	if err != nil {
		return err
	}
	rows := []historyRow{}
	for _, l := range votes.Votes {
		rows = append(rows, historyRowOf(l))
	}
	if cfg.JSON {
		return printJSON(s.Out, rows)
	}
	if len(rows) == 0 {
		_, err := fmt.Fprintln(s.Out, "no votes yet")
		return err
	}
	w := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "EPOCH\tDECIDED\tMINERS\tCOMMIT\tCOMMIT TX\tLANDED\tREVEAL TX\tNOTE")
	for _, r := range rows {
		fmt.Fprintln(w, strings.Join([]string{
			fmt.Sprint(r.Epoch), fmt.Sprint(r.IntentBlock), fmt.Sprint(r.Miners), blockOf(r.CommitBlock), short(r.CommitTx),
			blockOf(r.LandedBlock), short(r.LandedTx), r.note(),
		}, "\t"))
	}
	return w.Flush()
}

func historyRowOf(l validator.VoteLine) historyRow {
	r := historyRow{Epoch: l.Intent.Epoch, IntentBlock: l.Intent.Block, Miners: len(l.Intent.UIDs), Pending: l.Landed == nil}
	if c := l.Committed; c != nil {
		r.CommitBlock = c.Block
		if !c.Tx.IsZero() {
			r.CommitTx = c.Tx.String()
		}
	}
	if n := l.Landed; n != nil {
		r.LandedBlock, r.Fault = n.Block, n.Fault
		if !n.Tx.IsZero() {
			r.LandedTx = n.Tx.String()
		}
	}
	return r
}

func (r historyRow) note() string {
	switch {
	case r.Fault != "":
		return "did not land: " + r.Fault
	case !r.Pending:
		return ""
	case r.CommitBlock > 0:
		return "to be revealed"
	}
	return "not sent yet"
}

func blockOf(n uint64) string {
	if n == 0 {
		return "-"
	}
	return fmt.Sprint(n)
}

func short(hash string) string {
	if len(hash) < 10 {
		return "-"
	}
	return hash[:10]
}
