package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/assaynet/assay/config"
)

// app is one run of the command: what it was given and where it may write. The
// result of a command goes to out, all else to talk.
type app struct {
	args    []string
	environ []string
	out     io.Writer
	talk    io.Writer
	signals <-chan os.Signal
	exit    func(code int) // leaves at once, on the second signal
	jobs    jobs

	started bool // the command line was right and a job has begun
}

// session is what a job gets besides its settings.
type session struct {
	Out  io.Writer // the result, and nothing else
	Talk io.Writer // everything else, for people
	Log  *slog.Logger
	// Given reports whether a setting's value is not its default.
	Given func(key string) bool
}

// run executes the command line and gives the exit code.
func (a *app) run() int {
	root := a.root()
	root.SetArgs(a.args)
	root.SetOut(a.out)
	root.SetErr(a.talk)
	err := root.Execute()
	if err == nil {
		return codeOK
	}
	if !a.started && exitCode(err) == codeUnexpected {
		err = usageError{err}
	}
	a.complain(err)
	return exitCode(err)
}

// complain prints the error, one line for each problem.
func (a *app) complain(err error) {
	if problems, ok := errors.AsType[config.Problems](err); ok {
		for _, p := range problems {
			fmt.Fprintln(a.talk, "assay:", p)
		}
		return
	}
	if each, ok := errors.AsType[severalError](err); ok {
		for _, err := range each {
			fmt.Fprintln(a.talk, "assay:", err)
		}
		return
	}
	if text := err.Error(); text != "" {
		fmt.Fprintln(a.talk, "assay:", text)
	}
	if exitCode(err) == codeUsage {
		fmt.Fprintln(a.talk, "assay: see assay --help, or assay COMMAND --help")
	}
}

// settings is a command's settings, its struct and how they are read.
type settings struct {
	app   *app
	table *config.Table
}

// bind gives cmd a flag for each setting of target.
func (a *app) bind(cmd *cobra.Command, target any) *settings {
	name := strings.TrimPrefix(strings.TrimPrefix(cmd.CommandPath(), "assay "), "config ")
	s := &settings{app: a, table: config.New("assay "+name, target)}
	cmd.Flags().SortFlags = false
	s.table.Bind(cmd.Flags())
	cmd.SetFlagErrorFunc(s.wrongFlags)
	return s
}

// wrongFlags turns the first flag error into the list of everything wrong with
// the flags, the environment and the file.
func (s *settings) wrongFlags(cmd *cobra.Command, err error) error {
	if errors.Is(err, pflag.ErrHelp) {
		return err
	}
	problems := s.table.Unknown(cmd.Flags(), s.app.args)
	if values, ok := errors.AsType[config.Problems](s.table.Load(s.app.environ)); ok {
		problems = append(values, problems...)
	}
	if len(problems) == 0 {
		return usageError{err}
	}
	return problems
}

func (s *settings) load() error {
	if err := s.table.Load(s.app.environ); err != nil {
		return err
	}
	s.app.started = true
	return nil
}

// work runs a job that the first signal asks to end. Awaited is what the job
// finishes before it ends.
func (s *settings) work(log *config.Log, awaited string, job func(context.Context, session) error) error {
	if err := s.load(); err != nil {
		return err
	}
	a := s.app
	ctx, stop := a.interruptible(awaited)
	defer stop()
	return job(ctx, session{Out: a.out, Talk: a.talk, Log: newLogger(*log, a.talk), Given: s.table.Given})
}

// interruptible gives a context that ends with the first signal; the second one
// ends the process.
func (a *app) interruptible(awaited string) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	done := make(chan struct{})
	go func() {
		first := true
		for {
			select {
			case <-done:
				return
			case <-a.signals:
			}
			if !first {
				fmt.Fprintln(a.talk, "assay: stopped at once")
				a.exit(codeInterrupted)
				return
			}
			first = false
			fmt.Fprintf(a.talk, "\nassay: stopping; waiting for %s. Ctrl-C again stops at once.\n", awaited)
			cancel(errInterrupted)
		}
	}()
	return ctx, func() { close(done); cancel(nil) }
}
