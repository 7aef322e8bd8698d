package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/assaynet/assay/lab"
	"github.com/assaynet/assay/lab/report"
)

// reportFile is the name of a report beside the tables that it is made of.
const reportFile = "report.html"

// reportFlags are what assay lab report is told besides the run.
type reportFlags struct {
	out  string
	json bool
}

// labReport builds "assay lab report".
func (a *app) labReport() *cobra.Command {
	var f reportFlags
	cmd := &cobra.Command{
		Use:   "report RUN",
		Short: "Show what a run of the lab found, as one HTML page that needs no network and can be printed.",
		Example: `  assay lab report ./zoo                      writes ./zoo/` + reportFile + `, and prints what each section found
  assay lab report ./zoo --out verdicts.html  into another file; - is standard output
  assay lab report ./zoo --json               what was found, as JSON

Each table of the run has a section: its title states the finding, and the numbers stand
behind each drawing. The same run gives the same file, bit for bit.`,
		Args: exactly(1, "the folder of a run"),
		RunE: func(_ *cobra.Command, args []string) error {
			if f.out == "-" && f.json {
				return usageError{errors.New("--out and --json: standard output takes one of the two")}
			}
			return a.look(func(ctx context.Context, se session) error { return reportRun(ctx, se, args[0], f) })
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.out, "out", "", "`file` to write, or - for standard output; without it "+reportFile+" in the folder of the run.\nAn earlier report is replaced, and no other file")
	flags.BoolVar(&f.json, "json", false, "print what was found as one JSON object")
	return cmd
}

// reported is what assay lab report prints.
type reported struct {
	File     string           `json:"file"`
	Bytes    int              `json:"bytes"`
	Finished bool             `json:"finished"` // whether the run is
	Findings []report.Finding `json:"findings"`
}

func reportRun(ctx context.Context, s session, folder string, f reportFlags) error {
	run, err := lab.Open(folder)
	if err != nil {
		if errors.Is(err, lab.ErrNoRun) {
			return withCode(codeInvalid, err)
		}
		return err
	}
	type made struct {
		page     bytes.Buffer
		findings []report.Finding
		finished bool
	}
	m, err := orStopped(ctx, func() (*made, error) {
		d, err := reportData(run)
		if err != nil {
			return nil, err
		}
		r, m := report.New(d), &made{finished: d.Manifest.Finished}
		m.findings = r.Findings()
		return m, r.Write(&m.page)
	})
	if err != nil {
		return err
	}
	if f.out == "-" {
		_, err := m.page.WriteTo(s.Out)
		return err
	}
	out := reported{cmp.Or(f.out, filepath.Join(folder, reportFile)), m.page.Len(), m.finished, m.findings}
	if err := writeReport(out.File, m.page.Bytes()); err != nil {
		return err
	}
	if f.json {
		return printJSON(s.Out, out)
	}
	return printReported(s.Out, out)
}

func printReported(out io.Writer, r reported) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, f := range r.Findings {
		fmt.Fprintf(w, "%s\t%s\n", f.Subject, f.Finding)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if !r.Finished {
		fmt.Fprintln(out, "The run is not finished: the report is of the tables that are.")
	}
	_, err := fmt.Fprintln(out, r.File)
	return err
}

// reportData reads the tables that a run has.
func reportData(run *lab.Folder) (report.Data, error) {
	m := run.Manifest()
	d := report.Data{Manifest: report.Manifest{Command: "assay lab " + m.Command, Version: m.Version, Seed: m.Seed, Settings: m.Settings,
		Finished: m.Finished, Scenario: m.ScenarioSHA256, Parameters: m.ParametersSHA256}}
	for _, t := range m.Tables {
		d.Manifest.Tables = append(d.Manifest.Tables, report.Table{Name: t.Name, Rows: int64(t.Rows), SHA256: t.CSV.SHA256})
	}
	err := errors.Join(
		readTable(run, lab.TableActors, &d.Actors), readTable(run, lab.TablePay, &d.Pay), readTable(run, lab.TableWeights, &d.Weights),
		readTable(run, lab.TableTrust, &d.Trust), readTable(run, lab.TableEvents, &d.Events), readTable(run, lab.TableVerdicts, &d.Verdicts), readTable(run, lab.TableLimits, &d.Limits),
		readTable(run, lab.TableShares, &d.Shares), readTable(run, lab.TableCharacteristics, &d.Characteristics), readTable(run, lab.TableTrials, &d.Trials),
	)
	return d, err
}

// readTable reads a table, if the run has it.
func readTable[T any](run *lab.Folder, table string, rows *[]T) (err error) {
	if run.Has(table) {
		*rows, err = lab.Read[T](run, table)
	}
	return err
}

// writeReport writes a file whole or not at all. It replaces an earlier report, but no file
// that is something else.
func writeReport(path string, page []byte) error {
	if err := onlyReport(path); err != nil {
		return err
	}
	part, err := os.CreateTemp(filepath.Dir(path), ".report-*")
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	defer os.Remove(part.Name())
	_, err = part.Write(page)
	if err = errors.Join(err, part.Chmod(0o644), part.Sync(), part.Close()); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	if err := os.Rename(part.Name(), path); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// onlyReport refuses a path where something else than a report is.
func onlyReport(path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	head := make([]byte, 1024)
	if info.Mode().IsRegular() {
		f, err := os.Open(path)
		if err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
		defer f.Close()
		n, err := io.ReadFull(f, head)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return fmt.Errorf("write the report: %w", err)
		}
		head = head[:n]
	}
	if !bytes.Contains(head, []byte(report.Generator)) {
		return withCode(codeInvalid, fmt.Errorf("%s is there and is no report of a run: name another file with --out", path))
	}
	return nil
}
