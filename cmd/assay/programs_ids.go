package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/node"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/source"
)

// idTextBytes is how much of a record's text is listed: more than programs commonly show, so
// that who writes a truth has read what labellers will.
const idTextBytes = 8 << 10

func (a *app) itemIDs() *cobra.Command {
	return &cobra.Command{
		Use: "ids FILE|FOLDER", Short: "List the content ids of records, to write the truths of some of them beside: gold.", Args: exactly(1, "a file of JSON Lines, or the folder of a validator"),
		Example: "  assay programs ids mails.jsonl > gold.csv       of the file that a program names in items.file\n" +
			"  assay programs ids ./validator > gold.csv       of what this validator was shown by miners\n" +
			"  Fill in the column truth, and delete the rows without one.",
		RunE: func(_ *cobra.Command, args []string) error {
			return a.look(func(ctx context.Context, se session) error { return listIDs(ctx, se, args[0]) })
		},
	}
}

// listIDs writes one row for each record, in the order in which they stand there. The
// texts are strangers': they are brought to one line and are no formulas.
func listIDs(ctx context.Context, s session, path string) error {
	w := csv.NewWriter(s.Out)
	_ = w.Write([]string{"id", "truth", "title", "text", "label", "time", "uri"}) // Flush has the error
	seen := map[item.Hash]bool{}
	row := func(it *item.Item) error {
		id := it.ID()
		if seen[id] || it.Kind != item.KindRecord {
			return nil
		}
		r, err := item.DecodeRecord(it.Canonical)
		if err != nil { // a miner's, which fails its check
			return nil
		}
		seen[id] = true
		return w.Write([]string{id.String(), "", plain(r.Title), plain(r.Body), plain(it.Label), time.Unix(r.Time, 0).UTC().Format(time.RFC3339), plain(it.URI)})
	}
	err := eachRecord(ctx, path, row)
	if err != nil && len(seen) == 0 {
		return err // and not a header that looks like a result
	}
	w.Flush()
	if err == nil {
		err = w.Error()
	}
	if err == nil && len(seen) == 0 {
		fmt.Fprintln(s.Talk, "assay: there is no record in it")
	}
	return err
}

// plain is the beginning of a text, on one line, and never a formula for a
// spreadsheet.
func plain(text string) string {
	text = source.Line(text, idTextBytes)
	if strings.IndexAny(text, "=+-@") == 0 {
		return "'" + text
	}
	return text
}

// eachRecord gives the items of a file of JSON Lines, or of a validator's record.
func eachRecord(ctx context.Context, path string, each func(*item.Item) error) error {
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		items, err := node.ReadItems(path)
		if err != nil {
			return err
		}
		for _, it := range items {
			if err := each(it); err != nil {
				return err
			}
		}
		return nil
	}
	record, err := openRecord(path)
	if err != nil {
		return err
	}
	defer record.Close()
	for e, err := range record.Entries(1) {
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if x, ok := e.Body.(*evidence.Exchange); ok {
			if err := eachShown(x, each); err != nil {
				return err
			}
		}
	}
	return nil
}

// eachShown gives the items that a miner answered with. What does not decode is the
// miner's fault, and was charged to it.
func eachShown(x *evidence.Exchange, each func(*item.Item) error) error {
	for i := range x.Calls {
		if x.Calls[i].Outcome != evidence.Answered {
			continue
		}
		answer, err := evidence.DecodeAnswer[protocol.ItemsAnswer](&x.Calls[i])
		if err != nil {
			continue
		}
		for _, b := range answer.Items {
			it, err := item.Decode(b)
			if err != nil {
				continue
			}
			if err := each(it); err != nil {
				return err
			}
		}
	}
	return nil
}
