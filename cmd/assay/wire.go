package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/assaynet/assay/config"
	"github.com/assaynet/assay/localnet"
	"github.com/assaynet/assay/node"
)

// jobs is the work behind each command.
type jobs struct {
	localnet  func(ctx context.Context, s session, cfg *config.Localnet, page net.Listener) error
	devnet    func(ctx context.Context, s session, cfg *config.Devnet) error
	miner     func(ctx context.Context, s session, cfg *config.Miner) error
	validator func(ctx context.Context, s session, cfg *config.Validator) error
	register  func(ctx context.Context, s session, cfg *config.Register) error
	metagraph func(ctx context.Context, s session, cfg *config.Metagraph) error
	replay    func(ctx context.Context, s session, folder string, peers []string) error
	fetch     func(ctx context.Context, s session, address, folder string) error
	explain   func(ctx context.Context, s session, folder string, uid uint16, asJSON bool) error
	weights   func(ctx context.Context, s session, cfg *config.Weights) error
	history   func(ctx context.Context, s session, cfg *config.Weights) error
	epoch     func(ctx context.Context, s session, path string, stdin io.Reader) error
}

// wired connects the commands to the packages that do the work.
func wired() jobs {
	return jobs{
		localnet: func(ctx context.Context, s session, cfg *config.Localnet, page net.Listener) error {
			return localnet.Start(ctx, cfg, s.Given, page, s.Out, s.Talk, s.Log)
		},
		devnet:    runDevnet,
		miner:     runMiner,
		validator: runValidator,
		register:  registerHotkey,
		metagraph: showMetagraph,
		replay:    replayRecord,
		fetch:     fetchRecord,
		explain:   explainScore,
		weights:   showWeights,
		history:   showHistory,
		epoch:     computeEpochs,
	}
}

func runDevnet(ctx context.Context, s session, cfg *config.Devnet) error {
	if err := noRoles(cfg.Dir, "devnet"); err != nil {
		return err
	}
	genesis, err := node.DevnetGenesis(cfg)
	if err != nil {
		return err
	}
	d, err := node.OpenDevnet(cfg.Dir, cfg.Listen, cfg.Ops.Listen, genesis, s.Log)
	if err != nil {
		return err
	}
	s.Log.Info("the chain is served", "endpoint", d.Endpoint(), "dir", cfg.Dir, "tempo", cfg.Pace.Tempo, "block_time", cfg.Pace.BlockTime.String())
	return d.Run(ctx)
}

func runMiner(ctx context.Context, s session, cfg *config.Miner) error {
	m, err := node.OpenMiner(ctx, cfg, node.MinerOptions{}, s.Log)
	if err != nil {
		return stopped(ctx, err)
	}
	s.Log.Info("miner", "dir", m.Dir, "ops", "http://"+m.OpsAddr().String())
	return m.Run(ctx)
}

func runValidator(ctx context.Context, s session, cfg *config.Validator) error {
	v, err := node.OpenValidator(ctx, cfg, node.ValidatorOptions{}, s.Log)
	if err != nil {
		return stopped(ctx, err)
	}
	s.Log.Info("validator", "dir", v.Dir, "ops", "http://"+v.OpsAddr().String())
	return v.Run(ctx)
}

// stopped is what ended the opening of a node: nothing when it was told to stop while
// it waited for its chain, as when it is told so later.
func stopped(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil
	}
	return err
}

// hintDevnet says what is missing when nobody serves the devnet of this machine.
func hintDevnet(err error, c config.Chain) error {
	if dial, ok := errors.AsType[*net.OpError](err); ok && dial.Op == "dial" && c.Devnet() {
		return fmt.Errorf("%w; is a devnet running? start one with: assay devnet", err)
	}
	return err
}
