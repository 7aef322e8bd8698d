package main

import (
	"context"
	"errors"
	"net"

	"github.com/assaynet/assay/config"
	"github.com/assaynet/assay/localnet"
)

// jobs is the work behind each command.
type jobs struct {
	localnet  func(ctx context.Context, s session, cfg *config.Localnet, page net.Listener) error
	devnet    func(ctx context.Context, s session, cfg *config.Devnet) error
	miner     func(ctx context.Context, s session, cfg *config.Miner) error
	validator func(ctx context.Context, s session, cfg *config.Validator) error
	replay    func(ctx context.Context, s session, folder string) error
	explain   func(ctx context.Context, s session, folder string, uid uint16, asJSON bool) error
}

var errNotWired = errors.New("not wired")

// wired connects the commands to the packages that do the work.
func wired() jobs {
	return jobs{
		localnet: func(ctx context.Context, s session, cfg *config.Localnet, page net.Listener) error {
			return localnet.Start(ctx, cfg, page, s.Out, s.Talk, s.Log)
		},
		devnet:    func(context.Context, session, *config.Devnet) error { return errNotWired },
		miner:     func(context.Context, session, *config.Miner) error { return errNotWired },
		validator: func(context.Context, session, *config.Validator) error { return errNotWired },
		replay:    func(context.Context, session, string) error { return errNotWired },
		explain:   func(context.Context, session, string, uint16, bool) error { return errNotWired },
	}
}
