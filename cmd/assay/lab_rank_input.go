package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/assaynet/assay/scoring/preference"
	"github.com/assaynet/assay/tabular"
)

// The words for a winner that is no item.
const (
	winnerTie     = "tie"
	winnerNeither = "neither"
)

// pairs are the games of a file. Items and raters are in the order of their names, so
// that the order of the rows changes nothing.
type pairs struct {
	items, raters []string
	table         *preference.Table
	unrated       int64 // games without a rater
}

// openPairs reads a file of pairs.
func openPairs(ctx context.Context, path string, stdin io.Reader, talk io.Writer) (*pairs, error) {
	in, name, err := openInput(path, stdin, talk)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return readPairs(ctx, in, name)
}

// readPairs counts the rows of a file with the columns left,right,winner and perhaps
// rater.
func readPairs(ctx context.Context, in io.Reader, name string) (*pairs, error) {
	r, err := tabular.NewReader(in, name, []string{"left", "right", "winner"}, []string{"rater"})
	if err != nil {
		return nil, err
	}
	var items, raters tabular.Names
	table := new(preference.Table)
	for n := 0; ; n++ {
		if n%4096 == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		g, err := readGame(row, &items, &raters)
		if err != nil {
			return nil, r.Errorf("%v", err)
		}
		if err := table.Add(g, 1); err != nil {
			return nil, r.Errorf("%v", err)
		}
	}
	if items.Len() == 0 {
		return nil, &tabular.Error{File: name, What: "there is no row after the header, want at least one game"}
	}
	return sortedPairs(&items, &raters, table)
}

// readGame reads one row.
func readGame(row []string, items, raters *tabular.Names) (preference.Game, error) {
	g := preference.Game{Rater: preference.NoRater}
	left, right, winner, rater := row[0], row[1], row[2], row[3]
	switch {
	case left == right:
		return g, fmt.Errorf("%q is left and right, want two different items", abridged(left))
	case reserved(left) || reserved(right):
		return g, fmt.Errorf("an item must not be named %q or %q, which are words for the winner; rename it", winnerTie, winnerNeither)
	case winner == left:
		g.Outcome = preference.LeftWins
	case winner == right:
		g.Outcome = preference.RightWins
	case winner == winnerTie:
		g.Outcome = preference.Tie
	case winner == winnerNeither:
		g.Outcome = preference.Neither
	default:
		return g, fmt.Errorf("the winner is %q, want %q, %q, %q or %q", abridged(winner), abridged(left), abridged(right), winnerTie, winnerNeither)
	}
	for _, c := range []struct {
		name  string
		names *tabular.Names
		most  int
		what  string
		to    *int
	}{
		{left, items, preference.MaxItems, "items", &g.Left},
		{right, items, preference.MaxItems, "items", &g.Right},
		{rater, raters, preference.MaxRaters, "raters", &g.Rater},
	} {
		if c.name == "" { // no rater
			continue
		}
		if _, known := c.names.Find(c.name); !known && c.names.Len() >= c.most {
			return g, fmt.Errorf("there are more than %d different %s; leave some out", c.most, c.what)
		}
		n, err := c.names.Number(c.name)
		if err != nil {
			return g, err
		}
		*c.to = int(n)
	}
	return g, nil
}

func reserved(item string) bool { return item == winnerTie || item == winnerNeither }

// sortedPairs numbers items and raters by their names.
func sortedPairs(items, raters *tabular.Names, table *preference.Table) (*pairs, error) {
	p := &pairs{table: new(preference.Table)}
	item, rater := order(items), order(raters)
	for place := range item.at {
		p.items = append(p.items, item.name(place))
	}
	for place := range rater.at {
		p.raters = append(p.raters, rater.name(place))
	}
	for g, n := range table.All() {
		g.Left, g.Right = int(item.place[g.Left]), int(item.place[g.Right])
		if g.Rater == preference.NoRater {
			p.unrated += int64(n)
		} else {
			g.Rater = int(rater.place[g.Rater])
		}
		if err := p.table.Add(g, n); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// report tells what of the strengths the games leave open.
func (p *pairs) report(talk io.Writer, fit *preference.Fit, reference int) {
	if _, neither := p.table.Games(); neither > 0 {
		fmt.Fprintf(talk, "assay: games that neither item won, counted as ties: %d\n", neither)
	}
	components := map[int][]string{}
	for i, c := range fit.Components {
		components[c] = append(components[c], p.items[i])
	}
	if len(components) > 1 {
		fmt.Fprintf(talk, "assay: the games fall into %d groups of items that never met; strengths of different groups cannot be compared, each group has its own mean of zero:\n", len(components))
		for c := range min(len(components), 10) {
			fmt.Fprintf(talk, "assay:   group %d: %s\n", c+1, aFew(components[c]))
		}
		if reference >= 0 {
			fmt.Fprintf(talk, "assay: items outside of group %d are set against %q as if the groups had one mean\n", fit.Components[reference]+1, abridged(p.items[reference]))
		}
	}
	p.reportPriors(talk, fit)
}

// reportPriors tells whose strengths have a prior, and why.
func (p *pairs) reportPriors(talk io.Writer, fit *preference.Fit) {
	parts := map[int]int{} // of each component, one of its strongly connected parts
	apart := map[int]bool{}
	for i, c := range fit.Components {
		if first, ok := parts[c]; ok && first != fit.Parts[i] {
			apart[c] = true
		}
		parts[c] = fit.Parts[i]
	}
	var unbeaten, tied []string
	for i, c := range fit.Components {
		switch {
		case fit.Shrunk[i] && apart[c]:
			unbeaten = append(unbeaten, p.items[i])
		case fit.Shrunk[i]:
			tied = append(tied, p.items[i])
		}
	}
	if len(unbeaten) > 0 {
		fmt.Fprintf(talk, "assay: some items won, or lost, all their games against the others of their group, which leaves strengths without bound; a normal prior of standard deviation %d is put on: %s\n", preference.DefaultPrior, aFew(unbeaten))
	}
	if len(tied) > 0 {
		fmt.Fprintf(talk, "assay: ties alone, or nearly, leave their ν without bound; a normal prior of standard deviation %d is put on ln ν and on: %s\n", preference.DefaultPrior, aFew(tied))
	}
}

// aFew is a few of many names.
func aFew(names []string) string {
	var out []string
	for _, n := range names[:min(len(names), 8)] {
		out = append(out, fmt.Sprintf("%q", abridged(n)))
	}
	if rest := len(names) - len(out); rest > 0 {
		return fmt.Sprintf("%s and %d others", strings.Join(out, ", "), rest)
	}
	return strings.Join(out, ", ")
}

// abridged is a name that fits into a message.
func abridged(name string) string {
	const most = 60
	if len(name) <= most {
		return name
	}
	return strings.ToValidUTF8(name[:most], "") + "…"
}
