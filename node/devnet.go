package node

import (
	"context"
	"fmt"
	"log/slog"
	"net"

	"golang.org/x/sync/errgroup"

	"github.com/assaynet/assay/devnet"
)

// Devnet is an open embedded chain and its socket.
type Devnet struct {
	*devnet.Chain
	listener net.Listener
}

// OpenDevnet binds the address and opens the chain in dir, which begins with the
// genesis when dir holds none.
func OpenDevnet(dir, listen string, genesis devnet.Genesis, log *slog.Logger) (*Devnet, error) {
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return nil, fmt.Errorf("listen for the chain's users on %s: %w; choose another with --listen", listen, err)
	}
	c, err := devnet.Open(dir, genesis, log)
	if err != nil {
		_ = l.Close()
		return nil, err
	}
	return &Devnet{Chain: c, listener: l}, nil
}

// Addr is the address that the chain is served on.
func (d *Devnet) Addr() net.Addr { return d.listener.Addr() }

// Endpoint is that address as a client takes it.
func (d *Devnet) Endpoint() string { return "ws://" + d.listener.Addr().String() }

// Run makes blocks and serves them until ctx ends; the block in hand is finished
// first. Then the chain is closed.
func (d *Devnet) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return d.Serve(ctx, d.listener) })
	g.Go(func() error { return d.Chain.Run(ctx) })
	err := g.Wait()
	if closed := d.Close(); err == nil {
		err = closed
	}
	return err
}
