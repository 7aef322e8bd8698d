package chain

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/ethclient"

	"github.com/assaynet/assay/chain/extrinsic"
	"github.com/assaynet/assay/protocol"
)

// gasUnsigned is the gas that a registration is allowed when nobody says who pays,
// so that the node cannot be asked: the dearer call, the intrinsic gas with its
// arguments, and some room. What is not used is not paid.
const gasUnsigned = GasRegisterLimit + 21_000 + 4_000 + 25_000

// registration is the call that registers a hotkey, for at most limit rao, or at
// any price if that is 0.
func registration(netuid uint16, hotkey protocol.Hotkey, limit uint64) extrinsic.Call {
	if limit == 0 {
		return extrinsic.BurnedRegister{Netuid: netuid, Hotkey: hotkey}
	}
	return extrinsic.RegisterLimit{Netuid: netuid, Hotkey: hotkey, MaxBurn: limit}
}

// Burn is the price of a registration at the newest finalised block, in rao. It
// falls with every block and rises with every registration.
func (c *Client) Burn(ctx context.Context) (uint64, error) {
	at, err := c.Head(ctx)
	if err != nil {
		return 0, err
	}
	raw, err := c.storage(ctx, at.Hash, subnetKey("Burn", c.cfg.Netuid))
	if err != nil {
		return 0, err
	}
	if raw == nil {
		return 0, fmt.Errorf("read price of a registration on netuid %d: %w", c.cfg.Netuid, ErrNoSubnet)
	}
	return fixedU64("price of a registration", raw)
}

// EthTransaction is a transaction as a wallet takes it in eth_sendTransaction.
type EthTransaction struct {
	ChainID              *hexutil.Big    `json:"chainId"`
	From                 *common.Address `json:"from,omitempty"`
	To                   common.Address  `json:"to"`
	Value                *hexutil.Big    `json:"value"`
	Data                 hexutil.Bytes   `json:"data"`
	Gas                  hexutil.Uint64  `json:"gas"`
	MaxFeePerGas         *hexutil.Big    `json:"maxFeePerGas"`
	MaxPriorityFeePerGas *hexutil.Big    `json:"maxPriorityFeePerGas"`
	Nonce                *hexutil.Uint64 `json:"nonce,omitempty"`
}

// UnsignedTx is a call that another key is to sign, in both of the forms that the
// chain takes.
type UnsignedTx struct {
	// Transaction is for an Ethereum wallet.
	Transaction EthTransaction `json:"transaction"`
	// Call is for a Polkadot wallet: the call without an extrinsic around it.
	Call     hexutil.Bytes `json:"call"`
	CallName string        `json:"call_name"`
	// Price is what it costs at the moment, beside the fee, in rao and in TAO.
	Price    uint64 `json:"price_rao"`
	PriceTAO string `json:"price_tao"`
	// Limit is the greatest price in rao at which the chain does it, 0 for any.
	Limit uint64 `json:"limit_rao"`
	// Coldkey is the account that will own the hotkey if the Ethereum wallet signs;
	// nil if its address was not given. A Polkadot wallet's own account will be the
	// owner if that signs.
	Coldkey *protocol.Hotkey `json:"coldkey,omitempty"`
}

// UnsignedRegister makes the call by which a coldkey registers a hotkey for at most
// limit rao, or at any price if that is 0. With the zero address for cold it has
// neither sender nor nonce, and a wallet fills them in. With an address the call is
// tried, and an *Error is what the chain would refuse.
func (c *Client) UnsignedRegister(ctx context.Context, hotkey protocol.Hotkey, limit uint64, cold common.Address) (UnsignedTx, error) {
	if hotkey.IsZero() {
		return UnsignedTx{}, errors.New("register: no hotkey")
	}
	call := registration(c.cfg.Netuid, hotkey, limit)
	method, data, err := c.pack(call)
	if err != nil {
		return UnsignedTx{}, err
	}
	out := UnsignedTx{
		Transaction: EthTransaction{ChainID: (*hexutil.Big)(new(big.Int).Set(c.chainID)), To: NeuronAddress(), Value: new(hexutil.Big), Data: data,
			Gas: gasUnsigned, MaxPriorityFeePerGas: new(hexutil.Big)},
		Call: extrinsic.EncodeCall(call), CallName: call.Name(), Limit: limit,
	}
	if out.Price, err = c.Burn(ctx); err != nil {
		return UnsignedTx{}, err
	}
	out.PriceTAO = TAO(out.Price)
	if cold != (common.Address{}) {
		owner := protocol.HotkeyOf(cold)
		out.Transaction.From, out.Coldkey = &cold, &owner
	}
	if err := c.price(ctx, method, &out.Transaction); err != nil {
		return UnsignedTx{}, err
	}
	return out, nil
}

// price fills in what the node says of a transaction: the fee cap, twice the price
// of the moment because someone signs it later, and, where the sender is known, its
// nonce and the gas. Only the base fee is charged, so the cap costs nothing.
func (c *Client) price(ctx context.Context, method string, tx *EthTransaction) error {
	var price *big.Int
	var nonce, gas uint64
	err := c.eth(ctx, 3, func(ctx context.Context, e *ethclient.Client) (err error) {
		if price, err = e.SuggestGasPrice(ctx); err != nil || tx.From == nil {
			return err
		}
		if nonce, err = e.NonceAt(ctx, *tx.From, nil); err != nil {
			return err
		}
		gas, err = e.EstimateGas(ctx, ethereum.CallMsg{From: *tx.From, To: &tx.To, Data: tx.Data})
		return err
	})
	if err != nil {
		return refusal(method, err)
	}
	tx.MaxFeePerGas = (*hexutil.Big)(new(big.Int).Lsh(price, 1))
	if tx.From != nil {
		tx.Gas, tx.Nonce = hexutil.Uint64(gas+gas/10), (*hexutil.Uint64)(&nonce)
	}
	return nil
}

// ChainName is what the chain calls itself.
func (c *Client) ChainName(ctx context.Context) (name string, err error) {
	err = c.link.call(ctx, &name, "system_chain")
	return name, err
}

// TAO writes an amount in rao as a decimal number of TAO, of which one has 10^9 rao.
func TAO(rao uint64) string { return fmt.Sprintf("%d.%09d", rao/1e9, rao%1e9) }
