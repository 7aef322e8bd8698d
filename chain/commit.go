package chain

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/crypto/blake2b"

	"github.com/assaynet/assay/chain/extrinsic"
	"github.com/assaynet/assay/chain/scale"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/yuma"
)

// MaxOpenCommits is how many unrevealed commits the chain holds of one hotkey.
const MaxOpenCommits = 10

// CommitHash is what a hotkey commits to before it reveals a vote:
// BLAKE2b-256(account || u16 netuid || vec uids || vec values || vec salt ||
// u64 version key), numbers little-endian and vectors under their compact length.
// It is that of the subnet's first mechanism.
func CommitHash(account protocol.Hotkey, netuid uint16, w Weights, salt []uint16) item.Hash {
	b := scale.AppendU16(account[:], netuid)
	for _, v := range [][]uint16{w.UIDs, w.Values, salt} {
		b = scale.AppendVector(b, v, scale.AppendU16)
	}
	return blake2b.Sum256(scale.AppendU64(b, w.VersionKey))
}

// Commit is a vote that the chain holds as a hash. It is revealed while the
// subnet's epoch index is Epoch plus the reveal period, neither sooner nor later.
type Commit struct {
	Hash  item.Hash
	Epoch uint64 // index of the epoch in which it was made
	Block uint64
}

// CommitWeights puts the hash of a vote on the chain and returns once a finalised
// block holds it and it has been read back. The chain counts the hotkey's last
// update from here. ErrUnconfirmed means that it may still land: compare Commits
// before committing again.
func (c *Client) CommitWeights(ctx context.Context, hash item.Hash) (Landing, error) {
	call := extrinsic.CommitWeights{Netuid: c.cfg.Netuid, Hash: hash}
	landing, head, err := c.write(ctx, call)
	if err != nil {
		return Landing{}, err
	}
	held, err := c.commitsAt(ctx, head.Hash, c.writer.hotkey())
	if err != nil {
		return landing, unread("commit", err)
	}
	if count(held, hash) == 0 {
		return landing, unstored(call, fmt.Errorf("read back commit: %w: none of %d commits is %s", ErrNotStored, len(held), hash))
	}
	return landing, nil
}

// RevealWeights opens a committed vote and returns once a finalised block holds it
// and the stored row has been read back.
func (c *Client) RevealWeights(ctx context.Context, w Weights, salt []uint16) (Landing, error) {
	if len(w.UIDs) != len(w.Values) {
		return Landing{}, fmt.Errorf("reveal weights: %d uids and %d values", len(w.UIDs), len(w.Values))
	}
	call := extrinsic.RevealWeights{Netuid: c.cfg.Netuid, UIDs: w.UIDs, Values: w.Values, Salt: salt, VersionKey: w.VersionKey}
	if c.writer == nil {
		return Landing{}, fmt.Errorf("%s: %w", call.Name(), ErrReadOnly)
	}
	own := c.writer.hotkey()
	before, err := c.Commits(ctx, own)
	if err != nil {
		return Landing{}, fmt.Errorf("reveal weights: %w", err)
	}
	landing, head, err := c.write(ctx, call)
	if err != nil {
		return Landing{}, err
	}
	// The row alone proves nothing where the vote before was the same; but a reveal
	// ends one commit. The same may have been made twice.
	after, err := c.commitsAt(ctx, head.Hash, own)
	if err != nil {
		return landing, unread("reveal", err)
	}
	hash := CommitHash(own, c.cfg.Netuid, w, salt)
	if left := count(after, hash); left > 0 && left >= count(before, hash) {
		return landing, unstored(call, fmt.Errorf("read back reveal: %w: its commit is still open", ErrNotStored))
	}
	return landing, unstored(call, c.readBack(ctx, head, w, 0))
}

// count is how many of the commits are of one hash.
func count(held []Commit, hash item.Hash) (n int) {
	for _, h := range held {
		if h.Hash == hash {
			n++
		}
	}
	return n
}

// readBack compares the row that the chain holds of the client's own uid at a block
// with a vote, whose values the chain scales up, and its last update with a block.
func (c *Client) readBack(ctx context.Context, at Head, w Weights, since uint64) error {
	uid, ok, err := c.uidAt(ctx, at.Hash, c.writer.hotkey())
	if err != nil {
		return unread("weights", err)
	}
	if !ok {
		return fmt.Errorf("read back weights: %w: not registered any more", ErrNotStored)
	}
	uids, values, updated, err := c.weightsRowAt(ctx, at.Hash, uid)
	if err != nil {
		return unread("weights", err)
	}
	if updated < since || !w.StoredAs(uids, values) {
		return fmt.Errorf("read back weights: %w: the row of uid %d, last updated in block %d, has %d uids, the vote %d",
			ErrNotStored, uid, updated, len(uids), len(w.UIDs))
	}
	return nil
}

// StoredAs reports whether a row that the chain holds is this vote: its values
// scaled up, or 0 where another neuron has taken a uid since. A row of zeros tells
// of no vote unless this is one.
func (w Weights) StoredAs(uids, values []uint16) bool {
	if !slices.Equal(uids, w.UIDs) || len(values) != len(w.Values) {
		return false
	}
	wanted, some := yuma.MaxUpscale(w.Values), len(values) == 0
	for i, want := range wanted {
		if values[i] != want && values[i] != 0 {
			return false
		}
		some = some || values[i] != 0
	}
	return some || slices.Equal(values, wanted)
}

// Commits reads the commits of a hotkey that the chain holds, the oldest first.
// Some may have expired: the chain drops those when the hotkey commits again.
func (c *Client) Commits(ctx context.Context, h protocol.Hotkey) ([]Commit, error) {
	at, err := c.newest(ctx)
	if err != nil {
		return nil, err
	}
	return c.commitsAt(ctx, at.Hash, h)
}

func (c *Client) commitsAt(ctx context.Context, at item.Hash, h protocol.Hotkey) ([]Commit, error) {
	raw, err := c.storage(ctx, at, StorageKey(Pallet, "WeightCommits", KeyTwox64(scale.AppendU16(nil, c.cfg.Netuid)), KeyTwox64(h[:])))
	if err != nil || raw == nil {
		return nil, err
	}
	d := scale.NewDecoder(raw)
	out := scale.Vector(d, 56, func(d *scale.Decoder) Commit {
		var v Commit
		copy(v.Hash[:], d.Fixed(len(v.Hash)))
		v.Epoch, v.Block = d.U64(), d.U64()
		d.U64() // a field that the chain no longer uses
		return v
	})
	if err := d.Finish(); err != nil {
		return nil, fmt.Errorf("read commits of %s: %w", h.Short(), err)
	}
	return out, nil
}
