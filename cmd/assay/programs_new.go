package main

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/assaynet/assay/program"
)

// starters are programs to begin with, KIND.yaml each, in which NAME is the name.
//
//go:embed starter/*.yaml
var starters embed.FS

func starterKinds() []string { return []string{"record", "judgement"} }

func (a *app) newProgram() *cobra.Command {
	var kind, path string
	cmd := &cobra.Command{
		Use: "new NAME --kind KIND", Short: "Write a commented program file to begin with, which check accepts.", Args: exactly(1, "the name of the new program"),
		Example: "  assay programs new tone --kind judgement    people or models label: writes tone.yaml\n" +
			"  assay programs new papers --kind record     miners collect pages: writes papers.yaml",
		RunE: func(_ *cobra.Command, args []string) error {
			if path == "" {
				path = args[0] + ".yaml"
			}
			return a.writeStarter(args[0], kind, path)
		},
	}
	cmd.Flags().StringVar(&kind, "kind", "", "`kind` of its items: record, which are collected, or judgement, which are answers about other items")
	cmd.Flags().StringVar(&path, "out", "", "`file` to write, which must not be there yet (default NAME.yaml)")
	return cmd
}

func (a *app) writeStarter(name, kind, path string) error {
	if !slices.Contains(starterKinds(), kind) {
		return usageError{fmt.Errorf("--kind: %q, want record for a product that is collected, or judgement for one that is labelled", kind)}
	}
	text, err := starters.ReadFile("starter/" + kind + ".yaml")
	if err != nil {
		return err
	}
	text = bytes.Replace(text, []byte("\nname: NAME\n"), []byte("\nname: "+name+"\n"), 1)
	text = bytes.ReplaceAll(text, []byte("--label.gold NAME="), []byte("--label.gold "+name+"="))
	if _, err := program.Decode(text); err != nil { // the name is all that can be wrong
		return usageError{fmt.Errorf("the name %q of a program: want lower-case letters, digits and dashes, at most 32", name)}
	}
	a.started = true
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return withCode(codeUsage, fmt.Errorf("%s is there already, and is left as it is; choose another file with --out", path))
	}
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.out, "%s\n", path)
	fmt.Fprintf(a.talk, "assay: a program to change; then: assay programs check %s\n", path)
	return err
}
