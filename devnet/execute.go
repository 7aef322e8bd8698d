package devnet

import (
	"errors"
	"math/big"

	"github.com/ethereum/go-ethereum/common"

	"github.com/assaynet/assay/protocol"
)

// existentialDeposit is the least balance, in rao, that keeps an account.
const existentialDeposit = 500

// Gas that a transaction costs before it does anything.
const (
	gasBase       = 21_000
	gasZeroByte   = 4
	gasFilledByte = 16
)

const feePerGas = BaseFee / weiPerRao // rao

func intrinsicGas(data []byte) uint64 {
	gas := uint64(gasBase)
	for _, b := range data {
		if b == 0 {
			gas += gasZeroByte
		} else {
			gas += gasFilledByte
		}
	}
	return gas
}

func raoToWei(rao uint64) *big.Int {
	return new(big.Int).Mul(new(big.Int).SetUint64(rao), big.NewInt(weiPerRao))
}

// message is a call as the contract sees it. Value is in rao: what is smaller is
// cut off, as the chain does.
type message struct {
	from, to common.Address
	value    uint64
	data     []byte
	gas      uint64 // the limit
}

// The ways in which a call fails.
var (
	errOutOfGas   = errors.New("out of gas")
	errOutOfFunds = errors.New("out of fund")
)

// dispatchError is a pallet's error: it ends the call and eats all of its gas.
type dispatchError string

func (e dispatchError) Error() string {
	return `evm error: Other("dispatch execution failed: ` + string(e) + `")`
}

// revertError is a Solidity revert with a reason: the gas left is given back.
type revertError string

func (e revertError) Error() string {
	return "VM Exception while processing transaction: revert " + string(e)
}

// outcome is what a call came to.
type outcome struct {
	output  []byte
	charged uint64 // gas paid for
	needed  uint64 // least limit with which the call works
	err     error
}

// run makes a call. Its changes are in st only when it succeeds.
func (c *Chain) run(st *state, m message) outcome {
	top := newState(st)
	intrinsic := intrinsicGas(m.data)
	out := outcome{charged: intrinsic, needed: intrinsic}
	if m.gas < intrinsic {
		return outcome{charged: m.gas, needed: intrinsic, err: errOutOfGas}
	}
	if out.err = transfer(top, protocol.HotkeyOf(m.from), protocol.HotkeyOf(m.to), m.value); out.err != nil {
		return out
	}
	cost, paid, output, err := c.contract(top, m, m.gas-intrinsic)
	out.output, out.err, out.needed = output, err, intrinsic+cost
	if paid {
		out.charged += cost
	}
	var revert revertError
	if err != nil && !errors.As(err, &revert) {
		out.charged = m.gas
	}
	if err == nil {
		st.merge(top)
	}
	return out
}

// apply executes a waiting transaction. ok is false when it cannot be in this
// block, because of its nonce or because its sender cannot pay.
func (c *Chain) apply(st *state, p *pending) (t included, ok bool) {
	if p.native != nil {
		return c.applySigned(st, p.native)
	}
	return c.applyEthereum(st, p)
}

// applyEthereum takes the whole gas limit first and gives back what was not used.
func (c *Chain) applyEthereum(st *state, p *pending) (t included, ok bool) {
	acc := st.account(p.account)
	limit := p.tx.Gas()
	if p.tx.Nonce() != acc.Nonce || acc.Balance < limit*feePerGas {
		return included{}, false
	}
	acc.Nonce++
	acc.Balance -= limit * feePerGas
	st.putAccount(p.account, acc)
	out := c.run(st, message{
		from: p.from, to: *p.tx.To(), data: p.tx.Data(), gas: limit,
		value: weiToRao(p.tx.Value()),
	})
	acc = st.account(p.account)
	acc.Balance += (limit - out.charged) * feePerGas
	st.putAccount(p.account, acc)
	return included{tx: p.tx, from: p.from, ok: out.err == nil, gas: out.charged}, true
}

// weiToRao drops what is below a rao; a value that no account can hold becomes
// the largest number.
func weiToRao(wei *big.Int) uint64 {
	if wei == nil {
		return 0
	}
	rao := new(big.Int).Div(wei, big.NewInt(weiPerRao))
	if !rao.IsUint64() {
		return 1<<64 - 1
	}
	return rao.Uint64()
}

// transfer moves rao between accounts. An account that would hold less than the
// existential deposit is not opened, and one that is left with less is closed.
func transfer(st *state, from, to protocol.Hotkey, rao uint64) error {
	if rao == 0 {
		return nil
	}
	src := st.account(from)
	if src.Balance < rao {
		return errOutOfFunds
	}
	src.Balance -= rao
	if src.Balance < existentialDeposit {
		src.Balance = 0
	}
	dst := st.account(to)
	if from == to || dst.Balance+rao < dst.Balance {
		return nil
	}
	if dst.Balance+rao < existentialDeposit {
		return dispatchError("ExistentialDeposit")
	}
	dst.Balance += rao
	st.putAccount(from, src)
	st.putAccount(to, dst)
	return nil
}
