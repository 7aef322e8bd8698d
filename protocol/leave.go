package protocol

// Check names a check that an answer must pass before it counts as one. The lab shows
// that each is needed by leaving it out; nothing else ever does.
type Check string

// The checks that can be left out, and what is let through then.
const (
	CheckSize         Check = "size"         // an answer of more than MaxAnswerBytes
	CheckAddressee    Check = "addressee"    // one that is meant for another
	CheckSender       Check = "sender"       // one that is in the name of another than was asked
	CheckWindow       Check = "window"       // one of another round
	CheckRequest      Check = "request"      // one to another request
	CheckSignature    Check = "signature"    // one that its sender did not sign
	CheckSurplus      Check = "surplus"      // more items or nodes than were asked for
	CheckLeaf         Check = "leaf"         // an item of another size than its leaf commits to
	CheckProof        Check = "proof"        // a part that opens nothing, or does not follow from its root
	CheckRefusal      Check = "refusal"      // a refusal, as if it answered the question
	CheckEquivocation Check = "equivocation" // a second root of a number, as if it were the first
	CheckHost         Check = "host"         // a page on a host that no program names
)

// Leave is the checks that the lab leaves out. The nil Leave leaves out none, which is
// what every node has.
type Leave map[Check]bool

// answerCheck is a check of an envelope against what was asked.
type answerCheck struct {
	name Check
	fail func(e *Envelope, asked Asked) *Failure // nil where it holds
}

// answerChecks are the checks of an answer's envelope that cost no decoding, cheapest
// first.
func answerChecks() []answerCheck {
	return []answerCheck{
		{CheckAddressee, func(e *Envelope, asked Asked) *Failure {
			return unless(e.To == asked.From, ReasonAddressee, "message is for %s, this is %s", e.To.Short(), asked.From.Short())
		}},
		{CheckSender, func(e *Envelope, asked Asked) *Failure {
			return unless(e.From == asked.To, ReasonSender, "answer is from %s, asked %s", e.From.Short(), asked.To.Short())
		}},
		{CheckWindow, func(e *Envelope, asked Asked) *Failure {
			return unless(e.Round == asked.Round, ReasonWindow, "answer is for round %d, asked in %d", e.Round, asked.Round)
		}},
		{CheckRequest, func(e *Envelope, asked Asked) *Failure {
			return unless(e.Request == asked.Digest, ReasonCrossAnswer, "answer is to request %s, asked %s", e.Request.Short(), asked.Digest.Short())
		}},
	}
}

func unless(holds bool, r Reason, format string, args ...any) *Failure {
	if holds {
		return nil
	}
	return Fail(r, format, args...)
}
