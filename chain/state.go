package chain

import (
	"context"
	"fmt"

	"github.com/ethereum/go-ethereum/common/hexutil"

	"github.com/assaynet/assay/chain/scale"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// Hyperparams reads the subnet's rules at the newest finalised block.
func (c *Client) Hyperparams(ctx context.Context) (Hyperparams, error) {
	at, err := c.Head(ctx)
	if err != nil {
		return Hyperparams{}, err
	}
	raw, err := c.stateCall(ctx, at.Hash, "SubnetInfoRuntimeApi_get_subnet_hyperparams_v3", scale.AppendU16(nil, c.cfg.Netuid))
	if err != nil {
		return Hyperparams{}, err
	}
	list, err := DecodeParams(raw)
	if err != nil {
		return Hyperparams{}, err
	}
	if list == nil {
		return Hyperparams{}, fmt.Errorf("read hyperparameters of netuid %d: %w", c.cfg.Netuid, ErrNoSubnet)
	}
	return hyperparamsOf(list)
}

// Epoch reads the subnet's epoch clock at a block.
func (c *Client) Epoch(ctx context.Context, at Head) (EpochClock, error) {
	index, err := c.subnetU64(ctx, at.Hash, "SubnetEpochIndex")
	if err != nil {
		return EpochClock{}, err
	}
	last, err := c.subnetU64(ctx, at.Hash, "LastEpochBlock")
	if err != nil {
		return EpochClock{}, err
	}
	raw, err := c.stateCall(ctx, at.Hash, "SubnetInfoRuntimeApi_get_next_epoch_start_block", scale.AppendU16(nil, c.cfg.Netuid))
	if err != nil {
		return EpochClock{}, err
	}
	d := scale.NewDecoder(raw)
	clock := EpochClock{Index: index, Last: last}
	if d.Option() {
		clock.Next = d.U64()
	}
	if err := d.Finish(); err != nil {
		return EpochClock{}, fmt.Errorf("read next epoch: %w", err)
	}
	return clock, nil
}

// UID finds the uid of a hotkey at the newest finalised block; ok is false when it
// is not registered in the subnet.
func (c *Client) UID(ctx context.Context, h protocol.Hotkey) (uid uint16, ok bool, err error) {
	raw, err := c.latest(ctx, StorageKey(Pallet, "Uids", scale.AppendU16(nil, c.cfg.Netuid), KeyBlake2(h[:])))
	if err != nil || raw == nil {
		return 0, false, err
	}
	d := scale.NewDecoder(raw)
	uid = d.U16()
	if err := d.Finish(); err != nil {
		return 0, false, fmt.Errorf("read uid: %w", err)
	}
	return uid, true, nil
}

// WeightsRow reads the vote that the chain holds for a uid, in the order in which
// it was submitted, and the block of that uid's last update. The chain scales the
// largest value of a row to 65535.
func (c *Client) WeightsRow(ctx context.Context, uid uint16) (uids, values []uint16, lastUpdate uint64, err error) {
	at, err := c.Head(ctx)
	if err != nil {
		return nil, nil, 0, err
	}
	raw, err := c.storage(ctx, at.Hash, uidKey("Weights", c.cfg.Netuid, uid))
	if err != nil {
		return nil, nil, 0, err
	}
	if raw != nil {
		d := scale.NewDecoder(raw)
		for _, pair := range scale.Vector(d, 4, func(d *scale.Decoder) [2]uint16 { return [2]uint16{d.U16(), d.U16()} }) {
			uids, values = append(uids, pair[0]), append(values, pair[1])
		}
		if err := d.Finish(); err != nil {
			return nil, nil, 0, fmt.Errorf("read weights of uid %d: %w", uid, err)
		}
	}
	raw, err = c.storage(ctx, at.Hash, subnetKey("LastUpdate", c.cfg.Netuid))
	if err != nil || raw == nil {
		return uids, values, 0, err
	}
	d := scale.NewDecoder(raw)
	all := scale.Vector(d, 8, (*scale.Decoder).U64)
	if err := d.Finish(); err != nil {
		return nil, nil, 0, fmt.Errorf("read last updates: %w", err)
	}
	if int(uid) < len(all) {
		lastUpdate = all[uid]
	}
	return uids, values, lastUpdate, nil
}

// axon reads what the chain knows of a hotkey's axon at the newest finalised block.
func (c *Client) axon(ctx context.Context, h protocol.Hotkey) (Axon, error) {
	raw, err := c.latest(ctx, StorageKey(Pallet, "Axons", scale.AppendU16(nil, c.cfg.Netuid), KeyBlake2(h[:])))
	if err != nil || raw == nil {
		return Axon{}, err
	}
	d := scale.NewDecoder(raw)
	info := decodeAxonInfo(d)
	if err := d.Finish(); err != nil {
		return Axon{}, fmt.Errorf("read axon: %w", err)
	}
	return info.Axon(), nil
}

func (c *Client) validatorTrust(ctx context.Context, at item.Hash) ([]uint16, error) {
	raw, err := c.storage(ctx, at, subnetKey("ValidatorTrust", c.cfg.Netuid))
	if err != nil || raw == nil {
		return nil, err
	}
	d := scale.NewDecoder(raw)
	trust := scale.Vector(d, 2, (*scale.Decoder).U16)
	if err := d.Finish(); err != nil {
		return nil, fmt.Errorf("read validator trust: %w", err)
	}
	return trust, nil
}

func (c *Client) subnetU64(ctx context.Context, at item.Hash, item string) (uint64, error) {
	raw, err := c.storage(ctx, at, subnetKey(item, c.cfg.Netuid))
	if err != nil || raw == nil {
		return 0, err
	}
	return fixedU64(item, raw)
}

func fixedU64(what string, raw []byte) (uint64, error) {
	d := scale.NewDecoder(raw)
	v := d.U64()
	if err := d.Finish(); err != nil {
		return 0, fmt.Errorf("read %s: %w", what, err)
	}
	return v, nil
}

// latest reads a storage item at the newest finalised block.
func (c *Client) latest(ctx context.Context, key []byte) ([]byte, error) {
	at, err := c.Head(ctx)
	if err != nil {
		return nil, err
	}
	return c.storage(ctx, at.Hash, key)
}

// storage reads a raw storage item; nil when nothing is stored.
func (c *Client) storage(ctx context.Context, at item.Hash, key []byte) ([]byte, error) {
	var raw *hexutil.Bytes
	if err := c.link.call(ctx, &raw, "state_getStorage", hexutil.Bytes(key), at); err != nil || raw == nil {
		return nil, err
	}
	return *raw, nil
}

func (c *Client) stateCall(ctx context.Context, at item.Hash, method string, args []byte) ([]byte, error) {
	var raw hexutil.Bytes
	if err := c.link.call(ctx, &raw, "state_call", method, hexutil.Bytes(args), at); err != nil {
		return nil, fmt.Errorf("%s: %w", method, err)
	}
	return raw, nil
}
