package main

import (
	"context"
	"fmt"
	"runtime/debug"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/assaynet/assay/config"
)

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "assay",
		Short: "A node for data subnets: mine, label, validate, replay.",
		Example: `  assay localnet                      a whole subnet on this machine, with scores in seconds
  assay miner --config miner.yaml     collect data and serve it
  assay lab replay DIR/validator-1    recompute every vote from its record`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	group(root)
	var version bool
	root.Flags().BoolVar(&version, "version", false, "print the version, the commit and the Go release")
	holder := root.RunE
	root.RunE = func(cmd *cobra.Command, args []string) error {
		if version && len(args) == 0 {
			return a.printVersion()
		}
		return holder(cmd, args)
	}
	root.SetHelpTemplate(helpTemplate)
	root.SetFlagErrorFunc(wrongFlag)
	root.AddCommand(a.localnet(), a.devnet(), a.miner(), a.validator(), a.register(), a.metagraph(), a.weights(), a.wallet(), a.programs(), a.lab(), a.export(), a.config(), a.health(), a.version())
	return root
}

// group makes cmd a mere holder of others: alone it prints its help, and an
// unknown name below it is an error.
func group(cmd *cobra.Command) {
	cmd.SuggestionsMinimumDistance = 2
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return cmd.Help()
		}
		hint := ""
		if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
			hint = fmt.Sprintf(", did you mean %q?", near[0])
		}
		return usageError{fmt.Errorf("unknown command %q of %q%s", args[0], cmd.CommandPath(), hint)}
	}
}

func (a *app) localnet() *cobra.Command {
	cfg := config.DefaultLocalnet()
	cmd := &cobra.Command{
		Use:   "localnet",
		Short: "Run a whole data subnet in this process: chain, source site, miners, validators.",
		Example: `  assay localnet                                          the page is on http://` + config.LocalnetListen + `
  assay localnet --epochs 10 --json --seed 7              ten epochs, one JSON object each on stdout
  assay localnet --dir ./net                              keep the data, one folder per node
  assay localnet --desk 127.0.0.1:8471 --block-time 5s    label yourself, in a browser`,
		Args: noArgs,
	}
	s := a.bind(cmd, cfg)
	cmd.RunE = func(*cobra.Command, []string) error {
		return s.work(&config.Log{Level: "warn", Format: "text"}, "the round and the vote in hand",
			func(ctx context.Context, se session) error {
				if !se.Given("seed") {
					cfg.Seed = randomSeed()
				}
				if err := noRoles(cfg.Dir, "localnet"); err != nil {
					return err
				}
				page, err := listenPage(cfg.Listen, se.Given("listen"), se.Talk)
				if err != nil {
					return err
				}
				return a.jobs.localnet(ctx, se, cfg, page)
			})
	}
	return cmd
}

// role completes the command of one role: its flags, its log, and a job that the
// first signal asks to end.
func (a *app) role(cmd *cobra.Command, cfg any, log *config.Log, awaited string, job func(context.Context, session) error) *cobra.Command {
	cmd.Args = noArgs
	s := a.bind(cmd, cfg)
	cmd.RunE = func(*cobra.Command, []string) error {
		return s.work(log, awaited, job)
	}
	return cmd
}

// asks completes a command with settings that asks something and ends.
func (a *app) asks(cmd *cobra.Command, cfg any, job func(context.Context, session) error) *cobra.Command {
	cmd.Args = noArgs
	s := a.bind(cmd, cfg)
	cmd.RunE = func(*cobra.Command, []string) error {
		if err := s.load(); err != nil {
			return err
		}
		return a.look(job)
	}
	return cmd
}

func (a *app) devnet() *cobra.Command {
	cfg := config.DefaultDevnet()
	cmd := &cobra.Command{
		Use:   "devnet",
		Short: "Serve the embedded chain to other processes.",
		Example: `  assay devnet --tempo 12 --block-time 1s
  assay devnet --validator 0x<40 hex digits>=1000    stake for a validator in a new chain`,
	}
	return a.role(cmd, cfg, &cfg.Log, "the block in hand", func(ctx context.Context, se session) error {
		return a.jobs.devnet(ctx, se, cfg)
	})
}

