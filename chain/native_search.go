package chain

import (
	"context"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common/hexutil"

	"github.com/assaynet/assay/chain/extrinsic"
	"github.com/assaynet/assay/chain/scale"
	"github.com/assaynet/assay/item"
)

// offerEvery is after how many final blocks without it an extrinsic is offered
// again, for the node may have forgotten it.
const offerEvery = 3

// search looks for one extrinsic in the final blocks.
type search struct {
	writer *nativeWriter
	*offered
	next    uint64 // the first block that has not been looked into
	offerAt uint64 // the head from which on it is offered again
	stale   bool   // a node says that the nonce has been used, perhaps by this one
}

// step looks into the blocks that have become final. While nothing is settled, an
// error says what failed on the way.
func (s *search) step(ctx context.Context) (landing Landing, settled bool, err error) {
	head, err := s.writer.Head(ctx)
	if err != nil {
		return Landing{}, false, err
	}
	for ; s.next <= min(head.Number, s.death-1); s.next++ {
		found, err := s.writer.holdsExtrinsic(ctx, s.next, s.raw)
		if err != nil {
			return Landing{}, false, err
		}
		if found {
			return Landing{Block: s.next, TxHash: extrinsic.Hash(s.raw)}, true, nil
		}
	}
	if s.stale {
		used, err := s.writer.nonce(ctx, head.Hash)
		switch {
		case err != nil:
			return Landing{}, false, err
		case used > s.nonce:
			return Landing{}, true, fmt.Errorf("%s: nonce %d: %w", s.call.Name(), s.nonce, ErrNonceUsed)
		}
	}
	if s.next >= s.death {
		return Landing{}, true, fmt.Errorf("%s: extrinsic %s was in none of the blocks %d to %d, for which it was signed",
			s.call.Name(), extrinsic.Hash(s.raw), s.birth+1, s.death-1)
	}
	if head.Number >= s.offerAt {
		s.again(ctx, head)
	}
	return Landing{}, false, nil
}

// again offers the extrinsic once more. That its nonce has been used is not an
// answer yet: it may have just been included. Other refusals are of a state in
// which it may be included as well, and the end of its era settles them.
func (s *search) again(ctx context.Context, head Head) {
	sure, err := s.writer.offer(ctx, s.offered)
	s.stale = s.stale || isStale(err)
	if sure || err != nil {
		s.offerAt = head.Number + offerEvery
	}
}

// nonce is how many transactions of the account are in the blocks up to one.
func (w *nativeWriter) nonce(ctx context.Context, at item.Hash) (uint32, error) {
	h := w.key.Hotkey()
	raw, err := w.storage(ctx, at, StorageKey("System", "Account", KeyBlake2(h[:])))
	if err != nil || raw == nil {
		return 0, err
	}
	d := scale.NewDecoder(raw)
	n := d.U32() // the counts of references and the balances follow
	if err := d.Err(); err != nil {
		return 0, fmt.Errorf("read nonce of %s: %w", h.Short(), err)
	}
	return n, nil
}

// holdsExtrinsic reports whether a block holds the very bytes.
func (c *Client) holdsExtrinsic(ctx context.Context, number uint64, raw []byte) (bool, error) {
	hash, err := c.blockHash(ctx, number)
	if err != nil {
		return false, err
	}
	var signed *struct {
		Block struct {
			Extrinsics []string `json:"extrinsics"`
		} `json:"block"`
	}
	if err := c.link.call(ctx, &signed, "chain_getBlock", hash); err != nil {
		return false, err
	}
	if signed == nil {
		return false, fmt.Errorf("read block %d: the node does not have it", number)
	}
	return slices.Contains(signed.Block.Extrinsics, hexutil.Encode(raw)), nil
}
