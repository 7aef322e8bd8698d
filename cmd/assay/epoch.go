package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/assaynet/assay/yuma/casefile"
)

func (a *app) epoch() *cobra.Command {
	return &cobra.Command{
		Use:   "epoch CASE.json",
		Short: "Compute the chain's epoch for the inputs of a file, in the format of the reference vectors.",
		Example: "  assay lab epoch yuma/testdata/epoch_bonds.json\n" +
			"  assay lab epoch - < case.json    from standard input",
		Args: exactly(1, "a file of epochs, or - for standard input"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.look(func(ctx context.Context, se session) error { return a.jobs.epoch(ctx, se, args[0], cmd.InOrStdin()) })
		},
	}
}

// computeEpochs prints the results of all epochs of a case as one JSON object. The
// whole case is read and checked before the first epoch, so that a mistake in it
// leaves nothing on the output.
func computeEpochs(ctx context.Context, s session, path string, stdin io.Reader) error {
	data, err := readCase(path, stdin)
	if err != nil {
		return withCode(codeUsage, err)
	}
	inputs, err := casefile.Decode(data)
	if err != nil {
		return withCode(codeUsage, fmt.Errorf("%s: %w", caseName(path), err))
	}
	out := bufio.NewWriter(s.Out)
	if err := casefile.Run(out, inputs, ctx.Err); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}

// readCase reads no more of a file than a case may have.
func readCase(path string, stdin io.Reader) ([]byte, error) {
	in := stdin
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("open the case: %w", err)
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, casefile.MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read the case: %w", err)
	}
	if len(data) > casefile.MaxBytes {
		return nil, fmt.Errorf("%s: has more than the %d MiB that a case may have", caseName(path), casefile.MaxBytes>>20)
	}
	return data, nil
}

func caseName(path string) string {
	if path == "-" {
		return "standard input"
	}
	return path
}
