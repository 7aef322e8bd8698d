package main

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/assaynet/assay/lab/counterfactual"
)

// minersShown is how many miners the summary has.
const minersShown = 20

// printOther prints what other rules make of a record.
func printOther(w io.Writer, c *counterfactual.Comparison, diff bool) error {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format, args...) }
	p("record of %s: %s, %s, %s\n", c.Validator, count(c.Entries, "entry", "entries"), count(c.Rounds, "closed round", "closed rounds"), count(uint64(len(c.Votes)), "vote", "votes"))
	p("other rules: %s\n", rulesText(c))
	for _, k := range c.Kept {
		p("kept as recorded: %s %v, not %v: it decided what was asked\n", k.Name, k.Recorded, k.Other)
	}
	if len(c.Decisions) == 0 && c.VotesChanged() == 0 {
		p("nothing changes: no decision differs, and all votes are equal bit for bit\n")
	} else {
		writeFirst(p, c)
		if c.VotesChanged() > 0 {
			writeMiners(&b, c, diff)
		} else {
			p("nobody gains or loses\n")
		}
	}
	if diff {
		writeDiff(p, c)
	}
	writeUnknown(p, c)
	_, err := io.WriteString(w, b.String())
	return err
}

func count(n uint64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func rulesText(c *counterfactual.Comparison) string {
	var parts []string
	for _, x := range c.Changed {
		parts = append(parts, fmt.Sprintf("%s %v → %v", x.Name, x.Recorded, x.Other))
	}
	if len(parts) == 0 {
		parts = append(parts, "the parameters recorded last")
	}
	fold := fmt.Sprintf("fold version %d as recorded", c.Fold)
	if c.OtherFold != c.Fold {
		fold = fmt.Sprintf("fold version %d → %d", c.Fold, c.OtherFold)
	}
	return strings.Join(append(parts, fold), ", ")
}

func writeFirst(p func(string, ...any), c *counterfactual.Comparison) {
	if d, ok := c.FirstDecision(); ok {
		p("first decision that changes: %s\n", d)
	} else {
		p("no decision changes\n")
	}
	if v, ok := c.FirstVote(); ok {
		p("first vote that changes: entry %d, epoch %d: %s\n", v.Seq, v.Epoch, voteText(v, 4))
	}
	p("votes that change: %d of %d\n", c.VotesChanged(), len(c.Votes))
}

// voteText names the uids whose shares of a vote differ most.
func voteText(v counterfactual.Vote, most int) string {
	var uids []uint16
	for _, uid := range append(slices.Clone(v.Recorded.UIDs), v.Other.UIDs...) {
		if !slices.Contains(uids, uid) && v.Recorded.Of(uid) != v.Other.Of(uid) {
			uids = append(uids, uid)
		}
	}
	by := func(uid uint16) float64 { return math.Abs(v.Other.Of(uid) - v.Recorded.Of(uid)) }
	slices.SortFunc(uids, func(a, b uint16) int { return cmp.Or(cmp.Compare(by(b), by(a)), cmp.Compare(a, b)) })
	var parts []string
	for i, uid := range uids {
		if i == most {
			parts = append(parts, fmt.Sprintf("and %d more", len(uids)-i))
			break
		}
		parts = append(parts, fmt.Sprintf("uid %d %.4f → %.4f", uid, v.Recorded.Of(uid), v.Other.Of(uid)))
	}
	return strings.Join(parts, ", ")
}

// writeMiners is the table of gains and losses, the largest first.
func writeMiners(b *strings.Builder, c *counterfactual.Comparison, all bool) {
	miners := slices.Clone(c.Miners)
	if !all {
		miners = slices.DeleteFunc(miners, func(m counterfactual.Miner) bool { return m.Before == m.After })
	}
	slices.SortStableFunc(miners, func(x, y counterfactual.Miner) int {
		return cmp.Compare(math.Abs(y.Difference()), math.Abs(x.Difference()))
	})
	b.WriteString("\nmean share of the votes\n")
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "uid\thotkey\tvotes\trecorded\tother rules\tdifference\t")
	for i, m := range miners {
		if i == minersShown && !all {
			break
		}
		fmt.Fprintf(t, "%d\t%.10s…\t%d\t%.4f\t%.4f\t%s\t\n", m.UID, m.Hotkey, m.Epochs, m.Before, m.After, signed(m.Difference()))
	}
	t.Flush()
	if left := len(miners) - minersShown; left > 0 && !all {
		fmt.Fprintf(b, "and %d more: --diff has all\n", left)
	}
	if same := len(c.Miners) - len(miners); same > 0 {
		fmt.Fprintf(b, "the same as before: %s\n", count(uint64(same), "miner", "miners"))
	}
}

// signed is a difference, of which a small one is no 0.
func signed(x float64) string {
	switch {
	case x == 0:
		return "0"
	case math.Abs(x) < 0.00005:
		return fmt.Sprintf("%+.1g", x)
	}
	return fmt.Sprintf("%+.4f", x)
}

func writeDiff(p func(string, ...any), c *counterfactual.Comparison) {
	if len(c.Decisions) > 0 {
		p("\ndecisions that change\n")
	}
	for _, d := range c.Decisions {
		p("  %s\n", d)
	}
	if c.Dropped > 0 {
		p("  and %d more\n", c.Dropped)
	}
	if c.VotesChanged() > 0 {
		p("\nvotes that change\n")
	}
	for _, v := range c.Votes {
		if !v.Same() {
			p("  entry %d, epoch %d: %s\n", v.Seq, v.Epoch, voteText(v, math.MaxInt))
		}
	}
}

// writeUnknown says what cannot be known under other rules.
func writeUnknown(p func(string, ...any), c *counterfactual.Comparison) {
	var lines []string
	say := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	u := c.Unknown
	if u.Draws > 0 {
		say("in %d of %d rounds another number of items would have been drawn (%s together); the draws are the recorded ones", u.Draws, c.Rounds, count(uint64(u.Drawn), "miner", "miners"))
	}
	if u.Asks > 0 {
		say("in %d of %d rounds other keys would have been asked for; %s never asked for, and credited to nobody", u.Asks, c.Rounds, count(uint64(u.Keys), "key was", "keys were"))
	}
	if u.Work > 0 {
		say("in %d of %d rounds labelling work would have been handed to others", u.Work, c.Rounds)
	}
	if len(lines) == 0 && c.VotesChanged() == 0 {
		return
	}
	say("what miners would have done under these rules, and what the chain would have made of all validators' votes")
	p("\nnot known\n")
	for _, l := range lines {
		p("  %s\n", l)
	}
}
