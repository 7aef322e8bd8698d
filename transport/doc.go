// Package transport carries protocol messages between validators and miners, over
// websockets at one path of one port.
//
// One side asks, the other answers: a connection has one request in flight, each
// message is one binary frame or a run of its fragments, and nothing is
// compressed. What a message says is none of this package's business; it sees to
// it that no peer can make the other side wait, read or keep more than stated.
//
// Every byte that arrives is counted against a budget before anything is made of
// it (see meter), so frame headers, control frames and endless fragments are
// bounded as messages are. Every wait ends at a deadline that the peer cannot
// move. Reasons in close frames are unsigned and therefore only a hint: Ask
// reports ReasonHangup (or ReasonBusy) whatever the peer claims.
package transport

import (
	"context"
	"net/netip"

	"github.com/assaynet/assay/protocol"
)

// Path is where the websocket of a miner is served.
const Path = "/assay/v1"

// Handler answers one request. The context ends when the answer would be too
// late. An error closes the connection with its reason code in the close frame:
// the *protocol.Failure's, or ReasonInternal. A handler that wants the peer to
// have a signed reason returns a refusal as the answer.
type Handler func(ctx context.Context, remote netip.AddrPort, request []byte) (answer []byte, err error)

// Byte budgets. A peer that overdraws one is cut off.
const (
	// handshakeBytes bounds an HTTP request or response head.
	handshakeBytes = 8 << 10
	// overheadBytes is what frame headers and control frames may add to one
	// message, and all that may arrive on an idle connection.
	overheadBytes = 64 << 10
	// maxPings is how many pings are answered between two messages.
	maxPings = 64
	// closeTextBytes is what the protocol leaves for the text of a close frame.
	closeTextBytes = 123

	requestBudget = protocol.MaxRequestBytes + overheadBytes
)
