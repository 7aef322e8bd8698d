package chain

import (
	"context"
	"fmt"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/assaynet/assay/chain/scale"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// Hyperparams reads the subnet's rules at the newest finalised block.
func (c *Client) Hyperparams(ctx context.Context) (Hyperparams, error) {
	at, err := c.freshHead(ctx)
	if err != nil {
		return Hyperparams{}, err
	}
	return shared(ctx, c, at.Hash, "hyperparams", c.readHyperparams)
}

func (c *Client) readHyperparams(ctx context.Context, at item.Hash) (Hyperparams, error) {
	var raw hexutil.Bytes
	if err := c.link.batch(ctx, stateCall(&raw, at, "SubnetInfoRuntimeApi_get_subnet_hyperparams_v3", scale.AppendU16(nil, c.cfg.Netuid))); err != nil {
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
	return shared(ctx, c, at.Hash, "epoch", c.readEpoch)
}

func (c *Client) readEpoch(ctx context.Context, at item.Hash) (clock EpochClock, err error) {
	var index, last, next hexutil.Bytes
	err = c.link.batch(ctx, storageCall(&index, at, subnetKey("SubnetEpochIndex", c.cfg.Netuid)),
		storageCall(&last, at, subnetKey("LastEpochBlock", c.cfg.Netuid)),
		stateCall(&next, at, "SubnetInfoRuntimeApi_get_next_epoch_start_block", scale.AppendU16(nil, c.cfg.Netuid)))
	if err != nil {
		return EpochClock{}, err
	}
	if clock.Index, err = valueU64("SubnetEpochIndex", index); err != nil {
		return EpochClock{}, err
	}
	if clock.Last, err = valueU64("LastEpochBlock", last); err != nil {
		return EpochClock{}, err
	}
	d := scale.NewDecoder(next)
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
	at, err := c.newest(ctx)
	if err != nil {
		return 0, false, err
	}
	return c.uidAt(ctx, at.Hash, h)
}

func (c *Client) uidAt(ctx context.Context, at item.Hash, h protocol.Hotkey) (uid uint16, ok bool, err error) {
	raw, err := c.storage(ctx, at, StorageKey(Pallet, "Uids", scale.AppendU16(nil, c.cfg.Netuid), KeyBlake2(h[:])))
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
	at, err := c.newest(ctx)
	if err != nil {
		return nil, nil, 0, err
	}
	return c.weightsRowAt(ctx, at.Hash, uid)
}

func (c *Client) weightsRowAt(ctx context.Context, at item.Hash, uid uint16) (uids, values []uint16, lastUpdate uint64, err error) {
	stored, err := shared(ctx, c, at, fmt.Sprintf("row %d", uid), func(ctx context.Context, hash item.Hash) (v [2]hexutil.Bytes, err error) {
		err = c.link.batch(ctx, storageCall(&v[0], hash, uidKey("Weights", c.cfg.Netuid, uid)),
			storageCall(&v[1], hash, subnetKey("LastUpdate", c.cfg.Netuid)))
		return v, err
	})
	if err != nil {
		return nil, nil, 0, err
	}
	row, updates := stored[0], stored[1]
	if row != nil {
		d := scale.NewDecoder(row)
		for _, pair := range scale.Vector(d, 4, func(d *scale.Decoder) [2]uint16 { return [2]uint16{d.U16(), d.U16()} }) {
			uids, values = append(uids, pair[0]), append(values, pair[1])
		}
		if err := d.Finish(); err != nil {
			return nil, nil, 0, fmt.Errorf("read weights of uid %d: %w", uid, err)
		}
	}
	if updates == nil {
		return uids, values, 0, nil
	}
	d := scale.NewDecoder(updates)
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
	at, err := c.newest(ctx)
	if err != nil {
		return Axon{}, err
	}
	return c.axonAt(ctx, at.Hash, h)
}

func (c *Client) axonAt(ctx context.Context, at item.Hash, h protocol.Hotkey) (Axon, error) {
	raw, err := c.storage(ctx, at, StorageKey(Pallet, "Axons", scale.AppendU16(nil, c.cfg.Netuid), KeyBlake2(h[:])))
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

func decodeTrust(raw []byte) ([]uint16, error) {
	if raw == nil {
		return nil, nil
	}
	d := scale.NewDecoder(raw)
	trust := scale.Vector(d, 2, (*scale.Decoder).U16)
	if err := d.Finish(); err != nil {
		return nil, fmt.Errorf("read validator trust: %w", err)
	}
	return trust, nil
}

// valueU64 is fixedU64 of an item that is 0 where nothing is stored.
func valueU64(what string, raw []byte) (uint64, error) {
	if raw == nil {
		return 0, nil
	}
	return fixedU64(what, raw)
}

func fixedU64(what string, raw []byte) (uint64, error) {
	d := scale.NewDecoder(raw)
	v := d.U64()
	if err := d.Finish(); err != nil {
		return 0, fmt.Errorf("read %s: %w", what, err)
	}
	return v, nil
}

// storage reads a raw storage item, once at each block; nil when nothing is stored.
// What it returns must not be changed.
func (c *Client) storage(ctx context.Context, at item.Hash, key []byte) ([]byte, error) {
	return shared(ctx, c, at, "storage "+string(key), func(ctx context.Context, at item.Hash) ([]byte, error) {
		var raw *hexutil.Bytes
		if err := c.link.call(ctx, &raw, "state_getStorage", hexutil.Bytes(key), at); err != nil || raw == nil {
			return nil, err
		}
		return *raw, nil
	})
}

// storageCall is the read of a raw storage item as part of a batch; out stays nil
// when nothing is stored.
func storageCall(out *hexutil.Bytes, at item.Hash, key []byte) rpc.BatchElem {
	return rpc.BatchElem{Method: "state_getStorage", Args: []any{hexutil.Bytes(key), at}, Result: &optional{out}}
}

// stateCall is a call of the runtime as part of a batch.
func stateCall(out *hexutil.Bytes, at item.Hash, method string, args []byte) rpc.BatchElem {
	return rpc.BatchElem{Method: "state_call", Args: []any{method, hexutil.Bytes(args), at}, Result: out}
}

// optional takes a JSON null for no bytes, which hexutil.Bytes refuses.
type optional struct{ out *hexutil.Bytes }

// UnmarshalJSON implements json.Unmarshaler.
func (o *optional) UnmarshalJSON(b []byte) error {
	*o.out = nil
	if string(b) == "null" {
		return nil
	}
	return o.out.UnmarshalJSON(b)
}
