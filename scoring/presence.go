package scoring

import (
	"slices"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/protocol"
)

// serves reports whether a miner answered everything that it was asked of its data.
// Only then do its claims count: who keeps its data to itself cannot take the credit
// for it from those who serve. Whether it labels is another matter.
func serves(x *evidence.Exchange) bool {
	for i := range x.Calls {
		if x.Calls[i].Outcome != evidence.Answered && x.Calls[i].Kind() != protocol.KindTasksRequest {
			return false
		}
	}
	return len(x.Calls) > 0
}

// cutOff reports whether this validator seems to have been cut off in a round:
// fewer than half of the miners that served lately answered anything.
func (s *State) cutOff(r *round) bool {
	lately, answered := 0, 0
	for _, x := range r.exchanges {
		m := s.miners[x.Miner]
		if m == nil || m.served == 0 || m.served+awaited < r.opened.Round {
			continue
		}
		lately++
		if slices.ContainsFunc(x.Calls, heard) {
			answered++
		}
	}
	return 2*answered < lately
}

// heard reports whether a call brought something that the miner signed.
func heard(c evidence.Call) bool {
	switch c.Outcome {
	case evidence.Answered, evidence.Malformed, evidence.BadProof, evidence.Refused:
		return true
	}
	return false
}

// awaited is for how many rounds a miner that served is waited for when it misses
// one, before others are credited with what it may have had first.
const awaited = 8

// allAsked reports whether every miner that served lately served in this round.
func (s *State) allAsked(round uint64) bool {
	for _, m := range s.miners {
		if m.served < round && m.served > 0 && m.served+awaited >= round {
			return false
		}
	}
	return true
}

// answered closes a question that was open.
func (m *miner) answered(p protocol.Part) {
	m.questions = slices.DeleteFunc(m.questions, func(q question) bool { return samePart(q.part, p) })
}

// missed keeps unanswered draws as questions to be asked again. In a round in which
// this validator itself was cut off, that costs nobody a try.
func (m *miner) missed(parts []protocol.Part, o evidence.Outcome, cutOff bool) {
	row := o.Consequence()
	if !row.AskAgain {
		return
	}
	for _, p := range parts {
		if len(p.Draws) == 0 {
			continue
		}
		i := slices.IndexFunc(m.questions, func(q question) bool { return samePart(q.part, p) })
		if i < 0 {
			m.questions = append(m.questions, question{part: p})
			i = len(m.questions) - 1
		}
		if row.Counts && !cutOff {
			m.questions[i].tries++
		}
	}
}

func samePart(a, b protocol.Part) bool {
	return a.Seq == b.Seq && slices.Equal(a.Draws, b.Draws)
}
