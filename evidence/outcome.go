package evidence

import (
	"fmt"

	"github.com/assaynet/assay/protocol"
)

// Outcome is what came of asking a miner.
type Outcome uint8

// The outcomes. Consequences has what each means.
const (
	NotAsked     Outcome = 0 // the round ended before its turn came
	Answered     Outcome = 1 // in time, and everything follows from signed bytes
	Late         Outcome = 2 // no complete answer when the budget ended
	Offline      Outcome = 3 // no connection, a broken one, or bytes that are not the miner's
	Malformed    Outcome = 4 // the miner signed something that is not an answer
	BadProof     Outcome = 5 // the miner signed an answer that its root does not prove
	BadSignature Outcome = 6 // the bytes do not carry the miner's signature
	Refused      Outcome = 7 // the miner signed a refusal
	OurFault     Outcome = 8 // something failed on our side
)

// Consequence is what an outcome means for a miner's standing.
type Consequence struct {
	Outcome Outcome
	Name    string
	// AskAgain says that the questions stay open and are asked again, a bounded
	// number of times, after which each counts as failed.
	AskAgain bool
	// Counts says that the unanswered round uses up one of those times. It does
	// not where the miner had no chance to answer.
	Counts bool
	// Provable says that signed bytes prove a fault, so a flag is raised.
	Provable bool
}

// consequences is the one table of outcomes.
//
// A fault is charged only on bytes that the miner signed. A message whose
// signature does not fit could be anyone's, so BadSignature weighs like Offline.
var consequences = [...]Consequence{
	{NotAsked, "not_asked", true, false, false},
	{Answered, "answered", false, false, false},
	{Late, "late", true, true, false},
	{Offline, "offline", true, true, false},
	{Malformed, "malformed", true, true, true},
	{BadProof, "bad_proof", true, true, true},
	{BadSignature, "bad_signature", true, true, false},
	{Refused, "refused", true, true, false},
	{OurFault, "our_fault", true, false, false},
}

// Consequence is the outcome's row of the table.
func (o Outcome) Consequence() Consequence {
	if int(o) < len(consequences) {
		return consequences[o]
	}
	return Consequence{Outcome: o, Name: fmt.Sprintf("outcome(%d)", uint8(o))}
}

// String is the outcome's name, which is also its metric label.
func (o Outcome) String() string { return o.Consequence().Name }

// OutcomeOf classes the failure of a call.
func OutcomeOf(err error) (Outcome, protocol.Reason) {
	if err == nil {
		return Answered, ""
	}
	reason := protocol.ReasonOf(err)
	switch reason {
	case protocol.ReasonTimeout:
		return Late, reason
	case protocol.ReasonDial, protocol.ReasonHangup, protocol.ReasonAddress,
		protocol.ReasonOversize, protocol.ReasonVersion, protocol.ReasonAddressee,
		protocol.ReasonSender, protocol.ReasonWindow, protocol.ReasonCrossAnswer,
		protocol.ReasonReplay, protocol.ReasonBusy, protocol.ReasonGarbled:
		return Offline, reason
	case protocol.ReasonSignature:
		return BadSignature, reason
	case protocol.ReasonMalformed:
		return Malformed, reason
	case protocol.ReasonProof, protocol.ReasonRoot:
		return BadProof, reason
	case protocol.ReasonRefused, protocol.ReasonPermit:
		return Refused, reason
	}
	return OurFault, reason
}
