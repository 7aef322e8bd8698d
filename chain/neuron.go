package chain

import (
	"context"
	"errors"
	"fmt"
	"math/big"
)

// Register makes the client's own account a neuron of the subnet, as its own
// coldkey, and pays the price of a registration. It does nothing when the account
// is registered already.
func (c *Client) Register(ctx context.Context) error {
	if c.key == nil {
		return fmt.Errorf("register: %w", ErrReadOnly)
	}
	hotkey := c.key.Hotkey()
	if _, ok, err := c.UID(ctx, hotkey); ok || err != nil {
		return err
	}
	_, err := c.transact(ctx, MethodRegister, c.cfg.Netuid, [32]byte(hotkey))
	var refused *Error
	if errors.As(err, &refused) && refused.Name == ErrNameRegistered {
		return nil
	}
	return err
}

// ServeAxon tells the chain where the neuron serves. It does nothing when the
// chain knows that already. The block of the axon is ignored.
func (c *Client) ServeAxon(ctx context.Context, a Axon) error {
	if c.key == nil {
		return fmt.Errorf("serve axon: %w", ErrReadOnly)
	}
	a.IP = a.IP.Unmap().WithZone("")
	info, err := a.Info()
	if err != nil {
		return err
	}
	known, err := c.axon(ctx, c.key.Hotkey())
	if err != nil || known.same(a) {
		return err
	}
	ip := new(big.Int).Lsh(new(big.Int).SetUint64(info.IP.Hi), 64)
	ip.Or(ip, new(big.Int).SetUint64(info.IP.Lo))
	_, err = c.transact(ctx, MethodServeAxon, c.cfg.Netuid, info.Version, ip, info.Port, info.IPType,
		info.Protocol, info.Placeholder1, info.Placeholder2)
	return err
}

// SetWeights casts the vote and returns once a finalised block holds it and the
// stored row has been read back. An *Error is the chain's refusal. ErrUnconfirmed
// means that the vote may still land: compare WeightsRow before voting again.
func (c *Client) SetWeights(ctx context.Context, w Weights) (Landing, error) {
	if len(w.UIDs) != len(w.Values) {
		return Landing{}, fmt.Errorf("set weights: %d uids and %d values", len(w.UIDs), len(w.Values))
	}
	landing, err := c.transact(ctx, MethodSetWeights, c.cfg.Netuid, nonNil(w.UIDs), nonNil(w.Values), w.VersionKey)
	if err != nil {
		return Landing{}, err
	}
	return landing, c.readBack(ctx, w)
}

// nonNil keeps the ABI encoder from seeing an untyped nil.
func nonNil(v []uint16) []uint16 {
	if v == nil {
		return []uint16{}
	}
	return v
}
