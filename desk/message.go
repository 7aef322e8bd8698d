package desk

import (
	"fmt"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/assaynet/assay/protocol"
)

const (
	maxMessage = 2048             // bytes of a sign-in message
	maxAge     = 10 * time.Minute // by which a message's time may differ from the desk's
)

// expected is what a sign-in message must say.
type expected struct {
	host     string // of the request
	labeller string
	miner    protocol.Hotkey
	chainID  uint64
	now      time.Time
}

// text is the one message that a labeller signs in with: EIP-4361, and for keys made in
// a page the same layout.
func (x expected) text(scheme, nonce, issued string) string {
	account, noun := x.labeller, "page key"
	if strings.HasPrefix(x.labeller, "0x") {
		account, noun = common.HexToAddress(x.labeller).Hex(), "Ethereum account"
	}
	return fmt.Sprintf("%s wants you to sign in with your %s:\n%s\n\nLabel for miner %s.\n\nURI: %s://%s\nVersion: 1\nChain ID: %d\nNonce: %s\nIssued At: %s",
		x.host, noun, account, x.miner, scheme, x.host, x.chainID, nonce, issued)
}

// read checks a sign-in message and gives its nonce. The three parts that may vary, the
// scheme, the nonce and the time, are taken out of it; with them it must be, byte for
// byte, the expected one.
func (x expected) read(message string) (nonce string, err error) {
	if len(message) > maxMessage {
		return "", refuse(CodeTooLarge, "the message has %d bytes, at most %d are allowed", len(message), maxMessage)
	}
	lines := strings.Split(message, "\n")
	want := strings.Split(x.text("http", "", ""), "\n")
	if len(lines) != len(want) {
		return "", refuse(CodeMessage, "the message has %d lines, want %d", len(lines), len(want))
	}
	scheme := "http"
	if strings.HasPrefix(lines[5], "URI: https:") {
		scheme = "https"
	}
	nonce, _ = strings.CutPrefix(lines[8], "Nonce: ")
	issued, _ := strings.CutPrefix(lines[9], "Issued At: ")
	want = strings.Split(x.text(scheme, nonce, issued), "\n")
	for i, line := range lines {
		if i >= len(want) || line != want[i] {
			return "", refuse(CodeMessage, "line %d is %.120q, want %.120q", i+1, line, want[min(i, len(want)-1)])
		}
	}
	at, err := time.Parse(time.RFC3339, issued)
	if err != nil {
		return "", refuse(CodeMessage, "the time of issue %.40q is not RFC 3339", issued)
	}
	if age := x.now.Sub(at); age > maxAge || age < -maxAge {
		return "", refuse(CodeMessage, "the message was issued at %s, the desk's clock says %s", issued, x.now.UTC().Format(time.RFC3339)).
			cured("set the clock right and sign in again")
	}
	return nonce, nil
}
