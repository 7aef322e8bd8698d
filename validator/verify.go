package validator

import (
	"context"
	"errors"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring"
)

// verdict is what came of one call.
type verdict struct {
	outcome evidence.Outcome
	reason  protocol.Reason
	shown   *protocol.SignedRoot // of an answered root request
	drawn   []evidence.DrawnPart // of an answered items request
	proven  []evidence.Proven    // of an answered claims request
	want    uint16               // of an answered request that handed tasks out
}

// failed is the verdict on an error.
func failed(err error) verdict {
	outcome, reason := evidence.OutcomeOf(err)
	return verdict{outcome: outcome, reason: reason}
}

// cuts reports whether the conversation ends with this call: there is no time or
// no connection for another.
func (v verdict) cuts() bool {
	return v.outcome == evidence.NotAsked || v.outcome == evidence.Late || v.outcome == evidence.Offline
}

// judge verifies an answer, cheapest check first: size, form, addressee, sender,
// round, request and signature, which nobody is charged for; then the message, the
// signed root and the proofs, which the miner signed. It is pure: the round live
// and its replay both call it. What is left out is left out by the lab alone.
func judge(netuid uint16, asked protocol.Asked, request any, answer []byte, root evidence.RootOf, leave protocol.Leave) verdict {
	envelope, err := protocol.OpenAnswerBut(answer, asked, leave)
	if err != nil {
		return failed(err)
	}
	message, err := protocol.DecodeBody(envelope)
	if err != nil {
		return failed(err)
	}
	v := verdict{outcome: evidence.Answered}
	switch m := message.(type) {
	case *protocol.RootAnswer:
		v.shown, err = &m.Root, m.Root.Check(netuid, asked.To)
	case *protocol.ItemsAnswer:
		if req, ok := request.(*protocol.ItemsRequest); ok {
			v.drawn, err = evidence.OpenItemsBut(req, m, root, leave)
		}
	case *protocol.ClaimsAnswer:
		if req, ok := request.(*protocol.ClaimsRequest); ok {
			v.proven, err = evidence.OpenClaims(req, m, root)
		}
	case *protocol.TasksAnswer: // whatever it wants
		v.want = m.Want
	default: // OpenAnswer lets only a refusal through besides
		if !leave[protocol.CheckRefusal] || asked.Kind == protocol.KindRootRequest {
			err = protocol.Fail(protocol.ReasonRefused, "refused")
		}
	}
	if err != nil {
		return failed(err)
	}
	return v
}

// unheard is the verdict on a call that brought no answer. Nothing was signed, so
// whatever the connection told us, it proves nothing against the miner.
func unheard(err error) verdict {
	if errors.Is(err, context.DeadlineExceeded) {
		return failed(protocol.Fail(protocol.ReasonTimeout, "%w", err))
	}
	v := failed(err)
	if !witnessed(v.outcome, v.reason) {
		return failed(protocol.Fail(protocol.ReasonHangup, "%w", err))
	}
	return v
}

// signed reports whether an answer with this outcome carries the miner's signature.
// Bytes that nobody signed prove nothing, and a record need not keep them.
func signed(o evidence.Outcome) bool { return o != evidence.Offline && o != evidence.BadSignature }

// witnessed reports whether a call without an answer may have this outcome: what a
// validator can see of a miner that signed nothing, or its own fault.
func witnessed(o evidence.Outcome, r protocol.Reason) bool {
	switch r {
	case protocol.ReasonTimeout:
		return o == evidence.Late || o == evidence.NotAsked
	case protocol.ReasonDial, protocol.ReasonHangup, protocol.ReasonAddress, protocol.ReasonOversize,
		protocol.ReasonBusy, protocol.ReasonGarbled, protocol.ReasonVersion, protocol.ReasonAddressee,
		protocol.ReasonSender, protocol.ReasonWindow, protocol.ReasonCrossAnswer:
		return o == evidence.Offline
	case protocol.ReasonSignature:
		return o == evidence.BadSignature
	case protocol.ReasonInternal:
		return o == evidence.OurFault
	}
	return false
}

// rootsOf are the roots of a miner that were receipted before this round.
func rootsOf(state *scoring.State, miner protocol.Hotkey) evidence.RootOf {
	return func(seq uint64) (item.Root, bool) {
		known, ok := state.Root(miner, seq)
		return known.Root.Root(), ok
	}
}
