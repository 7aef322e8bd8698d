package chain

import (
	"context"
	"errors"
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

// search looks for one extrinsic in the final blocks. It goes back from the final
// head by the parents: the block that a node has under a number may not be final.
type search struct {
	writer *nativeWriter
	*offered
	looked  Head   // it is in no block after its birth up to this
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
	if in, err := s.look(ctx, head); err != nil {
		return Landing{}, false, err
	} else if in != 0 {
		return Landing{Block: in, TxHash: extrinsic.Hash(s.raw)}, true, nil
	}
	over := s.looked.Number >= s.death-1
	if s.stale || over {
		if err := s.taken(ctx, over); err != nil {
			return Landing{}, errors.Is(err, ErrNonceUsed), err
		}
	}
	if over {
		return Landing{}, true, fmt.Errorf("%s: extrinsic %s was in none of the blocks %d to %d, for which it was signed",
			s.call.Name(), extrinsic.Hash(s.raw), s.birth.Number+1, s.death-1)
	}
	if head.Number >= s.offerAt {
		s.again(ctx, head)
	}
	return Landing{}, false, nil
}

// look goes from a final head back to the blocks that it has looked into, and gives
// the number of the one that holds the extrinsic, 0 if none does.
func (s *search) look(ctx context.Context, head Head) (in uint64, err error) {
	if head.Number <= s.looked.Number {
		return 0, nil
	}
	hash := head.Hash
	for number := head.Number; number > s.looked.Number; number-- {
		b, err := s.writer.readBlock(ctx, hash, number)
		if err != nil {
			return 0, err
		}
		if number < s.death && slices.Contains(b.Extrinsics, hexutil.Encode(s.raw)) {
			return number, nil
		}
		hash = b.Header.ParentHash
	}
	if hash != s.looked.Hash {
		// Two nodes do not agree on what is final.
		was := s.looked.Number
		s.looked = s.birth
		return 0, fmt.Errorf("look for %s: the head %d does not follow from block %d that was final", s.call.Name(), head.Number, was)
	}
	s.looked = head
	return 0, nil
}

// taken is ErrNonceUsed where the account's nonce has been used by the block up to
// which the search has looked. When the era is over that contradicts the blocks, or
// came after it, and the extrinsic is not called lost.
func (s *search) taken(ctx context.Context, over bool) error {
	used, err := s.writer.nonce(ctx, s.looked.Hash)
	switch {
	case err != nil:
		return err
	case used <= s.nonce:
		return nil
	case over:
		return fmt.Errorf("%s: nonce %d: %w: %w", s.call.Name(), s.nonce, ErrUnconfirmed, ErrNonceUsed)
	}
	return fmt.Errorf("%s: nonce %d: %w", s.call.Name(), s.nonce, ErrNonceUsed)
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

// chainBlock is what a search needs of a block.
type chainBlock struct {
	Header struct {
		Number     hexutil.Uint64 `json:"number"`
		ParentHash item.Hash      `json:"parentHash"`
	} `json:"header"`
	Extrinsics []string `json:"extrinsics"`
}

// readBlock reads the block of a hash, which must have the number.
func (c *Client) readBlock(ctx context.Context, hash item.Hash, number uint64) (*chainBlock, error) {
	var signed *struct {
		Block chainBlock `json:"block"`
	}
	if err := c.link.call(ctx, &signed, "chain_getBlock", hash); err != nil {
		return nil, err
	}
	switch {
	case signed == nil:
		return nil, fmt.Errorf("read block %d: the node does not have it", number)
	case uint64(signed.Block.Header.Number) != number:
		return nil, fmt.Errorf("read block %d: the node gives block %d", number, signed.Block.Header.Number)
	}
	return &signed.Block, nil
}
