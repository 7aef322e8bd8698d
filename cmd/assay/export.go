package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assaynet/assay/export"
)

// exportFlags are what assay export labels is told besides the program.
type exportFlags struct {
	out       string
	records   []string
	shardRows int
	licences  []string
	languages []string
	url       string
	force     bool
	json      bool
}

func (a *app) export() *cobra.Command {
	cmd := &cobra.Command{Use: "export", Short: "Write what validators recorded into files for others: labelled data."}
	group(cmd)
	cmd.AddCommand(a.exportLabels())
	return cmd
}

func (a *app) exportLabels() *cobra.Command {
	var f exportFlags
	cmd := &cobra.Command{
		Use:   "labels PROGRAM --out DIR [FOLDER ...]",
		Short: "Make labels of the answers in validators' records: Parquet, dataset card, Croissant, provenance.",
		Example: `  assay export labels spam --out ./spam ./net              every validator of a localnet
  assay export labels spam --out ./spam ./record           a record that assay lab fetch brought
  assay export labels preference --out ./pairs --json ./net/validator-1 ./net/validator-2

A FOLDER is that of a validator, or holds such folders; without one it is the folder that
this is run in. Records are not replayed here: assay lab replay checks their signatures.
The same records give the same files, bit for bit.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError{errors.New("assay export labels takes a program, such as spam, and the folders of validators")}
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if err := f.check(); err != nil {
				return usageError{err}
			}
			return a.look(func(ctx context.Context, se session) error {
				return exportLabels(ctx, se, args[0], slices.Concat(args[1:], f.records), f)
			})
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.out, "out", "", "`folder` to write; it must not exist yet, or be empty")
	flags.StringArrayVar(&f.records, "record", nil, "`folder` of another validator; may be given again")
	flags.IntVar(&f.shardRows, "shard-rows", export.DefaultShardRows, "rows of one Parquet file, at most `N`")
	flags.StringSliceVar(&f.licences, "licence-allow", nil, "keep only items under these `licences`, SPDX with commas; without, all that state one")
	flags.StringSliceVar(&f.languages, "language", nil, "`codes` of the texts' languages, for the card: en,de")
	flags.StringVar(&f.url, "url", "", "`address` where the dataset will be found, for its description")
	flags.BoolVar(&f.force, "force", false, "replace an earlier export in the folder; nothing else is replaced")
	flags.BoolVar(&f.json, "json", false, "print a summary as one JSON object")
	return cmd
}

// check finds what cannot be asked for before any record is read.
func (f exportFlags) check() error {
	switch {
	case f.out == "":
		return errors.New("--out: name the folder to write")
	case f.shardRows < 1:
		return fmt.Errorf("--shard-rows: %d, want 1 or more", f.shardRows)
	case slices.ContainsFunc(f.languages, func(l string) bool {
		return len(l) < 2 || len(l) > 3 || strings.ContainsFunc(l, func(r rune) bool { return r < 'a' || r > 'z' })
	}):
		return fmt.Errorf("--language: %s, want ISO 639 codes of two or three small letters", strings.Join(f.languages, ","))
	}
	return nil
}

// exportLabels reads the records, makes the labels and writes the folder.
func exportLabels(ctx context.Context, s session, program string, given []string, f exportFlags) error {
	folders, err := recordFolders(given)
	if err != nil {
		return err
	}
	var records []*export.Record
	for _, folder := range folders {
		r, err := readJudged(ctx, folder, program)
		if err != nil {
			return exportError(fmt.Errorf("%s: %w", folder, err))
		}
		records = append(records, r)
	}
	d, err := orStopped(ctx, func() (*export.Dataset, error) { return export.Merge(records, f.licences) })
	if err != nil {
		return exportError(err)
	}
	written, err := export.Write(ctx, f.out, d, export.Options{ShardRows: f.shardRows, Force: f.force, Languages: f.languages, URL: f.url})
	if err != nil {
		return exportError(err)
	}
	for _, n := range d.Notes {
		fmt.Fprintln(s.Talk, "assay:", n)
	}
	summary := d.Summary(f.out, written)
	if f.json {
		return printJSON(s.Out, summary)
	}
	_, err = fmt.Fprint(s.Out, summary)
	return err
}

// exportError gives an error the exit code of what was given.
func exportError(err error) error {
	if errors.Is(err, export.ErrExists) || errors.Is(err, export.ErrNothing) {
		return withCode(codeInvalid, err)
	}
	return err
}

// readJudged folds one record.
func readJudged(ctx context.Context, folder, program string) (*export.Record, error) {
	record, err := openRecord(folder)
	if err != nil {
		return nil, err
	}
	defer record.Close()
	if err := record.CheckEnd(); err != nil {
		return nil, err
	}
	return export.Read(until(ctx, record.Entries(1)), program)
}

// recordFolders are the validators' folders that are meant: each that is given, or those
// that it holds.
func recordFolders(given []string) ([]string, error) {
	if len(given) == 0 {
		given = []string{"."}
	}
	var folders []string
	for _, folder := range given {
		below, err := foldersWith(folder, recordDatabase)
		if holds(folder, recordDatabase) || err != nil && !errors.Is(err, fs.ErrNotExist) || len(below) == 0 {
			folders = append(folders, folder) // opening it says what is wrong
			continue
		}
		folders = append(folders, below...)
	}
	return distinct(folders), nil
}

// distinct leaves out folders that were named before, under whatever name.
func distinct(folders []string) []string {
	var seen []os.FileInfo
	var out []string
	for _, folder := range folders {
		info, err := os.Stat(folder)
		if err == nil && slices.ContainsFunc(seen, func(s os.FileInfo) bool { return os.SameFile(s, info) }) {
			continue
		}
		if err == nil {
			seen = append(seen, info)
		}
		out = append(out, folder)
	}
	return out
}
