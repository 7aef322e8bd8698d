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

// complain prints the error, one line for each problem, and where the help is if the
// command, a flag or the arguments are wrong. A value has its cure in its own line.
func (a *app) complain(err error) {
	a.explain(err)
	_, wrongValues := errors.AsType[config.Problems](err)
	if exitCode(err) == codeUsage && (!a.started && !wrongValues || as[argumentsError](err)) {
		fmt.Fprintln(a.talk, "assay: see assay --help, or assay COMMAND --help")
	}
}

func (a *app) explain(err error) {
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
	unknown := s.table.Unknown(cmd.Flags(), s.app.args)
	problems := unknown
	if values, ok := errors.AsType[config.Problems](s.table.Load(s.app.environ)); ok {
		problems = append(values, unknown...)
	}
	if len(unknown) > 0 {
		return argumentsError{problems}
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
	logger := newLogger(*log, a.talk)
	say := a.saySignal(awaited)
	if !asText(*log, a.talk) {
		say = logSignal(logger, awaited)
	}
	ctx, stop := a.interruptible(say)
	defer stop()
	return job(ctx, session{Out: a.out, Talk: a.talk, Log: logger, Given: s.table.Given})
}

// saySignal tells a person of a signal. Awaited is what the job finishes before it
// ends.
func (a *app) saySignal(awaited string) func(second bool) {
	return func(second bool) {
		if second {
			fmt.Fprintln(a.talk, "assay: stopped at once")
			return
		}
		fmt.Fprintf(a.talk, "\nassay: stopping; waiting for %s. Ctrl-C again stops at once.\n", awaited)
	}
}

// logSignal tells a log that is read by a program.
func logSignal(log *slog.Logger, awaited string) func(second bool) {
	return func(second bool) {
		if second {
			log.Info("stopped at once")
			return
		}
		log.Info("stopping; a second signal stops at once", "waiting_for", awaited)
	}
}

// interruptible gives a context that ends with the first signal; the second one
// ends the process. Say tells of either.
func (a *app) interruptible(say func(second bool)) (context.Context, func()) {
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
				say(true)
				a.exit(codeInterrupted)
				return
			}
			first = false
			say(false)
			cancel(errInterrupted)
		}
	}()
	return ctx, func() { close(done); cancel(nil) }
}