func (a *app) miner() *cobra.Command {
	cfg := config.DefaultMiner()
	cmd := &cobra.Command{
		Use:   "miner",
		Short: "Collect data from sources, have labellers answer questions, and serve both to validators.",
		Example: `  assay miner --source.feed http://example.org/atom.xml --key.create         against the devnet of this machine
  assay miner --program forum --program spam --desk.listen 127.0.0.1:8471    with a labelling desk
  assay miner --config miner.yaml --netuid 7 --subtensor.network test`,
	}
	return a.role(cmd, cfg, &cfg.Log, "the answers in hand and the store", func(ctx context.Context, se session) error {
		return a.jobs.miner(ctx, se, cfg)
	})
}

func (a *app) validator() *cobra.Command {
	cfg := config.DefaultValidator()
	cmd := &cobra.Command{
		Use:   "validator",
		Short: "Sample what miners serve, score it, and vote.",
		Example: `  assay validator --key.create                                                 against the devnet of this machine
  assay validator --program forum --program spam --label.gold spam=gold.csv    with truths to examine labellers by
  assay validator --config validator.yaml --netuid 7 --subtensor.network test`,
	}
	return a.role(cmd, cfg, &cfg.Log, "the round and the vote in hand", func(ctx context.Context, se session) error {
		return a.jobs.validator(ctx, se, cfg)
	})
}

func (a *app) lab() *cobra.Command {
	lab := &cobra.Command{Use: "lab", Short: "Replay and explain what a validator recorded; statistics for files; epochs."}
	group(lab)
	var uid string
	var asJSON bool
	explain := &cobra.Command{
		Use:     "explain FOLDER --uid N",
		Short:   "Show how a miner's latest score came about, down to the items.",
		Example: "  assay lab explain ./net/validator-1 --uid 5\n  assay lab explain ./net/validator-1 --uid 5 --json",
		Args:    exactly(1, "the folder of a validator"),
		RunE: func(_ *cobra.Command, args []string) error {
			n, err := strconv.ParseUint(uid, 10, 16)
			if err != nil {
				return usageError{fmt.Errorf("--uid: %q is not a uid, a number from 0 to 65535", uid)}
			}
			return a.look(func(ctx context.Context, se session) error {
				return a.jobs.explain(ctx, se, args[0], uint16(n), asJSON)
			})
		},
	}
	explain.Flags().StringVar(&uid, "uid", "", "`number` of the miner on the subnet")
	explain.Flags().BoolVar(&asJSON, "json", false, "as one JSON object")
	fetch := &cobra.Command{
		Use:     "fetch URL FOLDER",
		Short:   "Fetch what a validator publishes of its record, to replay it; run again, it goes on where it was.",
		Example: "  assay lab fetch http://validator.example:8095 ./record && assay lab replay ./record",
		Args:    exactly(2, "the address of a published record and a folder for it"),
		RunE: func(_ *cobra.Command, args []string) error {
			return a.look(func(ctx context.Context, se session) error { return a.jobs.fetch(ctx, se, args[0], args[1]) })
		},
	}
	lab.AddCommand(a.labReplay(), explain, fetch, a.epoch(), a.labSimulate(), a.labZoo(), a.labSweep(measureScenario), a.labTune(measureScenario), a.labReport())
	lab.AddCommand(a.statistics()...)
	return lab
}

// look runs a job that only reads; interrupted, it has no result.
func (a *app) look(job func(context.Context, session) error) error {
	a.started = true
	ctx, stop := a.interruptible(a.saySignal("nothing"))
	defer stop()
	err := job(ctx, session{Out: a.out, Talk: a.talk, Log: newLogger(config.Log{Level: "warn", Format: "text"}, a.talk)})
	if err != nil && context.Cause(ctx) != nil {
		return errInterrupted
	}
	return err
}

func (a *app) version() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version, the commit and the Go release.", Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return a.printVersion() },
	}
}

func (a *app) printVersion() error {
	a.started = true
	version, commit, release := "(devel)", "unknown", "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		version, release = info.Main.Version, info.GoVersion
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				commit = s.Value
			}
		}
	}
	_, err := fmt.Fprintf(a.out, "assay %s commit %s %s\n", version, commit, release)
	return err
}
