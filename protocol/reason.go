package protocol

import (
	"errors"
	"fmt"
	"slices"
)

// Reason is the code of a failure: the metric label, the log field and the
// anchor in the documentation.
type Reason string

// The reasons that a message or the exchange around it fails for.
const (
	ReasonOversize    Reason = "oversize"
	ReasonGarbled     Reason = "garbled"
	ReasonMalformed   Reason = "malformed"
	ReasonVersion     Reason = "version"
	ReasonAddressee   Reason = "addressee"
	ReasonSender      Reason = "sender"
	ReasonWindow      Reason = "window"
	ReasonReplay      Reason = "replay"
	ReasonCrossAnswer Reason = "cross_answer"
	ReasonSignature   Reason = "signature"
	ReasonProof       Reason = "proof"
	ReasonRoot        Reason = "root"
	ReasonPermit      Reason = "permit"
	ReasonBusy        Reason = "busy"
	ReasonDial        Reason = "dial"
	ReasonTimeout     Reason = "timeout"
	ReasonHangup      Reason = "hangup"
	ReasonRefused     Reason = "refused"
	ReasonAddress     Reason = "address"
	ReasonInternal    Reason = "internal"
)

// Known reports whether the reason is in the catalogue. A code that came from a
// peer becomes a metric label only when it is.
func (r Reason) Known() bool {
	return slices.ContainsFunc(Reasons(), func(e Explanation) bool { return e.Reason == r })
}

// Explanation is what an operator is told about a reason.
type Explanation struct {
	Reason Reason
	Short  string // one clause, for tables
	Long   string // what happened and what to do
}

// Reasons is the catalogue, in the order of the documentation.
func Reasons() []Explanation {
	return []Explanation{
		{ReasonOversize, "larger than allowed", "The message was longer than the limit and was not read. Ask for fewer draws, or look for a peer that floods."},
		{ReasonGarbled, "not an envelope", "The bytes are not the deterministic encoding of an envelope of the kind that was due. Nobody signed them, so nobody is charged."},
		{ReasonMalformed, "signed, but not of the protocol's form", "The body of a signed envelope is not the message that was due."},
		{ReasonVersion, "another protocol version", "The peer speaks another version. Upgrade the older side."},
		{ReasonAddressee, "meant for another key", "The message names another hotkey as its receiver: a stale metagraph, or a message relayed."},
		{ReasonSender, "sent by another key", "The answer is signed for another hotkey than the one that was asked."},
		{ReasonWindow, "outside its round", "The round in the message is not the current one. Check both chain endpoints and their heads."},
		{ReasonReplay, "seen before", "The same request came again. A request is served once."},
		{ReasonCrossAnswer, "answer to another request", "The answer binds another request's digest."},
		{ReasonSignature, "signature does not fit", "The signature is not by the key that the message or root names."},
		{ReasonProof, "does not follow from the root", "The opened nodes do not prove the answer under the committed root."},
		{ReasonRoot, "root unknown", "The root that was asked under is not one that this miner committed and still keeps."},
		{ReasonPermit, "no validator permit", "The sender is not registered with a validator permit on this subnet."},
		{ReasonBusy, "too many requests", "A connection, rate or concurrency limit was reached. Try again later."},
		{ReasonDial, "no connection", "The axon's address did not accept a connection."},
		{ReasonTimeout, "no answer in time", "The answer had not arrived when the round's budget ended."},
		{ReasonHangup, "connection broken", "The peer closed the connection before it answered."},
		{ReasonRefused, "the peer refused", "The miner answered with a signed refusal; its own reason is in the message."},
		{ReasonAddress, "address not allowed", "The axon's address is private, loopback or reserved, which this chain does not allow."},
		{ReasonInternal, "our own fault", "Something failed on this side. The log has the error; nothing is charged to the peer."},
	}
}

// Failure is an error with a reason code.
type Failure struct {
	Reason Reason
	err    error
}

// Fail makes a Failure; format is that of fmt.Errorf.
func Fail(r Reason, format string, args ...any) *Failure {
	return &Failure{Reason: r, err: fmt.Errorf(format, args...)}
}

// Error is the reason followed by the detail.
func (f *Failure) Error() string { return string(f.Reason) + ": " + f.err.Error() }

// Unwrap gives the cause.
func (f *Failure) Unwrap() error { return f.err }

// ReasonOf is the reason that err carries, or ReasonInternal.
func ReasonOf(err error) Reason {
	var f *Failure
	if errors.As(err, &f) {
		return f.Reason
	}
	return ReasonInternal
}
