package chain

import (
	"context"
	"errors"
	"fmt"

	"github.com/assaynet/assay/chain/extrinsic"
)

// Register makes the client's own account a neuron of the subnet, as its own
// coldkey, and pays the price of a registration, whatever it is. It does nothing
// when the account is registered already.
func (c *Client) Register(ctx context.Context) error { return c.register(ctx, 0) }

// RegisterLimit is Register for at most maxBurn rao, which must not be 0. The chain
// refuses a price above it.
func (c *Client) RegisterLimit(ctx context.Context, maxBurn uint64) error {
	if maxBurn == 0 {
		return errors.New("register: the greatest price is 0")
	}
	return c.register(ctx, maxBurn)
}

func (c *Client) register(ctx context.Context, limit uint64) error {
	if c.writer == nil {
		return fmt.Errorf("register: %w", ErrReadOnly)
	}
	hotkey := c.writer.hotkey()
	if _, ok, err := c.UID(ctx, hotkey); ok || err != nil {
		return err
	}
	call := registration(c.cfg.Netuid, hotkey, limit)
	_, head, err := c.write(ctx, call)
	var refused *Error
	if errors.As(err, &refused) && refused.Name == ErrNameRegistered {
		return nil
	}
	if err != nil {
		return err
	}
	if _, ok, err := c.uidAt(ctx, head.Hash, hotkey); err != nil {
		return unread("registration", err)
	} else if !ok {
		return unstored(call, fmt.Errorf("read back registration: %w: no uid", ErrNotStored))
	}
	return nil
}

// ServeAxon tells the chain where the neuron serves, and returns once a finalised
// block holds it and it has been read back. It does nothing when the chain knows
// that already. The block of the axon is ignored.
func (c *Client) ServeAxon(ctx context.Context, a Axon) error {
	if c.writer == nil {
		return fmt.Errorf("serve axon: %w", ErrReadOnly)
	}
	a.IP = a.IP.Unmap().WithZone("")
	info, err := a.Info()
	if err != nil {
		return err
	}
	known, err := c.axon(ctx, c.writer.hotkey())
	if err != nil || known.same(a) {
		return err
	}
	call := extrinsic.ServeAxon{
		Netuid: c.cfg.Netuid, Version: info.Version, IP: info.IP, Port: info.Port, IPType: info.IPType,
		Protocol: info.Protocol, Placeholder1: info.Placeholder1, Placeholder2: info.Placeholder2,
	}
	landing, head, err := c.write(ctx, call)
	if err != nil {
		return err
	}
	known, err = c.axonAt(ctx, head.Hash, c.writer.hotkey())
	if err != nil {
		return unread("axon", err)
	}
	// A later one is by another user of the key, and this one is history.
	if !known.same(a) && known.Block <= landing.Block {
		return unstored(call, fmt.Errorf("read back axon: %w: it has %s of block %d", ErrNotStored, known.AddrPort(), known.Block))
	}
	return nil
}

// SetWeights casts the vote and returns once a finalised block holds it and the
// stored row has been read back. An *Error is the chain's refusal. ErrUnconfirmed
// means that the vote may still land: compare WeightsRow before voting again.
func (c *Client) SetWeights(ctx context.Context, w Weights) (Landing, error) {
	if len(w.UIDs) != len(w.Values) {
		return Landing{}, fmt.Errorf("set weights: %d uids and %d values", len(w.UIDs), len(w.Values))
	}
	call := extrinsic.SetWeights{Netuid: c.cfg.Netuid, UIDs: w.UIDs, Values: w.Values, VersionKey: w.VersionKey}
	landing, head, err := c.write(ctx, call)
	if err != nil {
		return Landing{}, err
	}
	return landing, unstored(call, c.readBack(ctx, head, w, landing.Block))
}
