package chain

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/ethereum/go-ethereum/rpc"

	"github.com/assaynet/assay/chain/extrinsic"
)

// Codes with which a node answers an extrinsic that its pool does not take.
const (
	codeInvalidTx       = 1010
	codeAlreadyImported = 1013
	codeLowPriority     = 1014
)

// What the pool says beside the numbers of the subtensor pallet.
const (
	saidStale   = "outdated"
	saidPayment = "inability to pay"
)

// poolSays is the message of an answered error and its data.
func poolSays(err error) (code int, said string, ok bool) {
	var answered rpc.Error
	if !errors.As(err, &answered) {
		return 0, "", false
	}
	said = answered.Error()
	var data rpc.DataError
	if errors.As(err, &data) {
		if s, isText := data.ErrorData().(string); isText {
			said += ": " + s
		}
	}
	return answered.ErrorCode(), said, true
}

// isStale reports whether the pool refused an extrinsic because its nonce has been
// used.
func isStale(err error) bool {
	code, said, ok := poolSays(err)
	return ok && code == codeInvalidTx && strings.Contains(strings.ToLower(said), saidStale)
}

// submitRefusal turns the pool's answer into an *Error where it is the pallet's.
func submitRefusal(call string, err error) error {
	code, said, ok := poolSays(err)
	lower := strings.ToLower(said)
	switch {
	case !ok || code != codeInvalidTx && code != codeLowPriority:
		return fmt.Errorf("submit %s: %w", call, err)
	case code == codeLowPriority:
		return fmt.Errorf("submit %s: %w: an earlier transaction of this key still waits for a block: %w", call, ErrUnconfirmed, err)
	case strings.Contains(lower, saidStale):
		// What took it may be a write of this key that is not final yet.
		return fmt.Errorf("submit %s: %w: %w: %w", call, ErrUnconfirmed, ErrNonceUsed, err)
	case strings.Contains(lower, saidPayment):
		return &Error{Method: call, Name: ErrNameUnfunded, Message: said}
	}
	if m := regexp.MustCompile(`custom error: (\d{1,3})\b`).FindStringSubmatch(lower); m != nil {
		if n, err := strconv.ParseUint(m[1], 10, 8); err == nil {
			return &Error{Method: call, Name: customError(call, uint8(n)), Message: said}
		}
	}
	return fmt.Errorf("submit %s: %s: %w", call, said, err)
}

// customError is the pallet's name for a number of the pool. Several errors share a
// number, and of those it is the one that the call can meet.
func customError(call string, n uint8) string {
	switch n {
	case 1:
		return "NotEnoughStakeToSetWeights"
	case 2:
		return ErrNameUnfunded
	case 3:
		return ErrNameNoSubnet
	case 6:
		return tooSoon(call)
	case 10:
		return ErrNameNotRegistered
	case 11:
		return "InvalidIpAddress"
	case 12:
		return ErrNameServeTooFast
	case 13:
		return "InvalidPort"
	case 16:
		return "NoWeightsCommitFound"
	case 17:
		return "RevealTooEarly"
	case 18:
		return "WeightVecNotEqualSize"
	case 19:
		return "UidVecContainInvalidOne"
	case 21:
		return "ColdkeySwapDisputed"
	default:
		return fmt.Sprintf("Custom error: %d", n)
	}
}

// tooSoon is the name of the rate limit that a call can meet.
func tooSoon(call string) string {
	switch call {
	case extrinsic.CommitWeights{}.Name():
		return ErrNameCommitTooFast
	case extrinsic.ServeAxon{}.Name():
		return ErrNameServeTooFast
	default:
		return ErrNameTooFast
	}
}
