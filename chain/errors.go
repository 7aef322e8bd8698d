package chain

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/rpc"
)

// Names of the chain's errors that callers act upon.
const (
	ErrNameTooFast         = "SettingWeightsTooFast"
	ErrNameCommitTooFast   = "CommittingWeightsTooFast"
	ErrNameServeTooFast    = "ServingRateLimitExceeded"
	ErrNameCommitReveal    = "CommitRevealEnabled"
	ErrNameNotRegistered   = "HotKeyNotRegisteredInSubNet"
	ErrNameRegistered      = "HotKeyAlreadyRegisteredInSubNet"
	ErrNameNoPermit        = "NeuronNoValidatorPermit"
	ErrNameNoSubnet        = "SubnetNotExists"
	ErrNameUnknownSelector = "Unknown selector"
	// ErrNameTooDear is a registration whose price is above the limit given.
	ErrNameTooDear = "RegistrationPriceLimitExceeded"
	// ErrNameUnfunded is an account that cannot pay the price of a registration.
	ErrNameUnfunded = "NotEnoughBalanceToStake"
	// ErrNameUnstated is a transaction that failed in its block while a call of
	// the same kind succeeds; the chain keeps no reason.
	ErrNameUnstated = "unstated"
)

// Errors of the client itself.
var (
	// ErrReadOnly is a write through a client without a key.
	ErrReadOnly = errors.New("the client has no key")
	// ErrUnconfirmed is a transaction whose fate was not known at the deadline. It
	// may still land: look before acting again.
	ErrUnconfirmed = errors.New("the transaction is not confirmed")
	// ErrNoSubnet is a netuid that the chain does not have.
	ErrNoSubnet = errors.New("the subnet does not exist")
	// ErrEndpoint is an address that cannot be that of a node.
	ErrEndpoint = errors.New("not an endpoint")
	// ErrOtherChain is an endpoint that serves another chain than the first one did.
	ErrOtherChain = errors.New("the endpoint serves another chain")
	// ErrNotStored is a vote that the chain accepted and whose row it does not hold.
	ErrNotStored = errors.New("the chain does not hold the vote")
)

// Error is a call that the chain refused. Name is the pallet's error, such as
// SettingWeightsTooFast, or the reason of a Solidity revert.
type Error struct {
	Method  string
	Name    string
	Message string // as the node sent it
}

func (e *Error) Error() string { return fmt.Sprintf("%s refused by the chain: %s", e.Method, e.Name) }

// IsTooSoon reports whether err is one of the chain's rate limits: the same call
// will do some blocks later.
func IsTooSoon(err error) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	return e.Name == ErrNameTooFast || e.Name == ErrNameCommitTooFast || e.Name == ErrNameServeTooFast
}

// IsUnfunded reports whether err is that the account cannot pay: the price of a
// registration, or the gas of any call.
func IsUnfunded(err error) bool {
	var e *Error
	if errors.As(err, &e) {
		return e.Name == ErrNameUnfunded
	}
	var answered rpc.Error
	if !errors.As(err, &answered) {
		return false
	}
	said := strings.ToLower(answered.Error())
	return strings.Contains(said, "insufficient funds") || strings.Contains(said, "out of fund") || strings.Contains(said, "balancelow")
}

// dispatchFailed precedes the pallet's error in the message of a failed call:
// `evm error: Other("dispatch execution failed: NAME")`.
const dispatchFailed = "dispatch execution failed: "

// refusal turns a JSON-RPC error of a call into an *Error, or wraps what is not
// one.
func refusal(method string, err error) error {
	var answered rpc.Error
	if !errors.As(err, &answered) {
		return fmt.Errorf("call %s: %w", method, err)
	}
	msg := answered.Error()
	if _, after, ok := strings.Cut(msg, dispatchFailed); ok {
		return &Error{Method: method, Name: palletName(after), Message: msg}
	}
	var data rpc.DataError
	if errors.As(err, &data) {
		if s, ok := data.ErrorData().(string); ok {
			if raw, err := hex.DecodeString(strings.TrimPrefix(s, "0x")); err == nil {
				if reason, err := abi.UnpackRevert(raw); err == nil {
					return &Error{Method: method, Name: reason, Message: msg}
				}
			}
		}
	}
	return fmt.Errorf("call %s: %w", method, err)
}

// palletName is the leading identifier of s.
func palletName(s string) string {
	end := strings.IndexFunc(s, func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
	if end >= 0 {
		return s[:end]
	}
	return s
}
