package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/assaynet/assay/scoring/duplicate"
)

// dupesFlags are the flags of "assay lab dupes".
type dupesFlags struct {
	field     string
	threshold float64
	seed      uint64
	json      bool
}

// dupesLimits bound the memory: about 300 bytes for each text beside its own length,
// and 24 for each pair.
type dupesLimits struct {
	line       int // bytes of a line; a JSON line may have other fields
	texts      int // lines with text
	bytes      int // of all texts
	candidates int // pairs that are compared
	pairs      int // pairs that are found
}

func usualDupesLimits(field string) dupesLimits {
	l := dupesLimits{line: duplicate.MaxText, texts: 4_000_000, bytes: 1 << 30, candidates: 20_000_000, pairs: 5_000_000}
	if field != "" {
		l.line = 16 << 20
	}
	return l
}

// labDupes builds "assay lab dupes": equal and nearly equal texts of a file.
func (a *app) labDupes() *cobra.Command {
	var f dupesFlags
	cmd := &cobra.Command{
		Use:   "dupes FILE",
		Short: "Find equal and nearly equal texts, one a line, by the share of runs of words they have in common.",
		Example: `  assay lab dupes posts.txt                       prints left,right,jaccard: line numbers from 1, left < right
  assay lab dupes posts.jsonl --field text        one JSON object a line, the text is its field "text"
  assay lab dupes posts.txt --threshold 0.5 --json > pairs.json
  zcat posts.txt.gz | assay lab dupes -           from standard input

  Case counts, white space and Unicode spelling do not. A text of 20 words or more is compared by its runs of 5
  words, a shorter one by its runs of 5 characters, and one with fewer characters than that as a whole; a long
  and a short one have nothing in common. Empty lines are passed over. Pairs are proposed by MinHash, which
  misses some, how many is said on stderr; the likeness is exact. Texts with equal runs have likeness 1, and each
  later one is paired with the first of them only, which alone is paired with texts that are merely near.
  At most 4,000,000 texts of 1 MiB each and 1 GiB together (a JSON line may have 16 MiB), and 5,000,000 pairs.`,
		Args: exactly(1, "a file of lines, or - for standard input"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !(f.threshold > 0 && f.threshold <= 1) {
				return usageError{fmt.Errorf("--threshold: %v is out of range, want a number above 0 and at most 1", f.threshold)}
			}
			if cmd.Flags().Changed("field") && f.field == "" {
				return usageError{fmt.Errorf("--field: it is empty, want the name of a field")}
			}
			return a.look(func(ctx context.Context, se session) error {
				return findDupes(ctx, se, args[0], cmd.InOrStdin(), f, usualDupesLimits(f.field))
			})
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.field, "field", "", "each line is a JSON object, and the field of this `name` is the text")
	flags.Float64Var(&f.threshold, "threshold", 0.8, "the least `likeness` of a pair: the share of the runs of both that are\ncommon to them (Jaccard)")
	flags.Uint64Var(&f.seed, "seed", 0, "`number` that keys the hashes; with another one other pairs are missed, and a\nfile that was made to mislead one misleads no other")
	flags.BoolVar(&f.json, "json", false, `as a JSON array of {"left","right","jaccard"}`)
	return cmd
}

// dupesRecall is how many of the pairs at the threshold the banding has to find.
const dupesRecall = 0.9

// findDupes reads the texts, finds the pairs and prints them. Nothing is printed before
// all of the file is read and compared.
func findDupes(ctx context.Context, s session, path string, stdin io.Reader, f dupesFlags, limits dupesLimits) error {
	banding, err := duplicate.BandingFor(f.threshold, dupesRecall, duplicate.Hashes)
	if err != nil {
		return usageError{err}
	}
	signer, err := duplicate.NewSigner(binary.BigEndian.AppendUint64(nil, f.seed), banding)
	if err != nil {
		return usageError{err}
	}
	in, name, err := openInput(path, stdin, s.Talk)
	if err != nil {
		return withCode(codeUsage, err)
	}
	texts, err := readTexts(ctx, &textReader{in: in, name: name, field: f.field, signer: signer, bands: banding.Bands, limits: limits, cores: runtime.NumCPU()})
	in.Close()
	if err != nil {
		return withCode(codeUsage, err)
	}
	j := &joiner{texts: texts, signer: signer, banding: banding, threshold: f.threshold, limits: limits, cores: runtime.NumCPU()}
	pairs, err := j.join(ctx)
	if err != nil {
		return withCode(codeUsage, fmt.Errorf("%s: %w", name, err))
	}
	fmt.Fprintf(s.Talk, "assay: texts: %d, empty lines: %d, pairs: %d; %s\n", len(texts.text), texts.lines-len(texts.text), len(pairs), found(f.threshold, banding))
	if f.json {
		return printPairsJSON(s.Out, pairs)
	}
	return printPairsCSV(s.Out, pairs)
}

// found says how many of the pairs the banding finds.
func found(threshold float64, banding duplicate.Banding) string {
	if threshold == 1 {
		return "all texts with equal runs are found"
	}
	return fmt.Sprintf("a pair of likeness %v is found with probability %s, one that is more alike with a higher (bands of the MinHash signature: %d, hashes in each: %d)",
		threshold, probability(banding.Recall(threshold)), banding.Bands, banding.Rows)
}

// dupePair is two lines and the likeness of their texts.
type dupePair struct {
	Left    int     `json:"left"`
	Right   int     `json:"right"`
	Jaccard float64 `json:"jaccard"`
}

func printPairsCSV(w io.Writer, pairs []dupePair) error {
	out := bufio.NewWriterSize(w, 1<<16)
	out.WriteString("left,right,jaccard\n")
	var line []byte
	for _, p := range pairs {
		line = append(strconv.AppendInt(line[:0], int64(p.Left), 10), ',')
		line = append(strconv.AppendInt(line, int64(p.Right), 10), ',')
		line = append(strconv.AppendFloat(line, p.Jaccard, 'g', -1, 64), '\n')
		out.Write(line)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write the pairs: %w", err)
	}
	return nil
}

// printPairsJSON prints an array with one pair a line.
func printPairsJSON(w io.Writer, pairs []dupePair) error {
	out := bufio.NewWriterSize(w, 1<<16)
	out.WriteString("[")
	for i, p := range pairs {
		b, err := json.Marshal(p)
		if err != nil {
			return fmt.Errorf("write the pairs: %w", err)
		}
		if i > 0 {
			out.WriteString(",")
		}
		out.WriteString("\n  ")
		out.Write(b)
	}
	if len(pairs) > 0 {
		out.WriteString("\n")
	}
	out.WriteString("]\n")
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write the pairs: %w", err)
	}
	return nil
}
