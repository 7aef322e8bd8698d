package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/assaynet/assay/config"
	"github.com/assaynet/assay/node"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/programs"
)

// programs builds "assay programs": list, show, check, new and ids.
func (a *app) programs() *cobra.Command {
	top := &cobra.Command{Use: "programs", Short: "Data products: list and show those within the binary, start one of your own, check it."}
	group(top)
	var asJSON bool
	list := &cobra.Command{
		Use: "list", Short: "List the programs within the binary.", Args: noArgs,
		Example: "  assay programs list\n  assay programs list --json",
		RunE: func(*cobra.Command, []string) error {
			a.started = true
			return a.listPrograms(asJSON)
		},
	}
	list.Flags().BoolVar(&asJSON, "json", false, "as one JSON array")
	show := &cobra.Command{
		Use: "show NAME", Short: "Print the file of a program within the binary.", Args: exactly(1, "the name of a program"),
		Example: "  assay programs show spam\n  assay programs show forum > mine.yaml    to begin with a copy",
		RunE: func(_ *cobra.Command, args []string) error {
			text, err := shippedProgram(args[0])
			if err != nil {
				return err
			}
			a.started = true
			_, err = a.out.Write(text)
			return err
		},
	}
	check := &cobra.Command{
		Use: "check FILE…", Short: "Check program files, and whether they suit each other; print every mistake with its line.", Args: atLeastOne,
		Example: "  assay programs check tone.yaml\n  assay programs check forum tone.yaml    also whether tone can take its items from forum",
		RunE:    func(_ *cobra.Command, args []string) error { return a.checkPrograms(args) },
	}
	top.AddCommand(list, show, check, a.newProgram(), a.itemIDs())
	return top
}

func atLeastOne(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usageError{fmt.Errorf("%s takes program files, or names of programs within the binary; got none", cmd.CommandPath())}
	}
	return nil
}

// shippedProgram is the text of a program within the binary.
func shippedProgram(name string) ([]byte, error) {
	text, err := programs.Files.ReadFile(name + ".yaml")
	if err != nil {
		return nil, usageError{fmt.Errorf("there is no program %q within the binary, which has %s%s", name, strings.Join(programs.Names(), ", "), config.Suggest(name, programs.Names()))}
	}
	return text, nil
}

// programRow is a program as it is listed.
type programRow struct {
	Name    string `json:"name"`
	Kind    string `json:"kind"`
	Task    string `json:"task"`
	Answers string `json:"answers,omitempty"`
	Licence string `json:"licence"`
	Cells   int    `json:"cells"`
	About   string `json:"about"`
}

func (a *app) listPrograms(asJSON bool) error {
	var rows []programRow
	for _, name := range programs.Names() {
		text, err := shippedProgram(name)
		if err != nil {
			return err
		}
		p, err := program.Decode(text)
		if err != nil {
			return err
		}
		rows = append(rows, programRow{p.Name, p.Kind, p.Task, string(p.Answers.Type), p.Licence, p.CellCount(), p.About})
	}
	if asJSON {
		return a.printJSON(rows)
	}
	return writePrograms(a.out, rows)
}

func writePrograms(out io.Writer, rows []programRow) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tKIND\tTASK\tABOUT")
	for _, r := range rows {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", r.Name, r.Kind, r.Task, r.About)
	}
	return w.Flush()
}

// checkPrograms checks each program, and all together where there are several.
func (a *app) checkPrograms(names []string) error {
	a.started = true
	var wrong severalError
	var good []*program.Program
	for _, name := range names {
		p, err := node.ReadProgram(name)
		if err != nil {
			wrong = append(wrong, mistakesOf(name, err)...)
			continue
		}
		good = append(good, p)
	}
	if len(wrong) == 0 && len(good) > 1 {
		wrong = append(wrong, program.Together(good)...)
	}
	if len(wrong) > 0 {
		return withCode(codeUsage, wrong)
	}
	for i, p := range good {
		if _, err := fmt.Fprintf(a.out, "%s is right: program %s, kind %s, task %s\n", names[i], p.Name, p.Kind, p.Task); err != nil {
			return err
		}
	}
	return nil
}

// mistakesOf is every mistake of a file as an error of its own, with file and line.
func mistakesOf(name string, err error) []error {
	e, ok := errors.AsType[*program.Error](err)
	if !ok {
		return []error{err}
	}
	var out []error
	for _, m := range e.Mistakes {
		place := name
		if m.Line > 0 {
			place = fmt.Sprintf("%s:%d", name, m.Line)
		}
		out = append(out, fmt.Errorf("%s: %s", place, m.What))
	}
	return out
}
