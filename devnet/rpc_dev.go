package devnet

import (
	"context"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// devAPI serves dev_*: what only a devnet has, for tests and demonstrations.
type devAPI struct{ c *Chain }

// advanced is the reply of dev_advance.
type advanced struct {
	Number hexutil.Uint64 `json:"number"`
	Hash   item.Hash      `json:"hash"`    // in the Substrate family
	Time   int64          `json:"time_ms"` // Unix milliseconds
}

// Advance is dev_advance: it makes blocks at once and tells of the newest. A call
// whose connection times out has made the blocks until then.
func (d *devAPI) Advance(ctx context.Context, blocks uint64) (*advanced, error) {
	head, err := d.c.Advance(ctx, blocks, time.Now())
	if err != nil {
		return nil, &rpcError{code: codeInvalid, err: err}
	}
	return &advanced{hexutil.Uint64(head.Number), head.Hash, head.Time.UnixMilli()}, nil
}

// Fund is dev_fund: it sends rao from the faucet to an Ethereum address or an
// account (SS58, or 64 hex digits after 0x) and makes the block that holds the
// transfer, whose hash it returns.
func (d *devAPI) Fund(ctx context.Context, to string, rao uint64) (common.Hash, error) {
	account, err := fundee(to)
	if err != nil {
		return common.Hash{}, &rpcError{code: codeInvalidParams, err: err}
	}
	hash, err := d.c.Fund(ctx, account, rao, time.Now())
	if err != nil {
		return common.Hash{}, &rpcError{code: codeInvalid, err: err}
	}
	return hash, nil
}

func fundee(to string) (protocol.Hotkey, error) {
	if common.IsHexAddress(to) {
		return protocol.HotkeyOf(common.HexToAddress(to)), nil
	}
	return protocol.ParseAccount(to)
}
